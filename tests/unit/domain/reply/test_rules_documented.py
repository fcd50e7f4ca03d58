"""The explanation of every rule an operator can meet."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.domain.reply import Rule
from tests.unit.domain.reply.replies import replies

DOCUMENT = Path(__file__).parents[4] / "docs" / "reply-reading.md"


@pytest.mark.parametrize("rule", Rule, ids=lambda rule: rule.value)
def test_every_rule_is_explained_in_the_documentation(rule: Rule) -> None:
    """An operator finds each value of `rule` in its own row of the table."""
    assert f"| `{rule.value}` |" in DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", Rule, ids=lambda rule: rule.value)
def test_every_rule_decides_some_labelled_reply(rule: Rule) -> None:
    """No rule is dead: the labelled replies hold an instance of each."""
    assert rule.value in {reply.rule for reply in replies("more_replies.tsv")}
