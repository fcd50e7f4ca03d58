"""The API put together: guarded routes, their description, and its page."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any, Final

from aiohttp import web

from gateway.web.api.caller_limits import tell_limits
from gateway.web.api.docs_page import DocsPage
from gateway.web.api.openapi import REF_TEMPLATE, describe_api
from gateway.web.api.parts import ApiParts
from gateway.web.api.route_table import EVALUATION_DOCUMENT, SERVICE_DOCUMENT, operation_routes, routes_of
from gateway.web.api.routes import Route
from gateway.web.problems import Handler, problem_answers
from gateway.web.recordings import PUBLIC

_WHY_OPEN: Final = "describes the API, holds nothing else"


def add_api(app: web.Application, parts: ApiParts) -> None:
    """Add all routes of the API, and problem details for every error of the application."""
    if problem_answers not in app.middlewares:
        app.middlewares.append(problem_answers)
    app.on_response_prepare.append(tell_limits)
    app.on_shutdown.append(_let_go(parts))
    routes = routes_of(parts)
    for route in routes:
        add = app.router.add_get if route.method == "GET" else app.router.add_post
        add(route.path, _opened(route, parts))
    _add_description(app, parts, routes)


def operations_application(parts: ApiParts) -> web.Application:
    """What a worker answers: alive, ready, figures."""
    app = web.Application(middlewares=[problem_answers])
    for route in operation_routes(parts):
        app.router.add_get(route.path, _opened(route, parts))
    return app


def _let_go(parts: ApiParts) -> Callable[[web.Application], Awaitable[None]]:
    """At the end nobody waits for what is recorded next."""

    async def let_go(_app: web.Application) -> None:
        parts.watch_evaluations.stop()

    return let_go


def _opened(route: Route, parts: ApiParts) -> Handler:
    """The handler behind the token check, or marked as open on purpose."""
    if not route.public_because:
        return parts.tokens.guard(route.handler)
    return _public(route.handler, route.public_because)


def _public(handler: Handler, reason: str) -> Handler:
    async def public(request: web.Request) -> web.StreamResponse:
        return await handler(request)

    setattr(public, PUBLIC, reason)
    return public


def _add_description(app: web.Application, parts: ApiParts, routes: list[Route]) -> None:
    @cache
    def description() -> Mapping[str, Any]:
        documents = {
            SERVICE_DOCUMENT: parts.service_documents.json_schema(REF_TEMPLATE),
            EVALUATION_DOCUMENT: parts.evaluation_documents.json_schema(REF_TEMPLATE),
        }
        return describe_api(routes, documents, version=parts.version, public_url=parts.public_url)

    @cache
    def page() -> DocsPage:
        return DocsPage(routes, description())

    # Made when first asked for: a start has nothing to do with it.
    async def openapi(_request: web.Request) -> web.StreamResponse:
        return web.Response(
            text=json.dumps(description(), ensure_ascii=False), content_type="application/json"
        )

    async def docs(_request: web.Request) -> web.StreamResponse:
        headers = {"Content-Security-Policy": page().policy, "X-Content-Type-Options": "nosniff"}
        return web.Response(text=page().html, content_type="text/html", headers=headers)

    app.router.add_get("/openapi.json", _public(openapi, _WHY_OPEN))
    app.router.add_get("/docs", _public(docs, _WHY_OPEN))
