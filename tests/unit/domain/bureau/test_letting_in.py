"""Who is let in, for how long, and when a name is shut."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.bureau.lockout import MOST_TRIES, SHUT_FOR, Tries, after_try, is_shut
from gateway.domain.bureau.officers import Permission, Role, as_login, as_name
from gateway.domain.bureau.passwords import PasswordFault, fault_of
from gateway.domain.bureau.sessions import Session, SessionLimits, is_over, is_worth_noting
from gateway.domain.ids import OfficerId

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
LIMITS = SessionLimits(idle=timedelta(minutes=30), absolute=timedelta(hours=12))


@pytest.mark.requirement("R-18")
@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.VIEWER, {Permission.LOOK}),
        (Role.OFFICER, {Permission.LOOK, Permission.HANDLE}),
        (Role.ADMINISTRATOR, set(Permission)),
    ],
)
def test_each_role_may_what_it_is_for(role: Role, may: set[Permission]) -> None:
    """Whoever only looks can neither act nor have a number shown."""
    assert {permission for permission in Permission if role.may(permission)} == may


@pytest.mark.parametrize(
    ("typed", "login"),
    [
        ("Zhang", "zhang"),
        (" ｚｈａｎｇ.san ", "zhang.san"),
        ("li@bureau.example", "li@bureau.example"),
        ("张三", "张三"),
        ("", None),
        ("a", None),
        ("a b", None),
        ("x" * 65, None),
        ("<b>", None),
        ("a\0b", "ab"),
    ],
)
def test_a_login_name_is_written_one_way(typed: str, login: str | None) -> None:
    """However it is typed; what cannot be one is none."""
    assert as_login(typed) == login


def test_a_name_is_one_line_that_can_be_seen() -> None:
    """Empty or too long is no name."""
    assert as_name(" 张\u202e三\n ") == "张三"
    assert as_name("\u200b") is None
    assert as_name("长" * 41) is None


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("correct horse battery", None),
        ("政务服务好评差评都要认真办", None),
        ("short", PasswordFault.TOO_SHORT),
        ("x" * 129, PasswordFault.TOO_LONG),
        ("aaaaaaaaaaaaaaaa", PasswordFault.TOO_PLAIN),
        ("1234567890123", PasswordFault.TOO_PLAIN),
        ("my zhang password", PasswordFault.NAMES_ITS_OWNER),
        ("密码里有张三的名字不大行啊", PasswordFault.NAMES_ITS_OWNER),
    ],
)
def test_a_password_is_long_and_not_what_everybody_would_guess(
    password: str, fault: PasswordFault | None
) -> None:
    """Length counts; signs and digits are nobody's duty."""
    assert fault_of(password, "zhang@bureau.example", "张三") is fault


def test_a_session_ends_for_want_of_use_and_in_any_case() -> None:
    """Half an hour unused, twelve hours in all."""
    session = Session(digest="d", officer_id=OfficerId("o"), started_at=NOW, seen_at=NOW)
    used = Session(
        digest="d", officer_id=OfficerId("o"), started_at=NOW, seen_at=NOW + timedelta(hours=11, minutes=50)
    )

    assert not is_over(session, LIMITS, NOW + timedelta(minutes=29))
    assert is_over(session, LIMITS, NOW + timedelta(minutes=30))
    assert is_over(used, LIMITS, NOW + timedelta(hours=12))
    assert not is_worth_noting(session, NOW + timedelta(seconds=59))


def test_a_name_is_shut_after_five_tries_and_opens_by_itself() -> None:
    """Tries while it is shut do not lengthen that."""
    tries = Tries(0, NOW)
    for _ in range(MOST_TRIES):
        assert not is_shut(tries, NOW)
        tries = after_try(tries, NOW)

    assert is_shut(tries, NOW)
    assert after_try(tries, NOW + SHUT_FOR / 2) == tries
    assert not is_shut(tries, NOW + SHUT_FOR)
    assert after_try(tries, NOW + SHUT_FOR) == Tries(1, NOW + SHUT_FOR)


@given(st.lists(st.integers(0, 2000), max_size=200))
def test_whoever_guesses_never_gets_more_than_the_rate(pauses: list[int]) -> None:
    """However tries are spread, of six that are looked at some are a quarter of an hour apart."""
    tries, now, looked_at = Tries(0, NOW), NOW, []
    for pause in pauses:
        now += timedelta(seconds=pause)
        if not is_shut(tries, now):
            tries = after_try(tries, now)
            looked_at.append(now)

    for first, sixth in zip(looked_at, looked_at[MOST_TRIES:], strict=False):
        assert sixth - first >= SHUT_FOR or any(
            later - earlier >= SHUT_FOR for earlier, later in pairwise(looked_at) if first <= earlier < sixth
        )
