"""Flow files: what is malformed is named with its line and its remedy, and never half-loaded."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters import flow_files
from gateway.adapters.flow_files import LoadedFlows, find_findings, load_flow, recordings_folder
from gateway.domain.errors import ConfigurationError
from gateway.domain.flow.conditions import AnyRatingBad, VariableIs
from gateway.domain.flow.definition import BranchNode, RateNode
from gateway.domain.flow.validation import prove
from gateway.domain.languages import Language

DELIVERED = Path(__file__).parents[3] / "ivr_flows" / "hotline_rating.yaml"
TEXT = DELIVERED.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to write mutations of the delivered flow to."""
    return tmp_path_factory.mktemp("flows") / "hotline_rating.yaml"


def changed(draft: Path, old: str, new: str) -> int:
    """Write the delivered flow with its first `old` made `new`; the line of the change."""
    assert old in TEXT
    draft.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    return TEXT[: TEXT.index(old)].count("\n") + 1


FAULTS = [
    ("name: hotline_rating", "name: other", "named 'other', name it like its file"),
    ("languages: [zh-CN, en]", "languages: [zh-CN, fr]", "language 'fr' is unknown"),
    ("languages: [zh-CN, en]", "languages: [en, en]", "named twice"),
    ("languages: [zh-CN, en]", "languages: {zh-CN: 1}", "'languages' must be a text"),
    ("start: opening", "strat: opening", "knows no 'strat', did you mean 'start'?"),
    ("start: opening", "start: opening\nstart: item", "'start' twice, delete one"),
    ("start: opening", "start: [opening]", "must be a text"),
    ("start: opening", "start: nowhere", "no node 'nowhere'"),
    ("  call: 120s", "  call: 120", "'call' is no duration, write seconds, such as 5s"),
    ("  repeats: 2", "  repeats: two", "'repeats' is no whole number"),
    ("  timeout: 5s", "  timeout: soon", "'timeout' is no duration"),
    ('{values: ["yes", "no"], default: "no"}', "[yes, no]", "variable 'staff_known' must be a mapping"),
    ('{values: ["yes", "no"], default: "no"}', "{value: yes}", "knows no 'value', did you mean 'values'?"),
    ("  ask_item:\n", "  AskItem:\n", "'AskItem' is no name"),
    ("    when: themed is no", "    when: themed = no", "'themed = no' is no condition"),
    ("spoken: en}", "spoken: fr}", "no language 'fr', use one of zh-CN, en"),
    ("spoken: en}", "spoken: en, audio: ../x.wav}", "'../x.wav' is no name of a recording"),
    ("spoken: en}", "spoken: en, audio: x.wav, length: 2s}", "no recording 'x.wav', put it into"),
    ("    rate: item", "    rate: agency", "no subject 'agency', use one of item, staff"),
    ("      1: very_satisfied", "      1: great", "no level 'great'"),
    ("    next: after_item", "    nxt: after_item", "knows no 'nxt', did you mean 'next'?"),
    ("    rate: item", "    rat: item", "node 'item' is of no kind, give it one of rate, menu"),
    ("{9: en, 8: zh-CN, when", "{9: xx, 8: zh-CN, when", "no language 'xx'"),
    ("    otherwise: judged\n", "", "node 'after_item' has no 'otherwise', add `otherwise:`"),
    ("      - {when: staff_known is yes, to: staff_only}", "      - {to: staff_only}", "has no 'when'"),
    ("code: waiting", "code: Waiting!", "'Waiting!' is no name"),
    ("to: reason_heard}", "go: reason_heard}", "key '1' knows no 'go'"),
    ("hangup: completed", "hangup: done", "no ending 'done', use one of completed, no_input, wrong_keys"),
    ("  thanks: {say: goodbye, hangup", "  thanks: {say: {a: b}, hangup", "'say' must be a text"),
    ("    tries: 2", "    tries: 2\n   bad", "is not YAML"),
    ("name: hotline_rating", "? [a]\n: b", "a key that is no text"),
]


@pytest.mark.parametrize(("old", "new", "message"), FAULTS, ids=[fault[2] for fault in FAULTS])
def test_fault_is_named_with_its_line(draft: Path, old: str, new: str, message: str) -> None:
    """One line says file, line, fault and remedy."""
    line = changed(draft, old, new)
    findings = [str(finding) for finding in find_findings(draft)]

    told = [finding for finding in findings if message in finding]
    assert told, findings
    named = int(told[0].removeprefix(f"{draft}:").split(":")[0])
    assert abs(named - line) <= 2


def test_every_fault_is_named_at_once(draft: Path) -> None:
    """An operator sees all faults of a file in one go."""
    text = (
        TEXT.replace("rate: item", "rate: x").replace("spoken: en}", "spoken: x}").replace("completed}", "x}")
    )
    draft.write_text(text, encoding="utf-8")

    assert len(find_findings(draft)) == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "1: is empty"),
        (b"# nothing but a comment\n", "1: is empty"),
        (b"- a\n- b\n", "1: the flow must be a mapping"),
        (b"just a text\n", "1: the flow must be a mapping"),
        (b"\xff\xfe", "is not UTF-8, save it"),
        (b"name: \x07\n", "1: is not YAML: holds a character"),
        (b"a: [1\n", "is not YAML"),
        (b"a: 1\n---\nb: 2\n", "is not YAML"),
        (b"&a [*a]\n", "the flow must be a mapping"),
        (b"name: &a {b: *a}\n", "must be a text"),
    ],
)
def test_file_that_is_no_flow(tmp_path: Path, content: bytes, message: str) -> None:
    """Whatever the file holds, there is one clear line about it."""
    path = tmp_path / "hotline_rating.yaml"
    path.write_bytes(content)
    findings = find_findings(path)

    assert len(findings) == 1
    assert message in str(findings[0])


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is said to be so."""
    (finding,) = find_findings(tmp_path / "nowhere.yaml")

    assert "cannot be read" in str(finding)


@settings(max_examples=25)
@given(st.data())
def test_any_lost_line_is_survived(draft: Path, data: st.DataObject) -> None:
    """Whichever lines are lost, the answer is findings or a flow, never a crash."""
    lines = TEXT.splitlines(keepends=True)
    lost = data.draw(st.sets(st.integers(0, len(lines) - 1), min_size=1, max_size=3))
    draft.write_text(
        "".join(line for number, line in enumerate(lines) if number not in lost), encoding="utf-8"
    )

    assert all(str(finding).startswith(f"{draft}:") and finding.remedy for finding in find_findings(draft))


@settings(max_examples=10)
@given(position=st.integers(0, len(TEXT) - 1), letter=st.sampled_from("x{}[]:,&*!|>'\"%@`#-?\n\t 9"))
def test_any_slip_of_the_hand_is_survived(draft: Path, position: int, letter: str) -> None:
    """Whichever letter is mistyped, the answer is findings or a flow, never a crash."""
    draft.write_text(TEXT[:position] + letter + TEXT[position + 1 :], encoding="utf-8")

    assert all(str(finding).startswith(f"{draft}:") for finding in find_findings(draft))


def test_delivered_flow_is_read_as_written() -> None:
    """Nodes, prompts, conditions and limits arrive as they stand in the file."""
    flow = load_flow(DELIVERED)
    item, judged = flow.nodes["item"], flow.nodes["judged"]

    assert flow.languages == (Language.CHINESE, Language.ENGLISH)
    assert isinstance(item, RateNode)
    assert item.asking.prompts[:2] == ("who_calls", "ask_item")
    assert item.asking.languages == {"9": Language.ENGLISH, "8": Language.CHINESE}
    assert isinstance(judged, BranchNode)
    assert judged.cases[0].when == AnyRatingBad()
    assert flow.wordings["ask_theme"].when == VariableIs("themed", "yes")
    assert flow.wordings["other_language"].speeches[Language.CHINESE].spoken is Language.ENGLISH


def test_version_follows_the_content(draft: Path) -> None:
    """The same content has the same version, any other another."""
    draft.write_text(TEXT, encoding="utf-8")
    same = load_flow(draft).version
    draft.write_text(TEXT.replace("好的。", "好。"), encoding="utf-8")

    assert same == load_flow(DELIVERED).version
    assert load_flow(draft).version != same


def test_flow_is_proved_once_in_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same content is not walked twice; another content, or a recording that went, is judged anew."""
    path = tmp_path / "hotline_rating.yaml"
    prover = Mock(wraps=prove)
    monkeypatch.setattr(flow_files, "prove", prover)
    changed(path, "    zh-CN: 很抱歉。", "    zh-CN: {text: 很抱歉。, audio: gone.wav, length: 1.2s}")
    recordings_folder(path).mkdir()
    recording = recordings_folder(path) / "gone.wav"
    recording.write_bytes(b"RIFF")
    assert load_flow(path) is load_flow(path)
    assert prover.call_count == 1
    recording.unlink()
    with pytest.raises(ConfigurationError, match=r"gone\.wav"):
        load_flow(path)
    changed(path, "  call: 120s", "  call: 20s")

    with pytest.raises(ConfigurationError, match="the limit is 20s"):
        load_flow(path)
    assert prover.call_count == 2


def test_flow_with_findings_is_not_loaded(draft: Path) -> None:
    """A flow that is not proved is refused with every finding in a line of its own."""
    changed(draft, "start: opening", "start: nowhere")

    with pytest.raises(ConfigurationError, match="no node 'nowhere'"):
        load_flow(draft)


def test_recording_is_found_beside_the_flow(draft: Path) -> None:
    """A recorded prompt lies in the folder named after its flow."""
    changed(draft, "    zh-CN: 很抱歉。", "    zh-CN: {text: 很抱歉。, audio: sorry.wav, length: 1.2s}")
    assert "sorry.wav" in str(find_findings(draft)[0])
    recordings_folder(draft).mkdir()
    (recordings_folder(draft) / "sorry.wav").write_bytes(b"RIFF")

    assert find_findings(draft) == []


def test_catalog_finds_by_name() -> None:
    """The loaded flows are found by name; an unknown name is a KeyError, as the port says."""
    flows = LoadedFlows([load_flow(DELIVERED)])

    assert flows.find("hotline_rating").name == "hotline_rating"
    with pytest.raises(KeyError):
        flows.find("another")
