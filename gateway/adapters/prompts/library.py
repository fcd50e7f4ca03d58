"""All audio of the prompts: kept by content, made when it is first needed (`application.ports.prompt_audio`).

A file's name is a digest of all that its sound depends on, so that it never has to be changed: another
text, voice or recording has another file, and every process and machine with the same settings comes to
the same name.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import structlog

from gateway.adapters.prompts.sound import Converter, is_telephone_sound
from gateway.adapters.prompts.speech_command import SpeechCommand
from gateway.domain.errors import ConfigurationError
from gateway.domain.flow.instructions import Play, Prompt
from gateway.domain.languages import Language
from gateway.domain.plain_text import one_line

log = structlog.get_logger()

_NAME_LENGTH: Final = 32
NEXT_TRY: Final = timedelta(minutes=1)
"""What could not be made is not tried again for so long: not every call starts a command that is broken."""


class PromptLibrary:
    """The audio of prompts in a folder; leaving it as a context ends what is still being made."""

    def __init__(
        self,
        folder: Path,
        converter: Converter,
        *,
        command: SpeechCommand | None,
        recordings: Mapping[str, Path],
        at_once: int,
        patience: timedelta,
    ) -> None:
        self._folder = folder.absolute()
        self._converter = converter
        self._command = command
        self._recordings = dict(recordings)
        self._slots = asyncio.Semaphore(at_once)
        self._patience = patience
        self._being_made: dict[Path, asyncio.Task[None]] = {}
        self._failed: dict[Path, float] = {}
        self._whole: set[Path] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        making = list(self._being_made.values())
        for task in making:
            task.cancel()
        await asyncio.gather(*making, return_exceptions=True)

    async def file_of(self, prompt: Prompt) -> Path | None:
        """See the port: an absolute path, or None, logged."""
        try:
            return await self.make(prompt)
        except ConfigurationError as error:
            log.warning("prompt_without_audio", problem=str(error), language=prompt.language.value)
            return None

    async def make(self, prompt: Prompt) -> Path:
        """The file of a prompt, made where it is missing.

        Raises:
            ConfigurationError: it cannot be made: command, converter or recording are missing or unfit.

        """
        path = self.place_of(prompt)
        if not self.has(path):
            await self._made(path, self._maker(prompt))
        return path

    def has(self, path: Path) -> bool:
        """Whether the file is there, and fit to be played."""
        if path in self._whole and path.is_file():
            return True
        if is_telephone_sound(path):
            self._whole.add(path)
            return True
        return False

    def place_of(self, prompt: Prompt) -> Path:
        """Where the file of a prompt is, or will be.

        Raises:
            ConfigurationError: there is neither a recording nor a voice.

        """
        if isinstance(prompt, Play):
            content = _digest_of(self._recording(prompt))
            return self._file("recorded", content, self._converter.identity)
        voice = self._voice().identity(prompt.language)
        return self._file("spoken", one_line(prompt.text), voice, self._converter.identity)

    def _recording(self, prompt: Play) -> Path:
        try:
            return self._recordings[prompt.audio]
        except KeyError:
            raise ConfigurationError(
                "there is no such recording; put it beside the others", place=prompt.audio
            ) from None

    def _voice(self) -> SpeechCommand:
        if self._command is None:
            raise ConfigurationError(
                "no command speaks texts, and not all are recorded; set it, or record the rest",
                place="prompts.command",
            )
        return self._command

    def _file(self, kind: str, *parts: str) -> Path:
        digest = hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()
        return self._folder / kind / f"{digest[:_NAME_LENGTH]}.wav"

    def _maker(self, prompt: Prompt) -> Callable[[Path], Coroutine[None, None, None]]:
        if isinstance(prompt, Play):
            source = self._recording(prompt)
            return lambda output: self._converter.convert(source, output)
        return lambda output: self._speak(prompt.text, prompt.language, output)

    async def _speak(self, text: str, language: Language, output: Path) -> None:
        spoken = output.with_suffix(".raw.wav")
        try:
            await self._voice().speak(text, language, spoken)
            if not spoken.is_file():
                raise ConfigurationError(
                    "wrote no file; see where its {output} goes", place="prompts.command"
                )
            await self._converter.convert(spoken, output)
        finally:
            spoken.unlink(missing_ok=True)

    async def _made(self, path: Path, maker: Callable[[Path], Coroutine[None, None, None]]) -> None:
        """Wait until the file is there; it is made once however many wait, and goes on if they give up."""
        if time.monotonic() < self._failed.get(path, 0.0):
            raise ConfigurationError("could not be made a moment ago", place=str(path))
        task = self._being_made.get(path)
        if task is None:
            task = asyncio.create_task(self._make(path, maker))
            self._being_made[path] = task
            task.add_done_callback(lambda done: self._settle(path, done))
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                await asyncio.shield(task)
        except TimeoutError:
            waited = f"{self._patience.total_seconds():g}s"
            raise ConfigurationError(f"was not made within {waited}", place=str(path)) from None

    def _settle(self, path: Path, done: asyncio.Task[None]) -> None:
        self._being_made.pop(path, None)
        if not done.cancelled() and done.exception() is not None:
            now = time.monotonic()
            self._failed = {known: until for known, until in self._failed.items() if until > now}
            self._failed[path] = now + NEXT_TRY.total_seconds()

    async def _make(self, path: Path, maker: Callable[[Path], Coroutine[None, None, None]]) -> None:
        draft = path.with_name(f".{uuid.uuid4().hex}.wav")
        try:
            async with self._slots:
                path.parent.mkdir(parents=True, exist_ok=True)
                await maker(draft)
            draft.replace(path)
        except OSError as error:
            raise ConfigurationError(
                f"cannot be written ({error.strerror}); let the gateway's user write there",
                place=str(path.parent),
            ) from None
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)


def _digest_of(path: Path) -> str:
    try:
        found = path.stat()
        return _content_digest(path, found.st_mtime_ns, found.st_size)
    except OSError as error:
        raise ConfigurationError(
            f"cannot be read ({error.strerror}); let the gateway's user read it", place=str(path)
        ) from None


@lru_cache(maxsize=1024)
def _content_digest(path: Path, _changed: int, _size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
