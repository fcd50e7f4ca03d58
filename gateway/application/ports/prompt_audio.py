"""What callers hear, as files: for carriers that play sounds instead of speaking texts (a PBX)."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from gateway.domain.flow.instructions import Prompt


class PromptAudio(Protocol):
    """Finds the audio of a prompt, or makes it."""

    async def file_of(self, prompt: Prompt) -> Path | None:
        """An absolute path of a WAV file (PCM, 16 bit, mono, 8 kHz) that says the prompt, or None.

        A file that is told is whole, is never changed, and may be read by other users. A text that was
        never said before is spoken now, within a bounded time; why one is not to be had is logged here,
        and the caller has to be led on without it. Never fails.
        """
        ...
