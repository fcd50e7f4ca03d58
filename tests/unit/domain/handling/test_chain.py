"""A history that was tampered with shows it; one whose words were erased in time does not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.handling.acts import Acknowledge, Act, Comment, UnknownAct
from gateway.domain.handling.chain import faults_of, genesis, link
from gateway.domain.handling.history import FollowUpStep
from gateway.domain.handling.record import ERASED, KeptStep, act_of, facts_of, words_of
from gateway.domain.ids import FollowUpId
from tests.unit.domain.handling.follow_up import (
    ACTS,
    AGENCY,
    FOLLOW_UP,
    JUDGED_MISTAKEN,
    NOW,
    called,
)

SALT = b"s" * 16
ACTS_DONE: list[Act] = [Acknowledge(), called(reached=True), JUDGED_MISTAKEN, Comment("报局里")]


def history(acts: list[Act]) -> list[KeptStep]:
    """These acts, as they are kept."""
    kept: list[KeptStep] = []
    previous = genesis(FOLLOW_UP)
    for number, act in enumerate(acts, start=1):
        step = FollowUpStep(number=number, at=NOW + timedelta(minutes=number), actor=AGENCY, act=act)
        kept.append(link(previous, FOLLOW_UP.follow_up_id, step, SALT))
        previous = kept[-1].digest
    return kept


def faults(kept: list[KeptStep], *, steps: int = 4, head: str = "") -> list[str]:
    """What shows of a history whose follow-up names that many steps and, unless told, the true head."""
    return list(faults_of(replace(FOLLOW_UP, steps=steps, head=head or HEAD), kept))


KEPT = history(ACTS_DONE)
HEAD = KEPT[-1].digest


def test_an_untouched_history_holds() -> None:
    """With steps and without."""
    assert faults(KEPT) == []
    assert list(faults_of(FOLLOW_UP, [])) == []


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize(
    "tamper",
    [
        lambda kept: replace(kept, step=replace(kept.step, at=kept.step.at + timedelta(seconds=1))),
        lambda kept: replace(kept, step=replace(kept.step, actor=replace(kept.step.actor, name="别人"))),
        lambda kept: replace(kept, step=replace(kept.step, act=Comment("没有这回事"))),
        lambda kept: replace(kept, digest="0" * 64),
        lambda kept: replace(kept, words_digest="0" * 64),
        lambda kept: replace(kept, words_digest="0" * 64, erased=True),
        lambda kept: link("0" * 64, FOLLOW_UP.follow_up_id, kept.step, SALT),
        lambda kept: link("0" * 64, FollowUpId("GD-other"), kept.step, SALT),
    ],
)
def test_a_changed_step_shows(place: int, tamper: object) -> None:
    """Whatever of it was changed, and even where its own digest was made anew."""
    changed = [*KEPT]
    changed[place] = tamper(KEPT[place])  # type: ignore[operator]  # one of the lambdas above

    assert faults(changed)


@pytest.mark.parametrize("place", range(4))
def test_a_step_taken_out_shows(place: int) -> None:
    """In the middle and at the end, also when those behind it are renumbered and chained anew."""
    left = [kept for n, kept in enumerate(KEPT) if n != place]

    assert faults(left)
    assert faults(history([kept.step.act for kept in left]))
    assert faults(left, steps=3)


def test_a_changed_opening_shows() -> None:
    """A deadline that was moved, an agency that was replaced."""
    for changed in (
        replace(FOLLOW_UP, call_back_by=FOLLOW_UP.call_back_by + timedelta(days=1)),
        replace(FOLLOW_UP, agency_code="another"),
    ):
        assert list(faults_of(replace(changed, steps=4, head=HEAD), KEPT))


@pytest.mark.requirement("R-18")
def test_words_that_were_erased_in_time_leave_the_chain_whole() -> None:
    """Facts stay, and still nothing else may be changed."""
    erased = [
        replace(
            kept,
            erased=True,
            step=replace(kept.step, act=act_of(kept.step.act.kind, facts_of(kept.step.act), None)),
        )
        for kept in KEPT
    ]

    assert faults(erased) == []
    assert words_of(erased[2].step.act) == {"reasons": ERASED}
    erased[2] = replace(erased[2], step=replace(erased[2].step, at=NOW))
    assert faults(erased)


def test_the_zone_in_which_a_moment_comes_back_does_not_matter() -> None:
    """Databases give moments back in a zone of their own."""
    elsewhere = timezone(timedelta(hours=8))
    back = [replace(kept, step=replace(kept.step, at=kept.step.at.astimezone(elsewhere))) for kept in KEPT]

    assert faults(back) == []


@given(ACTS)
def test_what_is_kept_reads_back_as_it_was(act: Act) -> None:
    """Facts through JSON, words beside them."""
    facts = json.loads(json.dumps(facts_of(act)))

    assert act_of(act.kind, facts, words_of(act)) == act
    assert set(facts).isdisjoint(words_of(act))


@given(ACTS, st.sampled_from(["due_by", "verdict", "called_at", "words", "why"]))
def test_a_record_that_lacks_something_says_what(act: Act, missing: str) -> None:
    """A row that was damaged names its field."""
    facts, words = facts_of(act), words_of(act)
    if missing not in {**facts, **words}:
        return
    facts.pop(missing, None)
    words.pop(missing, None)

    with pytest.raises(LookupError, match=f"{act.kind.value} has no usable {missing}"):
        act_of(act.kind, facts, words)


NEWER = UnknownAct("mediated", {"by": "x"}, {"opinion": "同意"})


@pytest.mark.parametrize(
    "forged",
    [
        replace(NEWER, name="another"),
        replace(NEWER, facts={"by": "y"}),
        replace(NEWER, texts={"opinion": "不同意"}),
    ],
)
def test_what_a_newer_release_wrote_is_verified_all_the_same(forged: UnknownAct) -> None:
    """Its name, facts and words are digested as they are kept."""
    (kept,) = history([NEWER])
    follow_up = replace(FOLLOW_UP, steps=1, head=kept.digest)

    assert act_of("mediated", facts_of(NEWER), words_of(NEWER)) == NEWER
    assert list(faults_of(follow_up, [kept])) == []
    assert list(faults_of(follow_up, [replace(kept, step=replace(kept.step, act=forged))]))
