"""How long a step keeps a caller on the line, at worst."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gateway.domain.flow.instructions import Gather, Hangup, Play, Record
from gateway.domain.languages import Language

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.domain.flow.instructions import Instruction, Prompt

MANDARIN_SYLLABLES_PER_SECOND: Final = 4.0
"""240 a minute, pauses included: the normal pace of the Putonghua proficiency test's syllabus. Voices of
carriers are set to 250-300, so that the estimate errs on the long side."""
ENGLISH_WORDS_PER_SECOND: Final = 2.5
"""150 a minute, the lower end of what audio books and broadcasters use (150-160)."""
TURN: Final = timedelta(milliseconds=500)
"""From a key press to the next word: the carrier's request, our answer, the voice starting."""
BEEP: Final = timedelta(seconds=1)
"""Before a recording, with the pause around it."""

_WORD: Final = re.compile(r"[A-Za-z'’-]+|\d")


def speech_length(text: str, language: Language) -> timedelta:
    """The estimated length of a spoken text.

    Latin words count as English words in any language; a digit is a syllable in Chinese, a word in English;
    every other letter is a syllable.
    """
    words = _WORD.findall(text)
    syllables = sum(1 for letter in _WORD.sub("", text) if letter.isalpha())
    if language is Language.CHINESE:
        digits = sum(1 for word in words if word.isdigit())
        syllables, word_count = syllables + digits, len(words) - digits
    else:
        word_count = len(words)
    seconds = syllables / MANDARIN_SYLLABLES_PER_SECOND + word_count / ENGLISH_WORDS_PER_SECOND
    return timedelta(seconds=seconds)


def step_length(instructions: Iterable[Instruction], recordings: Mapping[str, timedelta]) -> timedelta:
    """The longest time one step can take: everything said in full, the key in the last moment, or none.

    `recordings` are the declared lengths of recorded prompts; one without a length is estimated by its text.
    """
    return sum((_longest(instruction, recordings) for instruction in instructions), TURN)


def _longest(instruction: Instruction, recordings: Mapping[str, timedelta]) -> timedelta:
    match instruction:
        case Gather(prompts, timeout):
            return _prompts(prompts, recordings) + timeout
        case Record(prompts, max_length):
            return _prompts(prompts, recordings) + BEEP + max_length
        case Hangup():
            return timedelta()
        case _:
            return _prompts((instruction,), recordings)


def _prompts(prompts: Iterable[Prompt], recordings: Mapping[str, timedelta]) -> timedelta:
    return sum((_prompt(prompt, recordings) for prompt in prompts), timedelta())


def _prompt(prompt: Prompt, recordings: Mapping[str, timedelta]) -> timedelta:
    if isinstance(prompt, Play) and prompt.audio in recordings:
        return recordings[prompt.audio]
    return speech_length(prompt.text, prompt.language)
