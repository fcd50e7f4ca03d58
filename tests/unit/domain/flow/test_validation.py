"""The proof: the delivered flow passes, and whatever is broken in it is found and named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.flow import exploration
from gateway.domain.flow.arrows import arrows_of
from gateway.domain.flow.call_rules import forced_ratings, longest_call
from gateway.domain.flow.conditions import AnyRatingBad, Condition, LastRatingBad, SubjectRated, VariableIs
from gateway.domain.flow.definition import (
    BranchNode,
    Case,
    Flow,
    HangupNode,
    MenuNode,
    Node,
    Option,
    RateNode,
    RecordNode,
    SayNode,
)
from gateway.domain.flow.exploration import explore
from gateway.domain.flow.facts import Rated
from gateway.domain.flow.inputs import NoInput
from gateway.domain.flow.validation import prove
from gateway.domain.flow.wording import Speech, Variable
from gateway.domain.languages import Language
from gateway.domain.levels import Level
from gateway.domain.subjects import SubjectKind

Mutation = Callable[[Flow], Flow]
_N = TypeVar("_N", bound=Node)
_T = TypeVar("_T")


def with_node(flow: Flow, node: Node) -> Flow:
    """The flow with this node in the place of its namesake."""
    return replace(flow, nodes={**flow.nodes, node.name: node})


def node_of(flow: Flow, name: str, kind: type[_N]) -> _N:
    """A node of the delivered flow, of the kind it has there."""
    node = flow.nodes[name]
    assert isinstance(node, kind)
    return node


def changed(thing: _T, changes: dict[str, object]) -> _T:
    """The dataclass with fields changed that the tables below name as text."""
    return replace(thing, **changes)  # type: ignore[type-var]  # fields come by name


def asking_with(name: str, **changes: object) -> Mutation:
    """Change how a question is put."""

    def change(flow: Flow) -> Flow:
        node = flow.nodes[name]
        assert isinstance(node, RateNode | MenuNode)
        return with_node(flow, replace(node, asking=changed(node.asking, changes)))

    return change


def node_with(name: str, **changes: object) -> Mutation:
    """Change fields of a node."""
    return lambda flow: with_node(flow, changed(flow.nodes[name], changes))


def limits_with(**changes: object) -> Mutation:
    """Change the flow's limits."""
    return lambda flow: replace(flow, limits=changed(flow.limits, changes))


def with_variable(variable: Variable) -> Mutation:
    """Declare a variable."""
    return lambda flow: replace(flow, variables={**flow.variables, variable.name: variable})


def with_speech(name: str, language: Language, speech: Speech) -> Mutation:
    """Change what a prompt says in one language."""

    def change(flow: Flow) -> Flow:
        wording = flow.wordings[name]
        changed = replace(wording, speeches={**wording.speeches, language: speech})
        return replace(flow, wordings={**flow.wordings, name: changed})

    return change


def in_english(name: str, text: str, audio: str = "", seconds: float | None = None) -> Mutation:
    """Change what a prompt says in English."""
    length = None if seconds is None else timedelta(seconds=seconds)
    return with_speech(name, Language.ENGLISH, Speech(text, Language.ENGLISH, audio, length))


def without_level(key: str) -> Mutation:
    """Offer four levels only."""

    def change(flow: Flow) -> Flow:
        node = node_of(flow, "staff", RateNode)
        return with_node(flow, replace(node, levels={k: v for k, v in node.levels.items() if k != key}))

    return change


def upside_down(flow: Flow) -> Flow:
    """Turn the scale round, as the national platform numbers it."""
    node = node_of(flow, "item", RateNode)
    return with_node(flow, replace(node, levels={str(level.platform_code): level for level in Level}))


def with_option(key: str, option: Option) -> Mutation:
    """Add an option to the reasons."""

    def change(flow: Flow) -> Flow:
        node = node_of(flow, "reason", MenuNode)
        return with_node(flow, replace(node, options={**node.options, key: option}))

    return change


def same_reason_twice(flow: Flow) -> Flow:
    """Give two keys of the reasons one code."""
    node = node_of(flow, "reason", MenuNode)
    return with_node(flow, replace(node, options={**node.options, "2": node.options["1"]}))


def reason_in_one_language(flow: Flow) -> Flow:
    """Leave a reason without its English text."""
    node = node_of(flow, "reason", MenuNode)
    reason = node.options["1"].reason
    assert reason is not None
    option = replace(node.options["1"], reason=replace(reason, texts={Language.CHINESE: "等太久"}))
    return with_node(flow, replace(node, options={**node.options, "1": option}))


def item_twice(flow: Flow) -> Flow:
    """Ask for the item again after it was rated."""
    again = replace(node_of(flow, "item", RateNode), name="item_again", next="judged")
    return with_node(node_with("after_item", otherwise="item_again")(flow), again)


def language_option(flow: Flow) -> Flow:
    """Let a menu switch to a language the flow does not speak."""
    node = node_of(flow, "offer", MenuNode)
    spoken = replace(flow, languages=(Language.CHINESE,))
    for name in ("item", "staff_only"):
        spoken = asking_with(name, languages={})(spoken)
    return with_node(spoken, replace(node, options={"1": Option("message", language=Language.ENGLISH)}))


def impossible_value(flow: Flow) -> Flow:
    """Branch on a value that the variable never has."""
    cases = (Case(VariableIs("staff_known", "perhaps"), "item_heard"),)
    return with_node(flow, replace(node_of(flow, "after_item", BranchNode), cases=cases))


def excluded_question(flow: Flow) -> Flow:
    """Lead to the staff only where the staff is not known and is known."""
    cases = (
        Case(VariableIs("staff_known", "no"), "judged"),
        Case(VariableIs("staff_known", "yes"), "judged"),
    )
    return with_node(flow, BranchNode("after_item", cases, "item_heard"))


FAULTS: list[tuple[str, Mutation, str, str]] = [
    ("start gone", lambda f: replace(f, start="nowhere"), "/start", "no node 'nowhere'"),
    ("farewell gone", lambda f: replace(f, farewell="nowhere"), "/farewell", "no node 'nowhere'"),
    ("farewell asks", lambda f: replace(f, farewell="bad_heard"), "/farewell", "question 'reason'"),
    (
        "orphan",
        lambda f: with_node(f, SayNode("orphan", ("heard",), "thanks")),
        "/nodes/orphan",
        "no way leads",
    ),
    ("says and branches for ever", node_with("bad_heard", next="judged"), "/nodes/", "without waiting"),
    ("asks for ever", node_with("message", next="reason"), "/nodes/", "for ever"),
    ("asks itself for ever", asking_with("offer", on_wrong_key="offer"), "/nodes/", "for ever"),
    ("rates twice", item_twice, "/nodes/item_again", "second time"),
    ("reason for nothing", node_with("opening", otherwise="reason"), "/nodes/reason", "nothing is rated"),
    ("a level missing", without_level("5"), "/nodes/staff/levels", "key 5 must mean very_dissatisfied"),
    ("upside down", upside_down, "/nodes/item/levels", "key 1 must mean very_satisfied"),
    (
        "a sixth level",
        node_with("staff_only", levels={str(n): Level.SATISFIED for n in range(7)}),
        "/nodes/staff_only",
        "is no level",
    ),
    ("no options", node_with("offer", options={}), "/nodes/offer", "offers no key"),
    ("option on the star", with_option("*", Option("offer")), "/nodes/reason", "always repeats"),
    ("option on no key", with_option("A", Option("offer")), "/nodes/reason", "'A' is not a key"),
    ("option unannounced", with_option("6", Option("offer")), "/nodes/reason/ask", "no prompt names key 6"),
    ("option in an unspoken language", language_option, "/nodes/offer/menu/1", "asks for en"),
    (
        "language on a level's key",
        asking_with("item", languages={"1": Language.ENGLISH}),
        "/nodes/item/languages",
        "already is an answer",
    ),
    (
        "language unannounced",
        asking_with("staff", languages={"7": Language.ENGLISH}),
        "/nodes/staff/ask",
        "names key 7",
    ),
    ("reason twice", same_reason_twice, "/nodes/reason/menu/2", "offered twice"),
    ("reason untranslated", reason_in_one_language, "/nodes/reason/menu/1", "no text in en"),
    (
        "nothing after a wrong key",
        asking_with("item", wrong_key=()),
        "/nodes/item/wrong_key",
        "after a wrong key",
    ),
    ("nothing after silence", asking_with("item", no_input=()), "/nodes/item/no_input", "after silence"),
    ("never asked", asking_with("item", tries=0), "/nodes/item/tries", "at least once"),
    (
        "no time to answer",
        asking_with("item", timeout=timedelta(seconds=1)),
        "/nodes/item/timeout",
        "too short",
    ),
    ("says nothing", node_with("bad_heard", prompts=()), "/nodes/bad_heard", "says nothing"),
    ("prompt gone", node_with("bad_heard", prompts=("lost",)), "/nodes/bad_heard/say", "no prompt 'lost'"),
    ("prompt unused", node_with("bad_heard", prompts=("heard",)), "/prompts/sorry", "never said"),
    ("finish key", node_with("message", finish_key="##"), "/nodes/message/record/finish_key", "not a key"),
    (
        "silence longer than the message",
        node_with("message", silence=timedelta(minutes=2)),
        "/nodes/message/record",
        "`silence`",
    ),
    ("message too long", node_with("message", max_length=timedelta(seconds=60)), "/limits/call", "item → "),
    (
        "limit too short",
        limits_with(call=timedelta(seconds=60)),
        "/limits/call",
        "a call can take 119s, the limit is 60s",
    ),
    ("no limit", limits_with(call=timedelta()), "/limits/call", "no call fits"),
    ("endless patience", limits_with(repeats=40), "/limits/call", "a call can take"),
    ("negative repeats", limits_with(repeats=-1), "/limits/repeats", "negative"),
    ("no language", lambda f: replace(f, languages=()), "/languages", "no language"),
    (
        "language undeclared",
        lambda f: replace(f, languages=(Language.CHINESE,)),
        "/nodes/item/languages/9",
        "asks for en",
    ),
    (
        "empty text",
        in_english("sorry", " "),
        "/prompts/sorry",
        "no text in en",
    ),
    (
        "variable in a text",
        in_english("sorry", "{who}"),
        "/prompts/sorry",
        "'who' is not declared",
    ),
    (
        "recording without length",
        in_english("sorry", "Sorry.", "s.wav"),
        "/prompts/sorry/en",
        "length",
    ),
    (
        "recorded variable",
        with_speech(
            "sorry", Language.ENGLISH, Speech("{themed}", Language.ENGLISH, "s.wav", timedelta(seconds=1))
        ),
        "/prompts/sorry/en",
        "cannot say a variable",
    ),
    (
        "recording too long",
        with_speech(
            "levels", Language.ENGLISH, Speech("1 2 3 4 5", Language.ENGLISH, "l.wav", timedelta(seconds=30))
        ),
        "/limits/call",
        "a call can take",
    ),
    ("variable unused", with_variable(Variable("idle", "a", ("a",))), "/variables/idle", "never used"),
    (
        "default is no value",
        with_variable(Variable("themed", "maybe", ("yes", "no"))),
        "/variables/themed",
        "none of its values",
    ),
    ("text without bound", with_variable(Variable("themed", "no")), "/variables/themed", "max_length"),
    ("value that never is", impossible_value, "/nodes/after_item/branch/0/when", "never 'perhaps'"),
    ("question nobody hears", excluded_question, "/nodes/staff", "no call ever comes"),
]


def test_delivered_flow_is_proved(flow: Flow) -> None:
    """Nothing is found against the delivered flow."""
    assert prove(flow) == []


@pytest.mark.parametrize(
    ("mutation", "place", "problem"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)
def test_fault_is_found(flow: Flow, mutation: Mutation, place: str, problem: str) -> None:
    """Each fault is named with its place."""
    findings = prove(mutation(flow))

    assert any(found.place.startswith(place) and problem in found.problem for found in findings), findings
    assert all(found.remedy for found in findings)


def retargeted(flow: Flow, source: str, old: str, new: str) -> Flow:
    """The flow in which every arrow from `source` to `old` leads to `new`."""
    node = flow.nodes[source]
    match node:
        case MenuNode():
            options = {
                key: replace(option, target=new) if option.target == old else option
                for key, option in node.options.items()
            }
            node = replace(node, options=options)
        case BranchNode():
            cases = tuple(replace(case, target=new) if case.target == old else case for case in node.cases)
            node = replace(node, cases=cases, otherwise=new if node.otherwise == old else node.otherwise)
        case SayNode() | RateNode() | RecordNode():
            node = replace(node, next=new if node.next == old else node.next)
        case HangupNode():
            pass
    if isinstance(node, RecordNode) and node.on_no_input == old:
        node = replace(node, on_no_input=new)
    if isinstance(node, RateNode | MenuNode):
        asking = node.asking
        silent = new if asking.on_no_input == old else asking.on_no_input
        wrong = new if asking.on_wrong_key == old else asking.on_wrong_key
        node = replace(node, asking=replace(asking, on_no_input=silent, on_wrong_key=wrong))
    return with_node(flow, node)


@given(st.data())
def test_any_arrow_into_nothing_is_found(flow: Flow, data: st.DataObject) -> None:
    """Whichever target is deleted, the arrow that led to it is named."""
    arrow = data.draw(st.sampled_from(list(arrows_of(flow))))
    findings = prove(retargeted(flow, arrow.source, arrow.target, "nowhere"))

    assert arrow.place in {found.place for found in findings}


@given(st.data())
def test_any_deleted_node_is_found(flow: Flow, data: st.DataObject) -> None:
    """Whichever node is deleted, something is found."""
    name = data.draw(st.sampled_from(sorted(flow.nodes)))

    assert prove(replace(flow, nodes={key: node for key, node in flow.nodes.items() if key != name}))


@given(st.data())
def test_any_dropped_language_is_found(flow: Flow, data: st.DataObject) -> None:
    """Whichever prompt loses whichever language, it is named."""
    name = data.draw(st.sampled_from(sorted(flow.wordings)))
    language = data.draw(st.sampled_from(flow.languages))
    wording = flow.wordings[name]
    speeches = {key: speech for key, speech in wording.speeches.items() if key is not language}
    findings = prove(replace(flow, wordings={**flow.wordings, name: replace(wording, speeches=speeches)}))

    assert f"/prompts/{name}" in {found.place for found in findings}


@pytest.mark.requirement("R-1")
@pytest.mark.requirement("R-17")
@given(st.data())
def test_any_other_scale_is_found(flow: Flow, data: st.DataObject) -> None:
    """Any five keys that are not the five levels of GB/T 39046-2020 in their order are refused."""
    name = data.draw(st.sampled_from(["item", "staff", "staff_only"]))
    node = node_of(flow, name, RateNode)
    scales = st.dictionaries(st.sampled_from("123456"), st.sampled_from(Level))
    levels = data.draw(scales.filter(lambda drawn: drawn != node.levels))
    findings = prove(with_node(flow, replace(node, levels=levels)))

    assert any(found.place == f"/nodes/{name}/levels" for found in findings)


@pytest.mark.requirement("R-16")
def test_rating_without_its_key_would_be_found(flow: Flow) -> None:
    """Should the engine ever rate on silence, the proof of every flow fails."""
    calls = explore(flow)
    position = next(
        number
        for number, transition in enumerate(calls.transitions)
        if transition.given and any(isinstance(fact, Rated) for fact in transition.step.facts)
    )
    calls.transitions[position] = replace(calls.transitions[position], given=NoInput())

    assert [found.problem for found in forced_ratings(calls)] == ["rates without a key press"]


def test_longest_call_is_the_longest(flow: Flow) -> None:
    """The longest call of the delivered flow goes the bad way, with every repeat."""
    longest = longest_call(explore(flow))

    assert timedelta(seconds=100) < longest.length <= timedelta(seconds=120)
    assert len(longest.questions) == 7
    assert longest.questions[-1] == "message"


def test_longest_text_of_a_variable_counts(flow: Flow) -> None:
    """A free text is taken at its greatest length."""
    spoken = with_speech("sorry", Language.CHINESE, Speech("{item_name}。", Language.CHINESE))(flow)
    lengths = [
        longest_call(explore(with_variable(Variable("item_name", "", max_length=letters))(spoken))).length
        for letters in (45, 90)
    ]

    assert lengths[1] - lengths[0] == timedelta(seconds=10)


def test_too_many_kinds_of_calls_are_refused(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flow that is too big to be proved is refused, not believed."""
    monkeypatch.setattr(exploration, "MAX_TRANSITIONS", 15_000)
    for number in range(6):
        name = f"v{number}"
        flow = with_variable(Variable(name, "a", ("a", "b")))(flow)
        case = Case(VariableIs(name, "a"), "thanks")
        opening = node_of(flow, "opening", BranchNode)
        flow = with_node(flow, replace(opening, cases=(*opening.cases, case)))

    assert [found.problem for found in prove(flow)] == ["too many different calls to prove"]


@pytest.mark.parametrize("condition", [AnyRatingBad(), LastRatingBad(), SubjectRated(SubjectKind.ITEM)])
def test_conditions_on_ratings_are_walked(flow: Flow, condition: Condition) -> None:
    """Branches on ratings are followed both ways; after the item was asked, each can hold."""
    judged = BranchNode("judged", (Case(condition, "bad_heard"),), "thanks")

    assert prove(with_node(flow, judged)) == []


@pytest.mark.requirement("R-3")
@pytest.mark.requirement("R-4")
def test_asking_for_a_subject_twice_is_found(flow: Flow) -> None:
    """A call rates the item once and the staff once; a flow that asks again is refused."""
    assert ("/nodes/item_again", "rates the item a second time") in {
        (found.place, found.problem) for found in prove(item_twice(flow))
    }
