"""Voice flows from YAML files: read with line numbers, proved, or refused with every fault named."""

from __future__ import annotations

from functools import lru_cache
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
        document, flow, faults = _judged(path, path.read_bytes())
    except OSError as error:
        return None, [Finding(str(path), "cannot be read", error.strerror or "check the path")]
    except Malformed as error:
        return None, [error.finding]
    if flow is None:
        return None, list(faults)
    found = [(document.line_of(fault.place), fault) for fault in (*_lost_recordings(flow, path), *faults)]
    found.sort(key=lambda fault: fault[0])
    return flow, [Finding(f"{path}:{line}", fault.problem, fault.remedy) for line, fault in found]


@lru_cache(maxsize=16)
def _judged(path: Path, content: bytes) -> tuple[Document, Flow | None, tuple[Finding, ...]]:
    """The flow with what its proof finds, or None with what keeps it from being read.

    Both follow from the content alone, and a proof takes tenths of a second: a process gives each once.
    """
    document = Document.parsed(path, content)
    flow, findings = read_flow(document)
    return document, flow, tuple(findings if flow is None else prove(flow))


def _lost_recordings(flow: Flow, path: Path) -> Iterator[Finding]:
    folder = recordings_folder(path)
    for wording in flow.wordings.values():
        for language, speech in wording.speeches.items():
            if speech.audio and not (folder / speech.audio).is_file():
                place = f"/prompts/{wording.name}/{language.value}/audio"
                yield Finding(place, f"there is no recording {speech.audio!r}", f"put it into {folder}")
