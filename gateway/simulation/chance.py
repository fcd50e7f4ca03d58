"""Randomness from one seed, in streams of their own: one more draw here changes nothing there."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """One stream of a seed, by name; the same seed and name always draw the same."""

    def __init__(self, seed: int, name: str = "") -> None:
        self._seed = seed
        self._name = name
        # Seeded by text, which is hashed the same in every process.
        self._random = random.Random(f"{seed}/{name}")  # noqa: S311 - invents a world, guards no secret
        self.fraction = self._random.random
        """A number in [0, 1)."""

    def stream(self, name: str) -> Chance:
        """Another stream of the same seed."""
        return Chance(self._seed, f"{self._name}/{name}")

    def happens(self, probability: float) -> bool:
        """Whether something of this probability happens now."""
        return probability > 0 and self.fraction() < probability

    def whole(self, least: int, most: int) -> int:
        """A whole number of this span, both ends included."""
        return least + int(self.fraction() * (most - least + 1))

    def pick(self, choices: Sequence[T]) -> T:
        """One of these."""
        return choices[int(self.fraction() * len(choices))]

    def weighted(self, weights: dict[T, float]) -> T:
        """One of these by weight; the weights need not sum to one."""
        left = self.fraction() * sum(weights.values())
        for choice, weight in weights.items():
            left -= weight
            if left < 0:
                return choice
        return next(reversed(weights))

    def seconds(self, least: float, most: float) -> float:
        """A duration in seconds, long ones as likely as short ones on the scale of their logarithm."""
        floor = max(least, 0.001)
        return float(floor * (most / floor) ** self.fraction())

    def span(self, longest: timedelta) -> timedelta:
        """A duration up to this, evenly."""
        return longest * self.fraction()
