"""The benchmarks run: each at a tiny size, so that they do not rot. How fast is not asserted."""

from __future__ import annotations

import math
import statistics
from pathlib import Path

import pytest

from benchmarks import growth, latency, long_run, many_nodes, pbx, reminders, reply_reader, webhooks
from benchmarks.__main__ import (
    BEGIN,
    END,
    PAGE,
    Row,
    latency_rows,
    reader_rows,
    reminder_rows,
    table,
    webhook_rows,
    written,
)
from benchmarks.growth_page import part as growth_part
from benchmarks.hot_statements import HOT
from benchmarks.load import Load
from benchmarks.stored_services import Prepared
from benchmarks.waiting_reminders import MORNING, empty_database, fill, opened

ROWS = [Row("a : b", "0.50", "≥ 0.50"), Row("a", "1,000 /s", "")]


def assert_figures(figures: dict[str, float]) -> None:
    """Each is a number that a measurement can give."""
    for name, figure in figures.items():
        assert math.isfinite(figure), name
        assert figure > 0, name


async def test_rating_webhooks_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice or two of signed key presses, against a gateway and a bare handler of their own."""
    monkeypatch.setattr(webhooks, "SLICE", 4)
    monkeypatch.setattr(webhooks, "SLICES", 2)
    monkeypatch.setattr(webhooks, "CONNECTIONS", 2)

    figures = await webhooks.measure()

    assert_figures(figures)
    assert len(webhook_rows(figures, "SQLite")) == 6


def test_calls_by_pbx_are_told_with_what_failed() -> None:
    """Calls that were not led to the end, and what else the machine did, stand beside the figures."""
    figures = {"calls": 300.0, "led": 298.0, "load": 19.4, "calls_per_second": 6.3, "p50_ms": 20.0}
    figures |= {"p99_ms": 80.0, "gateway_ms": 32.0, "asterisk_ms": 34.0}

    told = pbx.part(figures)

    assert "300, 298" in told
    assert "Load average before the run: 19.4" in told
    assert "20 / 80 ms" in told


async def test_latency_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ratings reach the store and bad ones the mailbox, from a gateway served as in production."""
    monkeypatch.setattr(latency, "_WARM_UP", 1)

    figures = await latency.measure(per_second=20, seconds=1)

    assert_figures(figures)
    assert figures["email_p50_ms"] >= figures["webhook_p50_ms"]
    assert len(latency_rows(figures)) == 3


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_reminders_are_measured(engine: str, request: pytest.FixtureRequest) -> None:
    """All that are due go out from amid those that wait, and the index for them is used."""
    server_url = request.getfixturevalue("postgres_url") if engine == "postgresql" else None

    figures = await reminders.measure(server_url, few=50, many=1500, due=20)

    plan = figures.pop("plan")
    assert "waiting_reminders" in plan
    assert_figures(figures)
    assert len(reminder_rows(figures, engine)) == 6


async def test_only_what_is_to_be_due_is_due(tmp_path: Path) -> None:
    """The filled database has as many due and waiting as it says."""
    async with empty_database(None, tmp_path) as url:
        await fill(url, waiting=30, due=7)
        async with opened(url) as (database, _), database.reading() as work:
            due = await work.invitations.due_reminders(MORNING, 100)

    assert len(due) == 7
    assert len({i.phone for i in due}) == 7


@pytest.mark.parametrize("engine", ["SQLite", "PostgreSQL"])
async def test_growth_is_measured(engine: str, request: pytest.FixtureRequest) -> None:
    """Each cost at each size, on a web process of its own; the plans and the disk at the largest."""
    server_url = request.getfixturevalue("postgres_url") if engine == "PostgreSQL" else None

    grown = await growth.measure(
        engine,
        (400, 600) if server_url is None else (400,),
        server_url=server_url,
        rounds=1,
        work=growth.Round(ratings=3, texts=2, pages=1, services=2, entries=4),
        prepared=Prepared(unrated=6, due=5, people=4, proxies=1, of_proxy=20),
    )

    assert len(grown.costs) == 15
    for what, costs in grown.costs.items():
        assert_figures({f"{what} {place}": cost.wall_us for place, cost in enumerate(costs)})
    assert set(grown.plans) == set(HOT)
    assert "open_questions" in growth_part([grown])


async def test_more_processes_are_measured(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ratings by a web process, deliveries by a worker; more of them are the same again."""
    monkeypatch.setattr(many_nodes, "COUNTS", (1,))
    monkeypatch.setattr(many_nodes, "CONNECTIONS", 2)
    monkeypatch.setattr(many_nodes, "DELAYS", (0.0,))

    figures = await many_nodes.measure(postgres_url, size=4, rounds=1, entries=8)

    written_part = many_nodes.part(figures)
    for what in ("ratings", "deliveries, store at once"):
        assert f"| {what}, in a second " in written_part
        assert_figures({f"{what} {count}": paced.per_second[0] for count, paced in figures[what].items()})


async def test_memory_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few batches of every kind of request, and what the process held meanwhile."""
    monkeypatch.setattr(long_run, "_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(long_run, "_BATCH", 5)

    events, held = await long_run.measure(None, seconds=0)

    assert events > 100
    assert [one.name for one in held] == ["SQLite, role all"]
    assert held[0].memory_mb > 10
    assert held[0].blocks > 1000
    assert f"{events:,}" in long_run.part([(events, held)])


def test_the_reply_reader_is_measured() -> None:
    """A slice of a hundredth of a second."""
    figures = reply_reader.measure(0.01)

    assert_figures(figures)
    assert len(reader_rows(figures)) == 3


def test_percentiles_are_those_of_the_latencies() -> None:
    """Of a hundred, one is slower than the 99th percentile's share allows."""
    load = Load(1.0, [float(n) for n in range(100)])

    assert load.percentile(0.5) == pytest.approx(statistics.median(load.latencies), abs=1)
    assert load.percentile(0.99) == 99.0
    assert load.percentile(1.0) == 99.0


def test_figures_are_written_between_the_markers_and_nowhere_else() -> None:
    """Writing again replaces what was written; the words around stay."""
    page = f"before\n{BEGIN}old\n{END}after\n"

    once = written(page, ROWS, "Here.")

    assert once.startswith(f"before\n{BEGIN}\nHere.\n\n| what ")
    assert once.endswith(f"{END}after\n")
    assert table(ROWS) in once
    assert "old" not in once
    assert written(once, ROWS, "Here.") == once


def test_a_page_without_markers_is_left_alone() -> None:
    """Rather than guess where the figures belong."""
    with pytest.raises(ValueError, match="needs the lines"):
        written("no markers", ROWS, "Here.")


def test_the_page_has_its_markers() -> None:
    """So that `make bench` finds where to write."""
    page = PAGE.read_text(encoding="utf-8")

    assert page.count(BEGIN) == 1
    assert page.count(END) == 1
    assert page.index(BEGIN) < page.index(END)
