"""Flows by name or path."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gateway.adapters import flow_files
from gateway.adapters.prompts.studio import studio_work
from gateway.bootstrap.folders import data_folders
from gateway.domain.errors import ConfigurationError
from gateway.domain.findings import Finding
from gateway.domain.flow.definition import Flow
from gateway.domain.flow.recordings import with_recordings
from gateway.domain.flow.validation import prove

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


def load_flows(studio: Path | None = None) -> flow_files.LoadedFlows:
    """All flows, the operator's own and those delivered, each proved; with the recordings in `studio`.

    Raises:
        ConfigurationError: a flow cannot be proved, or a recording be used; one line per finding.

    """
    flows = [flow_files.load_flow(path) for path in flow_paths().values()]
    return flow_files.LoadedFlows(_recorded(flow, studio) for flow in flows)


def _recorded(flow: Flow, studio: Path | None) -> Flow:
    if studio is None:
        return flow
    recorded, findings = recorded_flow(flow, studio)
    if findings:
        faults = "\n".join(map(str, findings))
        raise ConfigurationError(f"recordings cannot be used:\n{faults}", place=str(studio))
    return recorded


def recorded_flow(flow: Flow, studio: Path) -> tuple[Flow, list[Finding]]:
    """A proved flow with the studio's recordings of it, and what is wrong with them or with their lengths."""
    work = studio_work(studio, flow)
    recorded = with_recordings(flow, work.recordings)
    if work.findings or not work.recordings:
        return recorded, work.findings
    faults = prove(recorded)
    return recorded, [Finding(f"{flow.name}{found.place}", found.problem, found.remedy) for found in faults]


def recordings_folders(studio: Path | None = None) -> dict[str, tuple[Path, ...]]:
    """Where the recorded prompts of every flow lie: in the studio's folder, and beside the flow's file."""
    own = {name: flow_files.recordings_folder(path) for name, path in flow_paths().items()}
    return {name: (*((studio / name,) if studio else ()), folder) for name, folder in own.items()}
