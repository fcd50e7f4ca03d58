"""A negator before a good phrase, right behind it, or close before a bad one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.domain.reply.evidence import Evidence, Kind
from gateway.domain.reply.scene import last_before

if TYPE_CHECKING:
    from gateway.domain.reply.scene import Scene

_NEGATOR: Final = re.compile(
    "(?P<skip>非常|特别|分别|个别|区别|级别|别人|别的|不但|不仅|无论|不管|不论|有没有|是不是)"
    "|[不没无未非别难唔冇勿否]"
    r"|(?<![a-z])(?:not|no|never|cannot|nothing)(?![a-z])|n['’]t(?![a-z])"
    "|(?<![a-z])(?:is|was|are|were|do|does|did|ca|wo|could|would|should|has|have|had)nt(?![a-z])"
    "|(?<![a-z])(?:bu|bushi|mei|meiyou)(?![a-z])"
)
_FARTHEST: Final = 3
_FARTHEST_WORDS: Final = 3
# Denials that reach farther than three characters: 没有任何地方让人失望.
_FAR_DENIAL: Final = re.compile(
    "(?:没有?(?:什么|任何|哪|啥|一)|从来?没有?[让令对]|从未)(?P<between>.{0,8})\\Z"
)
_UNIT_DENIED: Final = re.compile(
    r"(?:负|-|扣|差|没有|不是|不给)\s*\Z"
    r"|[不没未别难无非勿否][能想会可以愿该够值得配敢给打评拿到是了有个出上你们]*\s*\Z"
)
_REACH: Final = 16
NEGATORS: Final = (_NEGATOR, re.compile("[负扣差-]"))
"""Every word that denies a phrase or a unit."""


def negated(scene: Scene) -> set[Evidence]:
    """The evidence that a negator turns round or into doubt."""
    spots = scene.spots(_NEGATOR)
    return {found for found in scene.evidence if _is_negated(scene, found, spots)}


def _is_negated(scene: Scene, found: Evidence, spots: list[tuple[int, int]]) -> bool:
    clause = scene.clauses.at(found.start)
    if found.kind is Kind.UNIT:
        before = scene.rest[max(0, found.start - _REACH) : found.start]
        return _UNIT_DENIED.search(before) is not None
    before_it = last_before(spots, found.start)
    in_clause = before_it is not None and before_it[0] >= clause.start
    if found.good:
        behind_it = last_before(spots, found.end + 1)
        return in_clause or (behind_it is not None and behind_it[0] == found.end)
    if not in_clause or before_it is None:
        return False
    between = scene.rest[before_it[1] : found.start]
    return _is_close(between) or _denied_from_afar(scene, found, clause.start)


def _is_close(between: str) -> bool:
    if between.isascii():
        return len(between.split()) <= _FARTHEST_WORDS
    return len(between) <= _FARTHEST


def _denied_from_afar(scene: Scene, found: Evidence, clause_start: int) -> bool:
    before = scene.rest[max(clause_start, found.start - _REACH) : found.start]
    return _FAR_DENIAL.search(before) is not None
