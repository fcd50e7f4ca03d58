"""Core store records as the page shows them."""

from __future__ import annotations

import pytest

from gateway.domain.channels import Channel
from gateway.domain.levels import Level
from gateway.web.demo.records import shown


@pytest.mark.parametrize("level", Level)
@pytest.mark.requirement("R-1")
def test_a_level_is_shown_in_both_code_tables(level: Level) -> None:
    """The two national tables run in opposite directions; side by side nobody mixes them up."""
    record = shown({"level": level.value, "channel": Channel.SMS.value})

    assert record["codes"] == {
        "gbt39046": level.digit,
        "platform": 6 - level.digit,
        "points": level.points,
    }
    assert record["is_bad"] is (level.digit >= 4)
    assert record["level_name"] == {"zh": level.name_zh, "en": level.name_en}


@pytest.mark.parametrize("word", [None, "", "superb", 4, ["x"]])
def test_unknown_words_are_shown_as_they_are(word: object) -> None:
    """A record of another profile breaks nothing."""
    record = shown({"level": word, "channel": word})

    assert record["codes"] is None
    assert record["channel_name"] == {"zh": str(word), "en": str(word)}
