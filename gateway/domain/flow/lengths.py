"""How long a step keeps a caller on the line, at worst."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gateway.domain.flow.instructions import Gather, Hangup, Play, Record
from gateway.domain.languages import Language

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.domain.flow.instructions import Instruction, Prompt

SYLLABLES_PER_SECOND: Final = 4.5
"""Between two pauses. The Putonghua proficiency test calls 240 a minute the normal pace, pauses included;
without them, and for the slow clear voice of a hotline, that is 270."""
WORDS_PER_SECOND: Final = 3.0
"""Between two pauses; with them, English comes to the 150-160 words a minute of audio books."""
SHORT_PAUSE: Final = timedelta(milliseconds=250)
"""At a comma and its like. Menus are mostly commas, so pauses are counted rather than averaged."""
LONG_PAUSE: Final = timedelta(milliseconds=500)
"""At the end of a sentence."""
TURN: Final = timedelta(milliseconds=500)
"""From a key press to the next word: the carrier's request, our answer, the voice starting."""
BEEP: Final = timedelta(seconds=1)
"""Before a recording, with the pause around it."""

_WORD: Final = re.compile(r"[A-Za-z'’-]+|\d")
_SHORT: Final = re.compile(r"[,;:，；：、]")
_LONG: Final = re.compile(r"[.!?。！？]")


@lru_cache(maxsize=1024)
def speech_length(text: str, language: Language) -> timedelta:
    """The estimated length of a spoken text.

    Latin words count as English words in any language; a digit is a syllable in Chinese, a word in English;
    every other letter is a syllable.
    """
    words = _WORD.findall(text)
    digits = sum(1 for word in words if word.isdigit())
    letters = sum(1 for letter in _WORD.sub("", text) if letter.isalpha())
    in_syllables = digits if language is Language.CHINESE else 0
    syllables, word_count = letters + in_syllables, len(words) - in_syllables
    spoken = timedelta(seconds=syllables / SYLLABLES_PER_SECOND + word_count / WORDS_PER_SECOND)
    return spoken + len(_SHORT.findall(text)) * SHORT_PAUSE + len(_LONG.findall(text)) * LONG_PAUSE


def step_length(instructions: Iterable[Instruction], recordings: Mapping[str, timedelta]) -> timedelta:
    """The longest time one step can take: everything said in full, the key in the last moment, or none.

    `recordings` are the declared lengths of recorded prompts; one without a length is estimated by its text.
    """
    return sum([_longest(instruction, recordings) for instruction in instructions], TURN)


def _longest(instruction: Instruction, recordings: Mapping[str, timedelta]) -> timedelta:
    match instruction:
        case Gather(prompts, timeout):
            return _prompts(prompts, recordings) + timeout
        case Record(prompts, max_length):
            return _prompts(prompts, recordings) + BEEP + max_length
        case Hangup():
            return timedelta()
        case _:
            return _prompt(instruction, recordings)


def _prompts(prompts: Iterable[Prompt], recordings: Mapping[str, timedelta]) -> timedelta:
    return sum([_prompt(prompt, recordings) for prompt in prompts], timedelta())


def _prompt(prompt: Prompt, recordings: Mapping[str, timedelta]) -> timedelta:
    if isinstance(prompt, Play) and prompt.audio in recordings:
        return recordings[prompt.audio]
    return speech_length(prompt.text, prompt.language)
