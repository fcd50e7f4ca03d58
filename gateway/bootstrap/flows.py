"""Flows by name or path."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gateway.adapters import flow_files
from gateway.bootstrap.folders import data_folders
from gateway.domain.errors import ConfigurationError
from gateway.domain.findings import Finding
from gateway.domain.flow.definition import Flow

_FOLDER: Final = "ivr_flows"


def flow_paths() -> dict[str, Path]:
    """The file of every flow by its name; the operator's own goes before a delivered one of the same name.

    Raises:
        ConfigurationError: there is no folder of flows anywhere.

    """
    folders = reversed(data_folders(_FOLDER))
    found = {path.stem: path for folder in folders for path in folder.glob("*.yaml")}
    return dict(sorted(found.items()))


def find_flow(name_or_path: str) -> Path:
    """The file of a flow: a path, or the name of one in `ivr_flows/`.

    Raises:
        ConfigurationError: there is none; names those that exist.

    """
    given = Path(name_or_path)
    if given.suffix in {".yaml", ".yml"} and given.is_file():
        return given
    named = flow_paths()
    if name_or_path in named:
        return named[name_or_path]
    raise ConfigurationError(f"there is no such flow; known are: {', '.join(named)}", place=name_or_path)


def load_flow(path: Path) -> Flow:
    """The proved flow of a file; raises ConfigurationError with every finding."""
    return flow_files.load_flow(path)


def flow_findings(path: Path) -> list[Finding]:
    """Everything wrong with the flow of a file."""
    return flow_files.find_findings(path)


def load_flows() -> flow_files.LoadedFlows:
    """All flows, the operator's own and those delivered, each proved."""
    return flow_files.LoadedFlows(flow_files.load_flow(path) for path in flow_paths().values())


def recordings_folders() -> dict[str, Path]:
    """Where the recorded prompts of every flow lie: beside the file of it that counts."""
    return {name: flow_files.recordings_folder(path) for name, path in flow_paths().items()}
