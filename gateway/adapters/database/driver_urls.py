"""What the drivers, and PostgreSQL's own programs, are told of a database's URL."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote, urlencode

from sqlalchemy.engine import URL, make_url

from gateway.adapters.database.database_url import DatabaseUrlError, read_database_url
from gateway.domain.errors import ConfigurationError

_CONNECT_SECONDS: Final = 5
_CONNECT_SECONDS_EACH: Final = 2
"""For each of several servers: `/readyz` and carriers wait for no more than a few silent ones."""
_DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_PLACES: Final = frozenset({"host", "port"})
"""Options that SQLAlchemy reads."""


def parse_url(url: str) -> URL:
    """The URL with the asynchronous driver of its engine.

    Raises:
        ConfigurationError: it cannot be used, and how to mend it.

    """
    try:
        read = read_database_url(url)
    except DatabaseUrlError as unusable:
        raise ConfigurationError(str(unusable), place="database.url") from None
    return make_url(url).set(drivername=_DRIVERS["postgresql" if read.file is None else "sqlite"])


def names_several(url: URL) -> bool:
    """Whether there is more than one server."""
    return "," in str(url.query.get("host"))


def for_asyncpg(url: URL) -> tuple[URL, dict[str, Any]]:
    """The place for SQLAlchemy, and what asyncpg is told beside: libpq's options it reads from a URL only."""
    options = {name: value for name, value in url.query.items() if name not in _PLACES}
    usual = _CONNECT_SECONDS_EACH if names_several(url) else _CONNECT_SECONDS
    seconds = int(str(options.pop("connect_timeout", usual)))
    return url.difference_update_query(options.keys() | {"connect_timeout"}), {
        "timeout": seconds,
        "dsn": f"postgresql://?{urlencode(options)}" if options else None,
    }


def for_libpq(url: str) -> tuple[str, str]:
    """The URL as PostgreSQL's programs read it, without the password; and that.

    Everybody on the machine can see a program's arguments.
    """
    parsed = make_url(url)
    # Made anew, since `set` leaves a password alone that is to become None.
    bare = URL.create(
        "postgresql", parsed.username, None, parsed.host, parsed.port, parsed.database
    ).render_as_string()
    # Unless told, libpq waits without end for a server that says nothing.
    patience = {"connect_timeout": _CONNECT_SECONDS_EACH} if names_several(parsed) else {}
    # A space as %20: libpq takes a plus for a plus.
    query = urlencode({**patience, **parsed.query}, quote_via=quote)
    return f"{bare}?{query}" if query else bare, str(parsed.password or "")
