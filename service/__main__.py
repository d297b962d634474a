"""The command line: `grantledger`, or `python -m service`."""

from service.cli.demo import demo
from service.cli.import_project import import_
from service.cli.report import report
from service.cli.root import cli
from service.cli.serve import serve

for command in (demo, serve, import_, report):
    cli.add_command(command)


def main() -> None:
    """Runs the command that the arguments name."""
    cli(prog_name="grantledger")


if __name__ == "__main__":
    main()
