"""Every flow that is delivered: proved, and its golden transcripts come out letter for letter."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from gateway.adapters.flow_files import find_findings, load_flow
from gateway.domain.flow.call_rules import longest_call
from gateway.domain.flow.definition import Flow, MenuNode, RateNode
from gateway.domain.flow.drawing import to_mermaid
from gateway.domain.flow.exploration import explore
from gateway.domain.flow.facts import FlowEnding
from gateway.domain.flow.transcript import play, read_script
from gateway.domain.levels import Level

FLOWS = sorted((Path(__file__).parents[3] / "ivr_flows").glob("*.yaml"))
TRANSCRIPTS = [
    (path, golden) for path in FLOWS for golden in sorted(path.with_suffix(".transcripts").glob("*.txt"))
]
LONGEST_TEXT = 500
"""Characters of one <Say>: Twilio takes 4500 bytes URL-encoded, 9 for a Chinese character."""


@cache
def proved(path: Path) -> Flow:
    """The flow of a file, proved once."""
    return load_flow(path)


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_delivered_flow_is_proved(path: Path) -> None:
    """Nothing is found against it."""
    assert find_findings(path) == []


@pytest.mark.requirement("R-17")
@pytest.mark.parametrize(("path", "golden"), TRANSCRIPTS, ids=lambda path: path.stem)
def test_golden_transcript(path: Path, golden: Path) -> None:
    """The play comes out as written, with the session written and read again at every step.

    After a wanted change: `haochaping flow replay FLOW --update`, and read the difference.
    """
    due = golden.read_text(encoding="utf-8")

    assert play(proved(path), read_script(due)) == due


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_transcripts_cover_the_flow(path: Path) -> None:
    """Every question, every option, every level and every ending occurs in a transcript."""
    flow = proved(path)
    goldens = [golden.read_text(encoding="utf-8") for flow_path, golden in TRANSCRIPTS if flow_path == path]
    steps = {step for golden in goldens for step in re.findall(r" at (\w+)\n\n> (.+)\n", golden)}
    due = set()
    for node in flow.nodes.values():
        if isinstance(node, RateNode | MenuNode):
            answers = node.levels if isinstance(node, RateNode) and node.name == flow.start else ()
            options = node.options if isinstance(node, MenuNode) else answers
            due |= {(node.name, key) for key in options} | {(node.name, "silence")}

    assert due <= steps
    together = "\n".join(goldens)
    assert all(f" {level.value} by key {level.digit} " in together for level in Level)
    assert all(f"finished: {ending.value}" in together for ending in FlowEnding)


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_every_text_fits_a_carrier(path: Path) -> None:
    """No prompt is longer than a carrier's voice takes at once."""
    for wording in proved(path).wordings.values():
        assert all(len(speech.text) <= LONGEST_TEXT for speech in wording.speeches.values())


@pytest.mark.requirement("R-7")
def test_hotline_call_stays_within_two_minutes() -> None:
    """The hotline's flow takes two minutes at worst, by its own limit and by the proof."""
    flow = proved(next(path for path in FLOWS if path.stem == "hotline_rating"))

    assert flow.limits.call <= timedelta(seconds=120)
    assert longest_call(explore(flow)).length <= flow.limits.call


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_documentation_draws_the_flow_as_it_is(path: Path) -> None:
    """The drawing in docs/flows.md is the one `haochaping flow graph` makes now."""
    documented = (path.parents[1] / "docs" / "flows.md").read_text(encoding="utf-8")

    assert f"```mermaid\n{to_mermaid(proved(path))}```" in documented
