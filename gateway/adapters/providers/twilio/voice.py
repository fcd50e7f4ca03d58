"""Instructions as TwiML.

Building XML costs more than all else on a key press. A document depends on the words alone, which a hotline
says over and over, so each is built once; per call only the URL of its next step is put in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias
from xml.etree.ElementTree import tostring
from xml.sax.saxutils import escape

from twilio.twiml import TwiML
from twilio.twiml import voice_response as verbs

from gateway.domain.flow.apology import APOLOGY
from gateway.domain.flow.instructions import Gather, Hangup, Instruction, Play, Prompt, Record, Say
from gateway.domain.flow.session import Session
from gateway.domain.languages import Language
from gateway.domain.plain_text import one_line

_DOCUMENTS: Final = 1024
"""Built documents that are remembered, about 2 kB each."""
_STEP_URL: Final = "【step】"
"""Stands for the URL while a document is built; `one_line` takes such brackets out of spoken words."""
_LONGEST_SAY: Final = 375
"""Characters of one Say: at most 4500 URL-encoded (twilio.com/docs/api/errors/13521), 12 for some."""
_NOT_XML: Final = {0xFFFE: None, 0xFFFF: None}
"""What no XML document can hold, beside the controls that `one_line` takes."""
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'

EMPTY: Final = f"{_DECLARATION}<Response/>"
"""Nothing to do: what Twilio wants to read where it asked for no instructions."""

_SORRY: Final = (*(Say(text, language) for language, text in APOLOGY.items()), Hangup())


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks a language, in Twilio's names; a pair that does not go together fails the call (13520)."""

    language: str
    name: str


DEFAULT_VOICES: Final[Mapping[Language, Voice]] = MappingProxyType(
    {Language.CHINESE: Voice("cmn-CN", "Polly.Zhiyu"), Language.ENGLISH: Voice("en-US", "Polly.Joanna")}
)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A Gather or Record without its session: what the document, not the call, is made of."""

    prompts: tuple[Prompt, ...]
    silence: timedelta
    max_length: timedelta | None = None
    """None for a Gather."""
    finish_key: str = ""


_Step: TypeAlias = Say | Play | Hangup | _Waiting


class TwimlWriter:
    """Writes instructions as TwiML; `audio_url` tells where Twilio fetches a recording of a prompt."""

    def __init__(self, audio_url: Callable[[str], str], voices: Mapping[Language, Voice]) -> None:
        self._audio_url = audio_url
        self._voices = dict(voices)
        self._pieces = lru_cache(maxsize=_DOCUMENTS)(self._build)

    def write(self, instructions: Sequence[Instruction], step_url: Callable[[Session], str]) -> str:
        """The document; `step_url` gives the URL at which a session goes on."""
        steps: list[_Step] = []
        url = ""
        for instruction in instructions:
            match instruction:
                case Gather(prompts, timeout, session):
                    steps.append(_Waiting(prompts, timeout))
                    url = step_url(session)
                case Record(prompts, max_length, silence, finish_key, session):
                    steps.append(_Waiting(prompts, silence, max_length, finish_key))
                    url = step_url(session)
                case _:
                    steps.append(instruction)
        return escape(url, {'"': "&quot;"}).join(self._pieces(tuple(steps)))

    def sorry(self) -> str:
        """What a caller hears when nothing can be stored: sorry, a text follows, goodbye."""
        return self._pieces(_SORRY)[0]

    def _build(self, steps: tuple[_Step, ...]) -> tuple[str, ...]:
        """The document, cut wherever the URL of the next step belongs."""
        response = verbs.VoiceResponse()
        for step in steps:
            match step:
                case Hangup():
                    response.hangup()
                case _Waiting(max_length=None):
                    self._gather(response, step)
                case _Waiting():
                    self._record(response, step)
                case _:
                    self._prompt(response, step)
        return tuple((_DECLARATION + tostring(response.xml(), encoding="unicode")).split(_STEP_URL))

    def _gather(self, response: TwiML, step: _Waiting) -> None:
        """One key, `*` and `#` too; prompts inside, so that it cuts them short; silence is reported."""
        silence = _seconds(step.silence)
        gather = verbs.Gather(
            input="dtmf", num_digits=1, finish_on_key="", timeout=silence, action=_STEP_URL, method="POST"
        )
        gather.attrs["actionOnEmptyResult"] = True
        for prompt in step.prompts:
            self._prompt(gather, prompt)
        response.append(gather)

    def _record(self, response: TwiML, step: _Waiting) -> None:
        """A recording; where the caller says nothing, Twilio calls no action but goes on to the next verb."""
        for prompt in step.prompts:
            self._prompt(response, prompt)
        record = verbs.Record(action=_STEP_URL, method="POST", timeout=_seconds(step.silence), play_beep=True)
        record.attrs |= {
            "maxLength": _seconds(step.max_length or step.silence),
            "finishOnKey": step.finish_key,
        }
        response.append(record)
        response.append(verbs.Redirect(_STEP_URL, method="POST"))

    def _prompt(self, parent: TwiML, prompt: Prompt) -> None:
        if isinstance(prompt, Play):
            parent.append(verbs.Play(self._audio_url(prompt.audio)))
            return
        voice = self._voices[prompt.language]
        text = one_line(prompt.text).translate(_NOT_XML)
        for start in range(0, len(text), _LONGEST_SAY):
            part = text[start : start + _LONGEST_SAY]
            parent.append(verbs.Say(part, language=voice.language, voice=voice.name))


def _seconds(duration: timedelta) -> int:
    """Whole seconds, rounded up, at least the one that Twilio demands."""
    return max(1, math.ceil(duration.total_seconds()))
