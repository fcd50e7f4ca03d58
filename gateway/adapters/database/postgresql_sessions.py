"""What each new session of PostgreSQL is told, and the socket it goes by: neither side waits for a dead one.

A peer that loses power or network says no farewell. By itself TCP would wait for it for a quarter of an hour
while something is on its way, and for two hours while nothing is.
"""

from __future__ import annotations

import socket
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

_IDLE: Final = 10
_INTERVAL: Final = 5
_COUNT: Final = 3
"""After so many seconds of silence the peer is asked, so often at most, before it counts as gone."""
_UNHEARD_MS: Final = 20_000
"""What was sent and not received for so long tells the same."""
_SERVER_NOTICES: Final = (
    f"set_config('tcp_keepalives_idle', '{_IDLE}', false), "
    f"set_config('tcp_keepalives_interval', '{_INTERVAL}', false), "
    f"set_config('tcp_keepalives_count', '{_COUNT}', false), "
    f"set_config('tcp_user_timeout', '{_UNHEARD_MS}', false)"
)
_WE_NOTICE: Final = {
    "TCP_KEEPIDLE": _IDLE,
    "TCP_KEEPINTVL": _INTERVAL,
    "TCP_KEEPCNT": _COUNT,
    "TCP_USER_TIMEOUT": _UNHEARD_MS,
}
"""By the names of Linux; other systems lack some."""


def configure_sessions(engine: AsyncEngine) -> None:
    """For long work: a peer that is gone is noticed within half a minute, however long it is waited for."""
    _say(engine, _SERVER_NOTICES)


def configure_daily_sessions(engine: AsyncEngine, idle_seconds: float) -> None:
    """The same; and daily work goes by indexes from the first row on, and never idles in a transaction.

    A plan that was made while a table was small reads it whole, and is kept until somebody counts the rows
    again: meanwhile each rating costs more than the one before. What compiles plans only pays for long work.
    A transaction that stands still for longer than `idle_seconds` is ended, and its locks with it.
    """
    _say(
        engine,
        f"{_SERVER_NOTICES}, set_config('enable_seqscan', 'off', false), set_config('jit', 'off', false), "
        f"set_config('idle_in_transaction_session_timeout', '{idle_seconds * 1000:.0f}', false)",
    )


def _say(engine: AsyncEngine, settings: str) -> None:
    event.listen(engine.sync_engine, "connect", _notice_a_dead_server)
    event.listen(engine.sync_engine, "connect", partial(_configure, f"SELECT {settings}"))


def _configure(settings: str, connection: Any, _record: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapted connection
    # By a cursor: a server that goes in this moment is told in the words that are translated. By a statement:
    # a pooler refuses what it does not know at the start of a session.
    cursor = connection.cursor()
    cursor.execute(settings)
    cursor.close()
    connection.commit()


def socket_of(connection: Any) -> Any:  # noqa: ANN401 - asyncpg's connection, the loop's socket
    """What the driver's connection goes by; asyncpg has no public way to it."""
    return connection._transport.get_extra_info("socket")  # noqa: SLF001


def _notice_a_dead_server(connection: Any, _record: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapted connection
    way = socket_of(connection.driver_connection)
    if way.family not in (socket.AF_INET, socket.AF_INET6):
        return
    way.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _WE_NOTICE.items():
        if hasattr(socket, name):
            way.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
