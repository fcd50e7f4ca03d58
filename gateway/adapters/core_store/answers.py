"""What a core store's answer means: stored, try again, or refused for good."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.plain_text import one_line
from gateway.domain.redaction import redact

LONGEST_WISH: Final = timedelta(hours=1)
"""A store that asks for more is asked again after this: a rating must not hang on one wrong header."""

_SUCCESS, _REDIRECTION, _SERVER_ERROR = 2, 3, 5
"""First digits of a status."""
_CONFLICT: Final = 409
_RETRYABLE: Final = frozenset({408, 425, 429})
_SECONDS: Final = re.compile(r"[0-9]{1,9}")
_LONGEST_REASON: Final = 200
_REASON_KEYS: Final = ("detail", "message", "title", "error", "msg")
_ADVICE: Final = {
    401: "check core_store.token",
    403: "check core_store.token and its rights",
    404: "check core_store.url",
    413: "the store takes no record of this size",
}


def is_stored(status: int) -> bool:
    """Whether the store has the revision: 2xx, or 409 because it had it already."""
    return status // 100 == _SUCCESS or status == _CONFLICT


def refusal(status: int, headers_retry_after: str, body: bytes, now: datetime) -> DeliveryFailed:
    """The error for an answer that is not "stored".

    `body` is the beginning of the answer; a short reason found in it stands in the message, one line,
    without anything that looks like a person's number.
    """
    retryable = status in _RETRYABLE or status // 100 >= _SERVER_ERROR
    parts = [f"the core store answered {status}", reason_in(body), _ADVICE.get(status, "")]
    if status // 100 == _REDIRECTION:
        parts.append(
            "it wants another address, and ratings follow none: put the final one into core_store.url"
        )
    return DeliveryFailed(
        "; ".join(part for part in parts if part),
        FailureFacts(
            code=str(status),
            retryable=retryable,
            retry_after=retry_after(headers_retry_after, now) if retryable else None,
        ),
    )


def retry_after(value: str, now: datetime) -> timedelta | None:
    """The wait that `Retry-After` asks for (RFC 9110, 10.2.3: seconds, or a date), at most `LONGEST_WISH`.

    None where it is absent or malformed; zero for a date that has passed.
    """
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return min(timedelta(seconds=int(value)), LONGEST_WISH)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    # The date is in GMT by definition, even where it says -0000.
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(timedelta(0), min(moment - now, LONGEST_WISH))


def reason_in(body: bytes) -> str:
    """The store's own words, from problem+json or the like, else the text itself; short and redacted."""
    text = body.decode("utf-8", "replace")
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        answer = text
    if isinstance(answer, dict):
        words = (answer[key] for key in _REASON_KEYS if isinstance(answer.get(key), str))
        answer = next(words, "")
    if not isinstance(answer, str) or answer.lstrip().startswith("<"):
        # An HTML page or a bare structure is no reason that fits into a line.
        return ""
    reason = redact(one_line(answer))
    return reason if len(reason) <= _LONGEST_REASON else reason[: _LONGEST_REASON - 1] + "…"
