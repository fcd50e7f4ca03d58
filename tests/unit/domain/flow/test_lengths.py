"""How long texts take: counted by syllables, words and pauses, never under what a slow voice needs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.domain.flow.instructions import Gather, Hangup, Play, Record, Say
from gateway.domain.flow.lengths import BEEP, TURN, speech_length, step_length
from gateway.domain.flow.session import Session
from gateway.domain.languages import Language

NINE_SYLLABLES = "非常满意非常满意好"
SESSION = Session("flow", "1", "item", 1, Language.CHINESE)


@pytest.mark.parametrize(
    ("text", "language", "seconds"),
    [
        ("", Language.CHINESE, 0),
        (NINE_SYLLABLES, Language.CHINESE, 2),
        (NINE_SYLLABLES, Language.ENGLISH, 2),
        (NINE_SYLLABLES + "，", Language.CHINESE, 2.25),
        (NINE_SYLLABLES + "。", Language.CHINESE, 2.5),
        ("123456789", Language.CHINESE, 2),
        ("press press press", Language.ENGLISH, 1),
        ("press press press", Language.CHINESE, 1),
        ("Press, 3 4.", Language.ENGLISH, 1.75),
        ("don't stop", Language.ENGLISH, 2 / 3),
    ],
)
def test_speech_length(text: str, language: Language, seconds: float) -> None:
    """4.5 syllables or 3 words a second, a quarter of a second at a comma, half at a full stop."""
    assert speech_length(text, language).total_seconds() == pytest.approx(seconds, abs=1e-5)


def test_step_takes_everything_to_its_end() -> None:
    """A step lasts its prompts, the whole wait, the whole recording, and the turn of the carrier."""
    said = Say(NINE_SYLLABLES, Language.CHINESE)
    asked = Gather((said, Play("levels.wav", "一二三")), timedelta(seconds=5), SESSION)
    recorded = Record((said,), timedelta(seconds=18), timedelta(seconds=4), "#", SESSION)
    recordings = {"levels.wav": timedelta(seconds=7)}

    assert step_length((said, asked), recordings) == TURN + timedelta(seconds=2 + 2 + 7 + 5)
    assert step_length((recorded,), recordings) == TURN + timedelta(seconds=2 + 18) + BEEP
    assert step_length((said, Hangup()), recordings) == TURN + timedelta(seconds=2)


def test_recording_without_declared_length_is_estimated() -> None:
    """A recording nobody measured is taken as long as its text."""
    assert step_length((Play("x.wav", NINE_SYLLABLES),), {}) == TURN + timedelta(seconds=2)
