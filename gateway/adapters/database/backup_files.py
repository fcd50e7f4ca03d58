"""Files that appear whole or not at all, readable by nobody else, in the place of no other file."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from gateway.domain.errors import InvalidInput


@contextmanager
def published(target: Path) -> Iterator[Path]:
    """A draft beside `target` to write to; it becomes `target`, durably, when the block ends well.

    Raises:
        InvalidInput: `target` exists, or cannot be written.

    """
    if target.exists():
        raise InvalidInput("exists already, and nothing is overwritten; name another", pointer=str(target))
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        problem = f"cannot be written: {error.strerror}; name a folder that this user may write to"
        raise InvalidInput(problem, pointer=str(target)) from None
    try:
        yield draft
        _flush(draft)
        _become(draft, target)
        _flush(target.parent)
    finally:
        for path in (draft, *(draft.with_name(draft.name + end) for end in ("-wal", "-shm", "-journal"))):
            path.unlink(missing_ok=True)


def _become(draft: Path, target: Path) -> None:
    try:
        # A link, unlike a renaming, takes nobody's place.
        os.link(draft, target)
    except FileExistsError:
        raise InvalidInput("has come into being meanwhile; name another", pointer=str(target)) from None


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def age_of_newest(folder: Path) -> timedelta | None:
    """How long ago the newest copy in a folder was finished; None where it has none, drafts left out.

    Raises:
        InvalidInput: the folder cannot be looked into.

    """
    try:
        with os.scandir(folder) as entries:
            copies = [each.stat() for each in entries if each.is_file() and not each.name.startswith(".")]
    except OSError as error:
        problem = f"cannot be looked into: {error.strerror}; name a folder that this user may read"
        raise InvalidInput(problem, pointer=str(folder)) from None
    finished = max((copy.st_mtime for copy in copies if copy.st_size), default=None)
    return None if finished is None else timedelta(seconds=time.time() - finished)
