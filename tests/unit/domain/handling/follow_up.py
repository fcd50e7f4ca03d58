"""A follow-up and acts for the tests of its handling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from gateway.domain.follow_ups import FollowUp, FollowUpState
from gateway.domain.handling.acts import (
    CITIZEN,
    SYSTEM,
    Acknowledge,
    Act,
    Actor,
    ActorKind,
    AnswerOfCitizen,
    Attach,
    CallBack,
    Close,
    Comment,
    InformBureau,
    Judge,
    Overrule,
    RateAgain,
    Rectify,
    Return,
    ShowNumber,
    TellCitizen,
    Verdict,
    Way,
)
from gateway.domain.ids import EvaluationId, FollowUpId

OPENED_AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
NOW = OPENED_AT + timedelta(days=2)
AGENCY = Actor(ActorKind.AGENCY, "陈某")
BUREAU = Actor(ActorKind.BUREAU, "李某")

FOLLOW_UP = FollowUp(
    follow_up_id=FollowUpId("GD-20261123-ABCDEFGH"),
    evaluation_id=EvaluationId("e1"),
    agency_code="11441500MB2C90123X",
    state=FollowUpState.OPENED,
    opened_at=OPENED_AT,
    acknowledge_by=OPENED_AT + timedelta(days=1),
    call_back_by=OPENED_AT + timedelta(days=1),
    rectify_by=OPENED_AT + timedelta(days=21),
    applies_to=1,
)


def called(reached: bool, days: float = 0.5) -> CallBack:
    """A call-back, so many days after the opening."""
    return CallBack(reached, OPENED_AT + timedelta(days=days), "群众反映等候太久" if reached else "")


JUDGED_TRUE = Judge(Verdict.TRUE, "窗口只开了一个")
JUDGED_MISTAKEN = Judge(Verdict.MISTAKEN, "按错了键，本人确认")
RECTIFIED = Rectify("增开两个窗口", "我们已增开两个窗口，等候时间不超过十分钟。")
TOLD = TellCitizen(Way.TEXT, "我们已增开两个窗口，等候时间不超过十分钟。")
RETURNED = Return("没有说明责任人", NOW + timedelta(days=7))

_words = st.text(min_size=1, max_size=30).filter(str.strip)
_moments = st.datetimes(datetime(2026, 11, 24), datetime(2026, 11, 25), timezones=st.just(UTC))

ACTS: st.SearchStrategy[Act] = st.one_of(
    st.just(Acknowledge()),
    st.builds(CallBack, st.booleans(), _moments, _words),
    st.builds(Judge, st.sampled_from(Verdict), _words),
    st.builds(Rectify, _words, _words),
    st.builds(TellCitizen, st.sampled_from(Way), _words),
    st.just(InformBureau()),
    st.builds(Return, _words, _moments),
    st.builds(Overrule, st.sampled_from(Verdict), _words, _moments),
    st.builds(Close, _words),
    st.builds(Comment, _words),
    st.builds(AnswerOfCitizen, st.booleans(), _words),
    st.builds(RateAgain, _words, st.sampled_from(["satisfied", "dissatisfied"])),
    st.just(ShowNumber()),
    st.builds(Attach, _words, st.just("application/pdf"), st.integers(1, 10**6), st.just("0" * 64)),
)
ACTORS = st.sampled_from([AGENCY, BUREAU, CITIZEN, SYSTEM])
