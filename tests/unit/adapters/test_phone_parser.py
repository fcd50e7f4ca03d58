"""Reading phone numbers as people, business systems and carriers write them."""

from __future__ import annotations

import string
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.domain.phone_numbers import PhoneNumber

PARSER = PhonenumbersParser()


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "+8613800138000",
        "008613800138000",
        "8613800138000",
        " 138 0013 8000 ",
        "138-0013-8000",
        "138–0013–8000",
        "+86 (138) 0013.8000",
        "１３８００１３８０００",
        "＋８６１３８００１３８０００",
        "138　0013　8000",
        "17951 13800138000",
    ],
)
def test_every_way_of_writing_a_mobile_number_is_read(written: str) -> None:
    """Prefixes, spaces, dashes, brackets and full-width digits all give the same number."""
    phone = PARSER.parse(written)

    assert phone is not None
    assert phone.reveal() == "+8613800138000"


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("0755-87654321", "+8675587654321"),
        ("+852 9123 4567", "+85291234567"),
        ("+1 500-555-0006", "+15005550006"),
        ("0015005550006", "+15005550006"),
        ("+442071838750", "+442071838750"),
    ],
)
def test_landlines_and_foreign_numbers_are_read(written: str, e164: str) -> None:
    """A landline is valid; a foreign number, even one of a test range, need only be possible."""
    phone = PARSER.parse(written)

    assert phone is not None
    assert phone.reveal() == e164


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "anonymous",
        "Anonymous",
        "unknown",
        "restricted",
        "未知",
        "+266696687",
        "+7378742833",
        "+86282452253",
        "+8656696",
        "client:agent7",
        "sip:13800138000@example.org",
        "10086",
        "12345",
        "110",
        "+86110",
        "1069000012345",
        "1380013800",
        "138001380001",
        "23800138000",
        "+86 1380013800",
        "+999123456789",
        "+1 2345",
        "+",
        "0" * 30,
        "1" * 5000,
        "13800138000;ext=5",
        "13800138000 13900139000",
        "٣",
    ],
)
def test_whatever_is_no_persons_number_is_none(written: str) -> None:
    """Blank, withheld, short, too long and malformed ones are None, never an error."""
    assert PARSER.parse(written) is None


@given(
    st.integers(min_value=0, max_value=10**8 - 1),
    st.lists(st.sampled_from(["", " ", "-", "\u3000"]), min_size=10, max_size=10),
    st.sampled_from(["", "+86", "0086", "+86 "]),
    st.sampled_from([string.digits, "０１２３４５６７８９"]),
)
def test_separators_and_width_do_not_matter(tail: int, gaps: list[str], prefix: str, width: str) -> None:
    """A mobile number is the same number wherever a person puts single separators."""
    digits = f"138{tail:08d}"
    written = (
        prefix + digits[0] + "".join(f"{gap}{digit}" for gap, digit in zip(gaps, digits[1:], strict=True))
    )
    written = written.translate(str.maketrans(string.digits, width))

    phone = PARSER.parse(written)

    assert phone is not None
    assert phone.reveal() == f"+86{digits}"


@given(st.text(max_size=60) | st.text(alphabet=string.digits + "+-() .", max_size=45))
def test_no_text_raises_and_what_is_read_reads_the_same_again(text: str) -> None:
    """Any text gives a number or None; a number written out in E.164 form gives itself."""
    phone = PARSER.parse(text)

    if phone is not None:
        assert PARSER.parse(phone.reveal()) == phone


@pytest.mark.parametrize(
    ("e164", "zone"),
    [
        ("+8613800138000", "Asia/Shanghai"),
        ("+8699100000000", "Asia/Shanghai"),
        ("+85291234567", "Asia/Hong_Kong"),
        ("+12125550123", "America/New_York"),
        ("+442071838750", "Europe/London"),
        ("+15005550006", "Asia/Urumqi"),
        ("+79161234567", "Asia/Urumqi"),
        ("+999123456789", "Asia/Urumqi"),
    ],
)
def test_the_owners_zone_is_used_only_where_it_is_certain(e164: str, zone: str) -> None:
    """China has one zone; a foreign number's counts when it has exactly one; else the city's own."""
    parser = PhonenumbersParser(default_timezone="Asia/Urumqi")

    assert parser.timezone(PhoneNumber(e164)) == zone


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_every_number_has_a_zone_this_machine_knows(e164: str) -> None:
    """Whatever the number, quiet hours can be reckoned."""
    zone = PARSER.timezone(PhoneNumber(e164))

    assert ZoneInfo(zone).key == zone


def test_another_default_region_reads_its_own_numbers() -> None:
    """Where the default region is Hong Kong, eight digits are a number there."""
    phone = PhonenumbersParser("HK", "Asia/Hong_Kong").parse("9123 4567")

    assert phone is not None
    assert phone.reveal() == "+85291234567"


def test_an_unknown_region_is_refused_at_once() -> None:
    """A region that does not exist would make every number unusable, so it is an error at start."""
    with pytest.raises(ValueError, match="region"):
        PhonenumbersParser("XX")
