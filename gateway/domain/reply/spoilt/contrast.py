"""A good phrase with a "but" behind it, or beside a complaint in another clause."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gateway.domain.reply.evidence import Evidence
    from gateway.domain.reply.scene import Scene

_BUT: Final = re.compile("但|不过|可是|可惜|然而|就是|(?<![a-z])(?:but|however|though|although)(?![a-z])")
_COMPLAINT: Final = re.compile(
    "没人|没解决|没处理|没结果|没办|没给|不理|不管|拖|推诿|踢皮球|敷衍|白跑|太慢|骗|投诉|举报"
)
CONTRASTS: Final = (_BUT, _COMPLAINT)
"""Every word that puts praise in doubt."""


def contrasted(scene: Scene) -> set[Evidence]:
    """The good evidence that what follows, or a complaint elsewhere, puts in doubt."""
    good = [found for found in scene.evidence if found.good]
    if not good:
        return set()
    buts = scene.spots(_BUT)
    last_but = buts[-1][0] if buts else -1
    complained = {scene.clauses.index_at(start) for start, _ in scene.spots(_COMPLAINT)}
    return {
        found for found in good if found.end <= last_but or complained - {scene.clauses.index_at(found.start)}
    }
