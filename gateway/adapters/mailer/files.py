"""Email kept in a folder as .eml files: what runs when no SMTP server is configured."""

from __future__ import annotations

import asyncio
import os
import re
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Final

from gateway.adapters.mailer.message import build_message
from gateway.application.ports.mailer import EmailReceipt
from gateway.domain.errors import DeliveryFailed, FailureFacts

if TYPE_CHECKING:
    from gateway.application.ports.clock import Clock
    from gateway.application.ports.mailer import OutgoingEmail

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9@._+-]")


class EmlFileMailer:
    """`Mailer` that writes each email to `folder`, named by its Message-ID.

    A repeat replaces its file, a reader never sees half of one, and what was reported as accepted is on
    the disk.
    """

    def __init__(self, folder: Path, *, sender: str, clock: Clock) -> None:
        self._folder = folder
        self._sender = sender
        self._clock = clock

    async def send(self, email: OutgoingEmail) -> EmailReceipt:
        """Write the file; a full or unwritable disk is a retryable DeliveryFailed."""
        content = build_message(email, self._sender, self._clock.now()).as_bytes()
        try:
            await asyncio.to_thread(_write, self._folder / eml_name(email.message_id), content)
        except OSError as error:
            raise DeliveryFailed(
                f"cannot write to {self._folder}: {error.strerror}", FailureFacts("disk", retryable=True)
            ) from error
        return EmailReceipt(accepted=email.to)


def eml_name(message_id: str) -> str:
    """File name for a Message-ID: readable, safe on every file system, different for different ids."""
    bare = message_id.strip("<>")
    safe = _UNSAFE.sub("_", bare).lstrip(".")[:120]
    if safe != bare:
        safe += f".{sha256(message_id.encode()).hexdigest()[:12]}"
    return f"{safe}.eml"


def _write(path: Path, content: bytes) -> None:
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        _keep_names(path.parent.parent)
    with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
            _keep_names(path.parent)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise


def _keep_names(folder: Path) -> None:
    """Until the folder itself is on the disk, a new name in it may be lost with the power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
