"""Taking phone numbers and identity numbers out of a citizen's own words before staff read them (R-18)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

PLACEHOLDER: Final = "［号码已隐去］"
"""What stands where a number was."""

_CHINESE_DIGITS: Final = {
    **dict.fromkeys("〇零", "0"),
    **dict.fromkeys("一幺壹", "1"),
    **dict.fromkeys("二贰貳", "2"),
    **dict.fromkeys("三叁參", "3"),
    **dict.fromkeys("四肆", "4"),
    **dict.fromkeys("五伍", "5"),
    **dict.fromkeys("六陆陸", "6"),
    **dict.fromkeys("七柒", "7"),
    **dict.fromkeys("八捌", "8"),
    **dict.fromkeys("九玖", "9"),
}
_BLANKS: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Me"})
"""Categories of Unicode: spaces, line breaks and tabs, what is invisible, what adorns the digit before it."""


class _Plain(dict[int, str]):
    """Digits of all scripts and forms, blanks and dashes by their plain one.

    One character for one, so that a place in the translation is the same place in the original.
    """

    def __missing__(self, code: int) -> str:
        """Looked up once, then kept: there are few."""
        character = chr(code)
        self[code] = plain = _plain(character)
        return plain


def _plain(character: str) -> str:
    compatible = unicodedata.normalize("NFKC", character)
    character = compatible if len(compatible) == 1 else character
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(character)
    if category in _BLANKS:
        return " "
    return "-" if category == "Pd" or character == "−" else _CHINESE_DIGITS.get(character, character)


_PLAIN: Final = _Plain()
_SHORTEST: Final = 7
"""Characters of the shortest number that is hidden: a local one."""
_GAP: Final = r"[ .·•_*~～\-]{0,3}"
_WIDE_GAP: Final = r"[ .·•_*~～\-,，、/|:：;；()（）\[\]【】]{0,3}"
"""Also what stands between the parts of times, dates and amounts."""
_PREFIX: Final = rf"(?:(?:[+＋]|00)?86{_GAP})?"
_START: Final = r"(?<!\d)(?<!\d[.\-/])"
_MOMENT: Final = r"20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?(?!\d)"
_NUMBERS: Final = re.compile(
    "|".join(
        (
            # Any long run of digits is somebody's number, unless it reads as a moment (yyyymmddhhmm[ss]).
            rf"(?<!\d)(?!{_MOMENT})\d{{11,}}[XxＸｘ]?",
            # Resident identity number (GB 11643) in groups: region, birthday, sequence and check character.
            rf"(?<!\d)[1-9]\d{{5}}{_WIDE_GAP}(?:18|19|20)\d{{2}}{_WIDE_GAP}[01]\d{_WIDE_GAP}[0-3]\d{_WIDE_GAP}\d{{3}}[\dXxＸｘ](?!\d)",
            # Mobile number, however it is grouped.
            rf"{_START}{_PREFIX}1{_GAP}[3-9](?:{_GAP}\d){{9}}(?!\d)",
            # The same, unless it begins like 13:30, 13/11 or 13,800.
            rf"{_START}{_PREFIX}(?!1\d[^\d])1{_WIDE_GAP}[3-9](?:{_WIDE_GAP}\d){{9}}(?!\d)",
            # Landline with its area code; abroad's way of writing it drops the 0.
            rf"{_START}{_PREFIX}[(（]?0\d{{2,3}}{_WIDE_GAP}[2-9]\d{{2,3}}{_GAP}\d{{4}}(?!\d)",
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
    readable = text.translate(_PLAIN)
    pieces: list[str] = []
    end = 0
    for match in _NUMBERS.finditer(readable):
        pieces += (text[end : match.start()], PLACEHOLDER)
        end = match.end()
    return "".join((*pieces, text[end:]))
