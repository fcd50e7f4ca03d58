"""Emails kept as files are on the disk, their names too, before they count as sent."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.adapters.mailer.files import EmlFileMailer, eml_name
from gateway.application.ports.mailer import OutgoingEmail

EMAIL = OutgoingEmail(message_id="<GD-1@example.cn>", subject="好", to=("a@example.cn",), text="", html="")


class FixedClock:
    """Always the same moment."""

    def now(self) -> datetime:
        """The moment."""
        return datetime(2026, 11, 23, 7, 42, tzinfo=UTC)


async def test_the_folder_is_synced_after_the_file_has_its_name__regression(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a power cut may take the name of an email that was reported as sent."""
    folder, synced = tmp_path / "mail", list[tuple[str, bool]]()

    def fsync(handle: int) -> None:
        place = str(Path(f"/proc/self/fd/{handle}").readlink())
        synced.append((place, (folder / eml_name(EMAIL.message_id)).exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    await EmlFileMailer(folder, sender="好差评 <noreply@example.cn>", clock=FixedClock()).send(EMAIL)

    assert synced[-1] == (str(folder), True)
    assert (str(tmp_path), False) in synced
