"""Puts recordings in the place of texts that a voice would have to speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeAlias

from gateway.domain.flow.definition import Flow
from gateway.domain.languages import Language


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded prompt."""

    audio: str
    """Name of its file."""
    length: timedelta


Recordings: TypeAlias = Mapping[tuple[str, Language], Recording]
"""Recordings by the name of their prompt and the language of the call that hears them."""


def with_recordings(flow: Flow, recordings: Recordings) -> Flow:
    """The flow, playing these recordings where it had texts or others; all else stays as it is.

    Those of no prompt of the flow, and of texts that change from call to call, are left aside.
    """
    wordings = {
        name: replace(
            wording,
            speeches={
                language: replace(speech, audio=found.audio, length=found.length)
                if (found := recordings.get((name, language))) and not speech.variables
                else speech
                for language, speech in wording.speeches.items()
            },
        )
        for name, wording in flow.wordings.items()
    }
    return replace(flow, wordings=wordings)
