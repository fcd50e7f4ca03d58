"""`haochaping check`: everything wrong with an installation's files."""

from __future__ import annotations

import typer

from gateway.cli.options import NO_CONFIG, ConfigOption


def check(config: ConfigOption = NO_CONFIG) -> None:
    """Check settings, agencies, flows, texts and the core store's profile; one line per finding."""
    from gateway.bootstrap.findings import find_faults

    faults = find_faults(config)
    for fault in faults:
        print(fault)
    if faults:
        raise typer.Exit(1)
    print("OK: settings, agencies, flows, texts and core store profile")
