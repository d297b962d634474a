"""`grantledger restore FILE`: a backup into an empty home or database, then checked."""

from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from projections.runner import ProjectionStopped
from service.backup.header import Header
from service.backup.loading import verified as verified_file
from service.backup.restoring import CannotOpen
from service.backup.restoring import open_vault as open_vault_of
from service.backup.restoring import restore as restore_backup
from service.cli.exit_codes import ExitCode
from service.cli.output import note, notes, results, write_json
from service.cli.passphrase import asked_passphrase, given_passphrase, passphrase_option
from service.cli.session import Session, json_option, services, settings_of_environment
from service.cli.verify import Verified, verified
from service.composition import NotReady
from service.settings import Settings

EPILOG = """\b
Examples:
  GRANTLEDGER_HOME=/srv/grantledger grantledger restore /media/usb/grantledger.tar
  grantledger restore --passphrase-file /etc/grantledger/passphrase backup.tar
  grantledger restore --without-vault backup.tar
  grantledger restore --open-vault backup.tar"""


@click.command(epilog=EPILOG)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@passphrase_option
@click.option("--without-vault", is_flag=True, help="Leave the vault closed; asks for nothing.")
@click.option(
    "--open-vault", is_flag=True, help="Add the vault to a ledger that was restored without it."
)
@json_option
@click.pass_context
def restore(
    ctx: click.Context,
    file: Path,
    passphrase_file: Path | None,
    without_vault: bool,
    open_vault: bool,
    as_json: bool,
) -> None:
    """Restores a backup into an empty home (GRANTLEDGER_HOME) or an empty database.

    The file is checked before anything is written; then all of it is restored or nothing, whatever
    happens in between. A backup of an older version is brought to the newest schema. Then the views
    are built and everything is checked as by `grantledger verify`. Without the passphrase the vault
    stays closed: the log and its figures of money are there, persons and what is counted of them
    are not. On a server set GRANTLEDGER_ADMIN_URL and the URLs of the service.
    """
    if without_vault and open_vault:
        raise click.UsageError("--without-vault and --open-vault are two different things")
    settings = settings_of_environment()
    _refuse_incomplete(settings)
    with file.open("rb") as opened:
        with notes().status("checking the file"):
            header = verified_file(opened)
        passphrase = None if without_vault else _passphrase(header, passphrase_file)
        with notes().status("restoring"):
            if not open_vault:
                loaded = restore_backup(settings, opened, header, passphrase)
            elif passphrase is None:
                raise CannotOpen(
                    "opening the vault needs a backup with the vault and its passphrase"
                )
            else:
                loaded = False
                open_vault_of(settings, opened, header, passphrase)
    if not loaded and not open_vault:
        note("the ledger of this backup is here already: nothing was loaded, it is only checked")
    with services(settings) as found:
        closed = found.vault.closed
        for tenant in header.positions:
            with suppress(ProjectionStopped):  # by a closed vault; then `status` says so
                found.runner.catch_up(tenant)
        checks = {one: verified(Session(found, one)) for one in header.positions}
    ctx.exit(_told(header, checks, closed=closed, as_json=as_json))


def _refuse_incomplete(settings: Settings) -> None:
    """What the check at the end needs is asked for before the beginning."""
    if not settings.embedded and (
        settings.admin_url is None
        or settings.database_url is None
        or settings.projector_url is None
    ):
        raise NotReady(
            "restoring into a server needs GRANTLEDGER_ADMIN_URL, GRANTLEDGER_DATABASE_URL and"
            " GRANTLEDGER_PROJECTOR_URL"
        )


def _passphrase(header: Header, file: Path | None) -> str | None:
    if header.lock is None:
        note("the backup was made without the vault")
        return None
    return given_passphrase(file) or asked_passphrase(new=False)


def _told(header: Header, checks: dict[UUID, Verified], *, closed: bool, as_json: bool) -> ExitCode:
    differences = {one: check.difference for one, check in checks.items() if check.difference}
    if as_json:
        found: dict[str, Any] = {
            "program": header.program,
            "revision": header.revision,
            "created_at": header.created_at.isoformat(),
            "positions": {str(one): position for one, position in header.positions.items()},
            "vault_open": not closed,
            "differences": {str(one): said for one, said in differences.items()},
        }
        write_json(found)
    for tenant, check in checks.items():
        note(f"organisation {tenant}: restored up to position {header.positions[tenant]}")
        for said in check.left_out:
            note(f"  not checked: {said}")
        if check.difference and not as_json:
            results().print(f"organisation {tenant}: {check.difference}", soft_wrap=True)
    if not differences:
        note("checked: the log and the views are as they should be")
    return ExitCode.UNEXPECTED if differences else ExitCode.OK
