"""The audio of voice prompts, from settings."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from gateway.adapters.prompts.inventory import Inventory, Item, take_inventory
from gateway.adapters.prompts.library import PromptLibrary
from gateway.adapters.prompts.sound import Converter, is_telephone_sound
from gateway.adapters.prompts.speech_command import SpeechCommand, Voice
from gateway.adapters.prompts.studio import studio_work
from gateway.bootstrap.flows import flow_paths, load_flow, recordings_folders
from gateway.domain.errors import ConfigurationError
from gateway.domain.findings import Finding
from gateway.domain.flow.apology import APOLOGY
from gateway.domain.flow.instructions import Play, Say
from gateway.domain.flow.recordings import with_recordings
from gateway.domain.languages import Language
from gateway.settings import Settings, load_settings

__all__ = ["Inventory", "Item", "apology_file", "prompt_library", "prune_audio", "take_inventories"]

_STILL_IN_USE: Final = timedelta(days=1)
"""Calls of a version before this one may still say what was made lately."""
_NO_HURRY: Final = timedelta(days=1)
"""Nobody is on the line while all audio is made."""


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


async def take_inventories(config: Path | None, *, build: bool) -> list[Inventory]:
    """The audio of every flow, made where it is missing when told to `build`.

    Raises:
        ConfigurationError: the settings or a flow cannot be used.

    """
    settings = load_settings(config)
    found: list[Inventory] = []
    for name, path in flow_paths().items():
        flow = load_flow(path)
        studio = studio_work(settings.prompts.recordings, flow)
        async with prompt_library(settings, name, patience=_NO_HURRY) as library:
            taken = await take_inventory(with_recordings(flow, studio.recordings), library, build=build)
            apologies = (
                await _apologies(settings, library, build=build) if name == settings.voice.flow else []
            )
        found.append(replace(taken, findings=[*studio.findings, *taken.findings, *apologies]))
    return found


def apology_file(settings: Settings, language: Language) -> Path:
    """What a PBX says while no gateway takes its calls: under a name that its dial plan can know."""
    return settings.prompts.folder.absolute() / f"sorry.{language.value}.wav"


async def _apologies(settings: Settings, library: PromptLibrary, *, build: bool) -> list[Finding]:
    findings: list[Finding] = []
    if settings.voice.provider != "asterisk":
        return findings
    for language, text in APOLOGY.items():
        file = apology_file(settings, language)
        recorded = (settings.prompts.recordings / file.name).is_file()
        try:
            if build:
                made = await library.make(
                    Play(file.name, text, language) if recorded else Say(text, language)
                )
                _put(made, file)
            elif not is_telephone_sound(file):
                findings.append(
                    Finding(str(file), "the dial plan has no audio", "run: haochaping prompts build")
                )
        except ConfigurationError as error:
            problem, _, remedy = str(error).rpartition("; ")
            findings.append(Finding(file.name, problem, remedy))
    return findings


def _put(made: Path, file: Path) -> None:
    """Put a copy in place; whoever plays the file meanwhile hears the one or the other."""
    draft = file.with_name(f".{file.name}")
    shutil.copyfile(made, draft)
    draft.replace(file)


def prune_audio(config: Path | None, kept: Sequence[Inventory]) -> int:
    """Delete audio that is of no prompt in `kept` and older than a day; how many files that were.

    Texts that a call filled in are among it: they are spoken again when a call next needs them.
    """
    needed = {item.file for each in kept for item in each.items}
    oldest = time.time() - _STILL_IN_USE.total_seconds()
    found = load_settings(config).prompts.folder.absolute().glob("*/*.wav")
    unneeded = [path for path in found if path not in needed and path.stat().st_mtime < oldest]
    for path in unneeded:
        path.unlink(missing_ok=True)
    return len(unneeded)


def _speech_command(settings: Settings) -> SpeechCommand:
    prompts = settings.prompts
    voices = {
        Language.CHINESE: Voice(prompts.voice_zh, prompts.rate_zh),
        Language.ENGLISH: Voice(prompts.voice_en, prompts.rate_en),
    }
    return SpeechCommand(prompts.command, voices, prompts.timeout)


def _recordings(studio: Path, flow: str) -> dict[str, Path]:
    folders = (studio, *reversed(recordings_folders(studio)[flow]))
    return {path.name: path for folder in folders for path in folder.glob("*.*") if path.is_file()}
