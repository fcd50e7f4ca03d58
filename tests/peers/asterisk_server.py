"""A private Asterisk on free loopback ports, which a test may stop, kill, freeze and start again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

from tests.peers.asterisk_files import FOLDERS, configuration
from tests.peers.asterisk_image import image
from tests.peers.postgres import free_port

USER: Final = "haochaping"
PASSWORD: Final = "a-password-of-tests"
Configure: TypeAlias = Callable[[Path, str, tuple[int, int], tuple[str, str]], dict[str, str]]
"""Makes the files of a configuration from its home, its name, the ports of HTTP and SIP, and the login."""
_READY: Final = "Asterisk Ready"
_TRIES: Final = 600


class AsteriskServer:
    """An Asterisk with configuration, prompts and recordings of its own; use `asterisk_server`."""

    def __init__(self, root: Path, home: Path, name: str, configured: Configure = configuration) -> None:
        self._root = root
        self._home = home
        self._inside = Path("/") / home.relative_to(root)
        self.name = name
        self.http_port, self.sip_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.http_port}/ari"
        self.sounds = home / "sounds"
        """Where a test puts prompts."""
        self.sounds_inside = self._inside / "sounds"
        """The same folder as Asterisk sees it."""
        self.recordings = home / "spool" / "recording"
        self._process: subprocess.Popen[bytes] | None = None
        for folder in (*FOLDERS, "sounds", "spool/recording"):
            (home / folder).mkdir(parents=True)
        # It looks its own name up for every call, and must not ask the network.
        (root / "etc" / "hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()}\n", encoding="utf-8")
        files = configured(self._inside, name, (self.http_port, self.sip_port), (USER, PASSWORD))
        for file, text in files.items():
            (home / "etc" / file).write_text(text, encoding="utf-8")

    def start(self) -> None:
        """Start it and wait until it is ready for calls."""
        log = self._home / "log" / "console"
        log.unlink(missing_ok=True)
        # It ends with this process, however that ends.
        command = ["setpriv", "--pdeathsig", "KILL", "chroot", str(self._root), "/usr/sbin/asterisk"]
        command += ["-f", "-n", "-C", str(self._inside / "etc" / "asterisk.conf"), "-vvv"]
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        for _ in range(_TRIES):
            if self._process.poll() is not None:
                break
            if self._is_ready():
                return
            time.sleep(0.05)
        raise RuntimeError(f"Asterisk does not start: {log.read_text(errors='replace')[-2000:]}")

    def cli(self, command: str) -> str:
        """What it answers to a command of its own command line."""
        settings = str(self._inside / "etc" / "asterisk.conf")
        asked = ["chroot", str(self._root), "/usr/sbin/asterisk", "-C", settings, "-rx", command]
        return subprocess.run(asked, check=False, capture_output=True, text=True).stdout

    def stop(self) -> None:
        """End it as `systemctl stop` does."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Keep connections, and answer nothing."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def log(self) -> str:
        """What it said."""
        return (self._home / "log" / "console").read_text(errors="replace")

    def cpu_seconds(self) -> float:
        """Processor time that it has used since its start."""
        if self._process is None:
            return 0.0
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _is_ready(self) -> bool:
        return _READY in self.log() or "Asterisk Ready" in self.cli("core waitfullybooted")

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.send_signal(number)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def asterisk_server(name: str = "pbx-a", configured: Configure = configuration) -> Iterator[AsteriskServer]:
    """A server of its own, started; skips the test where there cannot be one."""
    root = image()
    home = Path(tempfile.mkdtemp(prefix="haochaping-", dir=root / "srv"))
    home.chmod(0o755)
    try:
        server = AsteriskServer(root, home, name, configured)
        server.start()
        try:
            yield server
        finally:
            server.kill()
    finally:
        shutil.rmtree(home, ignore_errors=True)
