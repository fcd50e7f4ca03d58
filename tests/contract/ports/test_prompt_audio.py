"""The contract of the port `PromptAudio`: every prompt of a call is a file that a PBX can play."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.application.ports.prompt_audio import PromptAudio
from gateway.bootstrap.prompts import prompt_library
from gateway.domain.flow.instructions import Play, Say
from gateway.domain.languages import Language
from gateway.settings import Settings
from gateway.settings.prompts import PromptSettings
from tests.sounds import tone

SAID = Say("好的。", Language.CHINESE)
FLOW = "hotline_rating"


@pytest.fixture
async def audio(tmp_path: Path) -> AsyncIterator[PromptAudio]:
    """The real library, speaking by espeak-ng, with one recording of a studio."""
    tone(tmp_path / "studio" / FLOW / "goodbye.zh-CN.wav", rate=44_100, channels=2)
    prompts = PromptSettings(
        recordings=tmp_path / "studio", folder=tmp_path / "made", timeout=timedelta(minutes=1)
    )
    async with prompt_library(Settings(prompts=prompts), FLOW) as library:
        yield library


@pytest.mark.parametrize(
    "prompt",
    [
        SAID,
        Say("Very satisfied: press 1.", Language.ENGLISH),
        Say("-w /etc/passwd 请评价“居民身份证换领”。\n\0", Language.CHINESE),
        Play("goodbye.zh-CN.wav", "谢谢您，再见。"),
    ],
    ids=["chinese", "english", "like_an_option", "recording"],
)
async def test_a_prompt_is_a_file_for_telephones(audio: PromptAudio, prompt: Say | Play) -> None:
    """PCM of 16 bit, mono, 8 kHz, at an absolute path that others may read; long enough to say something."""
    path = await audio.file_of(prompt)

    assert path is not None
    assert path.is_absolute()
    assert path.stat().st_mode & 0o044 == 0o044
    with wave.open(str(path)) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (8000, 2, 1)
        assert sound.getnframes() > 2000


async def test_the_same_prompt_is_the_same_file(audio: PromptAudio) -> None:
    """However often it is asked for, even at once; another text is another file."""
    first, second = await asyncio.gather(audio.file_of(SAID), audio.file_of(SAID))
    assert first is not None
    written = first.stat().st_mtime_ns

    again = await audio.file_of(SAID)

    assert (first, again) == (second, first)
    assert first.stat().st_mtime_ns == written
    assert await audio.file_of(Say("很抱歉。", Language.CHINESE)) != first


async def test_a_file_that_was_deleted_is_made_again(audio: PromptAudio) -> None:
    """Cleaning up while the gateway runs silences nobody."""
    path = await audio.file_of(SAID)
    assert path is not None
    path.unlink()

    assert await audio.file_of(SAID) == path
    assert path.is_file()


async def test_a_recording_that_is_not_there_is_none(audio: PromptAudio) -> None:
    """It is told in the log, and whoever asks leads the caller on without it."""
    assert await audio.file_of(Play("elsewhere.wav", "谢谢。")) is None
