"""Tables of labelled replies, and the one-word label of a reading they are compared with."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gateway.domain.reply import Reading, read_by_rules

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE = Path(__file__).parent


class Reply(NamedTuple):
    """One labelled reply."""

    text: str
    label: str
    """An option digit, `unclear` or `opt_out`."""
    rule: str = ""


def label_of(reading: Reading) -> str:
    """An option digit for a rating, else the outcome."""
    return str(reading.level.digit) if reading.level else reading.outcome.value


def read(text: str) -> str:
    """The label the reader gives a text, by its full rules."""
    return label_of(read_by_rules(text))


def table(**rows: str | tuple[str, ...]) -> list[tuple[str, str]]:
    """Parameters (text, label) from labels and their texts; `_1` stands for the label 1.

    A string holds texts divided by spaces, a tuple holds texts with spaces in them.
    """
    return [
        (text, label.removeprefix("_"))
        for label, texts in rows.items()
        for text in (texts.split() if isinstance(texts, str) else texts)
    ]


def words(*lines: str) -> tuple[str, ...]:
    """The words of some lines, divided by spaces."""
    return tuple(word for line in lines for word in line.split())


def grid(*parts: Iterable[str]) -> list[tuple[str, ...]]:
    """Every combination, as parameters."""
    return list(product(*parts))


def replies(name: str) -> list[Reply]:
    r"""The labelled replies of a tab-separated file; `\n` in a text stands for a line break."""
    lines = (HERE / name).read_text(encoding="utf-8").removesuffix("\n").split("\n")[1:]
    found = []
    for line in lines:
        text, outcome, level, *rule = line.split("\t")
        found.append(Reply(text.replace("\\n", "\n"), level or outcome, *rule))
    return found
