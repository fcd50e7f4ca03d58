"""Wishes, other times and other people's words: they speak of something else and are passed over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.domain.reply.scene import last_before

if TYPE_CHECKING:
    from gateway.domain.reply.evidence import Evidence
    from gateway.domain.reply.scene import Scene

_WISH: Final = re.compile(
    "(?P<skip>申请|邀请|聘请)|希望|期待|盼|建议|争取|请|(?<![a-z])(?:hope|wish)(?![a-z])"
)
_ANOTHER_TIME: Final = re.compile(
    "以前|之前|上次|上回|原来|从前|去年|下次|以后|将来|(?<![a-z])(?:last|next) +time(?![a-z])"
)
_THIS_TIME: Final = re.compile("现在|如今|这次|今天")
_HEARSAY: Final = re.compile(
    "听说|据说|"
    "(?:他们|她们|别人|有人|都|大家|人家|我[妈爸爷奶姐哥弟妹]|妈妈|爸爸|老公|老婆|孩子|儿子|女儿|同事|家人|邻居|朋友|领导)说"
)
ELSEWHERE: Final = (_WISH, _ANOTHER_TIME, _HEARSAY)
"""Every word that leads away from this service, this time, or the writer."""


def wished(scene: Scene) -> set[Evidence]:
    """The evidence behind a wish in its clause."""
    return _behind(scene, scene.spots(_WISH), [])


def of_another_time(scene: Scene) -> set[Evidence]:
    """The evidence behind a word for another time in its clause, up to a word for the present."""
    times = scene.spots(_ANOTHER_TIME)
    return _behind(scene, times, scene.spots(_THIS_TIME) if times else [])


def hearsay(scene: Scene) -> set[Evidence]:
    """The evidence that repeats somebody else's words."""
    return _behind(scene, scene.spots(_HEARSAY), [])


def _behind(scene: Scene, spots: list[tuple[int, int]], ends: list[tuple[int, int]]) -> set[Evidence]:
    return {found for found in scene.evidence if spots and _is_behind(scene, found, spots, ends)}


def _is_behind(
    scene: Scene, found: Evidence, spots: list[tuple[int, int]], ends: list[tuple[int, int]]
) -> bool:
    spot = last_before(spots, found.start)
    if spot is None or spot[0] < scene.clauses.at(found.start).start:
        return False
    end = last_before(ends, found.start)
    return end is None or end[0] < spot[0]
