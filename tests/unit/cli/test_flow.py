"""`haochaping flow`: exit codes, findings, drawings and plays as a person at the terminal meets them."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.flow import app

DELIVERED = Path(__file__).parents[3] / "ivr_flows" / "hotline_rating.yaml"
RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder, as after an installation."""
    monkeypatch.chdir(tmp_path)


def own_flow(tmp_path: Path, old: str = "", new: str = "") -> Path:
    """A flow of the operator's own in the working directory."""
    path = tmp_path / "ivr_flows" / "hotline_rating.yaml"
    path.parent.mkdir()
    path.write_text(DELIVERED.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    return path


def test_check_says_what_was_proved() -> None:
    """A good flow exits 0 and tells the longest call."""
    result = RUNNER.invoke(app, ["check", "hotline_rating"])

    assert result.exit_code == 0
    assert "hotline_rating: proved" in result.output
    assert "of 120s (item" in result.output


def test_check_prints_one_line_per_finding(tmp_path: Path) -> None:
    """A bad flow exits 1 with file, line, fault and remedy."""
    own_flow(tmp_path, "start: opening", "start: nowhere")
    result = RUNNER.invoke(app, ["check", "hotline_rating"])

    assert result.exit_code == 1
    assert result.output.startswith(
        "ivr_flows/hotline_rating.yaml:8: there is no node 'nowhere', name one of "
    )


@pytest.mark.parametrize("command", ["check", "graph", "simulate", "replay"])
def test_missing_flow_is_a_clear_error(command: str) -> None:
    """A flow that does not exist exits 1 and names those that do."""
    result = RUNNER.invoke(app, [command, "nowhere"])

    assert result.exit_code == 1
    assert result.stderr.splitlines() == ["nowhere: there is no such flow; known are: hotline_rating"]


def test_graph_draws_both_ways(tmp_path: Path) -> None:
    """Mermaid goes to the terminal, SVG to a file."""
    mermaid = RUNNER.invoke(app, ["graph", "hotline_rating"])
    svg = RUNNER.invoke(app, ["graph", "hotline_rating", "--format", "svg", "--output", "flow.svg"])

    assert mermaid.output.startswith("flowchart TD\n")
    assert svg.exit_code == 0
    assert (tmp_path / "flow.svg").read_text(encoding="utf-8").startswith("<svg ")


def test_graph_into_a_missing_folder_is_a_clear_error() -> None:
    """A file that cannot be written exits 1 without a trace."""
    result = RUNNER.invoke(app, ["graph", "hotline_rating", "--output", "missing/flow.mmd"])

    assert result.exit_code == 1
    assert "missing/flow.mmd" in result.stderr


def test_simulate_plays_and_writes_a_transcript(tmp_path: Path) -> None:
    """A play by `--keys` is printed and kept; replaying the file comes out the same."""
    path = own_flow(tmp_path)
    golden = path.with_suffix(".transcripts") / "bad.txt"
    golden.parent.mkdir()
    command = [
        "simulate",
        "hotline_rating",
        "--var",
        "staff_known=yes",
        "--keys",
        "412-1m",
        "--write",
        str(golden),
    ]
    played = RUNNER.invoke(app, command)
    replayed = RUNNER.invoke(app, ["replay", "hotline_rating"])

    assert played.exit_code == 0
    assert "= rated item dissatisfied by key 4 at item" in played.output
    assert "> speaks 10s\n" in golden.read_text(encoding="utf-8")
    assert replayed.output == "hotline_rating: 1 transcripts, 0 differ\n"


def test_simulate_takes_keys_from_the_keyboard() -> None:
    """Typed keys are pressed one by one; the end of the input hangs up."""
    result = RUNNER.invoke(app, ["simulate", "hotline_rating", "--language", "en"], input="*\n4")

    assert result.exit_code == 0
    assert "> *\n" in result.output
    assert "= rated item dissatisfied by key 4 at item" in result.output
    assert result.output.endswith("> hangs up\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--keys", "4x"], "'x' is no key"),
        (
            ["--var", "staff=yes"],
            "staff=yes: is no variable of hotline_rating; known are: staff_known=yes|no",
        ),
        (["--var", "staff_known=perhaps"], "is no variable"),
        (["--var", "staff_known"], "is no variable"),
    ],
)
def test_simulate_refuses_what_it_does_not_know(options: list[str], message: str) -> None:
    """A wrong key or variable exits 1 and says what is known."""
    result = RUNNER.invoke(app, ["simulate", "hotline_rating", *options])

    assert result.exit_code == 1
    assert message in result.stderr


def test_replay_shows_and_takes_over_differences(tmp_path: Path) -> None:
    """A changed prompt shows as a difference in words; `--update` writes it down as right."""
    path = own_flow(tmp_path, "    zh-CN: 好的。", "    zh-CN: 好。")
    golden = path.with_suffix(".transcripts") / "staff.txt"
    golden.parent.mkdir()
    delivered = DELIVERED.with_suffix(".transcripts") / "staff_both_good.txt"
    golden.write_text(delivered.read_text(encoding="utf-8"), encoding="utf-8")
    shown = RUNNER.invoke(app, ["replay", "hotline_rating"])
    taken = RUNNER.invoke(app, ["replay", "hotline_rating", "--update"])
    again = RUNNER.invoke(app, ["replay", "hotline_rating"])

    assert shown.exit_code == 1
    assert "-says  好的。\n+says  好。\n" in shown.output
    assert taken.exit_code == again.exit_code == 0


def test_replay_names_a_broken_transcript(tmp_path: Path) -> None:
    """A transcript that cannot be read exits 1 and is named with its line."""
    path = own_flow(tmp_path)
    golden = path.with_suffix(".transcripts") / "broken.txt"
    golden.parent.mkdir()
    golden.write_text("flow: hotline_rating\nlanguage: zh-CN\n> shouts\n", encoding="utf-8")
    result = RUNNER.invoke(app, ["replay", "hotline_rating"])

    assert result.exit_code == 1
    assert "broken.txt: line 3: a caller cannot do 'shouts'" in result.stderr
