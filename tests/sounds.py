"""Sounds that tests make by themselves."""

from __future__ import annotations

import math
import wave
from array import array
from pathlib import Path


def tone(
    path: Path,
    *,
    rate: int = 8000,
    channels: int = 1,
    seconds: float = 1.0,
    amplitude: float = 0.1,
    hertz: float = 997.0,
) -> Path:
    """Write a sine to a WAV file of 16 bit; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = array("h")
    for number in range(int(rate * seconds)):
        value = round(amplitude * 32767 * math.sin(2 * math.pi * hertz * number / rate))
        samples.extend([value] * channels)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(samples.tobytes())
    return path
