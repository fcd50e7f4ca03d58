"""The fields of a form: what was sent, once."""

from __future__ import annotations

from enum import Enum
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.web_forms import Fields, is_form, pairs_of
from gateway.application.ports.webhook_provider import RawRequest
from gateway.domain.errors import InvalidInput


class Fruit(Enum):
    """Something to choose."""

    APPLE = "apple"
    PEAR = "pear"


@pytest.mark.parametrize(
    ("content_type", "form"),
    [
        ("application/x-www-form-urlencoded", True),
        ("Application/X-WWW-Form-Urlencoded ; charset=UTF-8", True),
        ("application/x-www-form-urlencodedx", False),
        ("application/json", False),
        ("", False),
    ],
)
def test_knows_a_form_by_its_label(content_type: str, form: bool) -> None:
    """Case and parameters do not matter."""
    assert is_form(RawRequest("/", "", {"content-type": content_type}, b"")) is form


def test_keeps_blanks_repeats_and_order() -> None:
    """All fields as sent, decoded."""
    assert pairs_of(b"b=&a=1+2&a=%E5%A5%BD&c") == (("b", ""), ("a", "1 2"), ("a", "好"), ("c", ""))


@given(body=st.binary(max_size=200))
def test_no_body_is_too_strange(body: bytes) -> None:
    """Whatever the bytes, there are fields and no other error than too many of them."""
    assert isinstance(pairs_of(body), tuple)


@given(query=st.text(alphabet="ab=&%+2BE5é\ud800\0 ;", max_size=60) | st.text(max_size=60))
def test_reads_as_the_standard_library_does(query: str) -> None:
    """What is signed must be read exactly as everybody reads it."""
    assert pairs_of(query) == tuple(parse_qsl(query, keep_blank_values=True))


def test_refuses_a_flood() -> None:
    """More fields than any carrier sends."""
    with pytest.raises(InvalidInput, match="at most 500"):
        pairs_of("&".join(f"f{number}=" for number in range(501)))


def test_names_the_choices() -> None:
    """A wrong value is answered with the right ones; an absent one is None."""
    fields = Fields(pairs_of("good=pear&bad=plum"), "/query")

    assert fields.choice("good", Fruit) is Fruit.PEAR
    assert fields.choice("none", Fruit) is None
    with pytest.raises(InvalidInput, match="apple, pear") as raised:
        fields.choice("bad", Fruit)
    assert raised.value.pointer == "/query/bad"
