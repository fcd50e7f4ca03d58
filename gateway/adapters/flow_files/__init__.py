"""Voice flows from YAML files: read with line numbers, proved, or refused with every fault named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.flow_files.document import Document, Malformed
from gateway.adapters.flow_files.flow_reading import read_flow
from gateway.domain.errors import ConfigurationError
from gateway.domain.findings import Finding
from gateway.domain.flow.validation import prove

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gateway.domain.flow.definition import Flow

__all__ = ["LoadedFlows", "find_findings", "load_flow", "recordings_folder"]


class LoadedFlows:
    """The flows of this process by name (`application.ports.flows.FlowCatalog`)."""

    def __init__(self, flows: Iterable[Flow]) -> None:
        self._flows = {flow.name: flow for flow in flows}

    def find(self, name: str) -> Flow:
        """The flow of that name; raises KeyError when there is none."""
        return self._flows[name]


def load_flow(path: Path) -> Flow:
    """The proved flow of a file.

    Raises:
        ConfigurationError: the file cannot be read or the flow cannot be proved; one line per finding.

    """
    flow, findings = _examine(path)
    if findings or flow is None:
        faults = "\n".join(map(str, findings))
        raise ConfigurationError(f"the flow cannot be used:\n{faults}", place=str(path))
    return flow


def find_findings(path: Path) -> list[Finding]:
    """Everything wrong with the flow of a file, in the order of its lines; empty when it may be used."""
    return _examine(path)[1]


def recordings_folder(path: Path) -> Path:
    """Where a flow's recorded prompts lie: beside its file, `hotline_rating.audio/`."""
    return path.with_suffix(".audio")


def _examine(path: Path) -> tuple[Flow | None, list[Finding]]:
    try:
        document = Document.read(path)
    except Malformed as error:
        return None, [error.finding]
    flow, findings = read_flow(document)
    if flow is None:
        return None, findings
    faults = [
        (document.line_of(fault.place), fault) for fault in (*_lost_recordings(flow, path), *prove(flow))
    ]
    faults.sort(key=lambda found: found[0])
    return flow, [Finding(f"{path}:{line}", fault.problem, fault.remedy) for line, fault in faults]


def _lost_recordings(flow: Flow, path: Path) -> Iterator[Finding]:
    folder = recordings_folder(path)
    for wording in flow.wordings.values():
        for language, speech in wording.speeches.items():
            if speech.audio and not (folder / speech.audio).is_file():
                place = f"/prompts/{wording.name}/{language.value}/audio"
                yield Finding(place, f"there is no recording {speech.audio!r}", f"put it into {folder}")
