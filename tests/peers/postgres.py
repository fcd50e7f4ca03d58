"""A private PostgreSQL on a free loopback port, for the tests that need the real thing."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_USER = "postgres"


def binaries() -> Path | None:
    """The folder of initdb and postgres; None when PostgreSQL is not installed."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    if debian:
        return debian[-1].parent
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def free_port() -> int:
    """A loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def postgres_server() -> Iterator[str]:
    """A server of its own; gives the URL of its maintenance database.

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
        }
        options = " ".join(f"-c {name}={value}" for name, value in set_to.items())
        control: list[Path | str] = [folder / "pg_ctl", "-D", cluster, "-w", "-l", root / "log"]
        _run([*control, "-o", options, "start"], user)
        try:
            yield f"postgresql://{_USER}@127.0.0.1:{port}/postgres"
        finally:
            _run([*control, "-m", "immediate", "stop"], user)
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
