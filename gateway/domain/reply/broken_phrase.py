"""A level phrase torn apart by a space: 不 满意 must not be read as 满意."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.domain.reply.evidence import Kind
from gateway.domain.reply.phrase_words import STRONG

if TYPE_CHECKING:
    from gateway.domain.reply.scene import Scene

_NEGATOR_LEFT: Final = re.compile(
    r"(?:不|不是|不太|不怎么|并不|并不是|不够|不算|谈不上|难以|无法|未"
    r"|(?<!\w)没|(?<!\w)没有|(?<![a-z])not *\n)\s*\Z"
)
_DEGREE_LEFT: Final = re.compile(rf"(?:{'|'.join(STRONG)}|基本|基本上|一点都|一点也)\s+\Z")
_REACH: Final = 12


def is_broken(scene: Scene, *, with_head: bool) -> bool:
    """Whether a negator, or a degree where no head digit states the level, was parted from its phrase."""
    for found in scene.evidence:
        if found.kind is Kind.PHRASE and scene.rest[max(0, found.start - 1) : found.start].isspace():
            before = scene.rest[max(0, found.start - _REACH) : found.start]
            if _NEGATOR_LEFT.search(before) or (not with_head and _DEGREE_LEFT.search(before)):
                return True
    return False
