"""Runs `haochaping` in this process, as its entry point does."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from gateway.cli.main import run


@dataclass(frozen=True)
class Told:
    """What a command answered."""

    exit_code: int
    output: str
    errors: str


def haochaping(capsys: pytest.CaptureFixture[str], *arguments: str) -> Told:
    """Run the command with these arguments; what it printed where, and its exit code."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        run(arguments)
    printed = capsys.readouterr()
    code = ended.value.code
    return Told(code if isinstance(code, int) else 0, printed.out, printed.err)
