"""Operators' commands on a database: schema, outbox, keys, retention; also when it is not there."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.domain.outbox import OutboxEntry, OutboxKind, OutboxState
from gateway.domain.phone_numbers import PhoneNumber
from tests.integration.stored_person import Person, opt_out, store
from tests.peers.postgres import free_port
from tests.unit.cli.command import Told, haochaping

OLD, NEW = b"o" * 32, b"n" * 32
CITIZEN = PhoneNumber("+8613800138000")
NOW = datetime.now(UTC)
T = TypeVar("T")
Command = Callable[..., Told]


@pytest.fixture
def command(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """`haochaping` in an empty folder, on each database, with one key."""
    monkeypatch.chdir(tmp_path)
    return command_on(database_url, capsys, monkeypatch)


def command_on(url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("HAOCHAPING_DATABASE__URL", url)
    monkeypatch.setenv("HAOCHAPING_PRIVACY__KEYS", keys(OLD))
    return lambda *arguments: haochaping(capsys, *arguments)


def keys(*keys: bytes) -> str:
    """As the environment gives them."""
    return json.dumps([b64encode(key).decode() for key in keys])


def within(url: str, key: bytes, work: Callable[[SqlDatabase], Awaitable[T]]) -> T:
    """Do something in the database as a gateway with this key."""

    async def run() -> T:
        database = open_database(url, PersonalDataCipher([key]), InProcessWakeups())
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


async def give_up(database: SqlDatabase, *names: str) -> None:
    """Texts that were refused for good, by a peer that repeats the number."""
    entries = [
        OutboxEntry(
            kind=OutboxKind.SMS,
            key=name,
            payload={"text": "secret words"},
            due_at=NOW,
            created_at=NOW,
            phone=CITIZEN,
        )
        for name in names
    ]
    async with database.transaction() as work:
        await work.outbox.add(entries)
        claimed = await work.outbox.claim(OutboxKind.SMS, NOW, timedelta(minutes=1), 99)
        await work.outbox.settle(claimed, OutboxState.DEAD, NOW, "no route to +8613800138000")


def ids(told: Told) -> list[int]:
    """The ids of the entries that a command listed as JSON."""
    return [json.loads(line)["id"] for line in told.output.splitlines()]


def test_the_schema_is_made_and_told(
    empty_database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An empty database, or none, is refused with the remedy; upgrading says from where to where, once."""
    monkeypatch.chdir(tmp_path)
    command = command_on(empty_database_url, capsys, monkeypatch)
    refused = command("outbox", "list")
    checked = command("db", "check")
    made = command("db", "upgrade")
    again = command("db", "upgrade")

    assert (refused.exit_code, checked.exit_code) == (1, 1)
    assert refused.errors == checked.errors
    if empty_database_url.startswith("sqlite"):
        assert f"database.url: there is no database at {tmp_path}/gateway.db; " in refused.errors
    else:
        assert "database.url: the schema is at nothing" in refused.errors
    assert "haochaping db upgrade" in refused.errors
    assert (made.exit_code, again.exit_code) == (0, 0)
    assert made.output.startswith("upgraded from an empty database to ")
    assert again.output.startswith("OK: ")
    assert command("db", "check").exit_code == 0


def test_commands_that_look_make_nothing__regression(
    sqlite_template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder that is not the gateway's: neither database nor key, and both are named in full."""
    monkeypatch.chdir(tmp_path)
    told = [haochaping(capsys, *words) for words in (("outbox", "list"), ("outbox", "retry", "--all"))]
    monkeypatch.setenv("HAOCHAPING_DATABASE__URL", f"sqlite:///{sqlite_template}")
    without_key = haochaping(capsys, "outbox", "list")

    for refused in told:
        assert refused.exit_code == 1
        assert (
            f"there is no database at {tmp_path}/var/gateway.db; go to the gateway's folder" in refused.errors
        )
    assert without_key.exit_code == 1
    assert f"privacy.keys: there is none, nor {tmp_path}/var/keys/privacy.key; " in without_key.errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.requirement("R-18")
def test_the_outbox_is_shown_without_numbers_or_words(command: Command, database_url: str) -> None:
    """What waits, what is dead and why; the number that a peer repeated is hidden."""
    within(database_url, OLD, lambda database: give_up(database, "reminder:1"))
    within(database_url, OLD, lambda database: store(database, Person(CITIZEN, NOW, "2")))

    waiting, dead = command("outbox", "list"), command("outbox", "dead", "--kind", "sms")

    assert "reminder:2" in waiting.output
    assert "reminder:1" not in waiting.output
    assert "sms 1 pending, 1 dead" in waiting.errors
    assert "no route to ［号码已隐去］" in dead.output
    for told in (waiting, dead):
        assert "13800138000" not in told.output + told.errors
        assert "secret words" not in told.output
    assert ids(command("outbox", "dead", "--kind", "email", "--json")) == []
    assert len(ids(command("outbox", "list", "--state", "dead", "--limit", "1", "--json"))) == 1


def test_dead_entries_are_taken_up_again(command: Command, database_url: str) -> None:
    """By id or all; what is not dead is told, and naming nothing is a usage error."""
    within(database_url, OLD, lambda database: give_up(database, "a", "b", "c"))
    first, *_ = ids(command("outbox", "dead", "--json"))

    one = command("outbox", "retry", str(first))
    same = command("outbox", "retry", str(first))
    rest = command("outbox", "retry", "--all")

    assert (one.exit_code, one.output) == (0, "1 of 1 pending again\n")
    assert (same.exit_code, same.output) == (1, "0 of 1 pending again\n")
    assert (rest.exit_code, rest.output) == (0, "2 pending again\n")
    assert len(ids(command("outbox", "list", "--json"))) == 3
    assert command("outbox", "retry").exit_code == 2
    assert command("outbox", "retry", "1", "--all").exit_code == 2


@pytest.mark.requirement("R-18")
def test_keys_are_changed_step_by_step(
    command: Command, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `keys new` says: add, put first, rotate, take out; a missing key is named, nothing is lost."""
    fresh = command("keys", "new")
    assert len(fresh.output.strip()) == 44
    assert "haochaping keys rotate" in fresh.errors
    within(database_url, OLD, lambda database: opt_out(database, Person(CITIZEN, NOW)))
    monkeypatch.setenv("HAOCHAPING_PRIVACY__KEYS", keys(NEW))
    early = command("keys", "rotate")
    monkeypatch.setenv("HAOCHAPING_PRIVACY__KEYS", keys(NEW, OLD))
    done = command("keys", "rotate")

    assert early.exit_code == 1
    assert "which is not listed here" in early.errors
    assert done.exit_code == 0
    assert "opt_outs\t1\t0\t0" in done.output
    assert "can be taken out" in done.output
    assert command("keys", "list").output.count("yes") == 2
    assert command("keys", "forget", "nonsense").exit_code == 2
    monkeypatch.setenv("HAOCHAPING_PRIVACY__KEYS", keys(OLD))
    lost = PersonalDataCipher([NEW]).key_ids[0]
    assert lost in command("keys", "rotate").errors
    assert command("keys", "forget", lost).exit_code == 0
    assert "opt_outs\t0\t0\t1" in command("keys", "rotate").output

    async def out(database: SqlDatabase) -> bool:
        async with database.reading() as work:
            return CITIZEN in await work.opt_outs.are_out([CITIZEN])

    assert within(database_url, NEW, out)


@pytest.mark.requirement("R-18")
def test_a_rotation_tells_of_a_process_that_seals_with_an_older_key_still__regression(
    command: Command, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it wrote behind the rotation's back is found, and the old key stays required."""
    monkeypatch.setenv("HAOCHAPING_PRIVACY__KEYS", keys(NEW, OLD))
    within(database_url, OLD, lambda database: opt_out(database, Person(CITIZEN, NOW)))
    with monkeypatch.context() as passing_over:
        passing_over.setattr("gateway.bootstrap.operations.sealed_tables", list)
        passed = command("keys", "rotate")

    assert passed.exit_code == 1
    assert (
        f"a process seals with {PersonalDataCipher([OLD]).key_ids[0]} still; restart every" in passed.errors
    )
    assert "can be taken out" in command("keys", "rotate").output


@pytest.mark.requirement("R-18")
def test_a_purge_counts_first_and_erases_then(command: Command, database_url: str) -> None:
    """The dry run tells what goes; afterwards there is nothing left to do."""
    within(database_url, OLD, lambda database: store(database, Person(CITIZEN, NOW - timedelta(days=731))))

    dry, real, again = command("purge", "--dry-run"), command("purge"), command("purge")

    assert "numbers of services\t1" in dry.output
    assert dry.output.replace("would go", "gone") == real.output
    assert {line.rpartition("\t")[2] for line in again.output.splitlines()[1:]} == {"0"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_purge_tells_what_it_did_though_the_pbx_is_away(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its spoken messages are not gone: exit 1, and the line says where they are."""
    for name, value in {
        "VOICE__PROVIDER": "asterisk",
        "ASTERISK__URL": "http://127.0.0.1:9/ari",
        "ASTERISK__USERNAME": "haochaping",
        "ASTERISK__PASSWORD": "hidden",
    }.items():
        monkeypatch.setenv(f"HAOCHAPING_{name}", value)

    told = command("purge")

    assert told.exit_code == 1
    assert "numbers of services\t0" in told.output
    (line,) = told.errors.splitlines()
    assert line.startswith("asterisk: 127.0.0.1:9: ")
    assert "not deleted yet" in line
    assert "hidden" not in line


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_locked_database_is_told(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program holds SQLite's lock: one line, exit 1, nothing half done."""
    monkeypatch.setattr("gateway.adapters.database.engine.BUSY_TIMEOUT_MS", 1)
    holder = sqlite3.connect(tmp_path / "gateway.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        told = command("outbox", "retry", "--all")
    finally:
        holder.close()

    assert told.exit_code == 1
    assert told.output == ""
    (line,) = told.errors.splitlines()
    assert line.startswith("database.url: ")
    assert "locked by another program" in line


@pytest.mark.parametrize(
    "arguments", [["db", "check"], ["db", "upgrade"], ["outbox", "list"], ["purge"]], ids=" ".join
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_unreachable_database_is_told(
    arguments: list[str], command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens there: one line with the setting's name, exit 1, and no password."""
    url = f"postgresql://user:hidden@127.0.0.1:{free_port()}/none"
    monkeypatch.setenv("HAOCHAPING_DATABASE__URL", url)

    told = command(*arguments)

    assert told.exit_code == 1
    (line,) = told.errors.splitlines()
    assert line.startswith("database.url: the database cannot be reached")
    assert "hidden" not in line


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_does_not_exist_is_told(
    command: Command, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server answers, the database is missing: one line, exit 1."""
    monkeypatch.setenv("HAOCHAPING_DATABASE__URL", database_url + "_misspelt")

    told = command("db", "check")

    assert told.exit_code == 1
    (line,) = told.errors.splitlines()
    assert line.startswith("database.url: ")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_is_no_database_is_told(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong path that leads to another file: one line, exit 1, the file untouched."""
    other = tmp_path / "letter.txt"
    other.write_text("Dear all, " * 100, encoding="utf-8")
    monkeypatch.setenv("HAOCHAPING_DATABASE__URL", f"sqlite:///{other}")

    told = command("db", "upgrade")

    assert told.exit_code == 1
    (line,) = told.errors.splitlines()
    assert line.startswith("database.url: ")
    assert other.read_text(encoding="utf-8") == "Dear all, " * 100


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_schema_of_a_newer_version_is_refused(command: Command, tmp_path: Path) -> None:
    """An older version installed over a newer one touches nothing and says which revision it met."""
    with sqlite3.connect(tmp_path / "gateway.db") as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.execute("UPDATE schema_promise SET oldest_program = '9999'")
    newer.close()

    told = command("db", "upgrade")

    assert told.exit_code == 1
    assert told.errors == (
        "database.url: a newer version made the schema (revision 9999); install that version\n"
    )
