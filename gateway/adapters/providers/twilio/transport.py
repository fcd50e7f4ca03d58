"""The HTTP client of Twilio's SDK, over the session that the whole process shares.

The SDK's own asynchronous one ignores its time-out, repeats POSTs when told to retry (each repetition is
one more text to a citizen), logs parameters, and authenticates by a class that aiohttp is dropping.
"""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import aiohttp
from twilio.http import AsyncHttpClient
from twilio.http.response import Response

from gateway.adapters.providers.twilio.codes import is_retryable, leaves_outcome_unknown, own_code
from gateway.domain.errors import DeliveryFailed, FailureFacts

_SECONDS: Final = re.compile(r"[0-9]{1,5}")
"""Retry-After as Twilio writes it; longer than a day is a mistake."""
_LONGEST_WISH: Final = timedelta(hours=1)
"""What asks for more is asked again after this: an answer must not be late by one wrong header."""

_LONGEST_ANSWER: Final = 1_000_000
"""Bytes: more than a page of a list with the longest texts; what is cut off makes it unreadable."""


class TwilioTransport(AsyncHttpClient):
    """One request, one try; every failure is a DeliveryFailed that holds neither number nor text.

    `connect_timeout` ends before anything has been sent; `answer_timeout` is from then to the answer's end.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        connect_timeout: timedelta = timedelta(seconds=5),
        answer_timeout: timedelta = timedelta(seconds=20),
    ) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self._session = session
        # The total is longer than connecting may take, so that it strikes only where it leaves a doubt.
        self._timeout = aiohttp.ClientTimeout(
            total=(connect_timeout + answer_timeout).total_seconds(),
            connect=connect_timeout.total_seconds(),
            sock_read=answer_timeout.total_seconds(),
        )

    async def request(  # type: ignore[override]  # the SDK's base class is the synchronous one
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        **_unused: object,
    ) -> Response:
        """Send it once, with our own time-out; return a success, raise DeliveryFailed for all else."""
        sent = dict(headers or {})
        if auth is not None:
            sent["Authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode("ascii")
        # A redirected POST would lose its body.
        request = self._session.request(
            method, uri, params=params, data=data, headers=sent, timeout=self._timeout, allow_redirects=False
        )
        try:
            async with request as answer:
                text = await _text_of(answer)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unanswered(error) from None
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise _refusal(answer.status, text, answer.headers.get("Retry-After", ""))
        return Response(answer.status, text, answer.headers)


async def _text_of(answer: aiohttp.ClientResponse) -> str:
    """The answer, cut where it is longer than any of Twilio's; JSON is UTF-8, whatever the header says."""
    pieces: list[bytes] = []
    room = _LONGEST_ANSWER
    while room > 0 and (piece := await answer.content.read(room)):
        pieces.append(piece)
        room -= len(piece)
    return b"".join(pieces).decode("utf-8", "replace")


def _unanswered(error: Exception) -> DeliveryFailed:
    unsent = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    cause = "timeout" if isinstance(error, TimeoutError) else "disconnected"
    facts = FailureFacts("unreachable" if unsent else cause, retryable=True, outcome_unknown=not unsent)
    return DeliveryFailed(f"no answer from Twilio: {facts.code}", facts)


def _refusal(status: int, text: str, retry_after: str) -> DeliveryFailed:
    code = _code_in(text)
    facts = FailureFacts(
        code or f"http_{status}",
        retryable=is_retryable(status, code),
        outcome_unknown=leaves_outcome_unknown(status, code),
        retry_after=_wait(retry_after),
    )
    # Not Twilio's own message: it repeats the number.
    return DeliveryFailed(f"Twilio answered {status}, code {code or 'none'}", facts)


def _code_in(text: str) -> str:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return own_code(document.get("code")) if isinstance(document, dict) else ""


def _wait(retry_after: str) -> timedelta | None:
    if not _SECONDS.fullmatch(retry_after):
        return None
    return min(timedelta(seconds=int(retry_after)), _LONGEST_WISH)
