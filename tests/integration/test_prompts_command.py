"""`haochaping prompts`: from texts and a studio's files to what callers hear, with the real programs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gateway.adapters.prompts.sound import is_telephone_sound, length_of
from gateway.bootstrap.flows import load_flows
from gateway.domain.errors import ConfigurationError
from gateway.domain.flow.instructions import Play
from gateway.domain.flow.utterances import utterances_of
from tests.sounds import tone
from tests.unit.cli.command import haochaping

PROMPTS = 34
"""Of the delivered flow, in both languages."""
STUDIO = Path("recordings/hotline_rating")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, as after an installation; programs have their time on a busy machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HAOCHAPING_PROMPTS__TIMEOUT", "60s")


def test_all_audio_is_made_by_one_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before it `check` tells what is missing; after it all is well, and only a studio could do better."""
    before = haochaping(capsys, "prompts", "check")
    assert before.exit_code == 1
    assert f"{PROMPTS} of {PROMPTS} prompts have no audio yet, run: haochaping prompts build" in before.errors

    tone(STUDIO / "goodbye.zh-CN.wav", rate=48_000, channels=2, seconds=1.5)
    built = haochaping(capsys, "prompts", "build", "--json")

    assert built.exit_code == 0, built.errors
    assert (
        built.errors.strip() == f"{PROMPTS} prompts: 1 recorded; {PROMPTS - 1} synthetic; {PROMPTS} made now"
    )
    rows = [json.loads(line) for line in built.output.splitlines()]
    recorded = [row for row in rows if row["voice"] == "recorded"]
    assert [(row["prompt"], row["language"], row["seconds"]) for row in recorded] == [
        ("goodbye", "zh-CN", "1.5")
    ]
    assert all(Path(row["file"]).is_relative_to(tmp_path / "var/prompts") for row in rows)

    after = haochaping(capsys, "prompts", "check")
    assert (after.exit_code, after.errors.strip()) == (
        0,
        f"{PROMPTS} prompts: 1 recorded; {PROMPTS - 1} synthetic",
    )


def test_the_dial_plan_has_its_words_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a PBX says while no gateway takes its calls lies under names that stay; a studio's goes before."""
    recorded = tone(Path("recordings/sorry.zh-CN.wav"), rate=16_000, seconds=2)
    for name, value in (("URL", "http://127.0.0.1:8088/ari"), ("USERNAME", "u"), ("PASSWORD", "p")):
        monkeypatch.setenv(f"HAOCHAPING_ASTERISK__{name}", value)
    monkeypatch.setenv("HAOCHAPING_VOICE__PROVIDER", "asterisk")
    folder = tmp_path / "var/prompts"

    assert (
        f"{folder}/sorry.en.wav: the dial plan has no audio" in haochaping(capsys, "prompts", "check").errors
    )
    assert haochaping(capsys, "prompts", "build").exit_code == 0

    assert length_of(folder / "sorry.zh-CN.wav") == length_of(recorded)
    assert all(is_telephone_sound(folder / f"sorry.{language}.wav") for language in ("zh-CN", "en"))
    assert haochaping(capsys, "prompts", "check").exit_code == 0


def test_a_studio_s_recording_is_what_every_carrier_plays(capsys: pytest.CaptureFixture[str]) -> None:
    """The flow that is served has it in its text's place, once `haochaping check` finds nothing wrong."""
    tone(STUDIO / "levels.zh-CN.wav", rate=44_100, seconds=8)

    assert haochaping(capsys, "check").exit_code == 0
    flow = load_flows(Path("recordings")).find("hotline_rating")
    (played,) = (each for each in utterances_of(flow) if isinstance(each.prompt, Play))
    assert (played.name, played.prompt) == (
        "levels",
        Play("levels.zh-CN.wav", "非常满意请按1，满意按2，基本满意按3，不满意按4，非常不满意按5。"),
    )


@pytest.mark.parametrize(
    ("name", "seconds", "told"),
    [
        ("level.zh-CN.wav", 1, "has no prompt 'level', did you mean 'levels'?"),
        ("levels.fr.wav", 1, "'fr' is no language of it, name it one of levels.zh-CN.wav, levels.en.wav"),
        ("levels.zh-CN.mp3", 1, "is no .wav file"),
        ("levels.zh-CN.wav", 30, "hotline_rating/limits/call: a call can take"),
    ],
)
def test_a_recording_that_does_not_fit_is_told_before_anybody_hears_it(
    capsys: pytest.CaptureFixture[str], name: str, seconds: float, told: str
) -> None:
    """`haochaping check` names the file and what to do; the gateway does not start with it."""
    tone(STUDIO / name, seconds=seconds)

    checked = haochaping(capsys, "check")

    assert checked.exit_code == 1
    assert told in checked.output
    with pytest.raises(ConfigurationError, match="recordings cannot be used"):
        load_flows(Path("recordings"))


def test_broken_files_and_missing_programs_are_told_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line for a missing command, however many prompts need it."""
    STUDIO.mkdir(parents=True)
    (STUDIO / "goodbye.en.wav").write_bytes(b"")
    monkeypatch.setenv("HAOCHAPING_PROMPTS__COMMAND", '["no-such-voice", "{output}"]')

    told = haochaping(capsys, "prompts", "build")

    assert told.exit_code == 1
    _, broken, missing = told.errors.splitlines()
    assert broken == "recordings/hotline_rating/goodbye.en.wav: is no WAV file, save it as WAV, PCM of 16 bit"
    assert missing == (
        f"hotline_rating/who_calls.zh-CN and {PROMPTS - 1} more: no-such-voice: cannot be started "
        "(No such file or directory), install it, or mend prompts.command"
    )


def test_a_declared_recording_that_lasts_longer_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The proof of the flow went by the length that its file declares."""
    delivered = Path(__file__).parents[2] / "ivr_flows" / "hotline_rating.yaml"
    flow = Path("ivr_flows/hotline_rating.yaml")
    flow.parent.mkdir()
    speech = "{text: 谢谢您，再见。, audio: bye.wav, length: 2s}"
    text = delivered.read_text(encoding="utf-8").replace("zh-CN: 谢谢您，再见。", f"zh-CN: {speech}")
    flow.write_text(text, encoding="utf-8")
    tone(Path("ivr_flows/hotline_rating.audio/bye.wav"), seconds=3)

    told = haochaping(capsys, "prompts", "build")

    assert told.exit_code == 1
    assert "hotline_rating/goodbye.zh-CN: lasts 3.0s, the flow says 2.0s, mend its `length`" in told.errors


def test_audio_that_nobody_needs_is_pruned(capsys: pytest.CaptureFixture[str]) -> None:
    """Not what was made today: calls of the version before may still say it."""
    folder = Path("var/prompts/spoken")
    for name, age in (("old", 2), ("new", 0)):
        path = tone(folder / f"{name}.wav")
        changed = path.stat().st_mtime - age * 86_400
        os.utime(path, (changed, changed))

    told = haochaping(capsys, "prompts", "build", "--prune")

    assert told.errors.splitlines()[-1] == "1 files deleted"
    assert len(list(folder.iterdir())) == PROMPTS + 1
    assert not (folder / "old.wav").exists()
