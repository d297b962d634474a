"""`grantledger backup FILE`: everything that cannot be rebuilt, in one file."""

from pathlib import Path

import click

from service.administration import administered
from service.backup.passphrase import check_passphrase
from service.backup.writing import NothingToBackUp, VaultSecret, Written, new_file, write_backup
from service.cli.output import note, notes, write_json
from service.cli.passphrase import (
    ENVIRONMENT,
    asked_passphrase,
    given_passphrase,
    passphrase_option,
)
from service.cli.session import json_option, settings_of_environment

EPILOG = """\b
Examples:
  grantledger backup /media/usb/grantledger.tar
  grantledger backup --passphrase-file /etc/grantledger/passphrase /backup/$(date +%F).tar
  grantledger backup --without-vault ledger-without-persons.tar"""


@click.command(epilog=EPILOG)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@passphrase_option
@click.option("--without-vault", is_flag=True, help="Without the sealed persons and their keys.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@json_option
def backup(
    file: Path, passphrase_file: Path | None, without_vault: bool, force: bool, as_json: bool
) -> None:
    """Writes log, users, bookkeeping and the vault to FILE, while others go on recording.

    The vault (sealed persons and the key that opens them) is encrypted with a passphrase: without
    it nobody reads a person from the backup, you neither. Keep it apart from the backup. Says up to
    which position of the log the backup goes: all that was recorded up to there is in it. On a
    server it connects as the role of GRANTLEDGER_ADMIN_URL.
    """
    settings = settings_of_environment()
    if settings.embedded and not (settings.home / "data/PG_VERSION").exists():
        raise NothingToBackUp(f"there is no ledger in {settings.home}")
    secret = None
    if not without_vault:
        secret = VaultSecret(settings.key_file, _passphrase(passphrase_file))
    with (
        new_file(file, force=force) as target,
        administered(settings) as admin,
        notes().status("reading the ledger"),
    ):
        written = write_backup(admin.url, target, secret)
    _tell(file, written, as_json=as_json)


def _passphrase(file: Path | None) -> str:
    """Raises PassphraseRefused for one that is too short."""
    passphrase = given_passphrase(file) or asked_passphrase(new=True)
    if passphrase is None:
        raise click.UsageError(
            "the vault needs a passphrase: --passphrase-file FILE, or the variable"
            f" {ENVIRONMENT}; a backup without persons is made by --without-vault"
        )
    check_passphrase(passphrase)
    return passphrase


def _tell(file: Path, written: Written, *, as_json: bool) -> None:
    header = written.header
    if as_json:
        write_json(
            {
                "file": str(file),
                "sha256": written.sha256,
                "bytes": file.stat().st_size,
                "revision": header.revision,
                "positions": {str(one): position for one, position in header.positions.items()},
                "vault": header.lock is not None,
            }
        )
        return
    for tenant, position in header.positions.items():
        note(f"organisation {tenant}: all up to position {position}")
    if header.lock is None:
        note("without the vault: the persons are not in this backup; make one with them too")
    else:
        note("with the vault: it opens with the passphrase only; keep that somewhere else")
    click.echo(f"{written.sha256}  {file}")
