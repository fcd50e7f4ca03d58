"""`haochaping serve`: the gateway at work."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from gateway.cli.options import NO_CONFIG, ConfigOption


def serve(
    config: ConfigOption = NO_CONFIG,
    role: Annotated[Literal["all", "web", "worker"], typer.Option(help="What this process does.")] = "all",
) -> None:
    """Serve API, webhooks and workers; SIGTERM drains."""
    import uvloop

    from gateway.bootstrap.serving import Role
    from gateway.bootstrap.serving import serve as serve_until_told_to_stop
    from gateway.settings import load_settings
    from gateway.telemetry.logging import configure_logging

    settings = load_settings(config)
    configure_logging(settings.log.level, settings.log.format)
    uvloop.run(serve_until_told_to_stop(settings, Role(role)))
