"""The description as a page: made on the server, one file, nothing from other hosts, no script."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from http import HTTPStatus
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from gateway.web.api.routes import Route
from gateway.web.api.schema_tables import SchemaTables

_FOLDER: Final = Path(__file__).parent
_CODE: Final = re.compile(r"`([^`]+)`")


class DocsPage:
    """The page and the policy under which browsers show it."""

    def __init__(self, routes: Sequence[Route], description: Mapping[str, Any]) -> None:
        style = (_FOLDER / "docs_page.css").read_text(encoding="utf-8")
        digest = b64encode(sha256(style.encode()).digest()).decode()
        self.policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        self.html = _render(style, routes, description)


def _render(style: str, routes: Sequence[Route], description: Mapping[str, Any]) -> str:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    schemas = description["components"]["schemas"]
    return environment.get_template("docs_page.html").render(
        # Ours, not a caller's; escaped quotes would change the digest that the policy allows.
        style=Markup(style),  # noqa: S704 - a file of this package
        info=description["info"],
        url=description["servers"][0]["url"],
        groups=[(tag, list(group)) for tag, group in groupby(routes, key=lambda route: route.tag)],
        paths=description["paths"],
        schemas=schemas,
        tables=SchemaTables(schemas),
        words=_words,
        as_json=lambda value: json.dumps(value, ensure_ascii=False, indent=2),
        phrase=lambda status: HTTPStatus(int(status)).phrase,
    )


def _words(text: str) -> Markup:
    """A description with its `code` shown as such."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before
