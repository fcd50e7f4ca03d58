"""Copies of an SQLite database by its online backup interface, while others read and write.

The copy is taken within one read transaction, so that it is the database as it was at one moment; in WAL mode
writers do not wait for it (sqlite.org/backup.html).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from gateway.domain.errors import InvalidInput

_HEADER: Final = b"SQLite format 3\0"


def copy_database(source: Path, copy: Path) -> None:
    """Write what `source` holds now into the empty file `copy`, and prove it; blocks meanwhile.

    Raises:
        InvalidInput: `source` is no database, or is damaged.

    """
    require_database(source)
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=30)) as old,
            closing(sqlite3.connect(copy)) as new,
        ):
            old.backup(new)
            # One file, without a log beside it that could be left behind.
            new.execute("PRAGMA journal_mode = DELETE")
            _prove(new, source)
    except sqlite3.Error as error:
        raise InvalidInput(f"cannot be copied: {error}", pointer=str(source)) from None


def require_database(path: Path) -> None:
    """Raise InvalidInput unless the file looks like a database of SQLite."""
    try:
        with path.open("rb") as file:
            begins = file.read(len(_HEADER))
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", pointer=str(path)) from None
    if begins != _HEADER:
        raise InvalidInput("is no database of SQLite", pointer=str(path))


def _prove(copy: sqlite3.Connection, source: Path) -> None:
    found = [row[0] for row in copy.execute("PRAGMA integrity_check(3)")]
    found += [
        f"{row[0]}: a row without the one it refers to" for row in copy.execute("PRAGMA foreign_key_check")
    ]
    if found != ["ok"]:
        raise InvalidInput(f"is damaged: {'; '.join(found[:3])}", pointer=str(source))
