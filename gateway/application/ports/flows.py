"""The voice flows that were proved and loaded."""

from __future__ import annotations

from typing import Protocol

from gateway.domain.flow.definition import Flow


class FlowCatalog(Protocol):
    """Flows by name."""

    def find(self, name: str) -> Flow:
        """The flow of that name, in the version that this process loaded.

        Raises:
            KeyError: there is none; configuration is checked at start, so this means a stale session.

        """
        ...
