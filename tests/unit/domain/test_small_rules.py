"""Receipts, endings, working days, escalation: small rules, each a table."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.agencies import Agency, AgencyDirectory, Contact, ContactRole
from gateway.domain.calls import CallEnding, CallProgress, classify_ending
from gateway.domain.receipts import DeliveryStatus, merge_status
from gateway.domain.subjects import SubjectKind
from gateway.domain.working_time import WorkCalendar, add_working_days

SHANGHAI = ZoneInfo("Asia/Shanghai")
ITEM, STAFF = SubjectKind.ITEM, SubjectKind.STAFF


@given(st.permutations([DeliveryStatus.ACCEPTED, DeliveryStatus.SENT, DeliveryStatus.DELIVERED]))
def test_receipts_in_any_order_end_in_the_furthest_status(arrivals: list[DeliveryStatus]) -> None:
    """A receipt that comes late never takes back what is known."""
    known = None
    for status in arrivals:
        known = merge_status(known, status)

    assert known is DeliveryStatus.DELIVERED


def test_of_two_final_receipts_the_first_is_believed() -> None:
    """Delivered stays delivered, failed stays failed; an unknown code overrules nothing."""
    finals = [s for s in DeliveryStatus if s.is_final]
    for one, other in permutations(finals, 2):
        assert merge_status(one, other) is one
    assert merge_status(DeliveryStatus.SENT, DeliveryStatus.UNKNOWN) is DeliveryStatus.SENT


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize(
    ("asked", "rated", "tries", "failed", "ending"),
    [
        ({ITEM}, {ITEM}, False, False, CallEnding.RATED),
        ({ITEM, STAFF}, {ITEM}, False, False, CallEnding.PARTIAL),
        ({ITEM, STAFF}, {ITEM}, True, True, CallEnding.PARTIAL),
        ({ITEM}, set(), False, False, CallEnding.ABANDONED),
        ({ITEM}, set(), True, False, CallEnding.NO_INPUT),
        ({ITEM}, set(), False, True, CallEnding.FAILED),
        (set(), set(), False, False, CallEnding.NOTHING_ASKED),
    ],
)
def test_a_call_has_exactly_one_ending(
    asked: set[SubjectKind], rated: set[SubjectKind], tries: bool, failed: bool, ending: CallEnding
) -> None:
    """A rating given outweighs how the call ended; silence is told from hanging up."""
    progress = CallProgress(asked=asked, rated=rated, ran_out_of_tries=tries, carrier_failed=failed)

    assert classify_ending(progress) is ending


@pytest.mark.requirement("R-10")
@pytest.mark.parametrize(
    ("moment", "days", "expected"),
    [
        ("2026-11-23T10:00", 1, "2026-11-24T18:00"),
        ("2026-11-23T23:59", 1, "2026-11-24T18:00"),
        ("2026-11-27T10:00", 1, "2026-11-30T18:00"),
        ("2026-11-28T10:00", 1, "2026-11-30T18:00"),
        ("2026-09-30T10:00", 1, "2026-10-09T18:00"),
        ("2026-10-09T10:00", 1, "2026-10-10T18:00"),
        ("2026-11-23T10:00", 15, "2026-12-14T18:00"),
    ],
)
def test_deadlines_count_working_days_of_the_chinese_calendar(moment: str, days: int, expected: str) -> None:
    """Weekends and holidays are skipped, a make-up Saturday counts."""
    calendar = WorkCalendar(
        holidays=frozenset(date(2026, 10, day) for day in range(1, 9)),
        workdays=frozenset({date(2026, 10, 10)}),
    )
    given_at = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)

    due = add_working_days(given_at.astimezone(UTC), days, calendar, SHANGHAI)

    assert due == datetime.fromisoformat(expected).replace(tzinfo=SHANGHAI)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.integers(1, 40),
    st.frozensets(st.dates(date(2026, 1, 1), date(2030, 1, 1)), max_size=30),
)
def test_a_deadline_is_a_workday_and_later_with_more_days(
    moment: datetime, days: int, holidays: frozenset[date]
) -> None:
    """Whatever the holidays, the deadline falls on a working day, and one day more is later."""
    calendar = WorkCalendar(holidays=holidays)

    due = add_working_days(moment, days, calendar, SHANGHAI)

    assert calendar.is_workday(due.date())
    assert due > moment
    assert add_working_days(moment, days + 1, calendar, SHANGHAI) > due


def contact(name: str, role: ContactRole = ContactRole.CONTACT) -> Contact:
    return Contact(name, f"{name}@example.org", role)


@pytest.mark.requirement("R-19")
def test_an_agency_is_written_to_tier_by_tier_and_an_unknown_one_at_the_bureau() -> None:
    """All contacts at once, then each head, then the bureau; nobody known means the bureau at once."""
    a, b, head, bureau = contact("a"), contact("b"), contact("head", ContactRole.HEAD), contact("bureau")
    directory = AgencyDirectory(
        {"X": Agency("X", "市公安局", "441500", (a, head, b))}, Agency("", "数据局", "", (bureau,))
    )

    assert directory.tiers("X") == ((a, b), (head,), (bureau,))
    assert directory.tiers("nobody knows") == ((bureau,),)
