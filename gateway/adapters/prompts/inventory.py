"""What audio there is of a flow's prompts, what is missing, and what does not fit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Final

from gateway.adapters.prompts.library import PromptLibrary
from gateway.adapters.prompts.sound import length_of
from gateway.domain.errors import ConfigurationError
from gateway.domain.findings import Finding
from gateway.domain.flow.definition import Flow
from gateway.domain.flow.instructions import Play
from gateway.domain.flow.recordings import Recording, with_recordings
from gateway.domain.flow.utterances import Utterance, utterances_of
from gateway.domain.flow.validation import prove
from gateway.domain.languages import Language

_TOLERANCE: Final = timedelta(milliseconds=200)
"""A declared length may be so much too short: nobody measures more exactly."""


class Origin(Enum):
    """Whose voice a prompt has."""

    RECORDED = "recorded"
    SYNTHETIC = "synthetic"
    AT_FIRST_USE = "at first use"
    """Synthetic, and only made when a call says it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One prompt in one language."""

    utterance: Utterance
    origin: Origin
    file: Path | None = None
    """None = there is none yet."""
    length: timedelta | None = None
    new: bool = False
    """Whether it was made just now."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """The audio of one flow."""

    flow: Flow
    items: Sequence[Item]
    findings: Sequence[Finding]


async def take_inventory(flow: Flow, library: PromptLibrary, *, build: bool) -> Inventory:
    """Look at every prompt of a flow, and make what is missing when told to `build`."""
    looked = await asyncio.gather(*(_look(flow, each, library, build=build) for each in utterances_of(flow)))
    items = [item for item, _ in looked]
    findings = _told_once([finding for _, found in looked for finding in found])
    missing = sum(item.utterance.prompt is not None and item.file is None for item in items) - _faulty(looked)
    if missing:
        problem = f"{missing} of {len(items)} prompts have no audio yet"
        findings.append(Finding(flow.name, problem, "run: haochaping prompts build"))
    if not findings:
        findings = list(_too_long(flow, items))
    return Inventory(flow, items, findings)


def _faulty(looked: Sequence[tuple[Item, list[Finding]]]) -> int:
    return sum(item.file is None and bool(found) for item, found in looked)


def _told_once(findings: Sequence[Finding]) -> list[Finding]:
    """One finding for all that have the same fault, such as a program that is missing."""
    places: dict[tuple[str, str], list[str]] = {}
    for found in findings:
        places.setdefault((found.problem, found.remedy), []).append(found.place)
    return [
        Finding(f"{first} and {len(others)} more" if others else first, *fault)
        for fault, (first, *others) in places.items()
    ]


async def _look(
    flow: Flow, utterance: Utterance, library: PromptLibrary, *, build: bool
) -> tuple[Item, list[Finding]]:
    prompt = utterance.prompt
    if prompt is None:
        return Item(utterance, Origin.AT_FIRST_USE), []
    origin = Origin.RECORDED if isinstance(prompt, Play) else Origin.SYNTHETIC
    place = f"{flow.name}/{utterance.name}.{utterance.language.value}"
    try:
        path = library.place_of(prompt)
        new = not library.has(path)
        if new and not build:
            return Item(utterance, origin), []
        await library.make(prompt)
        item = Item(utterance, origin, path, length_of(path), new)
    except ConfigurationError as error:
        problem, _, remedy = str(error).rpartition("; ")
        return Item(utterance, origin), [
            Finding(place, problem or remedy, remedy if problem else "see above")
        ]
    return item, list(_misdeclared(flow, item, place))


def _misdeclared(flow: Flow, item: Item, place: str) -> Iterator[Finding]:
    """A recording that lasts longer than the flow's file says, which is what the proof went by."""
    declared = flow.wordings[item.utterance.name].speeches[item.utterance.language].length
    if declared and item.length and item.length > declared + _TOLERANCE:
        took, said = item.length.total_seconds(), declared.total_seconds()
        yield Finding(place, f"lasts {took:.1f}s, the flow says {said:.1f}s", "mend its `length`")


def _too_long(flow: Flow, items: Sequence[Item]) -> Iterator[Finding]:
    """What is wrong with the flow when every prompt lasts as long as its audio."""
    measured: dict[tuple[str, Language], Recording] = {}
    for item in items:
        if item.file and item.length and item.utterance.fixed:
            measured[item.utterance.name, item.utterance.language] = Recording(item.file.name, item.length)
    for found in prove(with_recordings(flow, measured)):
        yield Finding(f"{flow.name}{found.place}", f"as it is spoken, {found.problem}", found.remedy)
