"""In which encoding a file is: UTF-8, or GB 18030 as spreadsheets in China write it."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

from gateway.domain.errors import InvalidInput

UTF8: Final = "utf-8"
GB18030: Final = "gb18030"
_WIDE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def detect_encoding(path: Path) -> str:
    """`utf-8` or `gb18030`, whichever more of the lines with other than ASCII in them are written in.

    All lines vote, so that one damaged row of a UTF-8 file is one rejected row, and not a file of
    misread names. A byte order mark decides at once.

    Raises:
        InvalidInput: UTF-16, which no line-wise reader takes.
        OSError: it cannot be read.

    """
    with path.open("rb") as file:
        head = file.read(4)
        if head.startswith(_WIDE):
            raise InvalidInput("is in UTF-16; save it as CSV UTF-8", pointer=str(path))
        if head.startswith(codecs.BOM_UTF8):
            return UTF8
        file.seek(0)
        votes = {UTF8: 0, GB18030: 0}
        for line in file:
            if not line.isascii():
                votes[UTF8 if _is_utf8(line) else GB18030] += 1
    return GB18030 if votes[GB18030] > votes[UTF8] else UTF8


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode(UTF8)
    except UnicodeDecodeError:
        return False
    return True
