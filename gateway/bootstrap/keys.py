"""The keys that seal personal data."""

from __future__ import annotations

import os
import secrets
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Final

import structlog

from gateway.adapters.personal_data import KEY_BYTES, PersonalDataCipher
from gateway.domain.errors import ConfigurationError
from gateway.settings import Settings

log = structlog.get_logger()

KEY_FILE: Final = Path("var/keys/privacy.key")


def open_personal_data(settings: Settings, key_file: Path = KEY_FILE) -> PersonalDataCipher:
    """The cipher of the configured keys; without any, of a key that the first start makes and keeps.

    Raises:
        ConfigurationError: there is no key where one must be given, or it cannot be used.

    """
    require_keys(settings, key_file)
    given = [b64decode(key.get_secret_value()) for key in settings.privacy.keys]
    return PersonalDataCipher(given or [_own_key(key_file)])


def require_keys(settings: Settings, key_file: Path = KEY_FILE) -> None:
    """Raise ConfigurationError where no key is given and none may be made.

    A server's database serves several machines: each would make a key of its own, and none could read what
    another has sealed. A file that is there already goes on being read.
    """
    shared = not settings.database.url.get_secret_value().startswith("sqlite")
    if shared and not settings.privacy.keys and not key_file.exists():
        raise ConfigurationError(
            "with PostgreSQL no key is made; set it, the same on all machines;"
            " make one with: haochaping keys new",
            place="privacy.keys",
        )


def _own_key(path: Path) -> bytes:
    if not path.exists():
        _make_key(path)
        log.warning("privacy_key_made", file=str(path), why="no privacy.keys configured; keep this file safe")
    try:
        key = b64decode(path.read_text(encoding="ascii").strip(), validate=True)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"cannot be read as a key: {error}", place=str(path)) from None
    if len(key) != KEY_BYTES:
        raise ConfigurationError("does not hold the base64 of 32 bytes", place=str(path))
    return key


def _make_key(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n")
    try:
        # Two processes that start together must end with one key: the first link wins.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
