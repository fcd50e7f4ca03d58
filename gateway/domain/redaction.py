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

_GAP: Final = r"[ \t\u3000.·_\-–—－]?"
_NUMBERS: Final = re.compile(
    "|".join(
        (
            # Resident identity number (GB 11643): region, birthday, sequence, check character.
            rf"(?<!\d)[1-9]\d{{5}}{_GAP}(?:18|19|20)\d{{2}}{_GAP}[01]\d{_GAP}[0-3]\d{_GAP}\d{{3}}[\dXxＸｘ](?!\d)",
            # Old identity numbers, bank cards: a long run of digits is somebody's number, never a date.
            r"(?<!\d)\d{15,19}[XxＸｘ]?(?!\d)",
            # Mobile number, with or without the country's prefix, in one piece, 3-4-4 or 3-3-5.
            rf"(?<!\d)(?<!\d[.\-])(?:(?:[+＋]|00)?86{_GAP})?1[3-9]\d"
            rf"(?:{_GAP}\d{{4}}{_GAP}\d{{4}}|{_GAP}\d{{3}}{_GAP}\d{{5}})(?!\d)",
            # The same with every digit apart (1 3 8 0 0 1 3 8 0 0 0).
            r"(?<!\d)(?<!\d[ .\-])1[ .\-][3-9](?:[ .\-]\d){9}(?![ .\-]?\d)",
            # Landline with area code, with or without prefix, brackets, extension.
            rf"(?<!\d)(?:(?:[+＋]|00)86{_GAP})?[(（]?0\d{{2,3}}[)）]?{_GAP}[2-9]\d{{2,3}}{_GAP}\d{{4}}(?!\d)",
            rf"(?<!\d)(?:[+＋]|00)86{_GAP}[1-9]\d{{1,2}}{_GAP}[2-9]\d{{6,7}}(?!\d)",
            # Numbers of other places in international form.
            r"[+＋]\d(?:[ \-]?\d){7,14}(?!\d)",
            # A local number says what it is.
            r"(?<=电话)\W{0,3}[2-9]\d{6,7}(?!\d)",
        )
    )
)


def redact(text: str) -> str:
    """`text` with whatever looks like a phone or identity number replaced by `PLACEHOLDER`.

    Errs towards hiding: a case number in such a form is hidden too, since it is told elsewhere. Dates,
    times, amounts and short hotline numbers stay.
    """
    readable = text.translate(_CHINESE_DIGITS)
    pieces: list[str] = []
    end = 0
    for match in _NUMBERS.finditer(readable):
        pieces += (text[end : match.start()], PLACEHOLDER)
        end = match.end()
    return "".join((*pieces, text[end:]))
