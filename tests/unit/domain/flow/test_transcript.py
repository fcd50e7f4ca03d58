"""Transcripts: a play comes out letter for letter when it is played again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import InvalidInput
from gateway.domain.flow.definition import Flow
from gateway.domain.flow.inputs import KEYS, Input, Key, NoInput
from gateway.domain.flow.transcript import Script, play, read_script, spoken_message
from gateway.domain.languages import Language

HEAD = "flow: hotline_rating\nlanguage: zh-CN\n"
INPUTS = st.one_of(
    st.sampled_from([Key(key) for key in KEYS]), st.just(NoInput()), st.integers(1, 18).map(spoken_message)
)


@given(inputs=st.lists(INPUTS, max_size=7).map(tuple), hangs_up=st.booleans())
def test_script_survives_its_transcript(flow: Flow, inputs: tuple[Input, ...], hangs_up: bool) -> None:
    """What a transcript says the caller did is what was played."""
    script = Script("hotline_rating", Language.ENGLISH, {"staff_known": "yes"}, inputs, hangs_up, ("# note",))
    try:
        written = play(flow, script)
    except InvalidInput:
        return

    assert read_script(written) == script
    assert play(flow, read_script(written)) == written


def test_transcript_reads_like_a_call(flow: Flow) -> None:
    """What is heard, awaited and established stands in words."""
    script = Script("hotline_rating", Language.CHINESE, {}, (Key("5"), Key("1"), Key("1"), spoken_message(7)))
    written = play(flow, script)

    assert "> 5\n= rated item very_dissatisfied by key 5 at item\nsays  很抱歉。\n" in written
    assert "= reason for item: waiting (等太久) at reason" in written
    assert "records at most 15s at message" in written
    assert "> speaks 7s\n= message about item, 7s at message\n= finished: completed\n" in written
    assert written.endswith("ends the call\n")


def test_recorded_prompts_name_their_file(flow: Flow) -> None:
    """A recording stands in the transcript with its words."""
    wording = flow.wordings["sorry"]
    speech = replace(wording.speeches[Language.CHINESE], audio="s.wav", length=timedelta(seconds=1))
    spoken = replace(wording, speeches={**wording.speeches, Language.CHINESE: speech})
    recorded = replace(flow, wordings={**flow.wordings, "sorry": spoken})

    script = Script("hotline_rating", Language.CHINESE, {}, (Key("5"),))

    assert "says  [s.wav] 很抱歉。" in play(recorded, script)


@pytest.mark.parametrize(
    ("text", "pointer", "message"),
    [
        ("language: zh-CN\n", "line 1", "no `flow:`"),
        ("flow: hotline_rating\n", "line 1", "no `language:`"),
        (HEAD + "\n> 4\n\n> shouts\n", "line 6", "cannot do 'shouts'"),
        (HEAD + "\n> speaks 7\n", "line 4", "cannot do 'speaks 7'"),
        (HEAD + "\n> hangs up\n\n> 4\n", "line 6", "has hung up before"),
    ],
)
def test_bad_transcript_is_refused(text: str, pointer: str, message: str) -> None:
    """A line that cannot be read is named with its remedy."""
    with pytest.raises(InvalidInput, match=message) as refused:
        read_script(text)

    assert refused.value.pointer == pointer


def test_script_after_the_end_is_refused(flow: Flow) -> None:
    """A caller can do nothing once the flow has hung up."""
    with pytest.raises(InvalidInput, match="hung up before input 2"):
        play(flow, Script("hotline_rating", Language.CHINESE, {}, (Key("1"), Key("2"))))
