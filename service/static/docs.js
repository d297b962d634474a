// Swagger UI over the service's own description; nothing is asked of another machine.
window.onload = () => {
  SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#docs",
    deepLinking: true,
    validatorUrl: null,
    persistAuthorization: false,
    docExpansion: "none",
  });
};
