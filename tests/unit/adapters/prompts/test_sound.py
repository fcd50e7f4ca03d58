"""All audio comes out in the form of a telephone, equally loud, or it is said why not."""

from __future__ import annotations

import math
import struct
import wave
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.prompts.sound import Converter, is_telephone_sound, length_of
from gateway.domain.errors import ConfigurationError
from tests.sounds import tone

LIMIT = timedelta(seconds=60)


@pytest.fixture
def converter() -> Converter:
    """Makes sounds as loud as EBU R128 asks for."""
    return Converter(target=-23.0, limit=LIMIT)


@pytest.mark.parametrize(("amplitude", "lufs"), [(1.0, -3.01), (0.1, -23.01), (0.01, -43.01)])
async def test_a_tone_is_as_loud_as_the_standard_says(
    converter: Converter, tmp_path: Path, amplitude: float, lufs: float
) -> None:
    """ITU-R BS.1770: a sine of 997 Hz at full scale has -3.01 LUFS; a tenth of it 20 less."""
    measured = await converter.measure(tone(tmp_path / "tone.wav", amplitude=amplitude))

    assert measured.lufs == pytest.approx(lufs, abs=0.1)
    assert measured.peak == pytest.approx(20 * math.log10(amplitude), abs=0.1)


async def test_pauses_do_not_count(converter: Converter, tmp_path: Path) -> None:
    """The same tone with silence after it is as loud as without."""
    loud = tone(tmp_path / "tone.wav", seconds=2)
    with wave.open(str(loud)) as sound:
        frames = sound.readframes(sound.getnframes())
    with wave.open(str(tmp_path / "paused.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(frames + bytes(len(frames) * 2))

    without, paused = await converter.measure(loud), await converter.measure(tmp_path / "paused.wav")

    assert paused.lufs == pytest.approx(without.lufs, abs=0.4)


@pytest.mark.parametrize(
    ("rate", "channels", "amplitude"), [(8000, 1, 0.02), (48_000, 2, 0.9), (44_100, 1, 0.3), (22_050, 1, 0.1)]
)
async def test_whatever_comes_is_equally_loud(
    converter: Converter, tmp_path: Path, rate: int, channels: int, amplitude: float
) -> None:
    """Any rate, one channel or two, soft or loud."""
    source = tone(tmp_path / "in.wav", rate=rate, channels=channels, amplitude=amplitude)

    await converter.convert(source, tmp_path / "out.wav")

    assert is_telephone_sound(tmp_path / "out.wav")
    assert length_of(tmp_path / "out.wav").total_seconds() == pytest.approx(1.0, abs=0.01)
    assert (await converter.measure(tmp_path / "out.wav")).lufs == pytest.approx(-23, abs=0.2)


async def test_peaks_are_not_cut_off(tmp_path: Path) -> None:
    """What cannot be made so loud stays softer instead of being distorted."""
    loud = Converter(target=-1.0, limit=LIMIT)
    await loud.convert(tone(tmp_path / "in.wav"), tmp_path / "out.wav")

    assert (await loud.measure(tmp_path / "out.wav")).peak == pytest.approx(-1.0, abs=0.1)


@pytest.mark.parametrize(
    ("content", "told"), [(b"", "sox"), (b"no sound at all", "sox"), (b"RIFF\0\0\0\0WAVE", "sox")]
)
async def test_what_is_no_sound_is_told(
    converter: Converter, tmp_path: Path, content: bytes, told: str
) -> None:
    """With the program's own words, and what to do."""
    (tmp_path / "in.wav").write_bytes(content)

    with pytest.raises(ConfigurationError, match=told):
        await converter.convert(tmp_path / "in.wav", tmp_path / "out.wav")
    with pytest.raises(ConfigurationError, match=r"in\.wav: .*16 bit"):
        length_of(tmp_path / "in.wav")
    assert not is_telephone_sound(tmp_path / "in.wav")


async def test_silence_is_no_prompt(converter: Converter, tmp_path: Path) -> None:
    """A muted microphone is found when the file is made, not by a caller."""
    silent = tone(tmp_path / "in.wav", amplitude=0.0)

    with pytest.raises(ConfigurationError, match="nothing but silence"):
        await converter.convert(silent, tmp_path / "out.wav")


def test_the_length_of_a_studio_s_file_is_read(tmp_path: Path) -> None:
    """24 bit and two channels, in the form that studios write, with a chunk that says who made it."""
    form = struct.pack("<HHIIHH", 0xFFFE, 2, 48_000, 48_000 * 6, 6, 24) + bytes(24)
    chunks = b"LIST\x03\0\0\0abc\0" + b"fmt " + struct.pack("<I", len(form)) + form
    sound = bytes(48_000 * 6 * 2)
    path = tmp_path / "studio.wav"
    path.write_bytes(b"RIFF" + bytes(4) + b"WAVE" + chunks + b"data" + struct.pack("<I", len(sound)) + sound)

    assert length_of(path) == timedelta(seconds=2)


@given(garbage=st.binary(max_size=64))
def test_garbage_is_told_and_read_in_bounded_time(garbage: bytes) -> None:
    """Any bytes after a good beginning: a length, or the one error that is expected."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "in.wav"
        path.write_bytes(b"RIFF\0\0\0\0WAVE" + garbage)
        try:
            length = length_of(path)
        except ConfigurationError:
            return
    assert length > timedelta()
