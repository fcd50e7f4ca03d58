"""A database's errors in the words of the ports: what is wrong, and after a semicolon what to do."""

from __future__ import annotations

import sqlite3
import ssl
from typing import TYPE_CHECKING, Final

from asyncpg.exceptions import ClientConfigurationError, TargetServerAttributeNotMatched
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gateway.adapters.database.several_servers import NoServerUsableError
from gateway.domain.errors import AlreadyRecorded, InvalidInput, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy.engine import ExceptionContext

UNDONE: Final = frozenset({"40001", "40P01"})
"""Serialisation failure and deadlock (PostgreSQL, appendix A)."""
READ_ONLY_STATE: Final = "25006"
LOCKED: Final = "55P03"
READ_ONLY: Final = (
    "the database takes no changes: it is read-only, as a standby is, or a primary that was one"
)
_OTHER_TABLES: Final = "the tables are not those of this program; see that database.url names its database"
_TOLD_BY_POSTGRESQL: Final = {
    READ_ONLY_STATE: READ_ONLY,
    "25P03": "a transaction stood still, as its machine may have, and the server ended it",
    "3D000": "the server has no database of the name in database.url; create it, or mend the URL",
    "28000": "the server does not let in the user of database.url; see its pg_hba.conf, and sslmode",
    "28P01": "the server refuses the password in database.url; mend it, or the role's",
    "42501": "the user of database.url lacks a right; grant it, or make the user own the tables",
    "42703": _OTHER_TABLES,
    "42P01": _OTHER_TABLES,
    "53100": "the disk of the database's server is full; free some space there: nothing was acknowledged",
    "53200": "the database's server is out of memory; see its log",
    "53300": "the server has no connection left; raise its max_connections, or lower database.pool_size",
    LOCKED: "others hold the tables; try again",
    "57P01": "the database is being shut down",
    "57P03": "the database starts up or is being shut down",
    "58030": "the disk of the database's server fails; see its log, and the kernel's",
    "XX001": "the database is damaged; restore the backup",
    "XX002": "an index of the database is damaged; REINDEX it, or restore the backup",
}
_TOLD_BY_SQLITE: Final = {
    "SQLITE_BUSY": "{file} is locked by another program; end that one",
    "SQLITE_CANTOPEN": (
        "{file} cannot be opened; see that it is a file, and that this user may write it and in its folder"
    ),
    "SQLITE_CORRUPT": "{file} is damaged; stop the gateway and restore the backup",
    "SQLITE_FULL": "the disk that holds {file} is full; free some space there: nothing was acknowledged",
    "SQLITE_IOERR": (
        "{file} cannot be read or written ({code}); see whether its disk is full, over a quota or failing"
    ),
    "SQLITE_NOTADB": "{file} is no database of SQLite; name another one, or restore the backup",
    "SQLITE_PERM": "{file} may not be used; give this user the right to it and to its folder",
    "SQLITE_READONLY": "{file} cannot be changed; give this user the right to write it and in its folder",
}
_NO_TLS: Final = "rejected SSL upgrade"


class translated:  # noqa: N801 - a context manager that reads as a verb
    """Says a database's errors in the words of the ports."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, IntegrityError):
            raise AlreadyRecorded("another transaction recorded the same key first") from error
        if _is_undone(error):
            raise AlreadyRecorded("another transaction was in the way") from error
        if _is_unstorable(error):
            # Trying again would never help: tell the sender instead of the operator.
            raise InvalidInput("a value is too long or holds a character that cannot be stored") from error
        if isinstance(error, PoolTimeout):
            raise Unavailable("no database connection became free in time") from error
        if isinstance(error, DBAPIError | sqlite3.Error | OSError):
            raise Unavailable(_why(error)) from error


def sqlstate(error: BaseException | None) -> str:
    """PostgreSQL's code; empty for anything else."""
    return getattr(error, "sqlstate", None) or ""


def naming(file: Path) -> Callable[[ExceptionContext], None]:
    """A listener for `handle_error` that notes which file of SQLite an error is about."""

    def note(context: ExceptionContext) -> None:
        context.original_exception.add_note(str(file))

    return note


def _is_undone(error: BaseException | None) -> bool:
    """Whether PostgreSQL undid the transaction for the sake of another: the next try gets through."""
    return isinstance(error, DBAPIError) and sqlstate(error.orig) in UNDONE


def _is_unstorable(error: BaseException | None) -> bool:
    """Whether no try can succeed: class 22, or a value that the driver could not even send."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return False
    cause = error.orig.__cause__
    return (
        isinstance(error, DataError)
        or sqlstate(error.orig).startswith("22")
        or (isinstance(cause, ValueError) and not isinstance(cause, ClientConfigurationError))
    )


def _why(error: Exception) -> str:
    """What an operator can act on; a library's own words may hold addresses and values."""
    if isinstance(error, NoServerUsableError):
        return _of_each(error.causes)
    if isinstance(error, OSError):
        return _unreachable(error)
    told = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(told, sqlite3.Error):
        return _of_sqlite(told)
    cause = getattr(told, "__cause__", None) or told
    if isinstance(cause, TargetServerAttributeNotMatched):
        return READ_ONLY
    if isinstance(cause, ClientConfigurationError):
        return f"the database cannot be reached: {cause}; see PGSSLMODE and the like in the environment"
    return _TOLD_BY_POSTGRESQL.get(sqlstate(told)) or (f"the database did not answer: {type(cause).__name__}")


def _of_each(causes: Sequence[Exception]) -> str:
    """In the order of the URL; what is wrong with all of them first, then all that can be done."""
    told = [_why(cause).partition("; ") for cause in causes]
    problems = ", ".join(f"{number}. {problem}" for number, (problem, *_) in enumerate(told, 1))
    remedies = dict.fromkeys(remedy for *_, remedy in told if remedy)
    return "; ".join((f"no server of database.url can be used: {problems}", *remedies))


def _unreachable(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "the database did not answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the certificate of the database's server is not trusted: {error.verify_message};"
            " see sslmode and sslrootcert in database.url"
        )
    if _NO_TLS in str(error):
        return "the database's server offers no TLS, which sslmode demands; switch it on there"
    return f"the database cannot be reached: {error.strerror or error}"


def _of_sqlite(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorname", "")
    words = _TOLD_BY_SQLITE.get("_".join(code.split("_")[:2]))
    if words is None and str(error).startswith("no such "):
        words = _OTHER_TABLES
    if words is None:
        return f"the database did not answer: {code or type(error).__name__}"
    return words.format(file=_file_of(error), code=code)


def _file_of(error: sqlite3.Error) -> str:
    """As `naming` noted it."""
    return next(iter(getattr(error, "__notes__", ())), "the database's file")
