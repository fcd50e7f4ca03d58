"""Several real processes on one database, with everything around them, as a city would run them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.peers import smtp_server
from tests.peers.core_store import ScriptedCoreStore
from tests.peers.gateway_process import GatewayProcess
from tests.peers.gateway_settings import settings_between, texts_by
from tests.peers.postgres import free_port
from tests.peers.round_robin import balancer
from tests.peers.smtp_server import Act, Answer, ScriptedSmtpServer
from tests.peers.twilio_server import Drop, Garble, Refuse, Trouble, TwilioServer
from tests.peers.twilio_webhooks import TwilioWebhooks

TOKEN = "cluster-test"
_STARTS = 10
MOODS: tuple[Answer, ...] = ("451 4.7.1 greylisted", Act.DROP, Act.LATE)
"""Of a mail server, when the content has come."""
TROUBLES: tuple[Trouble, ...] = (
    Drop(accepted=True),
    Garble(),
    Refuse(429, 20429),
    Refuse(503, 20503),
)
"""Of a carrier, when a text has come: whether it was taken, the sender has to find out."""
LONG_TROUBLES: tuple[Trouble, ...] = (*TROUBLES, Drop(accepted=False), Refuse(503))
"""Also those whose outcome is known only when the carrier would have shown the text, which takes minutes."""


@dataclass
class Cluster:
    """The processes by name (`web0`, `worker1`, …) and their peers."""

    url: str
    """Where carriers and business systems find it: the balancer, or the only process."""
    processes: dict[str, GatewayProcess]
    twilio: TwilioServer
    carrier: TwilioWebhooks
    store: ScriptedCoreStore
    mail: ScriptedSmtpServer
    kills: dict[str, int] = field(default_factory=dict)
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def kill(self, name: str) -> None:
        """End a process as a power cut would, and start it anew."""
        async with self._turns.setdefault(name, asyncio.Lock()):
            self.kills[name] = self.kills.get(name, 0) + 1
            await self.processes[name].kill()
            await _started(self.processes[name])

    async def terminate(self) -> dict[str, int]:
        """Ask all to drain and end; their exit codes."""
        codes = await asyncio.gather(*(process.terminate() for process in self.processes.values()))
        return dict(zip(self.processes, codes, strict=True))


@asynccontextmanager
async def cluster(
    database_url: str,
    folder: Path,
    *,
    webs: int = 2,
    workers: int = 2,
    store: ScriptedCoreStore | None = None,
    apart: timedelta = timedelta(0),
    **extra: str,
) -> AsyncIterator[Cluster]:
    """Web and worker processes at work; without workers, web processes do both. `extra` are settings.

    The clock of every second process of a role is so far ahead of the first one's.
    """
    async with AsyncExitStack() as stack:
        twilio = await stack.enter_async_context(TwilioServer.running())
        shelf = await stack.enter_async_context(store or ScriptedCoreStore())
        mail = await stack.enter_async_context(smtp_server.running(ScriptedSmtpServer()))
        ports = [free_port() for _ in range(webs)]
        port = free_port()
        url = await stack.enter_async_context(balancer(port, ports))
        around = environment(database_url, url, twilio, shelf, mail) | extra
        processes = {
            f"web{n}": GatewayProcess(
                folder,
                own,
                {**around, "HAOCHAPING_SERVER__PORT": str(own)},
                "web" if workers else "all",
                ahead=n % 2 * apart,
            )
            for n, own in enumerate(ports)
        }
        for n in range(workers):
            own = free_port()
            processes[f"worker{n}"] = GatewayProcess(
                folder,
                own,
                {**around, "HAOCHAPING_WORKER__PORT": str(own)},
                "worker",
                ahead=n % 2 * apart,
            )
        opened = Cluster(url, processes, twilio, twilio.webhooks(url), shelf, mail)
        try:
            # Together, as after a power cut: the schema is made once.
            await asyncio.gather(*(process.start() for process in processes.values()))
            yield opened
        finally:
            await asyncio.gather(*(process.kill() for process in processes.values()))


async def _started(process: GatewayProcess) -> None:
    """As a supervisor does: again, when it finds the database down and ends."""
    for left in reversed(range(_STARTS)):
        try:
            await process.start()
        except RuntimeError:
            if not left:
                raise
        else:
            return


def environment(
    database_url: str, url: str, twilio: TwilioServer, store: ScriptedCoreStore, mail: ScriptedSmtpServer
) -> dict[str, str]:
    """Settings of every process between these peers."""
    return (
        settings_between(database_url, url, store, mail)
        | texts_by(twilio)
        | {
            "HAOCHAPING_API__TOKENS": f'["{TOKEN}"]',
            "HAOCHAPING_RULES__EMAIL_SETTLE": "0s",
            "HAOCHAPING_WORKER__DRAIN": "10s",
        }
    )


async def mischief(opened: Cluster, chance: random.Random, troubles: tuple[Trouble, ...]) -> None:
    """Let the mail server and the carrier be as moody as real ones, until cancelled."""
    with suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(0.1 + chance.random() / 4)
            trouble = chance.choice(MOODS)
            if not opened.mail.content_answers:
                opened.mail.content_answers.append(trouble)
            if not opened.twilio.troubles:
                opened.twilio.troubles.append(chance.choice(troubles))
