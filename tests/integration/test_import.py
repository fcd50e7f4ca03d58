"""Files of finished services loaded into a real database, interrupted and gone on with."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.documents.service_documents import ServiceDocuments
from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.adapters.service_files.opening import open_service_file
from gateway.application.essentials import Essentials
from gateway.application.import_services import ImportServices
from gateway.application.ports.service_files import ImportCounts
from gateway.application.record_evaluation import RecordEvaluation
from gateway.application.register_service import RegisterService, ServiceReport
from gateway.application.register_services import LARGEST_GROUP, Outcome, RegisterServices
from gateway.domain.agencies import Agency, AgencyDirectory
from gateway.domain.errors import InvalidInput, Unavailable
from gateway.domain.ids import ServiceId
from gateway.domain.rules import Rules
from gateway.telemetry.metrics import Metrics

COLUMNS = ("service_id", "kind", "phone", "agency_code", "item_code", "item_name", "completed_at")
MOMENT = "2026-11-23T10:00:00+08:00"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite only: the statements are held to both engines elsewhere."""
    return f"sqlite:///{tmp_path}/gateway.db"


class Loader:
    """Loads files as the command does."""

    def __init__(self, database: SqlDatabase, clock: MovableClock) -> None:
        essentials = Essentials(database, clock, Rules(), Metrics())
        phones = PhonenumbersParser()
        record = RecordEvaluation(essentials.rules, essentials.metrics)
        register = RegisterService(essentials, record, phones)
        agencies = AgencyDirectory({"A": Agency("A", "市公安局", "441500", ())})
        documents = ServiceDocuments(phones)
        self._load = ImportServices(RegisterServices(database, register), documents, agencies)
        self.told: list[tuple[int, int]] = []

    async def __call__(self, path: Path, *, restart: bool = False) -> ImportCounts:
        """What became of the rows."""
        with open_service_file(path, restart=restart) as file:
            return await self._load(file, lambda at, counts: self.told.append((at, counts.rows)))


@pytest.fixture
def load(database: SqlDatabase, clock: MovableClock) -> Loader:
    """The loader on a fresh database."""
    return Loader(database, clock)


def row(number: int, **changes: str) -> dict[str, str]:
    """The cells of one row."""
    cells = {
        "service_id": f"S-{number}",
        "kind": "window",
        "phone": "13800138000",
        "agency_code": "A",
        "item_code": "1",
        "item_name": "换领",
        "completed_at": MOMENT,
    }
    return cells | changes


def write_csv(path: Path, rows: list[dict[str, str]], *, end: str = "\n") -> Path:
    """A file with these rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator=end)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.requirement("R-19")
async def test_rows_are_loaded_and_counted(load: Loader, database: SqlDatabase, tmp_path: Path) -> None:
    """Good ones are kept, with what somebody should look at; bad ones stand aside with the reason."""
    rows = [row(1), row(2, kind="counter", completed_at="x"), row(1), row(3, agency_code="Z", phone="1")]
    path = write_csv(tmp_path / "services.csv", [*rows, row(1, item_name="other")])
    counts = await load(path)

    assert counts == ImportCounts(new=2, repeated=1, rejected=2, unknown_agencies=1, unusable_numbers=1)
    async with database.reading() as work:
        kept = [await work.services.visits(ServiceId(f"S-{number}")) for number in (1, 2, 3)]
    assert [len(visits) for visits in kept] == [1, 0, 1]
    with (tmp_path / "services.csv.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        rejected = list(csv.DictReader(file))
    assert [(r["service_id"], r["line"]) for r in rejected] == [("S-2", "3"), ("S-1", "6")]
    assert rejected[0]["reason"].startswith("kind: ")
    assert "completed_at: " in rejected[0]["reason"]
    assert "other content" in rejected[1]["reason"]
    assert not (tmp_path / "services.csv.progress").exists()


@pytest.mark.requirement("R-18")
async def test_rejected_rows_are_for_their_owner_only(load: Loader, tmp_path: Path) -> None:
    """They repeat numbers."""
    await load(write_csv(tmp_path / "services.csv", [row(1, kind="x")]))

    mode = (tmp_path / "services.csv.rejected.csv").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


async def test_rejected_rows_are_mended_and_imported(load: Loader, tmp_path: Path) -> None:
    """The file of rejected rows is a file of services."""
    await load(write_csv(tmp_path / "services.csv", [row(1, kind="counter"), row(2, kind="counter")]))
    rejected = tmp_path / "services.csv.rejected.csv"
    rejected.write_text(rejected.read_text("utf-8").replace("counter", "window", 1), "utf-8")
    counts = await load(rejected)

    assert counts == ImportCounts(new=1, rejected=1)
    again = (tmp_path / "services.csv.rejected.csv.rejected.csv").read_text("utf-8")
    assert again.count("reason") == 1


async def test_lines_of_objects_are_loaded_and_rejected(load: Loader, tmp_path: Path) -> None:
    """NDJSON in, NDJSON out; what is not even JSON stands there as text."""
    good = {
        "service_id": "S-1",
        "kind": "kiosk",
        "agency_code": "A",
        "item": {"code": "1", "name": "换领"},
        "completed_at": MOMENT,
    }
    path = tmp_path / "services.ndjson"
    bad = json.dumps({**good, "service_id": "S\ud800"})
    path.write_text("\n".join([json.dumps(good, ensure_ascii=False), bad, "{broken"]), "utf-8")
    counts = await load(path)
    rejected = tmp_path / "services.ndjson.rejected.ndjson"
    lines = [json.loads(line) for line in rejected.read_text("utf-8").splitlines()]

    assert counts == ImportCounts(new=1, rejected=2, unusable_numbers=1)
    assert (lines[0]["line"], lines[0]["service_id"]) == (2, "S\ud800")
    assert lines[0]["reason"].startswith("/service_id: ")
    assert (lines[1]["line"], lines[1]["text"]) == (3, "{broken")
    rejected.write_text(rejected.read_text("utf-8").replace("\\ud800", "-2"), "utf-8")
    assert (await load(rejected)).new == 1


class Interrupted(Exception):  # noqa: N818 - not an error
    """The power fails."""


async def test_an_interrupted_import_goes_on_where_it_was(
    load: Loader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is read twice, nothing is left out, and every rejected row is there once."""
    rows = [row(n, kind="x" if n % 7 == 0 else "window") for n in range(3 * LARGEST_GROUP)]
    path = write_csv(tmp_path / "services.csv", rows, end="\r\n")
    real, seen = RegisterServices.__call__, []

    async def fails_in_the_second_group(
        self: RegisterServices, reports: Sequence[ServiceReport]
    ) -> list[Outcome]:
        seen.append(len(reports))
        if len(seen) == 2:
            raise Interrupted
        return await real(self, reports)

    monkeypatch.setattr(RegisterServices, "__call__", fails_in_the_second_group)
    with pytest.raises(Interrupted):
        await load(path)
    kept = json.loads((tmp_path / "services.csv.progress").read_text("utf-8"))
    counts = await load(path)

    assert kept["line"] == LARGEST_GROUP + 2
    expected = sum(n % 7 == 0 for n in range(3 * LARGEST_GROUP))
    assert counts == ImportCounts(new=3 * LARGEST_GROUP - expected, rejected=expected)
    with (tmp_path / "services.csv.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = [int(r["line"]) for r in csv.DictReader(file)]
    assert lines == [n + 2 for n in range(3 * LARGEST_GROUP) if n % 7 == 0]
    assert sum(seen) < 4 * LARGEST_GROUP


async def test_a_crash_between_reject_and_progress_writes_nothing_twice(load: Loader, tmp_path: Path) -> None:
    """What stands in the file of rejected rows after the remembered place is cut."""
    path = write_csv(tmp_path / "services.csv", [row(1, kind="x"), row(2)])
    with open_service_file(path) as file:
        first = next(file.rows())
        file.settle([], first, ImportCounts(rejected=1))
    rejected = tmp_path / "services.csv.rejected.csv"
    rejected.write_text("half a row", "utf-8")
    counts = await load(path)

    assert counts == ImportCounts(new=1, rejected=1)
    assert not rejected.exists()
    assert rejected.with_name(f"{rejected.name}.bak").read_text("utf-8") == "half a row"


async def test_a_database_that_is_away_stops_the_import(
    load: Loader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not reject what it could not store; the next run goes on."""
    path = write_csv(tmp_path / "services.csv", [row(1), row(2)])
    real = RegisterService.within

    async def away(*_args: object) -> None:
        raise Unavailable("locked")

    monkeypatch.setattr(RegisterService, "within", away)
    with pytest.raises(Unavailable):
        await load(path)
    monkeypatch.setattr(RegisterService, "within", real)

    assert (await load(path)) == ImportCounts(new=2)
    assert not (tmp_path / "services.csv.rejected.csv").exists()


async def test_a_changed_file_is_not_gone_on_with(load: Loader, tmp_path: Path) -> None:
    """Its place would be another; what was appended is no change."""
    path = write_csv(tmp_path / "services.csv", [row(1), row(2)])
    with open_service_file(path) as file:
        file.settle([], next(file.rows()), ImportCounts(new=1))
    content = path.read_bytes()
    path.write_bytes(content.replace(b"S-1", b"S-9"))
    with pytest.raises(InvalidInput, match="--restart"):
        await load(path)

    path.write_bytes(content + content.splitlines(keepends=True)[2].replace(b"S-2", b"S-3"))
    assert (await load(path)) == ImportCounts(new=3)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"position": "x"}', '{"counts": {"no": 1}}'])
async def test_a_damaged_progress_file_says_so(load: Loader, tmp_path: Path, content: str) -> None:
    """Nothing is guessed; --restart begins afresh."""
    path = write_csv(tmp_path / "services.csv", [row(1)])
    (tmp_path / "services.csv.progress").write_text(content, "utf-8")
    with pytest.raises(InvalidInput, match="--restart"):
        await load(path)

    assert (await load(path, restart=True)) == ImportCounts(new=1)


async def test_the_progress_reaches_the_end(load: Loader, tmp_path: Path) -> None:
    """What is told grows with each group up to the size of the file."""
    path = write_csv(tmp_path / "services.csv", [row(n) for n in range(2 * LARGEST_GROUP + 1)])
    await load(path)

    assert load.told[-1] == (path.stat().st_size, 2 * LARGEST_GROUP + 1)
    assert load.told == sorted(load.told)
    assert len(load.told) == 4
