"""How loud a recording is heard: ITU-R BS.1770-4, which EBU R128 builds on, for one channel.

What is quiet between the words does not count, so that a prompt with long pauses is not made louder than
one without.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Final, NamedTuple

SAMPLE_RATE: Final = 8000
"""Samples a second of everything that is played on a telephone."""
_STEP: Final = SAMPLE_RATE // 10
"""Samples between the beginnings of two blocks: blocks overlap by three quarters."""
_STEPS_IN_BLOCK: Final = 4
_OFFSET: Final = -0.691
_SILENCE: Final = -70.0
"""LUFS; a quieter block is no sound at all."""
_BELOW_MEAN: Final = -10.0
"""LU; a block so much quieter than the others is a pause."""


class Biquad(NamedTuple):
    """Coefficients of a filter of second order, as sox takes them."""

    b0: float
    b1: float
    b2: float
    a0: float
    a1: float
    a2: float


def k_weighting(rate: int = SAMPLE_RATE) -> tuple[Biquad, Biquad]:
    """The two filters that weight a sound as ears do: a shelf for the head, then a high pass."""
    return (
        _shelf(1681.974450955533, 0.7071752369554196, 3.999843853973347, rate),
        _high_pass(38.13547087602444, 0.5003270373238773, rate),
    )


def _shelf(frequency: float, quality: float, gain: float, rate: int) -> Biquad:
    k = math.tan(math.pi * frequency / rate)
    high = 10 ** (gain / 20)
    band = high**0.4996667741545416
    a0 = 1 + k / quality + k * k
    return Biquad(
        (high + band * k / quality + k * k) / a0,
        2 * (k * k - high) / a0,
        (high - band * k / quality + k * k) / a0,
        1.0,
        2 * (k * k - 1) / a0,
        (1 - k / quality + k * k) / a0,
    )


def _high_pass(frequency: float, quality: float, rate: int) -> Biquad:
    k = math.tan(math.pi * frequency / rate)
    a0 = 1 + k / quality + k * k
    return Biquad(1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / quality + k * k) / a0)


def loudness_of(weighted: array[float]) -> float:
    """Loudness in LUFS of weighted samples between -1 and 1; minus infinity for silence."""
    energies = _block_energies(weighted)
    heard = [energy for energy in energies if _lufs(energy) > _SILENCE]
    if not heard:
        return -math.inf
    gate = _lufs(_mean(heard)) + _BELOW_MEAN
    return _lufs(_mean([energy for energy in heard if _lufs(energy) > gate]))


def _block_energies(weighted: array[float]) -> list[float]:
    """Mean square of each block; what is shorter than a block is one."""
    sums = [
        sum(sample * sample for sample in weighted[start : start + _STEP])
        for start in range(0, len(weighted), _STEP)
    ]
    if len(sums) <= _STEPS_IN_BLOCK:
        return [sum(sums) / len(weighted)] if sums else []
    return [
        sum(sums[start : start + _STEPS_IN_BLOCK]) / (_STEP * _STEPS_IN_BLOCK)
        for start in range(len(weighted) // _STEP - _STEPS_IN_BLOCK + 1)
    ]


def _mean(energies: Sequence[float]) -> float:
    return sum(energies) / len(energies)


def _lufs(energy: float) -> float:
    return _OFFSET + 10 * math.log10(energy) if energy > 0 else -math.inf
