"""On what kind of file system a file lies."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gateway.bootstrap.database import sqlite_file as file_of
from gateway.settings import Settings

NETWORKED: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "virtiofs", "vboxsf"}
)
VOLATILE: Final = frozenset({"tmpfs", "ramfs"})
_MOUNTS: Final = Path("/proc/self/mountinfo")


def sqlite_file(settings: Settings) -> Path | None:
    """The file of the configured database; None for a server's."""
    return file_of(settings.database.url.get_secret_value())


def kind_of(path: Path) -> str:
    """`ext4`, `nfs4` and so on; empty where this system does not say."""
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return kind_in(mounts, path.resolve())


def kind_in(mounts: str, path: Path) -> str:
    """The type of the innermost mount that holds the path (proc(5), mountinfo)."""
    found, deepest = "", -1
    for line in mounts.splitlines():
        placed, _, described = line.partition(" - ")
        point = Path(placed.split(" ")[4].replace("\\040", " "))
        # Of two on one point, the later hides the earlier.
        if path.is_relative_to(point) and len(point.parts) >= deepest:
            found, deepest = described.split(" ")[0], len(point.parts)
    return found
