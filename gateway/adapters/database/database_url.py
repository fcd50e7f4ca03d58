"""How an operator names a database: a file of SQLite, or a server with the options that libpq knows.

Of libpq's options (PostgreSQL's manual, "Parameter Key Words") those are taken that do here what they do in
pg_dump, which is given the same URL. Read without the client libraries, so that settings can be checked
without loading them.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

_SQLITE: Final = re.compile(r"sqlite:///(?P<file>[^?]*)(?:\?(?P<query>.*))?", re.DOTALL)
_POSTGRESQL: Final = re.compile(
    r"(?:postgresql|postgres)://"
    r"(?:[^:/]*(?::[^@]*)?@)?"
    r"(?P<place>(?:\[[^/?]+\]|[^/:?]*)(?::(?P<port>[^/?]*))?(?:/[^?]*)?)(?:\?(?P<query>.*))?",
    re.DOTALL,
)
_REMEDY: Final = "write sqlite:///var/gateway.db or postgresql://user@host/name"
_ESCAPES: Final = "@ : / ? # % in a password are written %40 %3A %2F %3F %23 %25"
_NAME: Final = re.compile(r"[a-z_]{1,40}")
_SEVERAL: Final = "several servers are written postgresql://user@/name?host=one,two&port=5432,5432"
_KNOWN: Final = (
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "application_name",
    "options",
    "connect_timeout",
    "target_session_attrs",
    "host",
    "port",
)
_PROVES: Final = ("verify-ca", "verify-full")
_ENCRYPTS: Final = ("require", *_PROVES)
_WORDS: Final = {
    "sslmode": ("disable", "allow", "prefer", *_ENCRYPTS),
    "target_session_attrs": ("any", "primary", "read-write"),
}
_LONGEST_TIMEOUT: Final = 60
"""Seconds."""
_LARGEST_PORT: Final = 65535


class DatabaseUrlError(ValueError):
    """A URL that cannot be used; neither part repeats its password."""

    def __init__(self, problem: str, remedy: str = _REMEDY) -> None:
        super().__init__(f"{problem}; {remedy}")
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """What a URL says beside place, user and password."""

    file: str | None
    """Of SQLite; None for a server."""
    options: Mapping[str, str] = field(default_factory=dict)


def read_database_url(text: str) -> DatabaseUrl:
    """Read and check a URL; certificates that it names are loaded once.

    Raises:
        DatabaseUrlError: says what is wrong and how to mend it.

    """
    if match := _SQLITE.fullmatch(text):
        if match["file"] in {"", ":memory:"}:
            raise DatabaseUrlError(
                "names no file", "SQLite keeps its facts in one; write sqlite:///var/gateway.db"
            )
        if match["query"]:
            raise DatabaseUrlError("has options", "a file of SQLite takes none: end it at the ?")
        return DatabaseUrl(match["file"])
    match = _POSTGRESQL.fullmatch(text)
    if match is None:
        raise DatabaseUrlError("names no database that we know")
    if "@" in match["place"]:
        raise DatabaseUrlError("has more than one @", _ESCAPES)
    if match["port"] and not _is_port(match["port"]):
        raise DatabaseUrlError("has a port that is none", f"{_REMEDY}; {_SEVERAL}")
    options = _options(match["query"] or "")
    _check_servers(options)
    _check_certificates(options)
    return DatabaseUrl(None, options)


def _options(query: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in _KNOWN:
            raise _unknown(name if value and "@" not in query else "")
        if name in options:
            raise DatabaseUrlError(f"has the option {name} twice", "write it once")
        if not value or not value.isprintable():
            raise DatabaseUrlError(
                f"has nothing that can be used as {name}", "write its value, or leave it out"
            )
        words = _WORDS.get(name)
        if words and value not in words:
            raise DatabaseUrlError(f"has an unknown {name}", f"write one of: {', '.join(words)}")
        options[name] = value
    patience = options.get("connect_timeout", "1")
    if not (patience.isdecimal() and 1 <= int(patience) <= _LONGEST_TIMEOUT):
        raise DatabaseUrlError("has a connect_timeout that is none", f"write 1 to {_LONGEST_TIMEOUT} seconds")
    return options


def _unknown(name: str) -> DatabaseUrlError:
    """Where a password was written as it is, what follows its ? looks like options: that is not repeated."""
    known = f"known: {', '.join(_KNOWN)}"
    if _NAME.fullmatch(name):
        return DatabaseUrlError(f"has the unknown option {name}", known)
    return DatabaseUrlError("has an unknown option", f"{known}; {_ESCAPES}")


def _check_servers(options: Mapping[str, str]) -> None:
    """One host and port, or several with a port each."""
    hosts = options["host"].split(",") if "host" in options else []
    ports = options["port"].split(",") if "port" in options else []
    if not all(hosts) or not all(map(_is_port, ports)):
        raise DatabaseUrlError("has a host or port that is none", _SEVERAL)
    if len(ports) != len(hosts) and (len(hosts) > 1 or ports):
        raise DatabaseUrlError(f"names {len(hosts)} host and {len(ports)} port", _SEVERAL)


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < int(text) <= _LARGEST_PORT


def _check_certificates(options: Mapping[str, str]) -> None:
    """Those that are named have to be used, and those that are needed have to be there."""
    mode = options.get("sslmode", "")
    root, certificate, key = (options.get(name) for name in ("sslrootcert", "sslcert", "sslkey"))
    if mode not in _ENCRYPTS and (root or certificate or key):
        raise DatabaseUrlError(
            "names certificates, which its sslmode would pass over", "add sslmode=verify-full"
        )
    if mode in _PROVES and not root:
        raise DatabaseUrlError(
            f"has sslmode={mode} without sslrootcert",
            "name the file of the authority's certificate; the machine's own on Debian is"
            " sslrootcert=/etc/ssl/certs/ca-certificates.crt",
        )
    if bool(certificate) != bool(key):
        raise DatabaseUrlError("has one of sslcert and sslkey", "write both or neither")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if root:
            context.load_verify_locations(cafile=root)
    except OSError as error:
        raise _unusable("sslrootcert", root, error) from None
    try:
        if certificate and key:
            # An empty password instead of a question on the terminal.
            context.load_cert_chain(certificate, key, password="")
    except OSError as error:
        raise _unusable("sslcert and sslkey", f"{certificate}, {key}", error) from None


def _unusable(name: str, files: str | None, error: OSError) -> DatabaseUrlError:
    why = "no certificate or key" if isinstance(error, ssl.SSLError) else error.strerror
    return DatabaseUrlError(
        f"has {name} that cannot be used ({files}: {why})", "name files in PEM that this user may read"
    )
