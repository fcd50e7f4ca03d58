"""A session survives its journey through a URL, and a damaged one is refused with the place named."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import InvalidInput
from gateway.domain.flow.session import Session
from gateway.domain.languages import Language
from gateway.domain.levels import Level
from gateway.domain.subjects import SubjectKind

SESSIONS = st.builds(
    Session,
    flow=st.text(min_size=1),
    version=st.text(min_size=1),
    node=st.text(min_size=1),
    attempt=st.integers(1, 9),
    language=st.sampled_from(Language),
    variables=st.dictionaries(st.text(), st.text()).map(lambda pairs: tuple(pairs.items())),
    ratings=st.lists(st.tuples(st.sampled_from(SubjectKind), st.sampled_from(Level))).map(tuple),
    repeats=st.integers(0, 9),
    meaning=st.text(),
)
WRITTEN = {"f": "hotline_rating", "v": "ab12", "n": "item", "a": 1, "l": "zh-CN", "g": "i4"}


@given(SESSIONS)
def test_written_session_reads_back(session: Session) -> None:
    """What `to_mapping` writes, as JSON, is read back equal."""
    assert Session.from_mapping(json.loads(json.dumps(session.to_mapping()))) == session


def test_session_is_short() -> None:
    """A usual session stays short enough to be sealed into a URL."""
    variables = (
        ("staff_known", "yes"),
        ("item_rateable", "yes"),
        ("themed", "no"),
        ("language_offered", "no"),
    )
    ratings = ((SubjectKind.ITEM, Level.DISSATISFIED),)
    session = Session(
        "hotline_rating", "0123456789", "staff", 2, Language.CHINESE, variables, ratings, 1, "0a1b2c3d"
    )

    assert len(json.dumps(session.to_mapping(), separators=(",", ":"))) < 220


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"f": 1}, "/f"),
        ({"f": None}, "/f"),
        ({"n": ["item"]}, "/n"),
        ({"a": 0}, "/a"),
        ({"a": "1"}, "/a"),
        ({"a": True}, "/a"),
        ({"r": -1}, "/r"),
        ({"l": "fr"}, "/l"),
        ({"x": []}, "/x"),
        ({"x": {"themed": 1}}, "/x"),
        ({"g": "i"}, "/g"),
        ({"g": "i6"}, "/g"),
        ({"g": "x1"}, "/g"),
        ({"g": "i²"}, "/g"),
        ({"z": 1}, "/z"),
    ],
)
def test_damaged_session_is_refused(change: dict[str, object], pointer: str) -> None:
    """A part that is missing, of another type or unknown is named."""
    with pytest.raises(InvalidInput) as refused:
        Session.from_mapping(WRITTEN | change)

    assert refused.value.pointer == pointer


@pytest.mark.parametrize(
    ("ratings", "subject"),
    [
        ((), None),
        (((SubjectKind.ITEM, Level.SATISFIED),), SubjectKind.ITEM),
        (((SubjectKind.ITEM, Level.DISSATISFIED), (SubjectKind.STAFF, Level.SATISFIED)), SubjectKind.ITEM),
        (((SubjectKind.ITEM, Level.SATISFIED), (SubjectKind.STAFF, Level.SATISFIED)), SubjectKind.STAFF),
        (
            ((SubjectKind.ITEM, Level.DISSATISFIED), (SubjectKind.STAFF, Level.DISSATISFIED)),
            SubjectKind.STAFF,
        ),
    ],
)
def test_reasons_speak_of_what_was_bad(
    ratings: tuple[tuple[SubjectKind, Level], ...], subject: SubjectKind | None
) -> None:
    """A reason belongs to the bad rating, not to a good one given after it."""
    session = Session("flow", "1", "reason", 1, Language.CHINESE, ratings=ratings)

    assert session.subject is subject
