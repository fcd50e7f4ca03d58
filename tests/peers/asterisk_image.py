"""Where the tests' Asterisk lives: a Debian of its own in the project's cache, entered by chroot."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
VERSION: Final = os.environ.get("TESTS_ASTERISK", "16")
"""Which Asterisk: 16 or 22 (`tests/asterisk_image.sh`)."""
IMAGE: Final = ROOT / ".cache" / f"asterisk-{VERSION}"
NEEDED: Final = "TESTS_NEED_ASTERISK"
"""Set where these tests must not be left out, as on the machine that checks what lands."""


def image() -> Path:
    """The folder, made now where `make servers` has not made it; whoever comes meanwhile waits for it.

    Skips the test where it cannot be made, unless the environment says that it must.
    """
    reason = _hindrance()
    if reason and os.environ.get(NEEDED):
        pytest.fail(f"{NEEDED} is set: {reason}")
    if reason:
        pytest.skip(reason)
    return IMAGE


def _hindrance() -> str:
    if os.geteuid() != 0:
        return "Asterisk runs in a chroot, which only root may enter"
    if IMAGE.is_dir():
        return ""
    if shutil.which("debootstrap") is None:
        return "there is no Asterisk, and debootstrap is not installed to get it: run `make servers`"
    script = str(ROOT / "tests" / "asterisk_image.sh")
    made = subprocess.run(["bash", script, VERSION], check=False, capture_output=True, text=True)
    return f"Asterisk cannot be got: {made.stderr.strip()}" if made.returncode else ""
