"""`grantledger openapi`: the description of the HTTP API."""

import click


@click.command()
def openapi() -> None:
    """Prints the OpenAPI 3.1 description of the HTTP API; needs no database."""
    from service.app import openapi_text  # the web framework is loaded only where it is needed

    click.echo(openapi_text().encode(), nl=False)
