"""Examples of bodies and answers, made of the examples of their fields."""

from typing import Any

Schemas = dict[str, dict[str, Any]]
OF_TYPE: dict[str, Any] = {"string": "text", "integer": 1, "number": 1.0, "boolean": True}
# Reports are free objects: what they hold depends on the programme and on the project.
OF_OPERATION: dict[str, Any] = {
    "report_figures": {
        "budget_by_item": {
            "1.1.4.1": {
                "approved": "1200.00",
                "budget": "10000.00",
                "recorded": "1210.00",
                "remaining": "8790.00",
            }
        },
        "participants": {"counted": 1, "recorded": 2},
    },
    "report_claims": {
        "claims": [{"claim": 2, "declared_direct": "1210.00", "period": 1}],
        "settlement": {"advance_received": "30000.00", "balance": "-28500.00"},
    },
    "explain_figure": {
        "figure": "/budget_by_item/1.1.4.1/remaining",
        "value": "8790.00",
        "derivation": {
            "op": "difference",
            "of": ["/budget_by_item/1.1.4.1/budget", "/budget_by_item/1.1.4.1/recorded"],
        },
    },
}


def example_of(schema: dict[str, Any], schemas: Schemas) -> Any:
    """A value of a schema."""
    if reference := schema.get("$ref"):
        return example_of(schemas[reference.rpartition("/")[2]], schemas)
    if examples := schema.get("examples"):
        return examples[0]
    if choices := schema.get("anyOf"):
        return example_of(choices[0], schemas)
    match schema.get("type"):
        case "object":
            properties: dict[str, dict[str, Any]] = schema.get("properties", {})
            return {name: example_of(one, schemas) for name, one in properties.items()}
        case "array":
            return [example_of(schema["items"], schemas)] if "items" in schema else []
        case kind:
            return OF_TYPE.get(str(kind), "text")
