"""Speaks texts by a command of the operator's choice."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from gateway.adapters.prompts.programs import run_program
from gateway.domain.languages import Language
from gateway.domain.plain_text import one_line

_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_KNOWN: Final = ("output", "text_file", "voice", "rate")
_REMEDY: Final = "install it, or mend prompts.command"


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks a language, in the command's own terms."""

    name: str
    rate: int
    """In the command's own unit; words a minute for espeak-ng."""


def command_fault(arguments: Sequence[str]) -> str:
    """What is wrong with a command, in words that go on "the command …"; empty when nothing is."""
    if not arguments:
        return ""
    if not arguments[0].strip() or "{" in arguments[0]:
        return "does not begin with a program"
    names = [name for argument in arguments for name in _PLACEHOLDER.findall(argument)]
    unknown = sorted(set(names) - set(_KNOWN))
    if unknown:
        return f"holds the unknown placeholder {{{unknown[0]}}}"
    return "" if "output" in names else "does not say where its {output} goes"


class SpeechCommand:
    """A program that writes a WAV file of what it is told to say.

    `{output}`, `{voice}` and `{rate}` in its arguments are filled in; the text comes on its standard input,
    and in the file `{text_file}` where the arguments name one. It is never part of the arguments themselves:
    the name of an item comes from outside and could be taken for an option.
    """

    def __init__(self, arguments: Sequence[str], voices: Mapping[Language, Voice], limit: timedelta) -> None:
        self._arguments = tuple(arguments)
        self._voices = dict(voices)
        self._limit = limit

    def identity(self, language: Language) -> str:
        """What the sound of a text depends on beside the text: another voice needs other files."""
        return repr((self._arguments, self._voices[language]))

    async def speak(self, text: str, language: Language, output: Path) -> None:
        """Write the spoken text to the file `output`.

        Raises:
            ConfigurationError: the command is missing, failed, or took too long.

        """
        voice = self._voices[language]
        text_file = output.with_suffix(".txt")
        filled = {
            "output": str(output),
            "text_file": str(text_file),
            "voice": voice.name,
            "rate": str(voice.rate),
        }
        arguments = [_PLACEHOLDER.sub(lambda found: filled[found[1]], each) for each in self._arguments]
        words = f"{one_line(text)}\n".encode()
        wants_file = any("{text_file}" in each for each in self._arguments)
        try:
            if wants_file:
                text_file.write_bytes(words)
            await run_program(arguments, given=words, limit=self._limit, remedy=_REMEDY)
        finally:
            text_file.unlink(missing_ok=True)
