"""The five levels and their two opposite code tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.channels import Channel
from gateway.domain.levels import Level

TABLE = [
    (Level.VERY_SATISFIED, "非常满意", 10, 1, 5, False),
    (Level.SATISFIED, "满意", 8, 2, 4, False),
    (Level.FAIRLY_SATISFIED, "基本满意", 6, 3, 3, False),
    (Level.DISSATISFIED, "不满意", 3, 4, 2, True),
    (Level.VERY_DISSATISFIED, "非常不满意", 0, 5, 1, True),
]


@pytest.mark.requirement("R-1")
@pytest.mark.parametrize(("level", "name", "points", "digit", "platform", "bad"), TABLE)
def test_each_level_has_the_codes_of_both_standards(
    level: Level, name: str, points: int, digit: int, platform: int, bad: bool
) -> None:
    """Names and points are the plan's, the digit is GB/T 39046's, the platform's code runs the other way."""
    assert (level.name_zh, level.points, level.digit, level.platform_code, level.is_bad) == (
        name,
        points,
        digit,
        platform,
        bad,
    )


@pytest.mark.requirement("R-1")
@given(st.sampled_from(Level))
def test_codes_lead_back_to_their_level(level: Level) -> None:
    """Both tables are read in both directions without loss."""
    assert Level.from_digit(level.digit) is level
    assert Level.from_platform_code(level.platform_code) is level


@pytest.mark.requirement("R-1")
@given(st.sampled_from(Level), st.sampled_from(Level))
def test_the_tables_run_in_opposite_directions(one: Level, other: Level) -> None:
    """Better in one table is better in the other, although the numbers turn round."""
    assert (one.digit < other.digit) == (one.platform_code > other.platform_code)
    assert (one.digit < other.digit) == (one.points > other.points)


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize("digit", [0, 6, 7, 9, -1])
def test_no_other_digit_has_a_level(digit: int) -> None:
    """There is no default level to fall back on."""
    with pytest.raises(KeyError):
        Level.from_digit(digit)


@pytest.mark.requirement("R-7")
def test_the_gateways_channels_have_the_numbers_of_the_standard() -> None:
    """Telephone is 6 and SMS 7 in GB/T 39046-2020 table 9."""
    assert (Channel.PHONE.code, Channel.SMS.code) == (6, 7)
    assert [Channel.from_code(code).code for code in range(1, 8)] == list(range(1, 8))
