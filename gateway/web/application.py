"""The one web application of a process, put together from its parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from gateway.application.ports.webhook_provider import WebhookProvider
from gateway.telemetry.metrics import Metrics
from gateway.web.recordings import add_recordings
from gateway.web.webhooks.dispatch import Dispatch
from gateway.web.webhooks.verified import add_webhooks

Extension = Callable[[web.Application], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebParts:
    """What the web side is made of."""

    providers: Sequence[WebhookProvider]
    dispatch: Dispatch
    metrics: Metrics
    body_limit: int
    """Bytes; a longer body is refused with 413."""
    recordings: Mapping[str, Sequence[Path]]
    """The folder of each flow's recorded prompts, which carriers fetch."""
    extensions: Sequence[Extension] = field(default=())
    """API, embedded core store, demonstration: each adds its own routes."""


def web_application(parts: WebParts) -> web.Application:
    """The application; every route is verified, authenticated or public by intent."""
    app = web.Application(client_max_size=parts.body_limit)
    for provider in parts.providers:
        add_webhooks(app, provider, parts.dispatch, parts.metrics)
    add_recordings(app, parts.recordings)
    for extend in parts.extensions:
        extend(app)
    return app
