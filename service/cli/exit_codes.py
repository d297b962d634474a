"""What the program's exit codes mean, and which error ends it with which: the only such table.

An operating error is told in one sentence. Whatever is not in the table is a fault of the program
and ends with UNEXPECTED under an id that stands in the log.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import Any

import psycopg
from psycopg.errors import InsufficientPrivilege, UndefinedTable
from sqlalchemy.exc import OperationalError as SqlalchemyError

from domain.rejection import NotFound, Rejection
from projections.facts_in_force import UnknownProject
from projections.generation import NotCaughtUp
from projections.runner import ProjectionStopped, StillBehind
from service.backup.archive import Damaged
from service.backup.header import NewerBackup
from service.backup.passphrase import PassphraseRefused, WrongPassphrase
from service.backup.restoring import CannotOpen
from service.backup.writing import FileExists, NothingToBackUp
from service.cli.serving import CannotListen
from service.composition import NotReady, TenantUnclear
from service.exchange.export import InvalidExport
from service.identity import UserDisabled
from service.importing.run import ChangedMeanwhile, ImportBusy
from service.programmes import UnknownRuleSet
from service.reports import ProjectImporting, UnknownFigure
from service.store.database import UnsafeServer
from service.store.embedded_account import ServerUnavailable
from service.store.keys import KeyMissing, KeyWrong
from service.store.log import VersionConflict
from service.store.migrate import NotEmpty
from service.tokens import UnknownUser


class ExitCode(IntEnum):
    """The exit codes of every command; each text is what `grantledger --help` shows."""

    OK = 0, "done"
    UNEXPECTED = 1, "`verify` found a difference, or the program itself failed (with an id)"
    BAD_INPUT = 2, "bad usage, a refused value, or bad rows in a spreadsheet; nothing was recorded"
    CHANGED = 3, "the import stopped: rows differ from what was recorded of them"
    UNKNOWN = 4, "there is no such project, record or figure"
    NOT_READY = 5, "not now: the project is being imported, or the database cannot be used"
    INTERRUPTED = 130, "stopped by Ctrl-C before the end"

    meaning: str

    def __new__(cls, code: int, meaning: str) -> "ExitCode":
        """An integer that knows what it means."""
        member = int.__new__(cls, code)
        member._value_, member.meaning = code, meaning
        return member


BAD_BACKUPS = (Damaged, NewerBackup, WrongPassphrase, PassphraseRefused, FileExists)
OPTION_OF = {"/expires_at": "--until"}  # where an option has another name than its value
Sentence = Callable[[Any], str]


def _own_words(error: Exception) -> str:
    return str(error)


def _rejection(error: Rejection) -> str:
    place = OPTION_OF.get(error.pointer, error.pointer.lstrip("/"))
    return f"{place}: {error.detail}" if place else error.detail


def _database(error: Exception) -> str:
    return f"the database does not answer: {str(error).strip().splitlines()[0]}"


def _file(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or type(error).__name__}"


# The first class that fits decides, so a special case stands before its general one.
TABLE: tuple[tuple[type[Exception], ExitCode, Sentence], ...] = (
    (NotFound, ExitCode.UNKNOWN, _rejection),
    (Rejection, ExitCode.BAD_INPUT, _rejection),
    (TenantUnclear, ExitCode.BAD_INPUT, _own_words),
    (UnknownProject, ExitCode.UNKNOWN, lambda error: f"there is no project {error}"),
    (UnknownFigure, ExitCode.UNKNOWN, lambda error: f"the report has no figure at {error}"),
    (UnknownUser, ExitCode.UNKNOWN, _own_words),
    (
        ProjectImporting,
        ExitCode.NOT_READY,
        lambda _: "the project is being imported: wait, or run the same import again to finish it",
    ),
    (ImportBusy, ExitCode.NOT_READY, _own_words),
    (ChangedMeanwhile, ExitCode.NOT_READY, _own_words),
    (VersionConflict, ExitCode.NOT_READY, lambda _: "others are changing the record; try again"),
    (
        ProjectionStopped,
        ExitCode.NOT_READY,
        lambda error: f"a view is stopped at an event it cannot take: {error}",
    ),
    (
        StillBehind,
        ExitCode.NOT_READY,
        lambda error: f"another process is still building the view {error}; try again",
    ),
    (UserDisabled, ExitCode.NOT_READY, _own_words),
    *((kind, ExitCode.BAD_INPUT, _own_words) for kind in BAD_BACKUPS),
    *((kind, ExitCode.NOT_READY, _own_words) for kind in (NotEmpty, CannotOpen, NothingToBackUp)),
    (CannotListen, ExitCode.NOT_READY, _own_words),
    (InvalidExport, ExitCode.UNEXPECTED, _own_words),
    (UnknownRuleSet, ExitCode.NOT_READY, lambda error: f"this program has no rule set {error}"),
    (NotReady, ExitCode.NOT_READY, _own_words),
    (ServerUnavailable, ExitCode.NOT_READY, _own_words),
    (UnsafeServer, ExitCode.NOT_READY, _own_words),
    (KeyMissing, ExitCode.NOT_READY, _own_words),
    (KeyWrong, ExitCode.NOT_READY, _own_words),
    (UndefinedTable, ExitCode.NOT_READY, lambda _: "the database is not migrated"),
    (
        InsufficientPrivilege,
        ExitCode.NOT_READY,
        lambda _: "the role that logged in may not do this; look at the URLs of the database",
    ),
    (psycopg.OperationalError, ExitCode.NOT_READY, _database),
    (SqlalchemyError, ExitCode.NOT_READY, lambda error: _database(error.orig or error)),
    (NotCaughtUp, ExitCode.NOT_READY, lambda _: "the log grows faster than views can be built"),
    (TimeoutError, ExitCode.NOT_READY, _own_words),
    (OSError, ExitCode.NOT_READY, _file),
)


def judged(error: Exception) -> tuple[ExitCode, str] | None:
    """The exit code of an operating error and its sentence; None: a fault of the program."""
    for kind, code, sentence in TABLE:
        if isinstance(error, kind):
            return code, sentence(error)
    return None


def described() -> str:
    """All exit codes as a paragraph of help."""
    return "\b\nExit codes:\n" + "\n".join(f"  {code.value:<4} {code.meaning}" for code in ExitCode)
