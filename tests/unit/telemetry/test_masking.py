"""What the last net before a log line hides, and what it must leave."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import Enum

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.domain.phone_numbers import PhoneNumber
from gateway.telemetry.masking import mask_text, mask_value

pytestmark = pytest.mark.requirement("R-18")

mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
PREFIXES = ["", "+86", "86", "0086", "+86 ", "+86-"]
surroundings = st.text(st.characters(exclude_categories=["Cs", "Nd"]), max_size=20)


def grouped(number: str, separator: str) -> str:
    """A mobile number in its usual groups."""
    return separator.join((number[:3], number[3:7], number[7:]))


@given(mobiles, st.sampled_from(PREFIXES), st.sampled_from(["", " ", "-"]), surroundings, surroundings)
def test_phone_number_never_gets_through(
    number: str, prefix: str, separator: str, before: str, after: str
) -> None:
    """However a mobile number is written, and whatever words stand around it, it is masked."""
    written = prefix + grouped(number, separator)

    masked = mask_text(f"{before}{written}{after}")

    assert number not in masked
    assert written not in masked
    assert f"{number[:3]}****{number[7:]}" in masked


@given(mobiles, surroundings)
def test_phone_number_is_found_in_any_shape_of_value(number: str, words: str) -> None:
    """Names and values of mappings, lists, figures, errors and objects are searched alike."""
    value = {
        "list": [words + number, (number,), {number}],
        number: {"deep": ValueError(f"bad {number}")},
        "figure": int(number),
        "fraction": float(number),
        "number": PhoneNumber(f"+86{number}"),
    }

    assert number not in json.dumps(mask_value(value))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("+8613800138000", "138****8000"),
        ("138.0013.8000 called", "138****8000 called"),
        ("+1 415 867 5310", "141****5310"),
        ("+14158675310", "141****5310"),
        ("0755-12345678", "075****5678"),
        ("441501199001011234", "441****1234"),
        ("44150119900101123X", "441****123X"),
        ("From=%2B8613800138000&To=", "From=%2B138****8000&To="),
    ],
)
def test_numbers_of_persons_are_masked(text: str, masked: str) -> None:
    """Other forms of numbers that may be a person's are masked too."""
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "441500-20261123-000123",
        "2026-11-23T10:00:00.123456+08:00",
        "11441500MB2C90123X",
        "GD-20261123-A2B3C4D",
        "GET http://192.168.100.15:8080/v1/evaluations/12345678-1234-5678-9012-123456789012 404",
        "AC13800138000138001380013800138aaa",
        "CAb13800138000b13800138000b1380013",
        "reminder:13800138000138001380013800138abc#1",
        "12345, 10086, 400-800",
    ],
)
def test_ids_times_and_addresses_stay(text: str) -> None:
    """What operators search for stays whole, also where its digits look like a number."""
    assert mask_text(text) == text


@given(st.uuids(), st.binary(min_size=32, max_size=32))
def test_ids_of_this_software_stay(one: object, digest: bytes) -> None:
    """UUIDs and hashes are never cut."""
    assume(not digest.hex().isdigit())

    assert mask_text(f"{one}#1 {digest.hex()}") == f"{one}#1 {digest.hex()}"


def test_values_become_plain_data() -> None:
    """What JSON does not know becomes text; what it knows stays."""

    class Colour(Enum):
        RED = "red"

    value = {"at": datetime(2026, 11, 23, tzinfo=UTC), "n": 3, "ok": True, "none": None, "enum": Colour.RED}

    assert mask_value(value) == {
        "at": "2026-11-23T00:00:00+00:00",
        "n": 3,
        "ok": True,
        "none": None,
        "enum": "Colour.RED",
    }
