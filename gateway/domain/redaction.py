"""Taking phone numbers and identity numbers out of a citizen's own words before staff read them (R-18)."""

from __future__ import annotations

import re
from typing import Final

PLACEHOLDER: Final = "［号码已隐去］"
"""What stands where a number was."""

_CHINESE_DIGITS: Final = str.maketrans(
    "０１２３４５６７８９〇零一幺二三四五六七八九", "0123456789001123456789"
)
"""One character for one, so that a place in the translation is the same place in the original."""

_SHORTEST: Final = 7
"""Characters of the shortest number that is hidden: a local one."""
_GAP: Final = r"[ \u3000.·_\-–—－]{0,3}"
_PREFIX: Final = rf"(?:(?:[+＋]|00)?86{_GAP})?"
_START: Final = r"(?<!\d)(?<!\d[.\-/])"
_MOMENT: Final = r"20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?(?!\d)"
_NUMBERS: Final = re.compile(
    "|".join(
        (
            # Any long run of digits is somebody's number, unless it reads as a moment (yyyymmddhhmm[ss]).
            rf"(?<!\d)(?!{_MOMENT})\d{{11,}}[XxＸｘ]?",
            # Resident identity number (GB 11643) in groups: region, birthday, sequence and check character.
            rf"(?<!\d)[1-9]\d{{5}}{_GAP}(?:18|19|20)\d{{2}}{_GAP}[01]\d{_GAP}[0-3]\d{_GAP}\d{{3}}[\dXxＸｘ](?!\d)",
            # Mobile number, however it is grouped.
            rf"{_START}{_PREFIX}1{_GAP}[3-9](?:{_GAP}\d){{9}}(?!\d)",
            # Landline with its area code; abroad's way of writing it drops the 0.
            rf"{_START}{_PREFIX}[(（]?0\d{{2,3}}[)）]?{_GAP}[2-9]\d{{2,3}}{_GAP}\d{{4}}(?!\d)",
            rf"(?<!\d)(?:[+＋]|00)86{_GAP}[1-9]\d{{1,2}}{_GAP}[2-9]\d{{2,3}}{_GAP}\d{{4}}(?!\d)",
            # Numbers of other places in international form.
            r"[+＋]\d(?:[ \-]?\d){7,14}(?!\d)",
            # A local number, where the words before say that it is one.
            r"(?:(?<=电话)|(?<=座机)|(?<=电话[:： 是])|(?<=座机[:： 是]))[2-9]\d{6,7}(?!\d)",
        )
    )
)


def redact(text: str) -> str:
    """`text` with whatever looks like a phone or identity number replaced by `PLACEHOLDER`.

    Errs towards hiding: a case number in such a form is hidden too, since it is told elsewhere. Dates,
    times, amounts and short hotline numbers stay.
    """
    if len(text) < _SHORTEST:
        return text
    readable = text.translate(_CHINESE_DIGITS)
    pieces: list[str] = []
    end = 0
    for match in _NUMBERS.finditer(readable):
        pieces += (text[end : match.start()], PLACEHOLDER)
        end = match.end()
    return "".join((*pieces, text[end:]))
