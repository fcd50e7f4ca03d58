"""Where flows, templates and default configuration are found."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import gateway
from gateway.domain.errors import ConfigurationError

_PACKAGE: Final = Path(gateway.__file__).parent


def data_folders(name: str) -> tuple[Path, ...]:
    """All folders `ivr_flows`, `sms_templates` or `config`, the one that counts most first.

    The working directory's own goes first; then the one inside the installed package; then, in a
    checkout, the one beside the package.

    Raises:
        ConfigurationError: there is none anywhere.

    """
    places = (Path(name), _PACKAGE / "_data" / name, _PACKAGE.parent / name)
    if found := tuple(folder for folder in places if folder.is_dir()):
        return found
    raise ConfigurationError("the folder is missing here and in the package; install it again", place=name)


def data_folder(name: str) -> Path:
    """The first of `data_folders`: the operator's own takes the place of the delivered one as a whole."""
    return data_folders(name)[0]


def data_file(path: Path) -> Path:
    """A configuration file such as `config/agencies.toml`: the given path, or the packaged default of it."""
    if path.exists() or path.is_absolute():
        return path
    for root in (_PACKAGE / "_data", _PACKAGE.parent):
        if (root / path).exists():
            return root / path
    return path


def profile_folders() -> tuple[Path, ...]:
    """Where core-store profiles are found: one's own beside the delivered ones."""
    name = Path("config/core_store_profiles")
    return (name, _PACKAGE / "_data" / name, _PACKAGE.parent / name)


def existing(folder: Path) -> Path:
    """The folder, or the one in which it would be made: where room is taken in either case."""
    folder = folder.resolve()
    while not folder.exists():
        folder = folder.parent
    return folder
