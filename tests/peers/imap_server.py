"""A private Dovecot on a free loopback port, with one mailbox that a test fills."""

from __future__ import annotations

import getpass
import grp
import imaplib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.peers.postgres import free_port

USER: Final = "rating"
PASSWORD: Final = "mailbox-secret"
_CONFIG: Final = """
base_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {internal_group}
first_valid_uid = 1
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={mail} gid={mail_group} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class ImapServer:
    """One mailbox of one user."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.folder = folder
        self._deliveries = 0

    @property
    def settings(self) -> dict[str, str]:
        """What has a gateway read it every second, and let replies come to it."""
        settings = {
            "ADDRESS": "rating@example.org",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "SECURITY": "none",
            "USERNAME": USER,
            "PASSWORD": PASSWORD,
            "POLL_INTERVAL": "1s",
        }
        return {f"HAOCHAPING_MAILBOX__{name}": value for name, value in settings.items()}

    def prepare(self) -> None:
        """Make the mailbox, for whoever serves it."""
        for name in ("home", "mail", "mail/tmp", "mail/new", "mail/cur"):
            (self.folder / name).mkdir()
            self._give(self.folder / name)

    def deliver(self, content: bytes) -> None:
        """As a mail server would: the whole file appears at once."""
        self._deliveries += 1
        name = f"{self._deliveries}.test.localhost"
        written = self.folder / "mail" / "tmp" / name
        written.write_bytes(content)
        self._give(written)
        written.rename(self.folder / "mail" / "new" / name)

    def _give(self, path: Path) -> None:
        users = _users()
        shutil.chown(path, users["mail"], users["mail_group"])

    def unread(self) -> int:
        """How many emails nobody has read, as any mail program would be told."""
        with imaplib.IMAP4("127.0.0.1", self.port) as client:
            client.login(USER, PASSWORD)
            client.select("INBOX", readonly=True)
            _, found = client.search(None, "UNSEEN")
            return len((found[0] or b"").split())


@contextmanager
def imap_server() -> Iterator[ImapServer]:
    """A server that runs until the block ends."""
    with tempfile.TemporaryDirectory(prefix="imap-") as name:
        folder, port = Path(name), free_port()
        # Its processes give up root's rights, and have to come in here.
        folder.chmod(0o755)
        config = folder / "dovecot.conf"
        config.write_text(
            _CONFIG.format(folder=folder, port=port, password=PASSWORD, **_users()), encoding="utf-8"
        )
        server = ImapServer(folder, port)
        server.prepare()
        program = shutil.which("dovecot") or "/usr/sbin/dovecot"
        process = subprocess.Popen([program, "-F", "-c", str(config)], stdin=subprocess.DEVNULL)
        try:
            _wait_until_it_listens(process, port, folder / "dovecot.log")
            yield server
        finally:
            process.terminate()
            process.wait()


def _users() -> dict[str, str]:
    """Whom its processes run as: the package's own users under root, else whoever runs the tests."""
    if os.geteuid() == 0:
        return {
            "internal": "dovecot",
            "internal_group": "dovecot",
            "login": "dovenull",
            "mail": "nobody",
            "mail_group": "nogroup",
        }
    user, group = getpass.getuser(), grp.getgrgid(os.getegid()).gr_name
    return {
        "internal": user,
        "internal_group": group,
        "login": user,
        "mail": user,
        "mail_group": group,
    }


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    said = log.read_text(encoding="utf-8") if log.exists() else "nothing"
    raise RuntimeError(f"dovecot does not listen; its log: {said}")
