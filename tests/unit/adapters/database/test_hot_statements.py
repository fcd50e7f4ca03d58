"""What is asked again and again costs what it finds, not what is stored: no plan reads a whole table.

The plans are those that each engine makes for the very statements that the adapters send, amid thousands of
services with all that hangs on them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.hot_statements import HOT, Sample, plans, whole_reads
from benchmarks.plans import noted, plan
from benchmarks.stored_services import Prepared, fill
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.database.keys_in_use import require_keys_in_use
from gateway.adapters.database.retention import erase, erasures
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.domain.errors import ConfigurationError

STORED = 4000
"""Enough for an engine to prefer an index to reading everything."""
FEW = Prepared(unrated=10, due=20, people=5, proxies=1, of_proxy=100)
YEARS, MONTHS = timedelta(days=729), timedelta(days=89)
FOUND_BY = {
    "a person's invitations": "open_questions",
    "a person's open letters": "open_questions",
    "due reminders": "waiting_reminders",
    "the first page since yesterday": "ix_evaluations_recorded_at",
    "outbox entries claimed": "ix_outbox_due",
    "how much is owed": "ix_outbox_due",
    "how far a reminder has got": "uq_outbox_kind_key",
    "dead outbox entries": "ix_outbox_dead",
}


@pytest.fixture
async def filled(
    database_url: str, personal_data: PersonalDataCipher
) -> AsyncIterator[tuple[SqlDatabase, Sample]]:
    """A filled database on each engine."""
    stored = await fill(database_url, STORED, FEW)
    database = open_database(database_url, personal_data, InProcessWakeups())
    try:
        yield database, Sample(STORED // 2, STORED, stored.proxies[0], datetime.now(UTC))
    finally:
        await database.close()


async def test_no_hot_statement_reads_a_whole_table(filled: tuple[SqlDatabase, Sample]) -> None:
    """Whichever engine, whatever is asked; each question sends at least one statement."""
    found = await plans(*filled)

    assert {what: whole_reads(lines) for what, lines in found.items() if whole_reads(lines)} == {}
    assert all(found[what] for what in HOT)
    for what, index in FOUND_BY.items():
        assert any(index in line for line in found[what]), (what, found[what])


async def test_a_start_looks_at_the_ends_of_indexes_for_keys(
    filled: tuple[SqlDatabase, Sample], personal_data: PersonalDataCipher
) -> None:
    """Ten million numbers delay no start, nor the first of this version, which asks for the oldest too."""
    database, _ = filled
    with noted() as sent, suppress(ConfigurationError):
        await require_keys_in_use(database, personal_data)
    found = [await plan(database.reading_engine, one) for one in sent if "_sealed" in one[0]]

    for table in ("services", "invitations"):
        by_age = [lines for lines in found if any(f"ix_{table}_number_kept" in line for line in lines)]
        assert len(by_age) == 2, found
        assert not [line for lines in by_age for line in lines if "Sort" in line or "TEMP B-TREE" in line]


async def test_a_page_since_a_moment_gathers_nothing_but_the_page(
    filled: tuple[SqlDatabase, Sample],
) -> None:
    """A day of a province is a hundred thousand ratings, of which a page shows a hundred."""
    database, sample = filled
    found = await plans(database, sample)
    assert not [line for line in found["the first page since yesterday"] if "Bitmap" in line]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_no_more_of_what_is_due_is_looked_up_than_is_wanted(
    filled: tuple[SqlDatabase, Sample],
) -> None:
    """After an outage a million reminders are due: each batch costs what it holds, not what is left."""
    found = (await plans(*filled))["due reminders"]
    joined, limited = (next(n for n, line in enumerate(found) if w in line) for w in ("Nested Loop", "Limit"))
    assert joined < limited, found


async def test_what_is_due_to_be_erased_is_found_by_its_age(
    filled: tuple[SqlDatabase, Sample], personal_data: PersonalDataCipher
) -> None:
    """Each go of a worker, and each day's purge, costs what it erases."""
    database, sample = filled
    by_age = [e for e in erasures(sample.now, YEARS, MONTHS, personal_data) if e.by is not None]

    for erasure in by_age:
        with noted() as sent:
            await erase(database, erasure, at_most=1)
        look = next(one for one in sent if one[0].startswith("SELECT"))
        found = await plan(database.reading_engine, look)
        assert whole_reads(found) == [], erasure.what

    assert {"ended calls", "emails that came back", "files that went with follow-ups"} <= {
        erasure.what for erasure in by_age
    }


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        (["SCAN outbox"], True),
        (["SCAN outbox USING INDEX uq_outbox_kind_key"], True),
        (["SCAN outbox USING INDEX ix_outbox_dead"], False),
        (["SEARCH outbox USING INTEGER PRIMARY KEY (rowid>?)"], False),
        (["SCAN CONSTANT ROW"], False),
        (["  ->  Seq Scan on evaluations"], True),
        (["  ->  Seq Scan on opt_outs"], False),
        (["  ->  Parallel Seq Scan on services"], True),
        (["Index Scan using pk_evaluations on evaluations", "  Filter: (recorded_at > 1)"], True),
        (["Index Scan using pk_evaluations on evaluations", "  Index Cond: (recorded_no > 1)"], False),
        (["Index Only Scan Backward using ix_outbox_settled on outbox", ""], True),
        (["Index Scan using ix_outbox_due on outbox", "  Filter: (due_at < 1)"], False),
    ],
)
def test_reading_everything_is_told_from_searching(lines: list[str], *, whole: bool) -> None:
    """In the words of both engines."""
    assert bool(whole_reads(lines)) is whole
