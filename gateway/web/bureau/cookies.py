"""What browsers keep for us: the token of a session, and what stands for a visitor before there is one."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final

from aiohttp import web

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,2000}")
FORM_FIELD: Final = "form"
"""The field by which a form proves that it comes from our page."""


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie; over TLS its name says that no other host can have set it (RFC 6265bis)."""

    purpose: str
    secure: bool

    @property
    def name(self) -> str:
        """Its name."""
        return f"{'__Host-' if self.secure else ''}haochaping_{self.purpose}"

    def read(self, request: web.Request) -> str:
        """What the browser brings; empty for nothing, and for what cannot be ours."""
        value = request.cookies.get(self.name, "")
        return value if _TOKEN.fullmatch(value) else ""

    def give(self, response: web.Response, value: str, seconds: int | None = None) -> None:
        """Let the browser keep it, until it is closed or for so many seconds.

        Lax: whoever comes by a link of an email or from the identity provider is still signed in; what acts
        is a POST with a token of the form.
        """
        response.set_cookie(
            self.name, value, max_age=seconds, path="/", httponly=True, secure=self.secure, samesite="Lax"
        )

    def take_back(self, response: web.Response) -> None:
        """Let the browser forget it."""
        response.del_cookie(self.name, path="/", httponly=True, secure=self.secure, samesite="Lax")


class Cookies:
    """All of them; `secure` where people come by TLS."""

    def __init__(self, *, secure: bool) -> None:
        self.session = Cookie("session", secure)
        self.visit = Cookie("visit", secure)
        """Stands for a visitor who is not signed in, so that no other site can sign them in as somebody."""
        self.known = Cookie("known", secure)
        """By which name somebody signed in here before."""
        self.away = Cookie("away", secure)
        """What has to be remembered while they are at the identity provider."""

    def visit_of(self, request: web.Request) -> str:
        """The visitor's own value; a fresh one for a newcomer."""
        return self.visit.read(request) or secrets.token_urlsafe(24)


def form_token(secret: str) -> str:
    """What a form brings along; only who has the cookie gets a page that holds it."""
    return hmac.digest(secret.encode(), b"form", "sha256").hex()


def is_form_token(secret: str, given: str) -> bool:
    """Whether a form comes from a page of ours, made for this browser."""
    return bool(secret) and hmac.compare_digest(
        form_token(secret).encode(), given.encode("utf-8", "surrogatepass")
    )
