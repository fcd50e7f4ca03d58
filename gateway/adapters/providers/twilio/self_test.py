"""A webhook request signed by ourselves as Twilio would, which changes nothing wherever it arrives.

It reports that a call rings: a report that every gateway verifies, reads, and has nothing to do about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

_PATH: Final = "/twilio/voice/status"
_QUERY: Final = "?note=a%2Fb%20c%2B%E8%AF%84"
"""What careless proxies decode, encode anew, or merge."""
_FIELDS: Final = {"CallSid": "CA" + "0" * 31 + "d", "CallStatus": "ringing", "AccountSid": "AC" + "0" * 32}
_WORDS: Final = {"CallerName": "评价 a+b&c=d"}


@dataclass(frozen=True, slots=True)
class SelfTest:
    """A request to post as it stands."""

    url: str
    body: bytes
    headers: dict[str, str]


def self_test(public_url: str, auth_token: str, *, plain: bool = False) -> SelfTest:
    """The request; a `plain` one has nothing that a proxy could change. Without a token it is unsigned."""
    url = public_url.rstrip("/") + _PATH + ("" if plain else _QUERY)
    fields = _FIELDS if plain else _FIELDS | _WORDS
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    if auth_token:
        headers["X-Twilio-Signature"] = RequestValidator(auth_token).compute_signature(url, fields)
    return SelfTest(url, urlencode(fields).encode(), headers)
