"""Signs of pressure and play are found where they are, and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.bureau.signals import BURST, FEWEST_CALLS, Offers, StaffMember, bursts, withheld

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
CHEN = StaffMember("a", "1", "陈某")
LI = StaffMember("a", "2", "李某")


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize(
    ("calls", "offered", "told"),
    [
        (100, 100, False),
        (100, 80, False),
        (100, 79, True),
        (FEWEST_CALLS - 1, 0, False),
        (FEWEST_CALLS, 0, True),
    ],
)
def test_whoever_offers_too_seldom_is_told(calls: int, offered: int, *, told: bool) -> None:
    """More than a fifth without an offer, of ten calls at least."""
    assert bool(withheld([Offers(CHEN, calls, offered)])) is told


def test_the_most_seldom_comes_first() -> None:
    """So that the list begins where to look."""
    few, fewer = Offers(CHEN, 100, 50), Offers(LI, 100, 10)

    assert withheld([few, fewer]) == [fewer, few]


@pytest.mark.requirement("R-16")
def test_a_burst_is_many_good_ratings_of_one_person_within_minutes() -> None:
    """The densest of each; the same number spread over a day is none, nor are two people's together."""
    dense = [(CHEN, NOON + timedelta(minutes=n)) for n in range(BURST)]
    denser = [(CHEN, NOON + timedelta(hours=5, seconds=n)) for n in range(BURST + 2)]
    spread = [(LI, NOON + timedelta(hours=n)) for n in range(BURST)]
    half = BURST // 2

    (burst,) = bursts([*dense, *denser, *spread])
    assert (burst.staff, burst.ratings, burst.began_at) == (CHEN, BURST + 2, NOON + timedelta(hours=5))
    assert bursts([(who, NOON) for who in (CHEN, LI) for _ in range(half + 1)]) == []
