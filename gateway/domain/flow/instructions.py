"""What the engine asks a carrier to do, in words that know no carrier.

A step's instructions are any number of `Say` and `Play`, which no key interrupts, then exactly one of
`Gather`, `Record` or `Hangup`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from gateway.domain.languages import Language

if TYPE_CHECKING:
    from datetime import timedelta

    from gateway.domain.flow.session import Session


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a text in a language."""

    text: str
    language: Language


@dataclass(frozen=True, slots=True)
class Play:
    """Play a recorded file of the flow; the adapter knows where carriers fetch it."""

    audio: str
    """Name of the file, relative to the flow's recordings."""
    text: str = ""
    """The words recorded, for screens, transcripts and carriers that cannot play."""
    language: Language = Language.CHINESE


Prompt: TypeAlias = Say | Play


@dataclass(frozen=True, slots=True)
class Gather:
    """Wait for exactly one key; keys count from the first syllable of the prompts on (barge-in)."""

    prompts: tuple[Prompt, ...]
    timeout: timedelta
    """Silence allowed after the prompts have ended."""
    session: Session
    """Where to resume with the key, or with the silence."""


@dataclass(frozen=True, slots=True)
class Record:
    """Record the caller after the prompts and a beep."""

    prompts: tuple[Prompt, ...]
    max_length: timedelta
    silence: timedelta
    """So much silence ends the recording."""
    finish_key: str
    session: Session
    """Where to resume with the recording, or without one."""


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


Instruction: TypeAlias = Say | Play | Gather | Record | Hangup
