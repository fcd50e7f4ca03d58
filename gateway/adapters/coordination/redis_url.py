"""How an operator names a Redis: one server, a group watched by Sentinels, or a cluster.

The forms are those that the field writes: `redis://`, `rediss://` (TLS) and `unix://` as in redis-py,
`redis+sentinel://host,host/service/0` and `redis+cluster://host,host`. Read without the client library,
so that settings can be checked without loading it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

_SCHEME: Final = re.compile(r"(?P<base>redis|rediss|unix)(?:\+(?P<form>sentinel|cluster))?")
_HOST: Final = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^\[\]:@/?#\s]+)(?::(?P<port>\d{1,5}))?")
_LARGEST_PORT: Final = 65535
_OF_SENTINELS: Final = frozenset({"sentinel_username", "sentinel_password"})


class RedisForm(Enum):
    """How the servers belong together."""

    SINGLE = "single"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


_PORTS: Final = {RedisForm.SINGLE: 6379, RedisForm.SENTINEL: 26379, RedisForm.CLUSTER: 6379}
_REMEDIES: Final = {
    RedisForm.SINGLE: "write redis://host:6379/0, or nothing to do without Redis",
    RedisForm.SENTINEL: "write redis+sentinel://host:26379,host2:26379/service/0",
    RedisForm.CLUSTER: "write redis+cluster://host:6379,host2:6379; a cluster has no databases",
}


class RedisUrlError(ValueError):
    """A URL that cannot be used; neither part repeats it, for it may hold a password."""

    def __init__(self, problem: str, form: RedisForm = RedisForm.SINGLE) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = _REMEDIES[form]


@dataclass(frozen=True, slots=True)
class RedisUrl:
    """What a URL says."""

    form: RedisForm
    nodes: tuple[tuple[str, int], ...]
    """Host and port: of the server, of each Sentinel, of some of the cluster's; empty for a socket."""
    service: str
    """What the Sentinels call the group; empty in the other forms."""
    plain: str
    """A URL of redis-py's own with the credentials, the database and the options for the data servers."""
    sentinel_options: dict[str, str]
    """Name and password for the Sentinels themselves, where they ask for them."""


def read_redis_url(text: str) -> RedisUrl:
    """Read a URL of any form.

    Raises:
        RedisUrlError: says what is wrong and how to mend it.

    """
    try:
        parts = urlsplit(text)
    except ValueError:
        raise RedisUrlError("is no Redis URL") from None
    scheme = _SCHEME.fullmatch(parts.scheme)
    if scheme is None or parts.fragment:
        raise RedisUrlError("is no Redis URL")
    form = RedisForm(scheme["form"] or "single")
    if scheme["base"] == "unix":
        return _socket(text, form, parts.path)
    credentials, at, hosts = parts.netloc.rpartition("@")
    nodes = _nodes(hosts, form)
    service, database = _path(parts.path, form)
    query = parse_qsl(parts.query, keep_blank_values=True)
    host, port = nodes[0]
    return RedisUrl(
        form=form,
        nodes=nodes,
        service=service,
        plain=f"{scheme['base']}://{credentials}{at}{f'[{host}]' if ':' in host else host}:{port}/{database}"
        f"?{urlencode([pair for pair in query if pair[0] not in _OF_SENTINELS])}",
        sentinel_options={
            name.removeprefix("sentinel_"): value for name, value in query if name in _OF_SENTINELS
        },
    )


def _socket(text: str, form: RedisForm, path: str) -> RedisUrl:
    if form is not RedisForm.SINGLE or not path:
        raise RedisUrlError("names no socket")
    return RedisUrl(form, (), "", text, {})


def _nodes(hosts: str, form: RedisForm) -> tuple[tuple[str, int], ...]:
    listed = hosts.split(",") if hosts else ["localhost"] if form is RedisForm.SINGLE else []
    if not listed:
        raise RedisUrlError("names no host", form)
    if form is RedisForm.SINGLE and len(listed) > 1:
        raise RedisUrlError("names several hosts, as only redis+sentinel:// and redis+cluster:// may")
    return tuple(_node(host, form) for host in listed)


def _node(text: str, form: RedisForm) -> tuple[str, int]:
    match = _HOST.fullmatch(text)
    port = int(match["port"] or _PORTS[form]) if match else 0
    if match is None or not 0 < port <= _LARGEST_PORT:
        raise RedisUrlError("has a host or port that is none", form)
    return match["host"].strip("[]"), port


def _path(path: str, form: RedisForm) -> tuple[str, int]:
    """The service and the database that a path names."""
    named = [unquote(part) for part in path.strip("/").split("/")] if path.strip("/") else []
    service = ""
    if form is RedisForm.SENTINEL:
        if not named:
            raise RedisUrlError("does not name the service that the Sentinels watch", form)
        service = named.pop(0)
    database = named.pop(0) if named else "0"
    if named or not re.fullmatch(r"\d{1,5}", database) or (form is RedisForm.CLUSTER and database != "0"):
        raise RedisUrlError("has a database that is none", form)
    return service, int(database)
