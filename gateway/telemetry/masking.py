"""The last net before a log line is written: whatever looks like a phone number is masked (R-18).

It is a net, not the rule: numbers travel as values that mask themselves, and nobody logs what citizens
wrote. The net catches what slips through, in another library's message or an error's text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final, TypeAlias

Plain: TypeAlias = "str | int | float | bool | dict[str, Plain] | list[Plain] | None"

_SHOWN_HEAD: Final = 3
_SHOWN_TAIL: Final = 4
_LONG: Final = 10**10
"""From eleven digits on a figure may be a phone number; no figure that we log is so large."""

# Ids as we and carriers make them (UUID, hash, Twilio's SID); their runs of digits are chance, and whoever
# searches the log must find them whole.
_IDENTIFIER: Final = (
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
    r"|(?:[A-Z]{2})?(?=[0-9]*[a-f])[0-9a-f]{32}(?:[0-9a-f]{32})?)(?![0-9A-Za-z])"
)
_FORMS: Final = (
    # Eleven to fifteen digits in a row are a phone number (E.164), eighteen an identity number.
    r"(?<!\d)(?:\d{17}[\dXx]|\+?\d{11,15})(?!\d)",
    # A mobile number in groups.
    r"(?<!\d)(?:(?:\+|00)?86[ -]{0,2})?1[3-9]\d(?:[ -]{0,2}\d){8}(?!\d)",
    r"(?<!\d)1[3-9]\d\.\d{4}\.\d{4}(?!\d)",
    # A landline with its area code, and numbers in international form.
    r"(?<!\d)\(?0\d{2,3}[)-] ?\d{7,8}(?!\d)",
    r"\+[1-9](?:[ -]?\d){6,14}(?!\d)",
)
_DIGIT: Final = re.compile(r"\d")
_NUMBER: Final = re.compile("|".join((f"(?P<identifier>{_IDENTIFIER})", *_FORMS)))


def mask_text(text: str) -> str:
    """`text` with every number that may be a person's masked, as in 138****8000."""
    # Most words of a log line hold no digit, and looking for one is far cheaper than looking for numbers.
    return _NUMBER.sub(_mask, text) if _DIGIT.search(text) else text


def mask_value(value: object) -> Plain:
    """Any value as plain JSON data with personal numbers masked; what JSON does not know becomes text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return mask_text(f"{value:.0f}") if abs(value) >= _LONG else value
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Mapping):
        return {mask_text(str(name)): mask_value(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [mask_value(item) for item in value]
    return mask_text(value.isoformat() if isinstance(value, date) else str(value))


def _mask(match: re.Match[str]) -> str:
    if match["identifier"]:
        return match[0]
    digits = "".join(character for character in match[0] if character.isdigit() or character in "Xx")
    national = re.sub(r"^(?:00)?86(?=\d{10,11}$)", "", digits)
    return f"{national[:_SHOWN_HEAD]}****{national[-_SHOWN_TAIL:]}"
