"""Samples are random, and can be drawn again."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.bureau.sampling import digest_of_population, draw
from gateway.domain.ids import FollowUpId

NUMBERS = st.lists(st.text(min_size=1, max_size=8).map(FollowUpId), max_size=40)


@pytest.mark.requirement("R-13")
@given(st.text(), NUMBERS, st.integers(1, 50))
def test_the_same_seed_draws_the_same(seed: str, population: list[FollowUpId], size: int) -> None:
    """Whatever order the numbers come in; nothing twice, nothing from elsewhere, as many as there are."""
    sample = draw(seed, population, size)

    assert sample == draw(seed, population[::-1], size)
    assert len(set(sample)) == len(sample) == min(size, len(set(population)))
    assert set(sample) <= set(population)
    assert draw(seed, population, size + 5)[: len(sample)] == sample
    assert digest_of_population(population) == digest_of_population(population[::-1])


def test_anybody_can_draw_it_again() -> None:
    """By the rule that the page tells: SHA-256 over seed, space and number, the smallest first."""
    population = [FollowUpId(f"GD-{n}") for n in range(20)]

    by_hand = sorted(population, key=lambda number: sha256(f"5eed {number}".encode()).hexdigest())[:3]
    assert list(draw("5eed", population, 3)) == by_hand


def test_none_is_favoured() -> None:
    """Over many seeds each of ten is drawn about as often as any other."""
    population = [FollowUpId(str(n)) for n in range(10)]
    drawn = [draw(str(seed), population, 1)[0] for seed in range(2000)]

    assert all(120 < drawn.count(number) < 280 for number in population)
