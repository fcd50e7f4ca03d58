"""The processes under measurement, on free loopback ports."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.peers.postgres import free_port

TOKEN = "benchmark"
AUTH_TOKEN = "benchmark-auth-token"
LINE = "+8675512345678"
_TRIES = 1200
"""Tenths of a second, or longer where the machine is busy."""


@contextmanager
def gateway(
    folder: Path, role: str = "all", *, program: Sequence[str] = ("-m", "gateway"), **extra: str
) -> Iterator[tuple[int, int]]:
    """`haochaping serve` on its embedded defaults with Twilio's webhooks; port and process id."""
    port = free_port()
    environment = os.environ | {
        "HAOCHAPING_SERVER__PORT": str(port),
        "HAOCHAPING_WORKER__PORT": str(port),
        "HAOCHAPING_SERVER__PUBLIC_URL": f"http://127.0.0.1:{port}",
        "HAOCHAPING_DATABASE__URL": f"sqlite:///{folder}/gateway.db",
        "HAOCHAPING_PRIVACY__KEYS": f'["{b64encode(bytes(32)).decode()}"]',
        "HAOCHAPING_API__TOKENS": f'["{TOKEN}"]',
        "HAOCHAPING_VOICE__PROVIDER": "twilio",
        "HAOCHAPING_TWILIO__ACCOUNT_SID": "AC" + "0" * 32,
        "HAOCHAPING_TWILIO__AUTH_TOKEN": AUTH_TOKEN,
        "HAOCHAPING_TWILIO__FROM_NUMBER": LINE,
        "HAOCHAPING_LOG__LEVEL": "warning",
        **extra,
    }
    command = [sys.executable, *program, "serve", "--role", role]
    root = str(Path(__file__).parent.parent)
    with _process(command, environment | {"PYTHONPATH": root}, folder) as process:
        _wait(f"http://127.0.0.1:{port}/healthz", process)
        yield port, process.pid


@contextmanager
def bare(answer: bytes) -> Iterator[tuple[int, int]]:
    """The bare handler that answers these bytes; port and process id."""
    port = free_port()
    script = str(Path(__file__).with_name("bare_handler.py"))
    with _process([sys.executable, script, str(port)], dict(os.environ), None, answer) as process:
        _wait(f"http://127.0.0.1:{port}/", process)
        yield port, process.pid


def processor_seconds(process: int) -> float:
    """Processor time that the threads of a process have used, user and system, as Linux counts it."""
    threads = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


@contextmanager
def _process(
    command: list[str], environment: dict[str, str], folder: Path | None, stdin: bytes = b""
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=environment, cwd=folder, stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(stdin)
    process.stdin.close()
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(_TRIES):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with code {process.returncode}")
        try:
            urllib.request.urlopen(url, timeout=1)  # noqa: S310 - our own loopback address
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{url} does not answer")
