"""Replies as citizens write them, each labelled by the rules before the reader saw it."""

from __future__ import annotations

import pytest

from gateway.domain.reply import Outcome, read_reply
from tests.unit.domain.reply.replies import Reply, label_of, replies

EXAMPLES = replies("reply_examples.tsv")
MORE = replies("more_replies.tsv")


def test_all_labelled_replies_are_there() -> None:
    """No row of the tables is lost to a quote or a line break."""
    assert len(EXAMPLES) == 136
    assert len(MORE) > 1500


@pytest.mark.requirement("R-7")
@pytest.mark.parametrize("reply", EXAMPLES, ids=lambda reply: repr(reply.text))
def test_example_is_read_as_labelled(reply: Reply) -> None:
    """Every example that came with the rules is read as it was labelled."""
    assert label_of(read_reply(reply.text)) == reply.label


@pytest.mark.requirement("R-7")
@pytest.mark.parametrize("reply", MORE, ids=lambda reply: repr(reply.text))
def test_reply_is_read_as_labelled_and_by_the_rule_named(reply: Reply) -> None:
    """Every further reply is read as labelled, and explained by the rule that holds."""
    reading = read_reply(reply.text)
    assert (label_of(reading), reading.rule.value) == (reply.label, reply.rule)


@pytest.mark.requirement("R-16")
def test_only_a_rating_has_a_level_and_a_comment() -> None:
    """What is unclear or an opt-out carries no level that could be recorded by mistake."""
    readings = {reply.text: read_reply(reply.text) for reply in (*EXAMPLES, *MORE)}

    assert [text for text, r in readings.items() if (r.level is None) == (r.outcome is Outcome.RATING)] == []
    assert [text for text, r in readings.items() if r.comment and r.outcome is not Outcome.RATING] == []
