"""What the domain names, the wiring provides; what the wiring opens, somebody guards."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.bootstrap import serving
from gateway.bootstrap.assembly import EMBEDDED_STORE_PATH, Surrogates, open_gateway
from gateway.bootstrap.demonstration import DemoWish, running_demo
from gateway.domain.languages import Language
from gateway.domain.messages import MessageKind
from gateway.domain.outbox import OutboxKind
from gateway.settings import Settings, load_settings
from gateway.web.api.bearer import AUTHENTICATED
from gateway.web.application import WebParts, web_application
from gateway.web.recordings import PUBLIC
from gateway.web.webhooks.verified import VERIFIED
from tests.architecture.source import ROOT
from tests.peers.twilio_webhooks import ACCOUNT_SID, AUTH_TOKEN, LINE

MARKS = (VERIFIED, AUTHENTICATED, PUBLIC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Twilio for calls, both carriers for texts."""
    return load_settings(
        environ={
            "HAOCHAPING_SERVER__PORT": "0",
            "HAOCHAPING_SERVER__PUBLIC_URL": "https://rating.example.org",
            "HAOCHAPING_DATABASE__URL": f"sqlite:///{tmp_path}/gateway.db",
            "HAOCHAPING_API__TOKENS": '["a-token"]',
            "HAOCHAPING_VOICE__PROVIDER": "twilio",
            "HAOCHAPING_SMS__PROVIDERS": '["twilio", "demo"]',
            "HAOCHAPING_TWILIO__ACCOUNT_SID": ACCOUNT_SID,
            "HAOCHAPING_TWILIO__AUTH_TOKEN": AUTH_TOKEN,
            "HAOCHAPING_TWILIO__FROM_NUMBER": LINE,
        }
    )


@asynccontextmanager
async def served(
    which: str, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[web.Application, str]]:
    """The application that a process really serves, and its address."""
    applications: list[web.Application] = []

    def caught(parts: WebParts) -> web.Application:
        applications.append(web_application(parts))
        return applications[-1]

    monkeypatch.setattr("gateway.bootstrap.serving.web_application", caught)
    if which == "demo":
        # Where others reach it: on loopback alone its API is open to the machine's own user.
        wish = DemoWish(host="0.0.0.0", port=0, folder=folder / "demo")  # noqa: S104 - that is the point
        async with running_demo(wish) as demo:
            yield applications[-1], demo.url
    else:
        surrogates = Surrogates(key_file=folder / "privacy.key", mail_folder=folder / "mail")
        async with serving.running_gateway(settings, serving.Role.WEB, surrogates=surrogates) as (_, url):
            yield applications[-1], url


def routes(app: web.Application) -> Iterator[tuple[str, str, object]]:
    """Method, path and handler of every route, those of mounted applications too."""
    for resource in app.router.resources():
        if isinstance(resource, web.PrefixedSubAppResource):
            yield from routes(resource._app)
        for route in resource:
            yield route.method, resource.canonical, route.handler


def marks(handler: object) -> dict[str, str]:
    """How a handler says that it is guarded, or why it is open."""
    return {mark: str(getattr(handler, mark)) for mark in MARKS if getattr(handler, mark, "")}


@pytest.mark.requirement("R-18")
@pytest.mark.parametrize("which", ["gateway", "demo"])
async def test_every_route_is_guarded_or_open_on_purpose(
    which: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is verified, authenticated, or open with a reason; the store has a door of its own."""
    async with served(which, settings, tmp_path, monkeypatch) as (app, _):
        own = [
            (method, path, marks(handler))
            for method, path, handler in routes(app)
            if not path.startswith(EMBEDDED_STORE_PATH)
        ]

    assert len(own) > 10
    assert [route for route in own if len(route[2]) != 1] == []


@pytest.mark.requirement("R-18")
@pytest.mark.parametrize("which", ["gateway", "demo"])
async def test_whoever_proves_nothing_gets_nothing(
    which: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without signature, token or cookie every guarded route answers 401 or 403, and changes nothing."""
    answers: dict[str, int] = {}
    async with served(which, settings, tmp_path, monkeypatch) as (app, url):
        found = list(routes(app))
        async with TestClient(TestServer(web.Application())) as client:
            for method, path, handler in found:
                if PUBLIC not in marks(handler):
                    target = url + re.sub(r"\{[^}]*\}", "x", path)
                    answer = await client.session.request(method, target, data=b"")
                    answers[f"{method} {path}"] = answer.status

    assert any(route.startswith(f"PUT {EMBEDDED_STORE_PATH}") for route in answers)
    assert {route: status for route, status in answers.items() if status not in {401, 403}} == {}


async def test_every_kind_that_is_owed_is_delivered(settings: Settings, tmp_path: Path) -> None:
    """One pump of the worker for each kind of outbox entry."""
    surrogates = Surrogates(key_file=tmp_path / "privacy.key", mail_folder=tmp_path / "mail")
    async with open_gateway(settings, "http://127.0.0.1:1", surrogates) as gateway:
        kinds = [pump._deliver.kind for pump in gateway.worker._pumps]

    assert sorted(kinds, key=lambda kind: kind.value) == sorted(OutboxKind, key=lambda kind: kind.value)


@pytest.mark.requirement("R-17")
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", MessageKind)
def test_every_kind_of_text_has_its_words(kind: MessageKind, language: Language) -> None:
    """In each language, delivered with the package."""
    template = ROOT / "sms_templates" / language.value / f"{kind.value}.j2"

    assert template.read_text(encoding="utf-8").strip()
