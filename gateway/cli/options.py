"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

NO_CONFIG: Final = None
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="Settings (TOML); else $HAOCHAPING_CONFIG, else config/gateway.toml."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object per line, for scripts.")]
