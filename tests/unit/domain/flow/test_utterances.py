"""Everything a flow can say is known before a call, as far as it can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from gateway.domain.flow.definition import Flow
from gateway.domain.flow.exploration import recording_lengths
from gateway.domain.flow.instructions import Play, Say
from gateway.domain.flow.recordings import Recording, with_recordings
from gateway.domain.flow.utterances import utterances_of
from gateway.domain.flow.wording import Speech, Variable, Wording
from gateway.domain.languages import Language

ZH, EN = Language.CHINESE, Language.ENGLISH


def said(flow: Flow, text: str, *variables: Variable) -> Flow:
    """The flow with one prompt more."""
    wording = Wording("added", {ZH: Speech(text, ZH)})
    declared = {variable.name: variable for variable in variables}
    return replace(flow, wordings={**flow.wordings, "added": wording}, variables=declared)


def test_every_prompt_is_listed_in_every_language(flow: Flow) -> None:
    """With the language of the call, which may be another than the voice's."""
    listed = {(each.name, each.language): each.prompt for each in utterances_of(flow)}

    assert set(listed) == {(name, language) for name in flow.wordings for language in (ZH, EN)}
    assert listed["other_language", ZH] == Say("For English, press 9.", EN)


def test_a_prompt_is_listed_with_every_value_of_its_variables(flow: Flow) -> None:
    """So that all its forms can be made before a call; a studio cannot record them as one."""
    added = said(
        flow, "{day}{part}", Variable("day", "a", ("今天", "明天")), Variable("part", "x", ("上午",))
    )

    forms = [each for each in utterances_of(added) if each.name == "added"]

    assert [each.prompt for each in forms] == [Say("今天上午", ZH), Say("明天上午", ZH)]
    assert not any(each.fixed for each in forms)


def test_free_text_is_only_known_in_a_call(flow: Flow) -> None:
    """It is listed all the same, and so are prompts with too many forms."""
    many = Variable("n", "0", tuple(map(str, range(65))))
    for changed in (said(flow, "{item}", Variable("item", "", max_length=12)), said(flow, "{n}", many)):
        (added,) = (each for each in utterances_of(changed) if each.name == "added")
        assert added.prompt is None


def test_a_recording_takes_the_place_of_its_text(flow: Flow) -> None:
    """In its language; the text stays for screens, and the length counts in the proof."""
    recorded = with_recordings(
        flow,
        {
            ("goodbye", ZH): Recording("goodbye.zh-CN.wav", timedelta(seconds=4)),
            ("nobody", ZH): Recording("nobody.zh-CN.wav", timedelta(seconds=4)),
        },
    )

    listed = {(each.name, each.language): each.prompt for each in utterances_of(recorded)}
    assert listed["goodbye", ZH] == Play("goodbye.zh-CN.wav", "谢谢您，再见。", ZH)
    assert listed["goodbye", EN] == Say("Thank you, goodbye.", EN)
    assert recording_lengths(recorded) == {"goodbye.zh-CN.wav": timedelta(seconds=4)}
    assert recorded.version == flow.version


def test_no_recording_says_a_variable(flow: Flow) -> None:
    """What changes from call to call is spoken, whatever lies in the folder."""
    added = said(flow, "{day}", Variable("day", "今天", ("今天",)))
    recorded = with_recordings(added, {("added", ZH): Recording("added.zh-CN.wav", timedelta(seconds=1))})

    assert recorded.wordings["added"].speeches[ZH].audio == ""
