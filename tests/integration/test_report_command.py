"""`haochaping report`: the month's figures from what is on record, on either database."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.retention import erase, old_traces
from gateway.adapters.database.tables import calls
from gateway.adapters.reports.page import as_html
from gateway.adapters.reports.table import _harmless, as_csv
from gateway.adapters.reports.workbook import as_xlsx
from gateway.application.draw_figures import DrawFigures, MonthlyFigures
from gateway.application.ports.database import SentMessage
from gateway.domain.agencies import Agency, AgencyDirectory
from gateway.domain.calls import CallEnding
from gateway.domain.channels import Channel
from gateway.domain.figures.month import Month
from gateway.domain.figures.tallies import Dimension, Tally
from gateway.domain.handling.acts import Verdict
from gateway.domain.ids import ServiceId
from gateway.domain.languages import Language
from tests.integration.follow_up_cases import MISTAKEN, Office, open_office

AGENCY = "11441500MB2C90123X"
NOVEMBER = Month(2026, 11)
DIRECTORY = AgencyDirectory({AGENCY: Agency(AGENCY, "市公安局", "441500", ())})


@pytest.fixture
async def office(database: SqlDatabase, clock: MovableClock) -> Office:
    """Four people's bad ratings in November, one found mistaken; a batch of three counts three times."""
    opened = open_office(database, clock)
    for name in ("a", "b"):
        await opened.rated_badly(name)
    await opened.rated_badly("batch", filings=3)
    follow_up = await opened.rated_badly("mistaken")
    await opened.do(follow_up, opened.called_back(), MISTAKEN)
    return opened


async def draw(office: Office, month: Month = NOVEMBER, smallest: int = 3) -> MonthlyFigures:
    zone = office.record._rules.timezone
    return await DrawFigures(office.database, DIRECTORY, zone)(month, office.clock.now(), smallest)


@pytest.mark.requirement("R-14")
async def test_adopted_ratings_of_the_month_are_counted_and_no_others(office: Office) -> None:
    """What was found mistaken is taken out of the month it was given in; other months know nothing of it."""
    figures = await draw(office)

    assert figures.total is not None
    assert (figures.total.total, figures.total.satisfaction_rate, figures.total.points) == (5, 0.0, 3.0)
    ((group,), rest) = figures.by[Dimension.AGENCY].groups, figures.by[Dimension.AGENCY].rest
    assert (group.name, group.tally.total, group.size, rest) == ("市公安局", 5, 3, Tally())
    assert [g.name for g in figures.by[Dimension.CHANNEL].groups] == ["短信"]
    assert [g.name for g in figures.by[Dimension.ITEM].groups] == ["居民身份证换领"]
    assert figures.by[Dimension.STAFF].groups == ()
    assert (await draw(office, Month(2026, 10))).total is None
    assert (await draw(office, Month(2026, 12))).total is None


@pytest.mark.requirement("R-14")
async def test_follow_ups_are_counted_by_verdict_and_punctuality(office: Office) -> None:
    """Of four, one was judged; none is late yet."""
    follow_ups = (await draw(office)).follow_ups

    assert follow_ups.opened == 4
    assert follow_ups.verdicts == {Verdict.MISTAKEN: 1, None: 3}


@pytest.mark.requirement("R-14")
async def test_who_was_reminded_and_answered_makes_the_response_rate(office: Office) -> None:
    """Two were texted, one of them rated by text."""
    async with office.database.transaction() as work:
        stored = await work.services.get(ServiceId("a-0"), 1)
        assert stored is not None
        for number, invitation in enumerate((stored.invitation_id, None)):
            message = SentMessage(
                reference=f"reminder:{number}",
                kind="reminder",
                invitation_id=invitation,
                provider="demo",
                provider_message_id=str(number),
                sent_at=office.clock.now(),
                line="",
            )
            await work.messages.add_sent([message])

    by_channel = {r.channel: (r.asked, r.answered) for r in (await draw(office)).responses}

    assert by_channel == {Channel.PHONE: (0, 0), Channel.SMS: (2, 1)}


@pytest.mark.requirement("R-14")
async def test_calls_that_are_erased_still_make_the_response_rate(
    office: Office,
) -> None:
    """Months later the same, however often workers erase; a month's calls are only its own."""
    now = office.clock.now()
    endings = [CallEnding.RATED, CallEnding.ABANDONED, CallEnding.NOTHING_ASKED, CallEnding.RATED]
    rows = [
        {
            "call_id": str(number),
            "service_id": "s",
            "visit_no": 1,
            "flow": "f",
            "language": Language.CHINESE,
            "variables": {},
            "asked": [],
            "started_at": now - timedelta(days=30 * (number == 3)),
            "ran_out_of_tries": False,
            "ended_at": now + timedelta(minutes=number),
            "ending": ending,
        }
        for number, ending in enumerate(endings)
    ]
    async with office.database.engine.begin() as connection:
        await connection.execute(insert(calls), rows)
    before = (await draw(office)).responses[0]
    left = []
    for minutes in (1, 9, 9):
        for erasure in old_traces(now + timedelta(days=90, minutes=minutes), timedelta(days=90)):
            await erase(office.database, erasure)
        left.append((await draw(office)).responses[0])

    assert (before.asked, before.answered) == (2, 1)
    assert left == [before] * 3
    assert (await draw(office, Month(2026, 10))).responses[0].asked == 1


@pytest.mark.requirement("R-18")
async def test_small_groups_are_shown_only_together(office: Office) -> None:
    """Five ratings of one item are too few where they are of three people and four are asked for."""
    figures = await draw(office, smallest=4)
    zone = office.record._rules.timezone

    assert figures.total is None
    assert (figures.by[Dimension.ITEM].groups, figures.by[Dimension.ITEM].rest) == ((), None)
    for form in (as_csv(figures), as_html(figures, zone)):
        assert "居民身份证换领" not in form
        assert "评价人数较少，不公布" in form
    assert as_xlsx(figures).startswith(b"PK")


async def test_the_table_opens_as_chinese_and_runs_no_formula(office: Office) -> None:
    """A byte order mark first; a name that begins like a formula is only a name."""
    figures = await draw(office)
    text = as_csv(figures)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))

    assert text.startswith("\ufeff")
    assert rows[0]["分组"] == "总计"
    assert (rows[0]["合计"], rows[0]["不满意"], rows[0]["满意率"], rows[0]["平均分"]) == (
        "5",
        "5",
        "0.0%",
        "3.00",
    )

    assert [_harmless(cell) for cell in ("=1+1", "＝1", "居民")] == ["'=1+1", "'＝1", "居民"]


async def test_the_page_says_the_same(office: Office) -> None:
    """With charts drawn on the server and nothing from elsewhere."""
    figures = await draw(office)
    page = as_html(figures, office.record._rules.timezone)

    assert "2026年11月政务服务“好差评”结果通报" in page
    assert "市公安局" in page
    assert page.count("<svg") >= 4
    assert "http" not in page.replace('lang="http"', "")
    assert "<script" not in page


def test_a_slip_in_the_command_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The month's form, and a file that cannot be written."""
    from gateway.cli.main import run

    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        run(["report", "--month", "November"])
    assert ended.value.code == 1


def test_the_command_writes_every_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a database that has a schema and no ratings yet."""
    from gateway.cli.main import run

    monkeypatch.chdir(tmp_path)
    month = f"{datetime.now().astimezone():%Y-%m}"
    for command in (
        ["db", "upgrade"],
        ["report", "--month", month],
        ["report", "--month", month, "--format", "csv", "--output", "f.csv"],
        ["report", "--month", month, "--format", "html", "--output", "f.html"],
        ["report", "--month", month, "--format", "xlsx", "--output", "f.xlsx"],
        ["report", "--month", month, "--format", "signals"],
    ):
        with pytest.raises(SystemExit) as ended:
            run(command)
        assert ended.value.code in (0, None), command

    assert (tmp_path / "f.csv").read_text(encoding="utf-8").startswith("\ufeff月份")
    assert (tmp_path / "f.xlsx").read_bytes().startswith(b"PK")
    assert "结果通报" in (tmp_path / "f.html").read_text(encoding="utf-8")
