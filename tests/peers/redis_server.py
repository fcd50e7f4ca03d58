"""A private Redis on a free loopback port, which a test may kill, freeze and start again."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from tests.peers.postgres import free_port

_READY = b"Ready to accept connections"


class RedisServer:
    """A server that keeps nothing; use `redis_server`, or `run_server` for one with options of its own."""

    def __init__(self, folder: Path, port: int, extra: Mapping[str, str]) -> None:
        self.port = port
        self.url = f"redis://127.0.0.1:{port}/0"
        options = {"bind": "127.0.0.1", "port": str(port), "dir": str(folder), "save": "", "appendonly": "no"}
        options |= extra
        self._command = ["redis-server"]
        for name, value in options.items():
            self._command += [f"--{name}", *(value.split() if name in extra else [value])]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        for line in self._process.stdout or ():
            if _READY in line:
                return
        raise RuntimeError("redis-server ended at its start")

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def freeze(self) -> None:
        """Keep connections and take new ones, but answer nothing, as a network that lets nothing through."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        self._signal(signal.SIGCONT)

    def ask(self, *command: str) -> str:
        """What it answers to a command."""
        asked = ["redis-cli", "-p", str(self.port), *command]
        return subprocess.run(asked, check=True, capture_output=True, text=True).stdout

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """A server of its own, started."""
    with run_server() as server:
        yield server


@contextmanager
def run_server(options: Mapping[str, str] = MappingProxyType({}), port: int = 0) -> Iterator[RedisServer]:
    """A server with options of its own, started."""
    with tempfile.TemporaryDirectory(prefix="haochaping-redis-") as folder:
        server = RedisServer(Path(folder), port or free_port(), options)
        server.start()
        try:
            yield server
        finally:
            server.kill()
