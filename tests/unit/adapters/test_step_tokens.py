"""Step tokens: tamper-proof, bound to their call, the same every time."""

from __future__ import annotations

import base64
import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.step_tokens import SignedStepTokens
from gateway.domain.errors import ConfigurationError, InvalidInput, Unauthentic
from gateway.domain.flow.session import Session
from gateway.domain.ids import CallId
from gateway.domain.languages import Language
from gateway.domain.levels import Level
from gateway.domain.subjects import SubjectKind

OLD, NEW = b"o" * 32, b"n" * 32
CALL = CallId("twilio:CA1")
URL_SAFE = set(string.ascii_letters + string.digits + "-_")

words = st.text(max_size=20)
names = st.text(min_size=1, max_size=20)
sessions = st.builds(
    Session,
    flow=names,
    version=names,
    node=names,
    attempt=st.integers(1, 99),
    language=st.sampled_from(Language),
    variables=st.dictionaries(words, words, max_size=3).map(lambda d: tuple(d.items())),
    ratings=st.lists(st.tuples(st.sampled_from(SubjectKind), st.sampled_from(Level)), max_size=3).map(tuple),
    repeats=st.integers(0, 99),
    meaning=words,
)
SESSION = Session(
    "hotline_rating", "v1", "rate_item", 2, Language.CHINESE, (("item_name", "居民身份证换领"),), repeats=1
)


@given(session=sessions)
def test_opens_what_it_sealed(session: Session) -> None:
    """Any session comes back as it was, through URL-safe text; sealing again gives the same text."""
    tokens = SignedStepTokens([NEW])

    token = tokens.seal(CALL, session)

    assert tokens.open(CALL, token) == session
    assert set(token) <= URL_SAFE
    assert SignedStepTokens([NEW]).seal(CALL, session) == token


@given(data=st.data())
def test_refuses_any_change(data: st.DataObject) -> None:
    """A token with one character changed, dropped or added anywhere is refused."""
    tokens = SignedStepTokens([NEW])
    token = tokens.seal(CALL, SESSION)
    place = data.draw(st.integers(0, len(token)))
    put = data.draw(st.text(st.characters(), max_size=2))
    damaged = token[:place] + put + token[place + data.draw(st.integers(0, 1)) :]

    if damaged == token:
        assert tokens.open(CALL, damaged) == SESSION
    else:
        with pytest.raises(Unauthentic):
            tokens.open(CALL, damaged)


@pytest.mark.parametrize("token", ["", "x", "A" * 22, "ä" * 40, "\ud800" * 30])
def test_refuses_what_is_no_token(token: str) -> None:
    """Whatever stands in the URL, it is refused and nothing else goes wrong."""
    with pytest.raises(Unauthentic):
        SignedStepTokens([NEW]).open(CALL, token)


def test_a_token_is_good_for_its_own_call_only() -> None:
    """One caller's token cannot be used in another call, nor by moving bytes between id and token."""
    tokens = SignedStepTokens([NEW])
    token = tokens.seal(CALL, SESSION)

    for other in (CallId("twilio:CA2"), CallId("demo:CA1"), CallId(""), CallId(f"{CALL}.{token[0]}")):
        with pytest.raises(Unauthentic):
            tokens.open(other, token)


def test_keys_can_be_replaced_during_calls() -> None:
    """The newest key seals, the older ones still open; a key that was taken away opens nothing."""
    before, during, after = SignedStepTokens([OLD]), SignedStepTokens([NEW, OLD]), SignedStepTokens([NEW])
    old_token, new_token = before.seal(CALL, SESSION), during.seal(CALL, SESSION)

    assert during.open(CALL, old_token) == SESSION
    assert after.open(CALL, new_token) == SESSION
    with pytest.raises(Unauthentic):
        after.open(CALL, old_token)
    with pytest.raises(Unauthentic):
        before.open(CALL, new_token)


@pytest.mark.parametrize("content", [b"[]", b"{", b"\xff", json.dumps({"f": "flow"}).encode()])
def test_a_session_of_another_release_is_an_input_error(content: bytes) -> None:
    """What we sealed but cannot read is told apart from forgery."""
    tokens = SignedStepTokens([NEW])
    text = base64.urlsafe_b64encode(content).decode().rstrip("=")
    mac = _mac_of(tokens, text)

    with pytest.raises(InvalidInput):
        tokens.open(CALL, text + mac)


def _mac_of(tokens: SignedStepTokens, text: str) -> str:
    from gateway.adapters.step_tokens import _mac

    return _mac(tokens._keys[0], CALL, text)


@pytest.mark.parametrize("keys", [[], [b""], [NEW, b"short"]])
def test_refuses_weak_keys(keys: list[bytes]) -> None:
    """Without a real key nothing starts."""
    with pytest.raises(ConfigurationError):
        SignedStepTokens(keys)
