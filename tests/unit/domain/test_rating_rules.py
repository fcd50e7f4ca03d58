"""Once, once more, for a batch, for a theme: the one judge of every rating."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from gateway.domain.channels import Channel
from gateway.domain.evaluations import ADDITIONAL, FIRST, Evaluation, Origin
from gateway.domain.ids import InvitationId, ServiceId
from gateway.domain.levels import Level
from gateway.domain.rating_rules import (
    RatingGiven,
    RatingPlan,
    Refusal,
    copies_for_late_member,
    plan_rating,
)
from gateway.domain.services import Service, ServiceKind
from gateway.domain.subjects import Scope, Subject, SubjectKind

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
PERIOD = timedelta(days=30)
ITEM, STAFF = SubjectKind.ITEM, SubjectKind.STAFF
State = dict[tuple[str, int], Evaluation]


def service(name: str = "S", **changes: object) -> Service:
    plain = Service(
        service_id=ServiceId(name),
        kind=ServiceKind.WINDOW,
        agency_code="11441500MB2C90123X",
        region_code="441500",
        item=Subject(ITEM, f"item-{name}", f"事项{name}"),
        staff=Subject(STAFF, "0231", "陈某"),
        completed_at=NOW,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # a test's shorthand


def rating(
    key: str, name: str = "S", level: Level | None = Level.SATISFIED, **changes: object
) -> RatingGiven:
    plain = RatingGiven(
        event_key=key,
        service_id=ServiceId(name),
        visit_no=1,
        invitation_id=InvitationId("i"),
        subject=ITEM,
        scope=Scope.SERVICE,
        level=level,
        channel=Channel.PHONE,
        comment="",
        raw_input="2",
        given_at=NOW,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # a test's shorthand


def take(state: State, members: Sequence[Service], given: RatingGiven) -> RatingPlan:
    """Judge a rating and keep what it leads to."""
    plan = plan_rating(given, members, state, PERIOD)
    for evaluation in (*plan.added, *(new for _, new in plan.replaced)):
        state[evaluation.slot, evaluation.sequence] = evaluation
    return plan


def level_of(state: State, name: str, sequence: int = FIRST) -> Level | None:
    return state[f"item:{name}", sequence].level


@pytest.mark.requirement("R-3")
@pytest.mark.parametrize(
    ("kind", "completed", "expected"),
    [
        (ServiceKind.WINDOW, True, (ITEM, STAFF)),
        (ServiceKind.HOTLINE, True, (ITEM, STAFF)),
        (ServiceKind.ONLINE, True, (ITEM,)),
        (ServiceKind.KIOSK, True, (ITEM,)),
        (ServiceKind.WINDOW, False, (STAFF,)),
        (ServiceKind.ONLINE, False, ()),
    ],
)
def test_what_can_be_rated_depends_on_how_and_whether_it_was_finished(
    kind: ServiceKind, completed: bool, expected: tuple[SubjectKind, ...]
) -> None:
    """Staff where a person served, the item once it is finished."""
    assert service(kind=kind, completed_at=NOW if completed else None).rateable_subjects == expected


@pytest.mark.requirement("R-3")
@pytest.mark.parametrize(
    ("visit", "subject"),
    [
        (service(kind=ServiceKind.ONLINE), STAFF),
        (service(completed_at=None), ITEM),
        (service(staff=None), STAFF),
    ],
)
def test_what_cannot_be_rated_is_refused(visit: Service, subject: SubjectKind) -> None:
    """Nothing is written for it."""
    plan = take({}, [visit], rating("e", subject=subject))

    assert plan == RatingPlan(refusal=Refusal.NOT_RATEABLE)


@pytest.mark.requirement("R-9")
def test_a_first_an_additional_and_a_refused_third_rating() -> None:
    """The second counts as additional within its period, the third is refused."""
    state: State = {}

    first, second, third = (take(state, [service()], rating(key)) for key in ("e1", "e2", "e3"))

    assert (first.sequence, second.sequence) == (FIRST, ADDITIONAL)
    assert third.refusal is Refusal.RATED_TWICE
    assert len(state) == 2


@pytest.mark.requirement("R-9")
@pytest.mark.parametrize(
    ("after", "refusal"), [(PERIOD, None), (PERIOD + timedelta(seconds=1), Refusal.PERIOD_OVER)]
)
def test_the_additional_rating_has_a_period(after: timedelta, refusal: Refusal | None) -> None:
    """Its last moment still counts."""
    state: State = {}
    take(state, [service()], rating("e1"))

    plan = take(state, [service()], rating("e2", given_at=NOW + after))

    assert plan.refusal is refusal


def test_the_same_event_again_changes_nothing() -> None:
    """The repeat gets the same evaluation, and nothing to write."""
    state: State = {}
    first = take(state, [service()], rating("e1"))

    again = take(state, [service()], rating("e1", level=Level.DISSATISFIED))

    assert again.repeated
    assert again.evaluation_id == first.evaluation_id
    assert (again.added, again.replaced) == ((), ())


@pytest.mark.requirement("R-4")
def test_staff_are_rated_once_a_visit_and_the_item_once_in_all() -> None:
    """A second visit brings its own staff rating, while the item's second rating is the additional one."""
    visits = [service(), service(visit_no=2)]
    state: State = {}
    for number, visit in enumerate(visits, 1):
        staff = rating(f"s{number}", subject=STAFF, visit_no=number)
        assert take(state, [visit], staff).sequence == FIRST
        item = rating(f"i{number}", visit_no=number)
        assert take(state, [visit], item).sequence == number


@pytest.mark.requirement("R-5")
def test_a_batch_is_rated_once_for_all_its_filings() -> None:
    """One rating, one copy for each other filing, each with its own item, stemming from the one given."""
    members = [service(name, batch_id="B") for name in "abc"]

    plan = take({}, members, rating("e", "b", Level.DISSATISFIED))

    rated, *copies = plan.added
    assert (rated.service_id, rated.applied_from) == ("b", None)
    assert {c.service_id for c in copies} == {"a", "c"}
    assert {c.applied_from for c in copies} == {rated.evaluation_id}
    assert {(c.level, c.subject.name) for c in copies} == {
        (Level.DISSATISFIED, "事项a"),
        (Level.DISSATISFIED, "事项c"),
    }


@pytest.mark.requirement("R-5")
def test_a_second_rating_of_a_batch_is_the_additional_one_for_all() -> None:
    """Rating another filing of the batch is not a first rating again."""
    members = [service(name, batch_id="B") for name in "abc"]
    state: State = {}
    take(state, members, rating("e1", "a"))

    plan = take(state, members, rating("e2", "c", Level.DISSATISFIED))

    assert {e.sequence for e in plan.added} == {ADDITIONAL}
    assert len(plan.added) == len(members)
    assert take(state, members, rating("e3", "b")).refusal is Refusal.RATED_TWICE


@pytest.mark.requirement("R-5")
def test_staff_of_a_batch_are_rated_once() -> None:
    """The person was met once: no copies, and a second filing's call rates additionally."""
    members = [service(name, batch_id="B") for name in "ab"]
    state: State = {}

    first = take(state, members, rating("e1", "a", subject=STAFF))
    second = take(state, members, rating("e2", "b", subject=STAFF))

    assert (len(first.added), second.sequence) == (1, ADDITIONAL)


THEME = [service(name, theme_id="T") for name in "abc"]
WHOLE = {"scope": Scope.WHOLE}


@pytest.mark.requirement("R-6")
@pytest.mark.parametrize("separate_first", [True, False])
def test_a_separate_rating_wins_for_its_item_whichever_came_first(separate_first: bool) -> None:
    """The overall rating applies to every linked item that was not rated separately."""
    overall = rating("whole", "a", Level.VERY_DISSATISFIED, **WHOLE)
    separate = rating("own", "b", Level.VERY_SATISFIED)
    state: State = {}
    for given in (separate, overall) if separate_first else (overall, separate):
        take(state, THEME, given)

    assert level_of(state, "a") is level_of(state, "c") is Level.VERY_DISSATISFIED
    assert level_of(state, "b") is Level.VERY_SATISFIED
    assert state["item:b", FIRST].applied_from is None


@pytest.mark.requirement("R-6")
def test_an_overall_rating_never_lands_on_an_item_that_was_rated_separately() -> None:
    """Even when the invitation names that item, the overall rating becomes another's."""
    state: State = {}
    take(state, THEME, rating("own", "a", Level.VERY_SATISFIED))

    take(state, THEME, rating("whole", "a", Level.DISSATISFIED, **WHOLE))

    assert level_of(state, "a") is Level.VERY_SATISFIED
    assert ("item:a", ADDITIONAL) not in state
    assert level_of(state, "b") is level_of(state, "c") is Level.DISSATISFIED


@pytest.mark.requirement("R-6")
def test_a_separate_rating_replaces_its_copy_by_the_next_revision() -> None:
    """The core store sees one evaluation of the item, corrected, not two."""
    state: State = {}
    take(state, THEME, rating("whole", "a", Level.DISSATISFIED, **WHOLE))

    plan = take(state, THEME, rating("own", "b", Level.SATISFIED))

    ((copy, separate),) = plan.replaced
    assert (separate.evaluation_id, separate.revision) == (copy.evaluation_id, copy.revision + 1)
    assert plan.added == ()


@pytest.mark.requirement("R-6")
def test_a_separate_rating_has_no_words_of_the_one_it_replaces() -> None:
    """The reason and the recording said after the overall rating speak of that, not of this one."""
    state: State = {}
    take(state, THEME, rating("whole", "a", Level.DISSATISFIED, **WHOLE))
    slot = "item:b", FIRST
    state[slot] = replace(state[slot], reason_code="waiting", reason="等太久", recording_url="https://r")

    take(state, THEME, rating("own", "b", Level.VERY_SATISFIED))

    separate = state[slot]
    assert (separate.reason_code, separate.reason, separate.recording_url) == ("", "", "")


@pytest.mark.requirement("R-12")
def test_a_separate_rating_counts_whatever_was_found_of_the_overall_one__regression() -> None:
    """Nobody has judged it yet: a verdict on the rating whose copy it replaces says nothing of it."""
    state: State = {}
    take(state, THEME, rating("whole", "a", Level.DISSATISFIED, **WHOLE))
    slot = "item:b", FIRST
    state[slot] = replace(state[slot], revision=2, adopted=False)

    take(state, THEME, rating("own", "b", Level.VERY_DISSATISFIED))

    assert (state[slot].adopted, state[slot].revision) == (True, 3)


@pytest.mark.requirement("R-6")
def test_an_additional_overall_rating_leaves_separate_ratings_alone() -> None:
    """Sequence 2 goes to the items that live by the overall rating."""
    state: State = {}
    take(state, THEME, rating("own", "b", Level.SATISFIED))
    take(state, THEME, rating("whole", "a", Level.DISSATISFIED, **WHOLE))

    plan = take(state, THEME, rating("again", "a", Level.FAIRLY_SATISFIED, **WHOLE))

    assert {e.service_id for e in plan.added} == {"a", "c"}
    assert ("item:b", ADDITIONAL) not in state


@pytest.mark.requirement("R-6")
def test_a_separate_rating_alone_is_not_copied() -> None:
    """It speaks of its own item only."""
    assert len(take({}, THEME, rating("own", "b")).added) == 1


@pytest.mark.requirement("R-5")
@pytest.mark.parametrize(
    ("link", "scope", "expected"),
    [
        ({"batch_id": "B"}, Scope.SERVICE, {FIRST, ADDITIONAL}),
        ({"theme_id": "T"}, Scope.WHOLE, {FIRST, ADDITIONAL}),
        ({"theme_id": "T"}, Scope.SERVICE, set[int]()),
    ],
)
def test_a_filing_reported_late_gets_its_copies(
    link: dict[str, str], scope: Scope, expected: set[int]
) -> None:
    """Both ratings that were given before it was known apply to it, unless they were separate ones."""
    early, late = service("a", **link), service("z", **link)
    state: State = {}
    for key in ("e1", "e2"):
        take(state, [early], rating(key, "a", scope=scope))

    copies = copies_for_late_member(late, state.values(), state)

    assert {c.sequence for c in copies} == expected
    assert {c.service_id for c in copies} <= {"z"}


@pytest.mark.requirement("R-12")
@pytest.mark.parametrize(
    ("not_adopted", "agency_code", "expected"),
    [("a", "A", False), ("a", "B", True), ("b", "B", False), ("b", "A", True)],
)
def test_a_copy_for_a_late_member_counts_as_its_own_agency_found__regression(
    not_adopted: str, agency_code: str, expected: bool
) -> None:
    """Each agency judges for itself: one that has not yet takes nothing out, nor brings anything back."""
    a, b = (service(name, theme_id="T", agency_code=name.upper()) for name in "ab")
    late = service("z", theme_id="T", agency_code=agency_code)
    state: State = {}
    take(state, [a, b], rating("whole", "a", Level.DISSATISFIED, scope=Scope.WHOLE))
    judged = f"item:{not_adopted}", FIRST
    state[judged] = replace(state[judged], revision=2, adopted=False)

    (copy,) = copies_for_late_member(late, state.values(), state)

    assert (copy.adopted, copy.revision) == (expected, 1)


@pytest.mark.requirement("R-6")
def test_an_additional_rating_of_the_whole_is_the_first_of_an_item_known_later__regression() -> None:
    """The item known before was rated by itself, so the whole could only be its additional rating."""
    early, late = service("a", theme_id="T"), service("z", theme_id="T")
    state: State = {}
    take(state, [early], rating("own", "a", Level.DISSATISFIED))
    take(state, [early], rating("whole", "a", Level.VERY_SATISFIED, **WHOLE))

    for _ in range(2):
        state |= {(c.slot, c.sequence): c for c in copies_for_late_member(late, state.values(), state)}

    assert {n: state["item:z", n].level for n in (FIRST, ADDITIONAL) if ("item:z", n) in state} == {
        FIRST: Level.VERY_SATISFIED
    }
    assert state["item:z", FIRST].applied_from == state["item:a", ADDITIONAL].evaluation_id


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from("abc"),
        st.sampled_from(Level),
        st.sampled_from(Scope),
        st.sampled_from(SubjectKind),
        st.integers(0, 40),
    ),
    max_size=12,
)
LINKS = st.sampled_from([{}, {"batch_id": "B"}, {"theme_id": "T"}])


@pytest.mark.requirement("R-9")
@for_all(EVENTS, LINKS)
def test_whatever_comes_nothing_is_rated_a_third_time_and_nothing_is_invented(
    events: list[tuple[int, str, Level, Scope, SubjectKind, int]], link: dict[str, str]
) -> None:
    """Any events in any order: at most two sequences a slot, levels only as given, copies never of copies."""
    members = [service(name, **link) for name in "abc"]
    state: State = {}
    given_levels: set[Level] = set()
    for number, name, level, scope, subject, days in events:
        own = [m for m in members if link or m.service_id == name]
        event = rating(
            f"e{number}", name, level, scope=scope, subject=subject, given_at=NOW + timedelta(days=days)
        )
        before = dict(state)
        plan = take(state, own, event)
        given_levels.add(level)
        if plan.refusal or plan.repeated:
            assert state == before
    ids = {e.evaluation_id: e for e in state.values()}
    assert len(ids) == len(state)
    for (slot, sequence), evaluation in state.items():
        assert sequence in (FIRST, ADDITIONAL)
        assert sequence == FIRST or (slot, FIRST) in state
        assert evaluation.level in given_levels
        if evaluation.applied_from is not None:
            assert evaluation.subject.kind is ITEM


@pytest.mark.requirement("R-6")
@for_all(st.permutations(["whole", "a", "b"]))
def test_every_order_of_overall_and_separate_ratings_ends_alike(order: list[str]) -> None:
    """The levels that count do not depend on which event arrived first."""
    levels = {"whole": Level.DISSATISFIED, "a": Level.VERY_SATISFIED, "b": Level.FAIRLY_SATISFIED}
    state: State = {}
    for number, what in enumerate(order):
        scope = Scope.WHOLE if what == "whole" else Scope.SERVICE
        name = "c" if what == "whole" else what
        take(state, THEME, rating(f"e{number}", name, levels[what], scope=scope))

    assert [level_of(state, name) for name in "abc"] == [levels["a"], levels["b"], levels["whole"]]


def test_a_rating_from_elsewhere_is_kept_with_its_origin() -> None:
    """It counts as the first, so ours is the additional one."""
    state: State = {}
    take(state, [service()], rating("x", origin=Origin.ELSEWHERE, level=None))

    assert take(state, [service()], rating("e")).sequence == ADDITIONAL
