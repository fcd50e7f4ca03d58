"""Flows by name or path."""

from __future__ import annotations

from pathlib import Path

from gateway.adapters import flow_files
from gateway.bootstrap.folders import data_folder
from gateway.domain.errors import ConfigurationError
from gateway.domain.findings import Finding
from gateway.domain.flow.definition import Flow


def find_flow(name_or_path: str) -> Path:
    """The file of a flow: a path, or the name of one in `ivr_flows/`.

    Raises:
        ConfigurationError: there is none; names those that exist.

    """
    given = Path(name_or_path)
    if given.suffix in {".yaml", ".yml"} and given.is_file():
        return given
    folder = data_folder("ivr_flows")
    named = folder / f"{name_or_path}.yaml"
    if named.is_file():
        return named
    known = ", ".join(sorted(path.stem for path in folder.glob("*.yaml")))
    raise ConfigurationError(f"there is no such flow; known are: {known}", place=name_or_path)


def load_flow(path: Path) -> Flow:
    """The proved flow of a file; raises ConfigurationError with every finding."""
    return flow_files.load_flow(path)


def flow_findings(path: Path) -> list[Finding]:
    """Everything wrong with the flow of a file."""
    return flow_files.find_findings(path)


def load_flows() -> flow_files.LoadedFlows:
    """All flows of `ivr_flows/`, each proved."""
    paths = sorted(data_folder("ivr_flows").glob("*.yaml"))
    return flow_files.LoadedFlows(flow_files.load_flow(path) for path in paths)
