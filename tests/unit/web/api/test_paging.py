"""Which page is asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import InvalidInput
from gateway.web.api.paging import DEFAULT_LIMIT, EARLIEST, PageRequest, read_page_request


def test_without_parameters_it_begins_at_the_beginning() -> None:
    """Everything that was ever recorded, a hundred at a time."""
    assert read_page_request({}) == PageRequest(EARLIEST, 0, DEFAULT_LIMIT)


@pytest.mark.parametrize(
    "since", ["2026-11-23T10:00:00+08:00", "2026-11-23T10:00:00 08:00", "2026-11-23T02:00:00Z"]
)
def test_since_is_a_moment(since: str) -> None:
    """A plus sign that was not escaped arrives as a space and is understood."""
    assert read_page_request({"since": since}).since == datetime(2026, 11, 23, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("since", "2026-11-23"),
        ("since", "2026-11-23T10:00:00"),
        ("since", "yesterday"),
        ("since", "0001-01-01T00:00:00+14:00"),
        ("since", ""),
        ("cursor", "x"),
        ("cursor", ""),
        ("cursor", "!!!"),
        ("cursor", "ünïcode"),
        ("cursor", "YWZ0ZXI6MQ=="),
        ("cursor", "YWZ0ZXI6LTE"),
        ("cursor", "YWZ0ZXI6" + "MTEx" * 2000),
        ("limit", "0"),
        ("limit", "1001"),
        ("limit", "-1"),
        ("limit", "ten"),
        ("limit", "²"),
        ("limit", "9" * 5000),
    ],
)
def test_a_malformed_parameter_is_refused_by_name(name: str, value: str) -> None:
    """Nothing is guessed: a wrong cursor would skip ratings silently."""
    with pytest.raises(InvalidInput) as refusal:
        read_page_request({name: value})

    assert [fault.pointer for fault in refusal.value.faults] == [f"/query/{name}"]


def test_an_unknown_parameter_is_refused() -> None:
    """`sinse=…` would otherwise return everything."""
    with pytest.raises(InvalidInput, match="since, cursor, limit"):
        read_page_request({"sinse": "2026-11-23T10:00:00Z"})


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.integers(1, 10**18 - 1),
    st.integers(1, 1000),
)
def test_the_next_link_leads_on(since: datetime, after: int, limit: int) -> None:
    """What a page names as next is read as the same list, begun where the page ended."""
    link = PageRequest(since, 0, limit).next_link("/v1/evaluations", after)
    query = dict(parse_qsl(urlsplit(link).query))

    assert read_page_request(query) == PageRequest(since, after, limit)


@given(st.text(max_size=40))
def test_no_cursor_breaks_the_reader(cursor: str) -> None:
    """It is one of ours or refused."""
    try:
        page = read_page_request({"cursor": cursor})
    except InvalidInput:
        return
    assert page.after > 0
