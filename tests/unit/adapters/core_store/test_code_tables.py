"""Code tables: one to one, and never able to turn a bad rating into a good one."""

from __future__ import annotations

from itertools import permutations
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.core_store.code_tables import Best, Code, UnsafeCodes, checked_table
from gateway.domain.levels import Level

WORDS = [level.value for level in Level]
OPTION = dict(zip(WORDS, (1, 2, 3, 4, 5), strict=True))
PLATFORM = dict(zip(WORDS, (5, 4, 3, 2, 1), strict=True))
NAMES = {level.value: level.name_zh for level in Level}
CHANNELS = {"pc": 1, "mobile": 2, "qr_code": 3, "hall_tablet": 4, "hall_terminal": 5, "phone": 6, "sms": 7}


def codes(table: dict[str, int] | dict[str, str]) -> dict[str, Code]:
    """The same with the type of any code."""
    return cast("dict[str, Code]", dict(table))


@pytest.mark.parametrize(("table", "best"), [(OPTION, "lowest"), (PLATFORM, "highest"), (NAMES, "named")])
def test_both_directions_and_names_are_accepted_as_declared(table: dict[str, int], best: Best) -> None:
    """The two national tables and the official names pass with their own direction."""
    checked = checked_table("level", codes(table), best)

    assert [checked.encode(word) for word in WORDS] == [table[word] for word in WORDS]


@pytest.mark.parametrize(("table", "best"), [(OPTION, "highest"), (PLATFORM, "lowest"), (OPTION, "named")])
def test_the_other_direction_is_refused(table: dict[str, int], best: Best) -> None:
    """A table that runs against what it declares would turn the best rating into the worst."""
    with pytest.raises(UnsafeCodes, match="best"):
        checked_table("level", codes(table), best)


@pytest.mark.requirement("R-1")
@pytest.mark.parametrize("best", ["lowest", "highest"])
def test_of_all_orders_of_five_numbers_exactly_one_passes(best: Best) -> None:
    """Of the 120 ways to number the levels only the declared one is taken: no two levels can be swapped."""
    passed = []
    for order in permutations((1, 2, 3, 4, 5)):
        try:
            checked_table("level", codes(dict(zip(WORDS, order, strict=True))), best)
        except UnsafeCodes:
            continue
        passed.append(order)

    assert passed == [(1, 2, 3, 4, 5) if best == "lowest" else (5, 4, 3, 2, 1)]


@pytest.mark.requirement("R-1")
def test_of_all_orders_of_the_official_names_exactly_one_passes() -> None:
    """No level can arrive under the name of another."""
    passed = []
    for order in permutations(NAMES.values()):
        try:
            checked_table("level", codes(dict(zip(WORDS, order, strict=True))), "named")
        except UnsafeCodes:
            continue
        passed.append(order)

    assert passed == [tuple(NAMES.values())]


@given(st.lists(st.integers(0, 1000), min_size=5, max_size=5, unique=True), st.sampled_from([int, str]))
def test_numbers_in_order_pass_and_decode_to_their_level(
    numbers: list[int], written_as: type[int | str]
) -> None:
    """Numbers are compared as numbers, also where they are written as text: 9 is less than 10."""
    table: dict[str, Code] = dict(zip(WORDS, map(written_as, sorted(numbers)), strict=True))
    checked = checked_table("level", table, "lowest")
    back = {code: word for word, code in checked.codes.items()}

    assert [back[checked.encode(word)] for word in WORDS] == WORDS
    with pytest.raises(UnsafeCodes):
        checked_table("level", table, "highest")


def test_letters_have_a_direction_too() -> None:
    """Grades A to E pass as lowest-is-best and as nothing else."""
    grades = dict(zip(WORDS, "ABCDE", strict=True))

    assert checked_table("level", codes(grades), "lowest").encode("very_satisfied") == "A"
    with pytest.raises(UnsafeCodes):
        checked_table("level", codes(grades), "highest")


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({word: code for word, code in OPTION.items() if word != "dissatisfied"}, "dissatisfied has no code"),
        (OPTION | {"neutral": 9}, "'neutral' is no level"),
        (OPTION | {"satisfied": 1}, "share the code 1"),
    ],
)
def test_a_table_that_is_not_one_to_one_is_refused(table: dict[str, int], fault: str) -> None:
    """A missing, an unknown and a shared code are each named."""
    with pytest.raises(UnsafeCodes, match=fault):
        checked_table("level", codes(table), "lowest")


def test_a_number_and_its_text_are_the_same_code() -> None:
    """1 and "1" may look alike to a store, so they cannot stand for two levels."""
    table: dict[str, Code] = codes(OPTION) | {"satisfied": "1"}

    with pytest.raises(UnsafeCodes, match="share the code 1"):
        checked_table("level", table, "lowest")


def test_a_table_of_levels_must_say_its_direction() -> None:
    """Silence about the direction is how the two national tables get mixed up."""
    with pytest.raises(UnsafeCodes, match="say which code is the best"):
        checked_table("level", codes(OPTION), None)


def test_channels_need_their_own_numbers() -> None:
    """Numbering 短信 6 without moving 电话 away is refused; with both moved it passes."""
    with pytest.raises(UnsafeCodes, match="phone and sms share the code 6"):
        checked_table("channel", codes(CHANNELS | {"sms": 6}), None)

    assert checked_table("channel", codes(CHANNELS | {"sms": 6, "phone": 7}), None).encode("sms") == 6


def test_only_levels_have_a_best() -> None:
    """`best` on a table of channels is a mistake about what the table is."""
    with pytest.raises(UnsafeCodes, match="levels only"):
        checked_table("channel", codes(CHANNELS), "lowest")
