"""In place of spoken messages, which the demonstration does not keep: two seconds of a tone."""

from __future__ import annotations

import math
import struct
import wave
from io import BytesIO
from typing import Final

from gateway.application.ports.recordings import Recording

_REFERENCE: Final = "demo:recording/"
_RATE: Final = 8000
"""Samples a second, as on the telephone."""
_SECONDS: Final = 2
_PITCH: Final = 440
_LOUDNESS: Final = 6000


class DemoRecordings:
    """`Recordings` of the demonstration."""

    def holds(self, reference: str) -> bool:
        """See the port."""
        return reference.startswith(_REFERENCE)

    async def fetch(self, reference: str) -> Recording | None:
        """See the port."""
        return Recording("audio/wav", _tone()) if self.holds(reference) else None


def _tone() -> bytes:
    samples = (round(_LOUDNESS * math.sin(2 * math.pi * _PITCH * n / _RATE)) for n in range(_RATE * _SECONDS))
    file = BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE)
        sound.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return file.getvalue()
