"""A studio's recordings: `<folder>/<flow>/<prompt>.<language>.wav` is played instead of the prompt's text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from gateway.adapters.prompts.sound import length_of
from gateway.domain.errors import ConfigurationError
from gateway.domain.findings import Finding
from gateway.domain.flow.definition import Flow
from gateway.domain.flow.recordings import Recording
from gateway.domain.languages import Language

_LANGUAGES = {language.value: language for language in Language}


@dataclass(slots=True)
class StudioWork:
    """What a studio recorded of a flow."""

    recordings: dict[tuple[str, Language], Recording] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    """Files that cannot be used as they are."""


def studio_work(folder: Path, flow: Flow) -> StudioWork:
    """The recordings of a flow in the studio's folder, and what is wrong with the files there."""
    work = StudioWork()
    for path in sorted((folder / flow.name).glob("*")):
        if path.name.startswith(".") or path.suffix == ".txt":
            continue
        faults = list(_misnamed(path, flow))
        work.findings += faults
        if faults:
            continue
        prompt, language = path.stem.split(".", 1)
        try:
            length = length_of(path)
        except ConfigurationError as error:
            problem, _, remedy = str(error).removeprefix(f"{path}: ").partition("; ")
            work.findings.append(Finding(str(path), problem, remedy))
        else:
            work.recordings[prompt, _LANGUAGES[language]] = Recording(path.name, length)
    return work


def _misnamed(path: Path, flow: Flow) -> Iterator[Finding]:
    prompt, _, language = path.stem.partition(".")
    if path.suffix != ".wav":
        yield Finding(str(path), "is no .wav file", "save it as WAV, PCM of 16 bit, or take it away")
    elif prompt not in flow.wordings:
        near = get_close_matches(prompt, flow.wordings, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else "name it <prompt>.<language>.wav"
        yield Finding(str(path), f"the flow {flow.name} has no prompt {prompt!r}", remedy)
    elif language not in _LANGUAGES or _LANGUAGES[language] not in flow.wordings[prompt].speeches:
        spoken = ", ".join(f"{prompt}.{each.value}.wav" for each in flow.wordings[prompt].speeches)
        yield Finding(str(path), f"{language!r} is no language of it", f"name it one of {spoken}")
    elif flow.wordings[prompt].speeches[_LANGUAGES[language]].variables:
        yield Finding(str(path), "the prompt's text changes from call to call", "no recording can say it")
