"""Where flows, templates and default configuration are found."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import gateway
from gateway.domain.errors import ConfigurationError

_PACKAGE: Final = Path(gateway.__file__).parent


def data_folder(name: str) -> Path:
    """The folder `ivr_flows`, `sms_templates` or `config`.

    The working directory's own goes first; then the one inside the installed package; then, in a
    checkout, the one beside the package.

    Raises:
        ConfigurationError: there is none anywhere.

    """
    for folder in (Path(name), _PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise ConfigurationError("the folder is missing here and in the package; install it again", place=name)


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
