"""A list of phone numbers from a file, one a line; what follows # is a remark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.domain.phone_numbers import PhoneNumber


def load_numbers(path: Path, parse: Callable[[str], PhoneNumber | None]) -> tuple[PhoneNumber, ...]:
    """The numbers in a file.

    Raises:
        ConfigurationError: it cannot be read, or a line is no number; names the line, never repeats it.

    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigurationError(f"cannot be read: {reason}", place=str(path)) from None
    numbers = []
    for line, content in enumerate(lines, start=1):
        text = content.partition("#")[0].strip()
        if not text:
            continue
        number = parse(text)
        if number is None:
            problem = "is no phone number; write it as 138 1234 5678, one a line"
            raise ConfigurationError(problem, place=f"{path}:{line}")
        numbers.append(number)
    return tuple(numbers)
