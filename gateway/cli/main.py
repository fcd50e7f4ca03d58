"""The command `haochaping`: one sub-command per duty, clear words on bad input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.bootstrap.serving import Role, serve
from gateway.domain.errors import GatewayError
from gateway.settings import load_settings
from gateway.telemetry.logging import configure_logging

app = typer.Typer(
    help="Takes ratings of government services by phone and text (好差评).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

_NO_CONFIG: Final = None
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="Settings (TOML); else $HAOCHAPING_CONFIG, else config/gateway.toml."),
]


@app.command("serve")
def serve_command(
    config: ConfigOption = _NO_CONFIG,
    role: Annotated[Role, typer.Option(help="What this process does.")] = Role.ALL,
) -> None:
    """Serve API, webhooks and workers; SIGTERM drains."""
    settings = load_settings(config)
    configure_logging(settings.log.level, settings.log.format)
    import uvloop

    uvloop.run(serve(settings, role))


def run() -> None:
    """Entry point: every expected fault ends in one clear line and exit code 1."""
    try:
        app()
    except GatewayError as error:
        print(f"haochaping: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    run()
