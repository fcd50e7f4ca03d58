"""Runs the programs that speak and convert: never through a shell, never for longer than allowed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

from gateway.domain.errors import ConfigurationError
from gateway.domain.plain_text import one_line

_TOLD: Final = 200
"""Characters of a program's own words that are passed on."""


async def run_program(
    arguments: Sequence[str], *, given: bytes = b"", limit: timedelta, remedy: str
) -> bytes:
    """What the program wrote to its standard output; `given` is its standard input.

    Raises:
        ConfigurationError: it is not there, failed, or took longer than `limit`; `remedy` tells what to do.

    """
    program = arguments[0]
    try:
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(f"cannot be started ({reason}); {remedy}", place=program) from None
    try:
        async with asyncio.timeout(limit.total_seconds()):
            written, told = await process.communicate(given)
    except TimeoutError:
        raise ConfigurationError(
            f"took longer than {limit.total_seconds():g}s and was ended; {remedy}", place=program
        ) from None
    finally:
        await _end(process)
    if process.returncode:
        words = one_line(told.decode(errors="replace"))[-_TOLD:] or "without a word"
        raise ConfigurationError(f"failed ({process.returncode}): {words}; {remedy}", place=program)
    return written


async def _end(process: asyncio.subprocess.Process) -> None:
    """Leave nothing behind: the program and whatever it started are ended where they still run."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
