"""Settings of the voice prompts as audio, for carriers that play files: a PBX."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.adapters.prompts.speech_command import command_fault
from gateway.settings.values import Section, Timeout, fault


def _check_command(command: tuple[str, ...]) -> tuple[str, ...]:
    if problem := command_fault(command):
        remedy = 'write a program and its arguments, such as ["espeak-ng", "--stdin", "-w", "{output}"]'
        raise fault(problem, remedy)
    return command


Rate = Annotated[int, Field(ge=1, le=1000)]


class PromptSettings(Section):
    """Voice prompts as audio: recordings of a studio, and a voice for the rest (docs/prompts.md)."""

    recordings: Path = Field(
        Path("recordings"),
        description="The studio's recordings, `<flow>/<prompt>.<language>.wav`: played instead of the text, "
        "by every carrier.",
    )
    folder: Path = Field(
        Path("var/prompts"),
        description="Where audio is kept that was made for a PBX, which has to be able to read it there.",
    )
    command: Annotated[tuple[str, ...], AfterValidator(_check_command)] = Field(
        ("espeak-ng", "--stdin", "-b", "1", "-v", "{voice}", "-s", "{rate}", "-w", "{output}"),
        description="Program and arguments that speak a text for a PBX: the text comes on standard input "
        "(or in the file `{text_file}`), a WAV file goes to `{output}`. Empty = recordings only.",
    )
    voice_zh: str = Field("cmn", min_length=1, description="The command's `{voice}` for Mandarin.")
    rate_zh: Rate = Field(240, description="Its `{rate}`; espeak-ng counts words a minute, in its own way.")
    voice_en: str = Field("en", min_length=1, description="The command's `{voice}` for English.")
    rate_en: Rate = Field(165, description="Its `{rate}`.")
    loudness: float = Field(
        -23.0,
        ge=-40,
        le=-10,
        allow_inf_nan=False,
        description="How loud all audio is made, in LUFS; the default is that of EBU R128.",
    )
    at_once: int = Field(2, ge=1, le=64, description="How many texts are made audio at once.")
    timeout: Timeout = Field(
        timedelta(seconds=5),
        description="How long a program may take, and a caller wait for a text that was never said before.",
    )
