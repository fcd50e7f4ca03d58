"""The audio of voice prompts, from settings."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain
from pathlib import Path

from gateway.adapters.prompts.library import PromptLibrary
from gateway.adapters.prompts.sound import Converter
from gateway.adapters.prompts.speech_command import SpeechCommand, Voice
from gateway.bootstrap.flows import recordings_folders
from gateway.domain.languages import Language
from gateway.settings import Settings


def prompt_library(settings: Settings, flow: str, *, patience: timedelta | None = None) -> PromptLibrary:
    """The audio of a flow's prompts; a caller waits for what must be made first no longer than `patience`."""
    prompts = settings.prompts
    return PromptLibrary(
        prompts.folder,
        Converter(target=prompts.loudness, limit=prompts.timeout),
        command=_speech_command(settings) if prompts.command else None,
        recordings=_recordings(prompts.recordings, flow),
        at_once=prompts.at_once,
        patience=patience or prompts.timeout,
    )


def _speech_command(settings: Settings) -> SpeechCommand:
    prompts = settings.prompts
    voices = {
        Language.CHINESE: Voice(prompts.voice_zh, prompts.rate_zh),
        Language.ENGLISH: Voice(prompts.voice_en, prompts.rate_en),
    }
    return SpeechCommand(prompts.command, voices, prompts.timeout)


def _recordings(studio: Path, flow: str) -> dict[str, Path]:
    folders = reversed(recordings_folders(studio)[flow])
    return {path.name: path for path in chain.from_iterable(folder.glob("*") for folder in folders)}
