"""Emails that come back, handed in by a mail server that can call an address but not run a program."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.domain.errors import Malformed
from gateway.domain.mail.incoming import LARGEST
from gateway.web.api.answers import TakenMail
from gateway.web.api.parts import ApiParts
from gateway.web.api.services import json_answer
from gateway.web.problems import Problem, problem_response

MEDIA_TYPE: Final = "message/rfc822"
_MOST: Final = 64 * 2**20
"""Bytes that are listened to: mail servers let hardly more pass, and only the beginning is read."""
_OTHER_FORMS: Final = frozenset({"application/json", "multipart/form-data"})
_CREATED: Final = 201
_OK: Final = 200
_SHUT: Final = Problem(
    status=503, kind="no-mailbox", detail="no email comes back here; the operator sets mailbox.address"
)
_OTHER: Final = Problem(
    status=415, kind="unsupported-media-type", detail=f"send the email itself, as it came, as {MEDIA_TYPE}"
)
_TOO_LARGE: Final = Problem(
    status=413, kind="too-large", detail=f"the email is larger than {_MOST} bytes; nothing of it was taken"
)


class MailHandler:
    """`POST /v1/mails`."""

    def __init__(self, parts: ApiParts) -> None:
        self._take_mail = parts.take_mail

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take one email: 201 for a new one, 200 for one that was taken before."""
        if self._take_mail is None:
            return problem_response(request, _SHUT)
        if request.content_type in _OTHER_FORMS:
            return problem_response(request, _OTHER)
        content = await _read(request)
        if content is None:
            return problem_response(request, _TOO_LARGE)
        if not content.strip():
            raise Malformed("the body is empty; send one email as it came")
        outcome = await self._take_mail(content)
        if outcome is None:
            return json_answer(TakenMail(outcome="repeated"), status=_OK)
        return json_answer(TakenMail(outcome=outcome.value), status=_CREATED)


async def _read(request: web.Request) -> bytes | None:
    """The beginning of the body, as far as it is read; None for one that is larger than it may be."""
    kept, size = bytearray(), 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > _MOST:
            return None
        kept += chunk[: LARGEST - len(kept)]
    return bytes(kept)
