"""Where the passphrase of a backup comes from; never an argument, which other users could see."""

import os
import sys
from pathlib import Path

import click

ENVIRONMENT = "GRANTLEDGER_BACKUP_PASSPHRASE"

passphrase_option = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"A file whose first line is the passphrase; or set {ENVIRONMENT}.",
)


def given_passphrase(file: Path | None) -> str | None:
    """What was given by file or environment."""
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").partition("\n")[0].removesuffix("\r")
        except UnicodeDecodeError:
            raise click.BadParameter(
                f"{file} is not UTF-8", param_hint="--passphrase-file"
            ) from None
    return os.environ.get(ENVIRONMENT) or None


def asked_passphrase(*, new: bool) -> str | None:
    """What is typed in, hidden; a new one twice. None where nobody can be asked or "" was typed."""
    if not sys.stdin.isatty():
        return None
    text = "Passphrase of the backup" + ("" if new else " (Enter: leave the vault closed)")
    answer: str = click.prompt(
        text, hide_input=True, confirmation_prompt=new, default="", show_default=False, err=True
    )
    return answer or None
