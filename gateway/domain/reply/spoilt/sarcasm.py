"""Laughter and curses that turn every phrase of a message round."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gateway.domain.reply.evidence import Evidence
    from gateway.domain.reply.scene import Scene

SARCASM: Final = re.compile("呵呵|才怪|个屁|个鬼|个头")
"""Words that mock."""


def sarcastic(scene: Scene) -> set[Evidence]:
    """All of the evidence, when the message mocks."""
    return set(scene.evidence) if SARCASM.search(scene.rest) else set()
