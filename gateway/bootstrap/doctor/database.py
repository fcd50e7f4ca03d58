"""Whether the database answers, has this version's schema, and keeps what it acknowledges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.database.schema import require_schema, revisions
from gateway.adapters.database.vital_signs import VitalSigns, vital_signs
from gateway.adapters.personal_data import KEY_BYTES, PersonalDataCipher
from gateway.bootstrap.doctor.file_systems import NETWORKED, VOLATILE, kind_of, sqlite_file
from gateway.bootstrap.doctor.patient import Patient
from gateway.domain.diagnoses import Diagnosis, broken, doubtful, sound
from gateway.domain.errors import ConfigurationError, Unavailable
from gateway.settings import Settings

_OLDEST: Final = 140_000
"""PostgreSQL 14, as `server_version_num` says it."""
_FULL: Final = "2"
"""PRAGMA synchronous: FULL."""
_REACH: Final = "see that it runs, can be reached and lets database.url in"
_UPGRADE: Final = "haochaping db upgrade"


def open_for_looking(settings: Settings) -> SqlDatabase:
    """The database; nothing sealed is read, so that no key is needed."""
    cipher = PersonalDataCipher([bytes(KEY_BYTES)])
    return open_database(settings.database.url.get_secret_value(), cipher, InProcessWakeups(), pool_size=2)


async def examine(patient: Patient) -> Sequence[Diagnosis]:
    """Reachable, schema, durability."""
    file = sqlite_file(patient.settings)
    if file is not None and not file.exists():
        return [
            doubtful(
                "database", f"{file} does not exist yet", f"it is made by the first start, or: {_UPGRADE}"
            )
        ]
    try:
        database = open_for_looking(patient.settings)
        try:
            signs = await vital_signs(database)
            schema = await _schema(database)
        finally:
            await database.close()
    except Unavailable as error:
        finding, _, remedy = str(error).partition("; ")
        return [broken("database", finding, remedy or _REACH)]
    durable = _sqlite(signs, file) if file else _postgresql(signs, patient.settings)
    return [schema, *durable]


async def _schema(database: SqlDatabase) -> Diagnosis:
    """As a process judges it that starts."""
    try:
        current, needed = await revisions(database)
        if current is None:
            return doubtful("schema", "there is none yet", _UPGRADE)
        await require_schema(database)
    except ConfigurationError as fault:
        finding, _, remedy = str(fault).removeprefix(f"{fault.place}: ").partition("; ")
        return broken("schema", finding, remedy)
    if current == needed:
        return sound("schema", f"at {needed}, as this version needs it")
    seen = f"it is at {current}, this version knows {needed}"
    return doubtful("schema", "a newer version made it; it serves this one", "install that version", seen)


def _sqlite(signs: VitalSigns, file: Path) -> Iterator[Diagnosis]:
    seen = ", ".join(f"{name} {value}" for name, value in signs.settings.items())
    if signs.settings != {"journal_mode": "wal", "synchronous": _FULL}:
        remedy = (
            "put it on a file system with shared memory (WAL needs it), and let no other program change it"
        )
        yield broken("durability", "what is acknowledged might be lost in a power cut", remedy, seen)
    yield from _file_system(file, kind_of(file), seen)


def _file_system(file: Path, kind: str, seen: str) -> Iterator[Diagnosis]:
    seen = f"{seen}, {file.parent} on {kind or 'an unknown file system'}"
    if kind in NETWORKED or kind.startswith("fuse."):
        remedy = "move it to a local disk, or use PostgreSQL"
        yield broken("durability", "SQLite's locks cannot be trusted across a network", remedy, seen)
    elif kind in VOLATILE:
        yield broken(
            "durability", "the database lies in memory and ends with the machine", "move it to a disk", seen
        )
    else:
        yield sound("durability", "every commit reaches the disk before it is acknowledged", seen)


def _postgresql(signs: VitalSigns, settings: Settings) -> Iterator[Diagnosis]:
    found = signs.settings
    seen = f"PostgreSQL {found['server_version']}"
    if int(found["server_version_num"]) < _OLDEST:
        yield broken("database", "the server is too old", "PostgreSQL 14 or newer", seen)
    if found["transaction_read_only"] == "on":
        yield broken("database", "it takes no writes: a standby?", "name the primary in database.url", seen)
    off = [name for name in ("fsync", "synchronous_commit", "full_page_writes") if found[name] == "off"]
    if off:
        remedy = f"switch on in postgresql.conf, or for this role and database: {', '.join(off)}"
        words = "what is acknowledged might be lost or torn in a power cut"
        yield broken("durability", words, remedy, f"{seen}, off: {', '.join(off)}")
    else:
        told = f"{seen}, synchronous_commit {found['synchronous_commit']}"
        yield sound("durability", "every commit reaches the disk before it is acknowledged", told)
    if found["archive_mode"] == "off":
        words = "no archiving: what is given after the last backup is lost with the disk"
        yield doubtful("backup", words, "see docs/backup.md", "archive_mode off")
    if int(found["max_connections"]) < 4 * settings.database.pool_size:
        told = f"max_connections {found['max_connections']}, database.pool_size {settings.database.pool_size}"
        words = "few processes can have all their connections"
        yield doubtful("database", words, "raise max_connections, or lower database.pool_size", told)
