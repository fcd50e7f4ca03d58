"""Evidence that would hold only if something else did."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from gateway.domain.reply.normalise import CHINESE, MARK

if TYPE_CHECKING:
    from gateway.domain.reply.evidence import Evidence
    from gateway.domain.reply.scene import Scene

_CONDITION: Final = re.compile(
    "(?P<skip>主要是|只要是|刚才|人才|方才|才艺|才华)"
    "|如果|要是|假如|假若|若是|倘若|除非|只要|只有|早点|本来|应该|才能|才会|才|但愿"
    "|(?<![a-z])(?:if|unless|should|would)(?![a-z])"
)
_HALF: Final = re.compile("差一点|差点|就差|还差|部分|有的|有些")
_ONLY_THEN: Final = re.compile(rf"(?:了?再|才)[{CHINESE}{MARK}]")
CONDITIONS: Final = (_CONDITION, _HALF, _ONLY_THEN)
"""Every word that makes evidence conditional."""


def conditional(scene: Scene) -> set[Evidence]:
    """The evidence behind a condition, half met, or followed by what must come first (满意再付款)."""
    conditions = scene.spots(_CONDITION)
    first = conditions[0][1] if conditions else len(scene.rest)
    halves = {_phrase_behind(scene, half) for half in scene.spots(_HALF)}
    return {
        found
        for found in scene.evidence
        if found.start >= first or found in halves or (found.good and _ONLY_THEN.match(scene.rest, found.end))
    }


def _phrase_behind(scene: Scene, half: tuple[int, int]) -> Evidence | None:
    """The next evidence in the clause of a marker."""
    index = bisect_left(scene.evidence, half[1], key=lambda found: found.start)
    found = scene.evidence[index] if index < len(scene.evidence) else None
    return found if found and found.start < scene.clauses.at(half[0]).end else None
