"""Prompts as Asterisk plays them: files that it finds on its own disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from gateway.adapters.providers.asterisk.codes import Outcome
from gateway.adapters.providers.asterisk.voice import EndedError
from gateway.domain.flow.instructions import Prompt

log = structlog.get_logger()


class SoundFiles:
    """Names the files of prompts for Asterisk.

    `folder` is where they lie for us, `seen_as` where Asterisk sees that folder; empty = at the same place.
    """

    def __init__(
        self, file_of: Callable[[Prompt], Awaitable[Path | None]], folder: Path, seen_as: str = ""
    ) -> None:
        self._file_of = file_of
        self._folder = folder.absolute()
        self._seen_as = Path(seen_as) if seen_as else self._folder

    async def media_of(self, prompt: Prompt) -> str:
        """The media URI of a prompt, without the ending: Asterisk takes the format that needs no work.

        Raises:
            EndedError: there is no sound for it.

        """
        path = await self._file_of(prompt)
        if path is None or not path.is_relative_to(self._folder):
            log.error("pbx_prompt_without_sound", language=prompt.language.value)
            raise EndedError(Outcome.NO_SOUND)
        return f"sound:{self._seen_as / path.relative_to(self._folder).with_suffix('')}"
