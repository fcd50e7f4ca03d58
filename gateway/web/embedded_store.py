"""The embedded core store: the contract of a remote one, over HTTP, on the gateway's own database.

Whatever the gateway does with a remote core store it does with this one, so that nothing but the URL changes.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from gateway.application.ports.evaluation_shelf import EvaluationShelf, ShelfPlace, StoredRevision
from gateway.domain.documents import Document
from gateway.domain.errors import InvalidInput, Unavailable
from gateway.domain.ids import EvaluationId
from gateway.web.embedded_store_records import LARGEST_RECORD, read_record

log = structlog.get_logger()

_USUAL_PAGE: Final = 50
_LARGEST_PAGE: Final = 200


def embedded_store_app(shelf: EvaluationShelf, *tokens: str) -> web.Application:
    """The core store as a part of a larger application; every request needs one of `tokens` as bearer.

    `PUT /v1/evaluations/{id}` stores a revision (201; 409 when it is there already), `GET` on it gives all
    its revisions, `GET /v1/evaluations` pages through what was stored last.

    Raises:
        ValueError: no token or an empty one, which would open the store to everybody.

    """
    if not tokens or not all(tokens):
        raise ValueError("the embedded core store needs a token")
    store = _EmbeddedStore(shelf)
    app = web.Application(middlewares=[_door(tokens)])
    app.router.add_put("/v1/evaluations/{evaluation_id}", store.put)
    app.router.add_get("/v1/evaluations/{evaluation_id}", store.get, allow_head=False)
    app.router.add_get("/v1/evaluations", store.newest, allow_head=False)
    return app


def _door(tokens: Sequence[str]) -> Middleware:
    """Authenticates every request, known route or not, and answers every error as problem+json."""
    expected = [f"Bearer {token}".encode() for token in tokens]

    @web.middleware
    async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        # All are compared, so that the time tells nothing.
        if sum(hmac.compare_digest(given, one) for one in expected) == 0:
            refusal = _problem(HTTPStatus.UNAUTHORIZED, "give the store's token as Authorization: Bearer")
            refusal.headers["WWW-Authenticate"] = "Bearer"
            return refusal
        try:
            return await handler(request)
        except InvalidInput as fault:
            return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(fault), fault.pointer)
        except Unavailable as fault:
            log.warning("embedded_store_unavailable", why=str(fault))
            answer = _problem(HTTPStatus.SERVICE_UNAVAILABLE, "the database is not there now; try again")
            answer.headers["Retry-After"] = "1"
            return answer
        except web.HTTPRequestEntityTooLarge:
            detail = f"a record has {LARGEST_RECORD} bytes at most"
            return _problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
        except web.HTTPNotFound:
            return _problem(HTTPStatus.NOT_FOUND, "there is nothing at this address")

    return door


class _EmbeddedStore:
    """The handlers."""

    def __init__(self, shelf: EvaluationShelf) -> None:
        self._shelf = shelf

    async def put(self, request: web.Request) -> web.Response:
        evaluation_id = EvaluationId(request.match_info["evaluation_id"])
        record, revision = await read_record(request, evaluation_id)
        if not await self._shelf.put(evaluation_id, revision, record):
            return _problem(HTTPStatus.CONFLICT, f"revision {revision} is there already")
        return _json({"evaluation_id": evaluation_id, "revision": revision}, HTTPStatus.CREATED)

    async def get(self, request: web.Request) -> web.Response:
        evaluation_id = EvaluationId(request.match_info["evaluation_id"])
        revisions = await self._shelf.get(evaluation_id)
        if not revisions:
            return _problem(HTTPStatus.NOT_FOUND, "no revision of this evaluation is here")
        shown = [_shown(revision) for revision in revisions]
        return _json({"evaluation_id": evaluation_id, "revisions": shown})

    async def newest(self, request: web.Request) -> web.Response:
        limit = _limit(request.query.get("limit", str(_USUAL_PAGE)))
        cursor = request.query.get("cursor")
        page = await self._shelf.newest(limit, _opened(cursor) if cursor else None)
        more = _cursor(page[-1].place) if len(page) == limit else None
        return _json({"evaluations": [_shown(revision) for revision in page], "next_cursor": more})


def _shown(stored: StoredRevision) -> Document:
    return {
        "evaluation_id": stored.place.evaluation_id,
        "revision": stored.place.revision,
        "stored_at": stored.place.stored_at.isoformat(),
        "document": stored.document,
    }


def _limit(text: str) -> int:
    limit = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST_PAGE)) else 0
    if not 1 <= limit <= _LARGEST_PAGE:
        raise InvalidInput(f"write a number from 1 to {_LARGEST_PAGE}", pointer="limit")
    return limit


def _cursor(place: ShelfPlace) -> str:
    parts = [place.stored_at.isoformat(), place.evaluation_id, place.revision]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def _opened(cursor: str) -> ShelfPlace:
    try:
        stored_at, evaluation_id, revision = json.loads(base64.urlsafe_b64decode(cursor))
        place = ShelfPlace(datetime.fromisoformat(stored_at), EvaluationId(str(evaluation_id)), int(revision))
    except (binascii.Error, ValueError, TypeError, RecursionError):
        place = None
    if place is None or place.stored_at.tzinfo is None:
        raise InvalidInput("is no cursor of ours; leave it out to begin again", pointer="cursor")
    return place


def _json(content: Document, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    return web.json_response(content, status=status)


def _problem(status: HTTPStatus, detail: str, pointer: str = "") -> web.Response:
    """An error as RFC 9457 has it."""
    content: Document = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    if pointer:
        content["pointer"] = pointer
    return web.json_response(content, status=status, content_type="application/problem+json")
