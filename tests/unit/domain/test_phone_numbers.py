"""A phone number shows itself only when asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.phone_numbers import PhoneNumber


@pytest.mark.requirement("R-18")
@pytest.mark.parametrize(
    ("number", "mask"),
    [
        ("+8613800138000", "138****8000"),
        ("+85261234567", "+85****4567"),
        ("+1234567", "+12****4567"),
    ],
)
def test_a_number_prints_as_a_mask(number: str, mask: str) -> None:
    """str, repr and format give the mask, reveal the number."""
    phone = PhoneNumber(number)

    assert str(phone) == f"{phone}" == mask
    assert number not in repr(phone)
    assert phone.reveal() == number


@pytest.mark.requirement("R-18")
@given(st.from_regex(r"\+[1-9][0-9]{9,14}", fullmatch=True))
def test_the_mask_hides_the_middle_of_any_number(number: str) -> None:
    """At least three digits in the middle never show."""
    shown = str(PhoneNumber(number)).replace("*", "")

    assert len(shown) <= len(number) - 3


@pytest.mark.parametrize("text", ["", "13912345678", "+0138", "+86138x", "+86 138", "anonymous", "+1"])
def test_anything_else_is_refused_without_being_repeated(text: str) -> None:
    """The error does not carry what was given, which may be half a number."""
    with pytest.raises(ValueError, match=r"E\.164") as caught:
        PhoneNumber(text)
    assert text == "" or text not in str(caught.value)
