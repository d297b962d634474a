"""The program: `grantledger`, or `python -m service`."""

import sys
from io import TextIOWrapper


def main() -> None:
    """Runs the command that the arguments name."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal without Czech letters gets their codes
            stream.reconfigure(errors="backslashreplace")
    try:
        from service.cli.program import cli  # long enough to be interrupted

        cli(prog_name="grantledger")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
