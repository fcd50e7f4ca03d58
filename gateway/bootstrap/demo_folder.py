"""The folder of the demonstration: emptied at each start, and never anybody else's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final

from gateway.domain.errors import ConfigurationError

DEFAULT_FOLDER: Final = Path("var/demo")
_MARK: Final = ".haochaping-demo"
_PLACE: Final = "--data"


@contextmanager
def demo_folder(folder: Path) -> Iterator[Path]:
    """The folder, empty but for a mark, held against a second demonstration until the block ends.

    Its clock begins anew at each start, so what an earlier one kept would lie in the future.

    Raises:
        ConfigurationError: it holds something that no demonstration put there, is in use, or cannot be made.

    """
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()) and not (folder / _MARK).exists():
                raise ConfigurationError(
                    "is neither empty nor a demonstration's; name another folder", place=f"{_PLACE} {folder}"
                )
            mark = stack.enter_context((folder / _MARK).open("w", encoding="utf-8"))
            _hold(mark, folder)
            _empty(folder)
            mark.write("Emptied whenever haochaping demo starts.\n")
            mark.flush()
        except OSError as error:
            raise ConfigurationError(
                f"cannot be used: {error.strerror}; name another folder", place=f"{_PLACE} {folder}"
            ) from None
        yield folder.resolve()


def _hold(mark: IO[str], folder: Path) -> None:
    try:
        import fcntl
    except ImportError:
        # Windows refuses to delete files in use, which protects a running demonstration well enough.
        return
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise ConfigurationError(
            "another demonstration runs there; stop it, or name another folder", place=f"{_PLACE} {folder}"
        ) from None


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != _MARK:
            path.unlink()
