"""A private PostgreSQL on a free loopback port, for the tests that need the real thing."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_USER = "postgres"
_TRIES = 100
UNASKED_PORTS = (15_000, 32_000)
"""Below the range that Linux gives to connections (ip_local_port_range begins at 32768)."""
_chance = random.SystemRandom()
_given: set[int] = set()


def binaries() -> Path | None:
    """The folder of initdb and postgres; None when PostgreSQL is not installed."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    if debian:
        return debian[-1].parent
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def free_port() -> int:
    """A loopback port that is free now, and that nobody is given by chance before it is used.

    The system hands out ports of its own range to every connection that is opened; a port from there may be
    taken between this look and the server's start. Those below are only taken by who asks for them.
    """
    while True:
        port = _chance.randrange(*UNASKED_PORTS)
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port


@dataclass
class PostgresServer:
    """A server that a test may stop and start again."""

    url: str
    """Of its maintenance database."""
    _control: list[Path | str]
    _options: str
    _user: str | None
    _cluster: Path
    _running: bool = False

    def start(self) -> None:
        """Start it and wait until it answers; after a kill its last processes have to end before."""
        for left in reversed(range(_TRIES)):
            try:
                _run([*self._control, "-o", self._options, "start"], self._user)
            except subprocess.CalledProcessError:
                if not left:
                    raise
                time.sleep(0.2)
            else:
                break
        self._running = True

    def stop(self) -> None:
        """Stop it at once, as a crash would."""
        if self._running:
            _run([*self._control, "-m", "immediate", "stop"], self._user)
            self._running = False

    def kill(self) -> None:
        """Kill its first process, as the kernel does when memory is short; the others notice and end."""
        if self._running:
            first = int((self._cluster / "postmaster.pid").read_text().split()[0])
            os.kill(first, signal.SIGKILL)
            self._running = False


@contextmanager
def postgres_server(**settings: str) -> Iterator[PostgresServer]:
    """A server of its own, started; `settings` are further ones of postgresql.conf.

    PostgreSQL refuses to run as root, so as root it runs as the user that Debian's package made.
    """
    folder = binaries()
    if folder is None:
        raise RuntimeError("PostgreSQL is not installed; run `make servers`")
    user = _USER if os.geteuid() == 0 else None
    # Not pytest's tmp_path: that is closed to other users.
    root = Path(tempfile.mkdtemp(prefix="haochaping-pg-"))
    try:
        if user:
            shutil.chown(root, user)
        cluster = root / "cluster"
        _run([folder / "initdb", "-D", cluster, "-U", _USER, "-A", "trust", "-E", "UTF8", "-N"], user)
        port = free_port()
        set_to = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "''",
            "max_connections": "200",
            **settings,
        }
        options = " ".join(f"-c {name}={value}" for name, value in set_to.items())
        control: list[Path | str] = [folder / "pg_ctl", "-D", cluster, "-w", "-l", root / "log"]
        server = PostgresServer(
            f"postgresql://{_USER}@127.0.0.1:{port}/postgres", control, options, user, cluster
        )
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _run(command: Sequence[Path | str], user: str | None) -> None:
    subprocess.run(
        [str(part) for part in command],
        check=True,
        user=user,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
