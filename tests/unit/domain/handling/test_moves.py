"""What may be done with a follow-up, by whom, and in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.follow_ups import FollowUpState
from gateway.domain.handling.acts import (
    CITIZEN,
    SYSTEM,
    Acknowledge,
    Act,
    ActKind,
    Actor,
    ActorKind,
    AnswerOfCitizen,
    Close,
    Comment,
    InformBureau,
    Overrule,
    ShowNumber,
    UnknownAct,
    Verdict,
)
from gateway.domain.handling.history import FollowUpStep, fold, is_known
from gateway.domain.handling.judgement import LONGEST_WORDS, Refusal, judge_act
from gateway.domain.handling.moves import MOVES, open_to
from gateway.domain.handling.progress import Deadline, DeadlineKind, Progress, deadline_of, opened
from gateway.domain.rules import Rules
from tests.unit.domain.handling.follow_up import (
    ACTORS,
    ACTS,
    AGENCY,
    BUREAU,
    FOLLOW_UP,
    JUDGED_MISTAKEN,
    JUDGED_TRUE,
    NOW,
    OPENED_AT,
    RECTIFIED,
    RETURNED,
    TOLD,
    called,
)

RULES = Rules()
At = FollowUpState
Deed = tuple[Actor, Act]

HEARD: Deed = (AGENCY, called(reached=True))
PUT_RIGHT: list[Deed] = [HEARD, (AGENCY, JUDGED_TRUE), (AGENCY, RECTIFIED), (SYSTEM, TOLD)]
NOT_ADOPTED: list[Deed] = [HEARD, (AGENCY, JUDGED_MISTAKEN), (SYSTEM, InformBureau())]


def after(*acts: Deed) -> Progress:
    """The progress once all of these were done."""
    progress = opened(FOLLOW_UP)
    for actor, act in acts:
        judged = judge_act(progress, actor, act, NOW, RULES)
        assert isinstance(judged, Progress), judged
        progress = judged
    return progress


@pytest.mark.requirement("R-11")
def test_a_true_bad_rating_goes_from_the_call_back_to_the_citizen_who_is_told() -> None:
    """Taken on, called back, found true, put right, told, closed."""
    done: list[Deed] = [(AGENCY, Acknowledge()), *PUT_RIGHT, (BUREAU, Close("已核查"))]

    states = [after(*done[:count]).state for count in range(len(done) + 1)]

    assert states == [
        At.OPENED,
        At.ACKNOWLEDGED,
        At.CALLED_BACK,
        At.RECTIFYING,
        At.RECTIFIED,
        At.CITIZEN_TOLD,
        At.CLOSED,
    ]


@pytest.mark.requirement("R-12")
@pytest.mark.parametrize("verdict", [Verdict.MISTAKEN, Verdict.MALICIOUS])
def test_what_is_not_true_is_not_adopted_and_the_bureau_is_informed(verdict: Verdict) -> None:
    """The agency alone cannot close it."""
    judged: list[Deed] = [HEARD, (AGENCY, replace(JUDGED_MISTAKEN, verdict=verdict))]
    informed: list[Deed] = [*judged, (SYSTEM, InformBureau())]

    assert after(*judged).state is At.NOT_ADOPTED
    assert after(*informed).state is At.BUREAU_INFORMED
    assert judge_act(after(*informed), AGENCY, Close("完"), NOW, RULES) is Refusal.NOT_YOURS
    assert after(*informed, (BUREAU, Close("同意"))).state is At.CLOSED


@pytest.mark.requirement("R-10")
def test_no_verdict_without_having_spoken_to_the_citizen() -> None:
    """Unheard only after three tries on more than one day."""
    acknowledged = after((AGENCY, Acknowledge()))
    once = after((AGENCY, called(reached=False)))
    thrice_a_day = after(*[(AGENCY, called(reached=False, days=0.1 * n)) for n in range(3)])
    thrice = after(*[(AGENCY, called(reached=False, days=n)) for n in (0.1, 0.2, 1.5)])

    for progress in (acknowledged, once, thrice_a_day):
        assert judge_act(progress, AGENCY, JUDGED_TRUE, NOW, RULES) is Refusal.CALL_FIRST
    assert isinstance(judge_act(thrice, AGENCY, JUDGED_TRUE, NOW, RULES), Progress)


@pytest.mark.requirement("R-13")
def test_the_bureau_may_send_back_what_was_put_right_badly() -> None:
    """A new deadline runs, and the earlier rectification counts no more."""
    returned = after(*PUT_RIGHT, (BUREAU, RETURNED))

    assert (returned.state, returned.rectified) == (At.RECTIFYING, None)
    assert deadline_of(returned) == Deadline(DeadlineKind.RECTIFY, RETURNED.due_by)


@pytest.mark.requirement("R-13")
def test_a_verdict_sent_back_is_void_and_the_citizen_is_called_again() -> None:
    """The earlier tries do not count for the new verdict."""
    returned = after(*NOT_ADOPTED, (BUREAU, RETURNED))

    assert (returned.state, returned.verdict, returned.tries) == (At.ACKNOWLEDGED, None, ())
    assert judge_act(returned, AGENCY, JUDGED_MISTAKEN, NOW, RULES) is Refusal.CALL_FIRST
    assert deadline_of(returned) == Deadline(DeadlineKind.CALL_BACK, RETURNED.due_by)


@pytest.mark.requirement("R-11")
@pytest.mark.parametrize(("day", "owed"), [(18, 21), (30, 30)])
def test_what_is_sent_back_is_not_late_before_its_new_deadline__regression(day: int, owed: int) -> None:
    """Sent back when the first deadline for putting it right was near or over; what is left of that stays."""
    returned = replace(RETURNED, due_by=OPENED_AT + timedelta(days=day))
    heard = after(*NOT_ADOPTED, (BUREAU, returned), HEARD)
    found_true = after(*NOT_ADOPTED, (BUREAU, returned), HEARD, (AGENCY, JUDGED_TRUE))

    owes = Deadline(DeadlineKind.RECTIFY, OPENED_AT + timedelta(days=owed))
    assert [deadline_of(heard), deadline_of(found_true)] == [owes, owes]


@pytest.mark.requirement("R-11")
def test_finding_it_mistaken_sets_no_deadline_for_putting_it_right__regression() -> None:
    """The form gives one whatever the verdict; sent back after all, the first one counts."""
    overruled = Overrule(Verdict.MISTAKEN, "评错了部门", NOW + timedelta(days=1))
    heard = after(*NOT_ADOPTED, (BUREAU, overruled), (BUREAU, RETURNED), HEARD)

    assert deadline_of(heard) == Deadline(DeadlineKind.RECTIFY, FOLLOW_UP.rectify_by)


@pytest.mark.requirement("R-13")
def test_the_bureau_overrules_in_both_directions() -> None:
    """What it finds true is to be put right; what it finds mistaken it knows already."""
    due_by = NOW + timedelta(days=20)
    now_true = after(*NOT_ADOPTED, (BUREAU, Overrule(Verdict.TRUE, "录音证实", due_by)))
    now_mistaken = after(
        HEARD, (AGENCY, JUDGED_TRUE), (BUREAU, Overrule(Verdict.MISTAKEN, "评错了部门", due_by))
    )

    assert (now_true.state, now_true.verdict) == (At.RECTIFYING, Verdict.TRUE)
    assert deadline_of(now_true) == Deadline(DeadlineKind.RECTIFY, due_by)
    assert (now_mistaken.state, deadline_of(now_mistaken)) == (At.BUREAU_INFORMED, None)


@pytest.mark.parametrize(
    ("act", "refusal"),
    [
        (called(reached=True, days=3), Refusal.CALLED_WHEN),
        (called(reached=True, days=-1), Refusal.CALLED_WHEN),
        (replace(called(reached=True), words=" "), Refusal.WORDS_MISSING),
        (Comment(""), Refusal.WORDS_MISSING),
        (Comment("长" * (LONGEST_WORDS + 1)), Refusal.WORDS_TOO_LONG),
        (RECTIFIED, Refusal.NOT_NOW),
        (InformBureau(), Refusal.NOT_NOW),
        (AnswerOfCitizen(satisfied=True, words=""), Refusal.NOT_YOURS),
    ],
)
def test_acts_that_say_too_little_or_come_too_early_are_refused(act: Act, refusal: Refusal) -> None:
    """Each with its own reason, so that the page can say what to do."""
    assert judge_act(opened(FOLLOW_UP), AGENCY, act, NOW, RULES) is refusal


def test_an_unreached_call_needs_no_words_and_an_answer_needs_none() -> None:
    """Nothing was said, or a yes says it all."""
    answered = after(*PUT_RIGHT, (CITIZEN, AnswerOfCitizen(satisfied=False, words="")))

    assert after((AGENCY, called(reached=False))).state is At.ACKNOWLEDGED
    assert answered.answer == AnswerOfCitizen(satisfied=False, words="")


@pytest.mark.requirement("R-18")
def test_the_number_is_shown_only_while_somebody_must_call() -> None:
    """Not while it is put right, and not once the citizen knows."""
    shown_in = {state for state in At if ActKind.NUMBER_SHOWN in open_to(ActorKind.AGENCY, state)}

    assert {At.RECTIFYING, At.CITIZEN_TOLD, At.CLOSED}.isdisjoint(shown_in)
    assert shown_in >= {At.OPENED, At.ACKNOWLEDGED, At.CALLED_BACK, At.RECTIFIED}
    assert ActKind.NUMBER_SHOWN not in open_to(ActorKind.CITIZEN, At.OPENED)
    assert isinstance(judge_act(opened(FOLLOW_UP), AGENCY, ShowNumber(), NOW, RULES), Progress)


def test_every_state_is_reached_and_leads_to_the_end() -> None:
    """No follow-up can get stuck."""
    ways = {
        state: {m.to for m in MOVES if m.to is not None and m.to is not state and state in m.where}
        for state in At
    }

    def reached_from(start: At) -> set[At]:
        found, open_ = {start}, [start]
        while open_:
            new = ways[open_.pop()] - found
            found |= new
            open_ += new
        return found

    assert reached_from(At.OPENED) == set(At)
    assert all(At.CLOSED in reached_from(state) for state in At)


@given(st.lists(st.tuples(ACTORS, ACTS), max_size=25))
def test_whatever_is_tried_a_history_folds_to_where_it_stands(tried: list[tuple[Actor, Act]]) -> None:
    """Refused acts leave no trace; those that were done lead to the same progress when read again."""
    progress, steps = opened(FOLLOW_UP), list[FollowUpStep]()
    for actor, act in tried:
        judged = judge_act(progress, actor, act, NOW, RULES)
        if isinstance(judged, Progress):
            progress = judged
            steps.append(FollowUpStep(number=len(steps) + 1, at=NOW, actor=actor, act=act))
            assert any(move.act is act.kind and actor.kind in move.by for move in MOVES)

    assert fold(FOLLOW_UP, steps) == progress
    assert progress.steps == len(steps)
    owed = deadline_of(progress)
    assert (owed is None) == (
        progress.state not in {At.OPENED, At.ACKNOWLEDGED, At.CALLED_BACK, At.RECTIFYING}
    )


def test_a_history_out_of_order_is_told_by_its_step() -> None:
    """Rows that somebody shuffled do not pass for a history."""
    steps = [FollowUpStep(number=1, at=NOW, actor=AGENCY, act=RECTIFIED)]

    with pytest.raises(LookupError, match="step 1: rectified is not open in opened"):
        fold(FOLLOW_UP, steps)


def test_what_a_newer_release_did_leads_where_the_follow_up_says() -> None:
    """Nobody here can tell what it means; what follows it is borne too."""
    acts: list[Act] = [UnknownAct("mediated", {"by": "x"}, None), RECTIFIED]
    steps = [FollowUpStep(number=n, at=NOW, actor=AGENCY, act=act) for n, act in enumerate(acts, 1)]

    progress = fold(replace(FOLLOW_UP, state=At.RECTIFIED), steps)

    assert (progress.state, progress.steps) == (At.RECTIFIED, 2)
    assert not is_known(steps)


@pytest.mark.requirement("R-18")
def test_the_agency_listens_only_while_it_handles_the_rating() -> None:
    """Of what is closed, only the bureau opens the spoken message again."""
    heard_in = {
        kind: {state for state in At if ActKind.RECORDING_PLAYED in open_to(kind, state)}
        for kind in ActorKind
    }

    assert heard_in[ActorKind.AGENCY] == set(At) - {At.CLOSED}
    assert heard_in[ActorKind.BUREAU] == set(At)
    assert not heard_in[ActorKind.CITIZEN]
