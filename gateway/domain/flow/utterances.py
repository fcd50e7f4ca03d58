"""Everything that a flow can say, told apart by what is known of it before a call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from gateway.domain.flow.definition import Flow
from gateway.domain.flow.instructions import Play, Prompt, Say
from gateway.domain.flow.wording import Speech
from gateway.domain.languages import Language

MOST_FORMS: Final = 64
"""Forms of one prompt that are listed; a prompt with more is only known when it is said."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One prompt as a caller hears it in one language."""

    name: str
    language: Language
    """Of the call, not of the voice."""
    prompt: Prompt | None
    """None = it holds free text, which only a call knows."""
    fixed: bool
    """Whether it is the same in every call: then a studio can record it."""


def utterances_of(flow: Flow) -> Iterator[Utterance]:
    """Every prompt in every language and with every value of its variables, in the file's order."""
    for wording in flow.wordings.values():
        for language, speech in wording.speeches.items():
            if speech.audio:
                played = Play(speech.audio, speech.text, speech.spoken)
                yield Utterance(wording.name, language, played, fixed=True)
                continue
            forms = _forms(flow, speech)
            if not forms:
                yield Utterance(wording.name, language, None, fixed=False)
            for text in forms:
                said = Say(text, speech.spoken)
                yield Utterance(wording.name, language, said, fixed=not speech.variables)


def _forms(flow: Flow, speech: Speech) -> list[str]:
    """The texts that the prompt can have; none where they cannot be told beforehand."""
    names = sorted(speech.variables)
    values = [flow.variables[name].values for name in names]
    count = 1
    for each in values:
        count *= len(each)
    if not 0 < count <= MOST_FORMS:
        return []
    choices = (dict(zip(names, chosen, strict=True)) for chosen in product(*values))
    return [speech.filled(choice) for choice in choices]
