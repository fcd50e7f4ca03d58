"""Making text from outside safe to print: no control characters, no invisible ones, no forged signature."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories: controls, formats (zero width, direction), lone surrogates, line breaks."""
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
_SIGNATURE_BRACKETS: Final = str.maketrans("【】", "［］")


def storable(text: str) -> str:
    """`text` without what databases and UTF-8 refuse: U+0000 and halves of surrogate pairs."""
    return _UNSTORABLE.sub("", text)


def printable(text: str) -> str:
    """`text` without what cannot be seen; line breaks stay, everything else of the kind goes."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(c for c in plain if c == "\n" or unicodedata.category(c) not in _INVISIBLE)


def one_line(text: str) -> str:
    """`text` as one line of printable characters, runs of white space made one space.

    Signature brackets become ordinary ones, since carriers read 【…】 as the name of who sends.
    """
    spaced = "".join(" " if c.isspace() else c for c in text)
    return " ".join(printable(spaced).split()).translate(_SIGNATURE_BRACKETS)
