"""The command `grantledger`: its subcommands, and what becomes of their errors."""

from typing import Any
from uuid import uuid4

import click

from service.cli.exit_codes import ExitCode, described, judged
from service.cli.log import configure_log, log_unexpected
from service.cli.output import note


class Commands(click.Group):
    """Operating errors end in one sentence, faults of the program under an id; no tracebacks."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the subcommand."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except (KeyboardInterrupt, click.Abort):
            note("interrupted")
            code = ExitCode.INTERRUPTED
        except BrokenPipeError:  # who read the result has had enough of it
            raise
        except Exception as error:  # noqa: BLE001 the last place where it can be told
            code = _told(error)
        return ctx.exit(code)


def _told(error: Exception) -> ExitCode:
    """Says on standard error what went wrong."""
    known = judged(error)
    if known:
        code, sentence = known
        note(f"grantledger: {sentence}")
        return code
    number = uuid4().hex[:12]
    log_unexpected(error, number)
    note(f"grantledger: unexpected error {number} ({type(error).__name__}); please report it")
    return ExitCode.UNEXPECTED


@click.group(
    cls=Commands,
    epilog=described(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="grantledger")
def cli() -> None:
    """The ledger of a grant project: every figure of its reports, and where each comes from.

    Without settings everything is kept in a PostgreSQL of its own in GRANTLEDGER_HOME (default:
    the user's data folder). GRANTLEDGER_DATABASE_URL and GRANTLEDGER_PROJECTOR_URL name a server
    instead.

    \b
    Start here:
      grantledger demo
      grantledger import project FOLDER
      grantledger report figures --project CZ.03.2.63/0.0/0.0/15_023/0000850
    """
    configure_log()
