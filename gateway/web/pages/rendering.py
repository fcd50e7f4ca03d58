"""Templates made into pages that load nothing, run nothing and are kept nowhere."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_SHARED: Final = Path(__file__).parent


class PageRendering:
    """Renders the templates of one folder within the common frame; every word from outside is escaped."""

    def __init__(self, folder: Path) -> None:
        style = (_SHARED / "pages.css").read_text(encoding="utf-8")
        digest = b64encode(sha256(style.encode()).digest()).decode()
        policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self' data:; media-src 'self'; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
        self.headers: Mapping[str, str] = {
            "Content-Security-Policy": policy,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        self._environment = _environment(folder, style)

    def render(self, template: str, **words: object) -> str:
        """The page of a template."""
        return self._environment.get_template(template).render(**words)

    def message(self, zh_title: str, zh: str, en: str) -> str:
        """A page that only says something."""
        return self.render("message.html", zh_title=zh_title, zh=zh, en=en)

    def answer(self, status: int, html: str) -> web.Response:
        """The page as an answer."""
        return web.Response(status=status, text=html, content_type="text/html", headers=self.headers)

    def moved_on(self, path: str) -> web.Response:
        """Go and look there: what a form did is not done again when the page is loaded again."""
        return web.Response(status=303, headers={"Location": path, **self.headers})


@cache
def _environment(folder: Path, style: str) -> Environment:
    """Compiles each template once, however many applications a process serves."""
    environment = Environment(
        loader=FileSystemLoader([folder, _SHARED]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Ours, not a caller's; escaped quotes would change the digest that the policy allows.
    environment.globals["style"] = Markup(style)  # noqa: S704 - a file of this package
    return environment
