"""The words of a flow: what fills them, and what a variable accepts."""

from __future__ import annotations

import pytest

from gateway.domain.flow.wording import Speech, Variable
from gateway.domain.languages import Language


def test_text_is_filled() -> None:
    """Variables stand in braces; one without a value is left out, never read aloud by its name."""
    speech = Speech("请评价{item_name}{unknown}。", Language.CHINESE)

    assert speech.variables == {"item_name", "unknown"}
    assert speech.filled({"item_name": "身份证换领"}) == "请评价身份证换领。"


def test_values_are_not_filled_twice() -> None:
    """Braces in a value are only letters."""
    assert Speech("{a}", Language.ENGLISH).filled({"a": "{b}", "b": "x"}) == "{b}"


@pytest.mark.parametrize(
    ("variable", "value", "accepted"),
    [
        (Variable("themed", "no", ("yes", "no")), "yes", "yes"),
        (Variable("themed", "no", ("yes", "no")), "YES", "no"),
        (Variable("themed", "no", ("yes", "no")), None, "no"),
        (Variable("item_name", "", max_length=4), "身份证换领", "身份证换"),
        (Variable("item_name", "服务", max_length=4), None, "服务"),
    ],
)
def test_variable_accepts(variable: Variable, value: str | None, accepted: str) -> None:
    """A listed value is taken, any other becomes the default; a free text is cut to its length."""
    assert variable.accepted(value) == accepted
