"""What a core store's answers mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.core_store.answers import LONGEST_WISH, is_stored, reason_in, refusal, retry_after
from gateway.domain.redaction import PLACEHOLDER

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "stored", "retryable"),
    [
        (200, True, None),
        (201, True, None),
        (202, True, None),
        (204, True, None),
        (409, True, None),
        (301, False, False),
        (302, False, False),
        (307, False, False),
        (400, False, False),
        (401, False, False),
        (403, False, False),
        (404, False, False),
        (408, False, True),
        (413, False, False),
        (422, False, False),
        (425, False, True),
        (429, False, True),
        (500, False, True),
        (502, False, True),
        (503, False, True),
        (504, False, True),
        (599, False, True),
    ],
)
def test_every_status_has_one_meaning(status: int, *, stored: bool, retryable: bool | None) -> None:
    """2xx and 409 are stored; 408, 425, 429 and 5xx come again; every other one is for good."""
    assert is_stored(status) is stored
    if retryable is not None:
        facts = refusal(status, "", b"", NOW).facts
        assert facts.retryable is retryable
        assert facts.code == str(status)
        assert not facts.outcome_unknown


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(seconds=120)),
        (" 5 ", timedelta(seconds=5)),
        ("0", timedelta(0)),
        ("Mon, 23 Nov 2026 02:01:30 GMT", timedelta(seconds=90)),
        ("Mon, 23 Nov 2026 02:01:30 -0000", timedelta(seconds=90)),
        ("Monday, 23-Nov-26 02:01:30 GMT", timedelta(seconds=90)),
        ("Mon, 23 Nov 2026 01:00:00 GMT", timedelta(0)),
        ("86400", LONGEST_WISH),
        ("Fri, 01 Jan 2100 00:00:00 GMT", LONGEST_WISH),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("9" * 5000, None),
        ("Mon, 23 Nov 2026 02:01:30 +99999999999999", None),
    ],
)
def test_both_forms_of_retry_after_are_understood(header: str, wait: timedelta | None) -> None:
    """Seconds and dates give a wait from now, never negative, never beyond the cap; the rest gives none."""
    assert retry_after(header, NOW) == wait


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_a_date_is_reckoned_from_now(moment: datetime) -> None:
    """For any date the wait ends at that date, within zero and the cap."""
    moment = moment.replace(microsecond=0)
    expected = min(max(moment - NOW, timedelta(0)), LONGEST_WISH)

    assert retry_after(format_datetime(moment, usegmt=True), NOW) == expected


@given(st.text(max_size=80))
def test_no_header_raises(header: str) -> None:
    """Any header gives a sane wait or none."""
    wait = retry_after(header, NOW)

    assert wait is None or timedelta(0) <= wait <= LONGEST_WISH


def test_a_refusal_for_good_ignores_retry_after() -> None:
    """The header belongs to answers that allow a repeat."""
    assert refusal(400, "5", b"", NOW).facts.retry_after is None
    assert refusal(503, "5", b"", NOW).facts.retry_after == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", ""),
        (b"too many", "too many"),
        ('{"title": "Bad Request", "detail": "评价渠道 unknown"}'.encode(), "评价渠道 unknown"),
        (b'{"title": "Bad Request", "detail": 7}', "Bad Request"),
        (b'{"message": "no such area"}', "no such area"),
        (b'{"errors": [1, 2]}', ""),
        (b"[1, 2]", ""),
        (b"<html><body>nginx</body></html>", ""),
        (b"a\r\nb\x1b[31m\tc", "a b[31m c"),
        (b"\xff\xfe", "��"),
        (b"[" * 100_000, "[" * 199 + "…"),
        (b"x" * 5000, "x" * 199 + "…"),
    ],
)
def test_the_stores_own_reason_is_one_short_line(body: bytes, reason: str) -> None:
    """Problem documents, messages and plain text give a line; pages and bare structures give none."""
    assert reason_in(body) == reason


@pytest.mark.requirement("R-18")
@given(st.integers(3 * 10**9, 10**10 - 1), st.integers(0, 400))
def test_a_number_in_the_reason_is_hidden(tail: int, before: int) -> None:
    """A store that repeats a citizen's number does not get it into our log, not even half of it."""
    body = json.dumps({"detail": "x" * before + f" phone 1{tail} rejected"}).encode()
    reason = reason_in(body)

    assert f"1{tail}"[:7] not in reason
    assert len(reason) <= 200
    assert before > 150 or PLACEHOLDER in reason


def test_the_message_says_what_to_do() -> None:
    """Status, reason and remedy stand in one line."""
    assert str(refusal(401, "", b"bad token", NOW)) == (
        "the core store answered 401; bad token; check core_store.token"
    )
    assert "core_store.url" in str(refusal(308, "", b"", NOW))
