"""Phone numbers as people, business systems and carriers write them, read by Google's numbering plans."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult

from gateway.domain.phone_numbers import PhoneNumber

_LONGEST: Final = 40
"""Characters; the longest number with its separators is shorter by far."""
_WRITTEN: Final = re.compile(r"[+]?[\d \-.()/]+")
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
_CHINA: Final = 86
_CHINA_ZONE: Final = "Asia/Shanghai"
_WITHHELD: Final = frozenset(
    phonenumbers.convert_alpha_characters_in_number(f"+{word}")
    for word in ("ANONYMOUS", "RESTRICTED", "BLOCKED", "UNKNOWN", "UNAVAILABLE")
)
"""What carriers send for a withheld number: a word spelt on a keypad (+266696687 = ANONYMOUS at Twilio)."""


class PhonenumbersParser:
    """The port `PhoneParser` over the `phonenumbers` library.

    `default_region` is where a number without country prefix belongs; `default_timezone` is the city's
    own. Numbers of the default region must be valid in its numbering plan, since a wrong digit would
    remind a stranger. Elsewhere it is enough that the length is possible: plans abroad change faster
    than the library, and carriers' test numbers (+15005550006) belong to no plan.

    The library loads a country's metadata at its first number (some milliseconds each); call `parse`
    once at start where that matters.
    """

    def __init__(self, default_region: str = "CN", default_timezone: str = "Asia/Shanghai") -> None:
        self._region = default_region
        self._timezone = default_timezone
        self._country_code = phonenumbers.country_code_for_region(default_region)
        if not self._country_code:
            raise ValueError(f"{default_region!r} is no region of ISO 3166-1, such as CN")

    def parse(self, text: str) -> PhoneNumber | None:
        """The number in E.164 form; None for blank, anonymous, short-code and malformed ones.

        Full-width digits, spaces, dashes, dots and brackets are taken as people write them; letters are
        not, so that no marker such as `anonymous` is read as keypad letters.
        """
        if len(text) > _LONGEST:
            return None
        written = unicodedata.normalize("NFKC", text).translate(_DASHES).strip()
        if not _WRITTEN.fullmatch(written) or written in _WITHHELD:
            return None
        try:
            number = phonenumbers.parse(written, self._region)
        except phonenumbers.NumberParseException:
            return None
        if not self._is_usable(number):
            return None
        try:
            return PhoneNumber(phonenumbers.format_number(number, PhoneNumberFormat.E164))
        except ValueError:
            return None

    def timezone(self, phone: PhoneNumber) -> str:
        """IANA zone of the number's owner, where the number belongs to exactly one; else the city's own.

        China has one, whatever the number.
        """
        # Its table is needed for foreign numbers only and is not small.
        from phonenumbers.timezone import time_zones_for_number

        try:
            number = phonenumbers.parse(phone.reveal())
        except phonenumbers.NumberParseException:
            # E.164 in form, yet of a country code that nobody has.
            return self._timezone
        if number.country_code == _CHINA:
            return _CHINA_ZONE
        zones = time_zones_for_number(number)
        return zones[0] if len(zones) == 1 and _exists(zones[0]) else self._timezone

    def _is_usable(self, number: phonenumbers.PhoneNumber) -> bool:
        if number.country_code == self._country_code:
            return phonenumbers.is_valid_number(number)
        reason = phonenumbers.is_possible_number_with_reason(number)
        return reason == ValidationResult.IS_POSSIBLE


def _exists(zone: str) -> bool:
    """Whether this machine knows the zone; the library says `Etc/Unknown` where it does not know."""
    if zone == "Etc/Unknown":
        return False
    try:
        ZoneInfo(zone)
    except ZoneInfoNotFoundError:
        return False
    return True
