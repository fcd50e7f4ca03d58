"""Brings sounds into the form of a telephone, all equally loud, by sox."""

from __future__ import annotations

import asyncio
import math
import os
import struct
import sys
import wave
from array import array
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final

from gateway.adapters.prompts.loudness import SAMPLE_RATE, k_weighting, loudness_of
from gateway.adapters.prompts.programs import run_program
from gateway.domain.errors import ConfigurationError

SAMPLE_BYTES: Final = 2
HIGHEST_PEAK: Final = -1.0
"""dB below full scale; a louder peak would be cut off on the way."""
_HEADROOM: Final = 12
"""Decibels softer on the way, so that neither resampling nor weighting cuts off a peak."""
_FORM: Final = ("-c", "1", "-r", str(SAMPLE_RATE))
_REMEDY: Final = "install sox (Debian: apt-get install sox), or save the file as plain WAV"
_UNREADABLE: Final = "save it as WAV, PCM of 16 bit"


@dataclass(frozen=True, slots=True)
class Loudness:
    """What was measured of a sound."""

    lufs: float
    """Loudness as heard; minus infinity for silence."""
    peak: float
    """The highest sample, in dB below full scale."""

    def gain_to(self, target: float) -> float:
        """Decibels to amplify by, so that it is as loud as `target` LUFS, as far as its peaks allow."""
        return min(target - self.lufs, HIGHEST_PEAK - self.peak)


class Converter:
    """Makes files a telephone can play."""

    def __init__(self, *, target: float, limit: timedelta) -> None:
        self._target = target
        self._limit = limit

    @property
    def identity(self) -> str:
        """What a converted file depends on beside its source."""
        return f"{SAMPLE_RATE} Hz, 16 bit, mono, {self._target:g} LUFS"

    async def convert(self, source: Path, output: Path) -> None:
        """Write the sound of `source` to `output`: PCM, 16 bit, mono, 8 kHz, as loud as all others.

        Raises:
            ConfigurationError: sox is missing, or the source holds no sound.

        """
        measured = await self.measure(source)
        if math.isinf(measured.lufs):
            raise ConfigurationError("holds nothing but silence; record it again", place=str(source))
        gain = f"{measured.gain_to(self._target) + _HEADROOM:.2f}"
        await self._sox(
            source, "-b", "16", "-e", "signed-integer", *_FORM, "-t", "wav", str(output), gain=gain
        )

    async def measure(self, source: Path) -> Loudness:
        """How loud the sound of a file is, as a telephone plays it."""
        filters = [
            word for biquad in k_weighting() for word in ("biquad", *(f"{part:.12g}" for part in biquad))
        ]
        raw = await self._sox(source, "-t", "f32", *_FORM, "-")
        weighted = await self._sox(source, "-t", "f32", *_FORM, "-", filters=tuple(filters))
        return await asyncio.to_thread(_loudness, raw, weighted)

    async def _sox(self, source: Path, *output: str, gain: str = "0", filters: tuple[str, ...] = ()) -> bytes:
        effects = ("gain", f"-{_HEADROOM}", "rate", str(SAMPLE_RATE), *filters, "gain", gain)
        arguments = ("sox", "-V1", "-D", "-t", "wav", str(source), *output, *effects)
        return await run_program(arguments, limit=self._limit, remedy=_REMEDY)


def _loudness(raw: bytes, weighted: bytes) -> Loudness:
    samples = _samples(raw)
    highest = max((abs(sample) for sample in samples), default=0.0)
    peak = 20 * math.log10(highest) if highest else -math.inf
    return Loudness(loudness_of(_samples(weighted)) + _HEADROOM, peak + _HEADROOM)


def _samples(raw: bytes) -> array[float]:
    samples = array("f", raw)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def length_of(path: Path) -> timedelta:
    """How long the sound of a WAV file is, in whatever form its samples are.

    Raises:
        ConfigurationError: it is no WAV file, or an empty one.

    """
    try:
        with path.open("rb") as file:
            bytes_a_second, size = _extent(file)
    except OSError as error:
        raise ConfigurationError(
            f"cannot be read ({error.strerror}); let the gateway's user read it", place=str(path)
        ) from None
    except (struct.error, KeyError):
        raise ConfigurationError(f"is no WAV file; {_UNREADABLE}", place=str(path)) from None
    if not size or not bytes_a_second:
        raise ConfigurationError(f"holds no sound; {_UNREADABLE}", place=str(path))
    return timedelta(seconds=size / bytes_a_second)


def _extent(file: BinaryIO) -> tuple[int, int]:
    """Bytes a second and bytes of sound, from a file's chunks.

    Python's own reader knows no samples of more than 16 bit in the form that studios write them.
    """
    form, _, kind = struct.unpack("<4sI4s", file.read(12))
    found: dict[bytes, int] = {}
    while (form, kind) == (b"RIFF", b"WAVE") and len(found) < len((b"fmt ", b"data")):
        header = file.read(8)
        if not header:
            break
        name, size = struct.unpack("<4sI", header)
        start = file.tell()
        if name == b"fmt ":
            found[name] = struct.unpack("<8xI", file.read(12))[0]
        elif name == b"data":
            found[name] = min(size, os.fstat(file.fileno()).st_size - start)
        file.seek(start + size + size % 2)
    return found[b"fmt "], found[b"data"]


def is_telephone_sound(path: Path) -> bool:
    """Whether a file is PCM of 16 bit, mono, 8 kHz, and holds something."""
    try:
        with wave.open(str(path), "rb") as sound:
            form = (sound.getnchannels(), sound.getsampwidth(), sound.getframerate())
            return form == (1, SAMPLE_BYTES, SAMPLE_RATE) and sound.getnframes() > 0
    except (OSError, wave.Error, EOFError, ValueError):
        return False
