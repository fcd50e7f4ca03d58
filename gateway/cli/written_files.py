"""Files that commands write where they are told to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path


def write_file(path: Path, content: str | bytes) -> None:
    """Write it, text as UTF-8.

    Raises:
        InvalidInput: that is no place to write to.

    """
    try:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        problem = f"cannot be written: {error.strerror}; name a file in a folder that this user may write to"
        raise InvalidInput(problem, pointer=str(path)) from None
