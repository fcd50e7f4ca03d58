"""The engine: whatever a caller does, the call ends in time and nothing is rated that was not pressed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import InvalidInput
from gateway.domain.flow.definition import Flow, MenuNode, Option, RateNode, SayNode
from gateway.domain.flow.engine import Step, resume, start
from gateway.domain.flow.facts import Finished, FlowEnding, LanguageChosen, MessageLeft, Rated, ReasonGiven
from gateway.domain.flow.inputs import KEYS, Input, Key, NoInput, Recorded
from gateway.domain.flow.instructions import Gather, Hangup, Play, Record, Say
from gateway.domain.flow.lengths import step_length
from gateway.domain.flow.session import Session
from gateway.domain.flow.transcript import waiting_session
from gateway.domain.languages import Language
from gateway.domain.levels import Level
from gateway.domain.subjects import SubjectKind

MESSAGES = st.builds(Recorded, st.just("RE1"), st.timedeltas(timedelta(0), timedelta(seconds=18)))
INPUTS = st.one_of(st.sampled_from([Key(key) for key in KEYS]), st.just(NoInput()), MESSAGES)
YES_NO = st.sampled_from(["yes", "no"])
VARIABLES = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("staff_known", "item_rateable", "themed", "language_offered"), YES_NO)
)
MOST_ANSWERS = 7
"""Five questions at most (item, staff, reason, offer, message) and two repeats."""


def session_of(step: Step) -> Session:
    """The session of a step that waits."""
    session = waiting_session(step)
    assert session is not None
    return session


def answered(flow: Flow, *inputs: Input, language: Language = Language.CHINESE, **variables: str) -> Step:
    """The step after these answers."""
    step = start(flow, variables, language)
    for given_input in inputs:
        step = resume(flow, session_of(step), given_input)
    return step


@pytest.mark.requirement("R-16")
@given(
    variables=VARIABLES,
    language=st.sampled_from(Language),
    inputs=st.lists(INPUTS, min_size=MOST_ANSWERS, max_size=MOST_ANSWERS),
)
def test_any_call_ends_in_time_and_rates_only_what_was_pressed(
    flow: Flow, variables: dict[str, str], language: Language, inputs: list[Input]
) -> None:
    """Whatever is pressed, the call ends within the limit, and each rating is the level pressed."""
    step = start(flow, variables, language)
    length, rated = step_length(step.instructions, {}), []
    assert not step.facts or step.facts == (Finished(FlowEnding.COMPLETED),)
    for given_input in inputs:
        session = waiting_session(step)
        if session is None:
            break
        step = resume(flow, session, given_input)
        length += step_length(step.instructions, {})
        for fact in step.facts:
            if isinstance(fact, Rated):
                assert given_input == Key(str(fact.level.digit)) == Key(fact.key)
                rated.append(fact.subject)

    assert step.instructions[-1] == Hangup()
    assert length <= flow.limits.call
    assert len(rated) == len(set(rated))


@given(variables=VARIABLES, inputs=st.lists(INPUTS, max_size=MOST_ANSWERS))
def test_repeated_request_gives_the_same_answer(
    flow: Flow, variables: dict[str, str], inputs: list[Input]
) -> None:
    """The same session and input give the same step, also when the session was written and read."""
    step = start(flow, variables, Language.CHINESE)
    for given_input in inputs:
        session = waiting_session(step)
        if session is None:
            return
        again = resume(flow, Session.from_mapping(session.to_mapping()), given_input)
        step = resume(flow, session, given_input)
        assert again == step


@given(variables=VARIABLES, inputs=st.lists(INPUTS, max_size=MOST_ANSWERS))
def test_instructions_are_prompts_and_one_wait_or_end(
    flow: Flow, variables: dict[str, str], inputs: list[Input]
) -> None:
    """A step says what it says and then does exactly one thing that waits or ends."""
    step = start(flow, variables, Language.ENGLISH)
    for given_input in [*inputs, None]:
        *said, last = step.instructions
        assert all(isinstance(each, Say | Play) for each in said)
        assert isinstance(last, Gather | Record | Hangup)
        session = waiting_session(step)
        if session is None or given_input is None:
            return
        step = resume(flow, session, given_input)


@pytest.mark.requirement("R-1")
@pytest.mark.parametrize("level", list(Level))
def test_key_rates_its_level(flow: Flow, level: Level) -> None:
    """Each of the five keys gives its level of GB/T 39046-2020."""
    step = answered(flow, Key(str(level.digit)))

    assert step.facts[0] == Rated("item", SubjectKind.ITEM, level, str(level.digit))


@pytest.mark.requirement("R-2")
def test_item_and_then_staff(flow: Flow) -> None:
    """The item is asked first, then the staff member that is known."""
    step = answered(flow, Key("2"), staff_known="yes")

    assert session_of(step).node == "staff"
    assert resume(flow, session_of(step), Key("1")).facts == (
        Rated("staff", SubjectKind.STAFF, Level.VERY_SATISFIED, "1"),
        Finished(FlowEnding.COMPLETED),
    )


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize(
    ("inputs", "ending"),
    [
        ([NoInput()] * 3, FlowEnding.NO_INPUT),
        ([Key("*")] * 3, FlowEnding.NO_INPUT),
        ([Recorded("RE1", timedelta(seconds=9))] * 3, FlowEnding.NO_INPUT),
        ([Key("7"), Key("8"), Key("0")], FlowEnding.WRONG_KEYS),
    ],
)
def test_who_rates_nothing_has_rated_nothing(flow: Flow, inputs: list[Input], ending: FlowEnding) -> None:
    """Silence, repeats and wrong keys end the call and establish nothing else."""
    assert answered(flow, *inputs).facts == (Finished(ending),)


def test_reason_and_message_follow_a_bad_rating(flow: Flow) -> None:
    """A bad rating is asked for its reason, in the words of the call's language, and may leave a message."""
    asked = answered(flow, Key("5"), language=Language.ENGLISH)
    offered = resume(flow, session_of(asked), Key("2"))
    recording = resume(flow, session_of(offered), Key("1"))
    left = resume(flow, session_of(recording), Recorded("RE1", timedelta(seconds=7)))

    assert offered.facts == (ReasonGiven("reason", SubjectKind.ITEM, "attitude", "态度不好", "attitude"),)
    assert isinstance(recording.instructions[-1], Record)
    assert left.facts == (
        MessageLeft("message", SubjectKind.ITEM, "RE1", timedelta(seconds=7)),
        Finished(FlowEnding.COMPLETED),
    )


def test_recording_without_length_is_no_message(flow: Flow) -> None:
    """A carrier that reports an empty recording has recorded nothing."""
    step = answered(flow, Key("5"), Key("1"), Key("1"), Recorded("RE1", timedelta(0)))

    assert step.facts == (Finished(FlowEnding.COMPLETED),)


def test_language_key_switches(flow: Flow) -> None:
    """9 asks again in English where another language is offered."""
    step = answered(flow, Key("9"), language_offered="yes")

    assert step.facts == (LanguageChosen(Language.ENGLISH),)
    assert session_of(step).language is Language.ENGLISH
    assert "How was this service?" in str(step.instructions)


@pytest.mark.parametrize(
    ("given_variables", "themed"),
    [({"themed": "yes"}, "yes"), ({"themed": "perhaps"}, "no"), ({}, "no"), ({"unheard_of": "x"}, "no")],
)
def test_variables_are_what_the_flow_declares(
    flow: Flow, given_variables: dict[str, str], themed: str
) -> None:
    """Unknown variables are left aside, unknown values become the default."""
    session = session_of(start(flow, given_variables, Language.CHINESE))

    assert session.variable("themed") == themed
    assert dict(session.variables).keys() == flow.variables.keys()


def test_question_survives_a_deploy_that_changed_its_words(flow: Flow) -> None:
    """A new version in which the keys mean the same takes the answer and goes on as itself."""
    session = session_of(start(flow, {"staff_known": "yes"}, Language.CHINESE))
    deployed = replace(flow, version="next")
    step = resume(deployed, session, Key("4"))

    assert isinstance(step.facts[0], Rated)
    assert session_of(step).version == "next"


def deploy_without(flow: Flow, name: str) -> Flow:
    """A next version in which the question is gone."""
    return replace(flow, version="next", nodes={key: node for key, node in flow.nodes.items() if key != name})


def deploy_with_other_reasons(flow: Flow) -> Flow:
    """A next version in which the reasons stand on other keys."""
    node = flow.nodes["reason"]
    assert isinstance(node, MenuNode)
    options = dict(zip(node.options, reversed(list(node.options.values())), strict=True))
    return replace(flow, version="next", nodes={**flow.nodes, "reason": replace(node, options=options)})


def deploy_with_other_subject(flow: Flow) -> Flow:
    """A next version in which the question is about something else."""
    node = flow.nodes["item"]
    assert isinstance(node, RateNode)
    return replace(
        flow, version="next", nodes={**flow.nodes, "item": replace(node, subject=SubjectKind.STAFF)}
    )


@pytest.mark.requirement("R-16")
def test_answer_to_a_question_that_changed_is_not_read(flow: Flow) -> None:
    """Where a deploy took the question away or changed its keys, the caller is thanked and no more."""
    first, reason = answered(flow), answered(flow, Key("5"))
    steps = [
        resume(deploy_without(flow, "item"), session_of(first), Key("5")),
        resume(deploy_with_other_subject(flow), session_of(first), Key("5")),
        resume(deploy_with_other_reasons(flow), session_of(reason), Key("1")),
        resume(replace(flow, name="another"), session_of(first), Key("5")),
    ]
    for step in steps:
        assert step.facts == (Finished(FlowEnding.COMPLETED),)
        assert step.instructions == (Say("谢谢您，再见。", Language.CHINESE), Hangup())


def test_language_that_a_deploy_took_away(flow: Flow) -> None:
    """A caller in a language that is gone is answered in the flow's first."""
    session = session_of(start(flow, {}, Language.ENGLISH))
    step = resume(replace(flow, languages=(Language.CHINESE,)), session, NoInput())

    assert session_of(step).language is Language.CHINESE


def test_unproved_round_ends(flow: Flow) -> None:
    """A flow that goes round without waiting, which no proof would pass, still hangs up."""
    loop = SayNode("loop", ("heard",), "loop")
    step = start(replace(flow, start="loop", nodes={**flow.nodes, "loop": loop}), {}, Language.CHINESE)

    assert step.instructions[-1] == Hangup()


def test_recorded_prompt_is_played(flow: Flow) -> None:
    """A prompt with a recording is played, with its words for those who cannot play it."""
    wording = flow.wordings["heard"]
    speech = replace(wording.speeches[Language.CHINESE], audio="heard.wav", length=timedelta(seconds=1))
    spoken = replace(wording, speeches={**wording.speeches, Language.CHINESE: speech})
    step = answered(replace(flow, wordings={**flow.wordings, "heard": spoken}), Key("1"), staff_known="yes")

    assert step.instructions[0] == Play("heard.wav", "好的。", Language.CHINESE)


def test_menu_that_only_leads_on_gives_no_reason(flow: Flow) -> None:
    """A reason without any rating belongs to nothing and is not established."""
    menu = flow.nodes["reason"]
    assert isinstance(menu, MenuNode)
    step = start(replace(flow, start="reason"), {}, Language.CHINESE)

    assert resume(replace(flow, start="reason"), session_of(step), Key("1")).facts == ()


def test_menu_option_may_choose_the_language(flow: Flow) -> None:
    """A menu can ask for the language; what follows is said in it."""
    menu = flow.nodes["offer"]
    assert isinstance(menu, MenuNode)
    options: dict[str, Option] = {"1": Option("item", language=Language.ENGLISH)}
    asking = replace(flow, start="offer", nodes={**flow.nodes, "offer": replace(menu, options=options)})
    step = resume(asking, session_of(start(asking, {}, Language.CHINESE)), Key("1"))

    assert step.facts == (LanguageChosen(Language.ENGLISH),)
    assert "How was this service?" in str(step.instructions)


@pytest.mark.parametrize("digit", ["", "12", "a", "１", " ", "+"])
def test_what_is_no_key_is_refused(digit: str) -> None:
    """Only the twelve keys of a telephone are keys."""
    with pytest.raises(InvalidInput):
        Key(digit)
