"""Settings of the process itself: server, database, Redis, API, worker, logs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from gateway.adapters.coordination.redis_url import RedisUrlError, read_redis_url
from gateway.adapters.database.database_url import DatabaseUrlError, read_database_url
from gateway.settings.values import (
    NO_SECRET,
    Duration,
    HttpUrl,
    PerSecond,
    Secrets,
    SecretUrl,
    Section,
    Timeout,
    empty_is_none,
    fault,
)

Concurrency = Annotated[int, Field(ge=1, le=1000)]


def _own_url(given: Mapping[str, object]) -> str:
    host = str(given.get("host", "127.0.0.1"))
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared with, not bound to
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{given.get('port', 8080)}"


def _check_database_url(url: SecretStr) -> SecretStr:
    try:
        read_database_url(url.get_secret_value())
    except DatabaseUrlError as unusable:
        raise fault(unusable.problem, unusable.remedy) from None
    return url


def _check_tokens(tokens: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for number, token in enumerate(tokens, 1):
        text = token.get_secret_value()
        if text != text.strip():
            problem = f"has white space around its {number}. token, which no header can bring"
            raise fault(problem, "copy the token again, or make one with: openssl rand -hex 32")
    return tokens


def _check_redis_url(url: SecretStr) -> SecretStr:
    try:
        if url:
            read_redis_url(url.get_secret_value())
    except RedisUrlError as unusable:
        raise fault(unusable.problem, unusable.remedy) from None
    return url


class ServerSettings(Section):
    """Where the gateway listens, and under which address carriers reach it."""

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: HttpUrl = Field(
        default_factory=_own_url,
        description="What carriers call, without a final slash. Signatures are checked against it, never "
        "against the Host header. Needed for every carrier but the demonstration.",
        json_schema_extra={"as_toml": '"http://127.0.0.1:8080"', "derived": "`http://<host>:<port>`"},
    )
    body_limit: int = Field(
        1_048_576, ge=1024, description="Bytes; a longer request body is refused with 413."
    )


class DatabaseSettings(Section):
    """Where the facts live."""

    url: Annotated[SecretUrl, AfterValidator(_check_database_url)] = Field(
        SecretStr("sqlite:///var/gateway.db"),
        description="`sqlite:///path` or `postgresql://user:password@host:port/name`, after a `?` with "
        "options of libpq: `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `application_name`, `options`, "
        "`connect_timeout`, `target_session_attrs` (`any`, `primary`, `read-write`), `host` and `port` (one "
        "or several, by commas).",
    )
    pool_size: int = Field(
        10,
        ge=1,
        le=500,
        description="Connections of each process to PostgreSQL for the daily work; two more are for long "
        "work. SQLite has its own: one that writes, one for long work, four that read.",
    )
    auto_upgrade: bool = Field(
        True,
        description="Bring the schema up to date at the start; false leaves it to `haochaping db upgrade`.",
    )
    backups: Annotated[Path | None, BeforeValidator(empty_is_none)] = Field(
        None,
        description="The folder that `haochaping db backup` writes to every night: `haochaping doctor` and "
        "the alert BackupOld tell how old its newest copy is; empty = nobody looks.",
    )


class RedisSettings(Section):
    """By which several processes wake each other and share paces; may vanish without harm to any rating."""

    url: Annotated[SecretUrl, AfterValidator(_check_redis_url)] = Field(
        NO_SECRET,
        description="`redis://host:6379/0`, by TLS `rediss://…`, `unix:///path`, "
        "`redis+sentinel://host:26379,host2:26379/service/0` or `redis+cluster://host:6379,host2:6379`; "
        "empty does without.",
    )
    nodes: int = Field(
        2,
        ge=1,
        le=1000,
        description="How many processes may send at once while Redis is away: each then keeps to this part "
        "of every pace. Count the workers, or the web processes where those are more.",
    )


class ApiSettings(Section):
    """The API for business systems."""

    tokens: Annotated[Secrets, AfterValidator(_check_tokens)] = Field(
        (),
        description="Bearer tokens that may use the API; none = it answers 503 with the reason, except under "
        "`haochaping demo`.",
    )
    requests_per_second: PerSecond = Field(
        100.0,
        description="How many requests one token may make a second, over all processes; 0 = no limit. A "
        "stream to `/v1/services/bulk` is one request; webhooks of carriers are never limited.",
    )
    burst: int = Field(
        200, ge=1, le=100_000, description="How many requests a token may make at once after a rest."
    )


class WorkerSettings(Section):
    """How much is delivered at once, and when the worker looks by itself."""

    core_store: Concurrency = Field(16, description="Deliveries to the core store at once.")
    sms: Concurrency = Field(16, description="Text messages being handed over at once.")
    email: Concurrency = Field(4, description="Emails being handed over at once.")
    poll_interval: Timeout = Field(
        timedelta(seconds=1),
        description="How often the worker looks for what fell due; what is queued now wakes it at once.",
    )
    port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Where a process of role `worker` answers `/healthz`, `/readyz` and `/metrics`, on "
        "`server.host`; 0 = nowhere. The other roles answer them on `server.port`.",
    )
    web_url: HttpUrl = Field(
        "",
        description="Where a process of role `worker` finds the web processes, which have the embedded core "
        "store, such as `http://web:8080`; empty = `server.port` of its own machine. `core_store.kind = "
        '"http"` does without.',
    )
    drain: Duration = Field(
        timedelta(seconds=25),
        description="How long all that is under way after SIGTERM may take to end: requests, deliveries and "
        "calls, side by side. Ten seconds more, and the process has ended.",
    )


class LogSettings(Section):
    """What is logged, and how; never a phone number."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least that is logged."
    )
    format: Literal["json", "console"] = Field(
        "json", description="`json` for machines, one object per line; `console` for people."
    )
