"""The one door for carriers: every webhook is verified here before anything else looks at it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aiohttp import web

from gateway.application.ports.webhook_provider import (
    RawRequest,
    RawResponse,
    Webhook,
    WebhookProvider,
)
from gateway.domain.errors import AlreadyRecorded, Conflict, InvalidInput, Unauthentic, Unavailable
from gateway.telemetry.metrics import Metrics
from gateway.web.webhooks.dispatch import Dispatch

log = structlog.get_logger()

_PATIENCE_SECONDS: Final = 8.0
"""Carriers give up after 15 seconds, and giving up a statement takes the database some more."""
VERIFIED = "verified_by"
"""Marks a handler as guarded by a provider's signature; a test walks all routes and asks for it."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_webhooks(
    app: web.Application, provider: WebhookProvider, dispatch: Dispatch, metrics: Metrics
) -> None:
    """Add all routes of a provider."""
    for webhook in provider.webhooks:
        app.router.add_post(webhook.path, _guarded(provider, webhook, dispatch, metrics))


def _guarded(provider: WebhookProvider, webhook: Webhook, dispatch: Dispatch, metrics: Metrics) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        started = time.perf_counter()
        raw = RawRequest(
            path=request.rel_url.raw_path,
            query_string=request.rel_url.raw_query_string,
            headers=request.headers,
            body=await request.read(),
        )
        response = await answer(provider, webhook, dispatch, raw)
        metrics.webhook_answered(
            provider=provider.name,
            kind=webhook.kind.value,
            status=response.status,
            seconds=time.perf_counter() - started,
        )
        return web.Response(
            status=response.status, body=response.body, headers={"Content-Type": response.content_type}
        )

    setattr(handle, VERIFIED, provider.name)
    return handle


async def answer(
    provider: WebhookProvider, webhook: Webhook, dispatch: Dispatch, raw: RawRequest
) -> RawResponse:
    """What one request leads to, whatever goes wrong; the only way from a carrier to a use case."""
    try:
        provider.verify(raw)
        event = provider.parse(webhook.kind, raw)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            instructions = await dispatch(event)
    except Unauthentic as refusal:
        log.warning("webhook_refused", provider=provider.name, path=raw.path, why=str(refusal))
        return _plain(403, str(refusal))
    except InvalidInput as fault:
        log.warning("webhook_malformed", provider=provider.name, path=raw.path, why=str(fault))
        return _plain(400, f"{fault.pointer}: {fault}" if fault.pointer else str(fault))
    except (AlreadyRecorded, Conflict, Unavailable, TimeoutError) as fault:
        # The first two are races that even a second look lost: nothing was stored, another try may win. After
        # the last, something may be stored all the same, as when an answer is lost.
        why = str(fault) or f"no answer within {_PATIENCE_SECONDS:.0f} seconds"
        log.warning("webhook_unavailable", provider=provider.name, path=raw.path, why=why)
        return provider.render_unavailable(webhook.kind)
    except Exception:
        # A fault of our own; the caller on the line hears our apology, not a carrier's.
        log.exception("webhook_failed", provider=provider.name, path=raw.path)
        return provider.render_unavailable(webhook.kind)
    return provider.render(event, instructions)


def _plain(status: int, words: str) -> RawResponse:
    return RawResponse(status, "text/plain; charset=utf-8", words.encode())
