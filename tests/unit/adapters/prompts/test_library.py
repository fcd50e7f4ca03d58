"""Texts are spoken by the operator's command: bounded, once, and never taken for anything but text."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.adapters.prompts.library import PromptLibrary
from gateway.adapters.prompts.sound import Converter
from gateway.adapters.prompts.speech_command import SpeechCommand, Voice, command_fault
from gateway.domain.errors import ConfigurationError
from gateway.domain.flow.instructions import Say
from gateway.domain.languages import Language
from tests.sounds import tone

LIMIT = timedelta(seconds=60)
SAID = Say("好的。", Language.CHINESE)
VOICES = {Language.CHINESE: Voice("cmn", 240), Language.ENGLISH: Voice("en", 165)}


def library(
    folder: Path,
    *arguments: str,
    limit: timedelta = LIMIT,
    patience: timedelta = LIMIT,
    voices: dict[Language, Voice] | None = None,
) -> PromptLibrary:
    """A library that speaks by the command."""
    command = SpeechCommand(arguments, voices or VOICES, limit) if arguments else None
    converter = Converter(target=-23.0, limit=LIMIT)
    return PromptLibrary(folder, converter, command=command, recordings={}, at_once=2, patience=patience)


def script(tmp_path: Path, body: str) -> tuple[str, ...]:
    """A command of our own: runs `body` with its arguments in `given`, and then writes a sound."""
    sound = tone(tmp_path / "source.wav")
    program = tmp_path / "speak.py"
    program.write_text(
        f"import shutil, sys, time\ngiven = sys.argv[1:]\nlog = {str(tmp_path / 'log')!r}\n{body}\n"
        f"shutil.copy({str(sound)!r}, given[0])\n",
        encoding="utf-8",
    )
    return (sys.executable, str(program), "{output}", "{voice}", "{rate}")


async def test_the_text_reaches_the_command_as_text_only(tmp_path: Path) -> None:
    """On standard input and in the file, one line, whatever it looks like; voice and rate as arguments."""
    body = (
        "words = sys.stdin.buffer.read() + open(given[3], 'rb').read()\n"
        "open(log, 'wb').write(repr(given[1:3]).encode() + words)"
    )
    arguments = (*script(tmp_path, body), "{text_file}")
    async with library(tmp_path / "made", *arguments) as opened:
        await opened.make(Say("-x $(reboot)\n; 好的。", Language.CHINESE))

    words = "-x $(reboot) ; 好的。\n"
    assert (tmp_path / "log").read_text(encoding="utf-8") == f"['cmn', '240']{words}{words}"
    assert [path.suffix for path in (tmp_path / "made" / "spoken").iterdir()] == [".wav"]


async def test_it_is_spoken_once_however_many_wait(tmp_path: Path) -> None:
    """Ten callers at once start one process; a second library finds the file."""
    arguments = script(tmp_path, "open(log, 'a').write('.')")
    async with library(tmp_path / "made", *arguments) as opened:
        paths = await asyncio.gather(*(opened.file_of(SAID) for _ in range(10)))
    async with library(tmp_path / "made", *arguments) as second:
        again = await second.file_of(SAID)

    assert {*paths, again} == {opened.place_of(SAID)}
    assert (tmp_path / "log").read_text(encoding="utf-8") == "."


async def test_another_voice_has_other_files(tmp_path: Path) -> None:
    """Nothing has to be deleted when the voice is changed, and nobody hears two voices mixed."""
    places = {
        library(tmp_path, "speak", "{output}", voices={Language.CHINESE: voice}).place_of(SAID)
        for voice in (Voice("cmn", 240), Voice("cmn", 200), Voice("yue", 240))
    }

    assert len(places) == 3


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("sys.exit('no such voice: cmn')", r"failed \(1\): no such voice: cmn"),
        ("sys.exit(0)", "wrote no file"),
        ("open(given[0], 'w').write('text'); sys.exit(0)", "sox"),
    ],
    ids=["fails", "writes_nothing", "writes_no_sound"],
)
async def test_a_command_that_does_not_speak_is_told(tmp_path: Path, body: str, told: str) -> None:
    """In its own words; nothing half-made stays, and it is not started again by the next call."""
    arguments = script(tmp_path, f"open(log, 'a').write('.')\n{body}")
    async with library(tmp_path / "made", *arguments) as opened:
        with pytest.raises(ConfigurationError, match=told):
            await opened.make(SAID)
        assert await opened.file_of(SAID) is None

    assert (tmp_path / "log").read_text(encoding="utf-8") == "."
    assert list((tmp_path / "made" / "spoken").iterdir()) == []


async def test_a_missing_command_is_told(tmp_path: Path) -> None:
    """With the setting that names it."""
    async with library(tmp_path / "made", str(tmp_path / "nowhere"), "{output}") as opened:
        with pytest.raises(ConfigurationError, match=r"nowhere: cannot be started .* prompts\.command"):
            await opened.make(SAID)


async def test_without_a_command_only_recordings_are_played(tmp_path: Path) -> None:
    """A site that has recorded everything needs no voice."""
    async with library(tmp_path / "made") as opened:
        assert await opened.file_of(SAID) is None


async def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    """After its time; a caller has been led on by then."""
    arguments = script(tmp_path, "time.sleep(3600)")
    async with library(tmp_path / "made", *arguments, limit=timedelta(seconds=0.3)) as opened:
        with pytest.raises(ConfigurationError, match=r"took longer than 0\.3s and was ended"):
            await opened.make(SAID)


async def test_a_caller_waits_no_longer_than_allowed(tmp_path: Path) -> None:
    """What is still being made is ended when the library closes."""
    arguments = script(tmp_path, "time.sleep(3600)")
    async with library(tmp_path / "made", *arguments, patience=timedelta(seconds=0.1)) as opened:
        assert await opened.file_of(SAID) is None

    assert list((tmp_path / "made" / "spoken").iterdir()) == []


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """As a fault of the folder."""
    (tmp_path / "made").write_text("a file", encoding="utf-8")
    async with library(tmp_path / "made", *script(tmp_path, "")) as opened:
        with pytest.raises(ConfigurationError, match=r"made.*: cannot be written"):
            await opened.make(SAID)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((), ""),
        (("espeak-ng", "-w", "{output}"), ""),
        (("piper", "--model", "{voice}.onnx", "--output_file={output}", "{text_file}"), ""),
        (("espeak-ng", "{text}", "-w", "{output}"), "holds the unknown placeholder {text}"),
        (("espeak-ng", "--stdin"), "does not say where its {output} goes"),
        (("", "{output}"), "does not begin with a program"),
        (("{voice}", "{output}"), "does not begin with a program"),
    ],
)
def test_a_command_is_checked_when_settings_are_read(arguments: tuple[str, ...], fault: str) -> None:
    """Before any caller needs it."""
    assert command_fault(arguments) == fault
