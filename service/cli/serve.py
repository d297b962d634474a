"""`grantledger serve`."""

import click

from service.cli.output import note, results
from service.cli.serving import HOST, PORT, Listening, serve_until_stopped
from service.cli.session import services

EPILOG = """\b
Examples:
  grantledger serve
  grantledger serve --host 0.0.0.0 --port 8080"""


@click.command(epilog=EPILOG)
@click.option("--host", default=HOST, show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=PORT,
    show_default=True,
    help="When it is taken, the next free one is used.",
)
def serve(host: str, port: int) -> None:
    """Serves the HTTP API, its description and its pages until Ctrl-C or SIGTERM."""
    with services() as opened:
        serve_until_stopped(opened, Listening(host, port), _tell)
    note("ended")


def _tell(url: str) -> None:
    results().print(f"{url}/docs", soft_wrap=True)
    note("make a token by: grantledger token create --name NAME; Ctrl-C ends")
