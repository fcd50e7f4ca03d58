"""Words that may or may not state a level: they never decide, but what decides must agree with them.

Where the rules leave a wording open, asking back is better than guessing: 最好快点处理 asks for speed
though 最好 alone praises; 真垃圾 scolds though 垃圾 counts only by itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.domain.reply.evidence import Evidence, Kind

if TYPE_CHECKING:
    from gateway.domain.reply.clauses import Clauses

_FORMS: Final = {
    5: (
        "(?:真|太|很|好|就?是|一群|一帮|一堆|什么|都是|简直|纯|最|超级?)垃圾",
        "垃圾(?:服务|态度|部门|单位|政府|公司|热线|系统|短信)|骗子|骗人|气死|烂透|不要脸",
    ),
    4: (
        "差[额价异]|相差|好差评|不好(?:说|讲|评|判断|回答)|(?:满意|好评?|点赞|不错)(?:个[屁鬼头]|才怪)|满意不(?:了|起来)",
        "(?:难以|无法|未能|不能|没法|没有?|未|不是|并非|毫无)(?:让我|让人|令人|给我)?(?:满意|好评|点赞|挺好|不错|满分)",
    ),
    3: ("(?:基本|基本上|大致|大体|勉强|还算)[的是]满意|fairly satisfied|basically satisfied",),
    2: (
        "(?:没有?|并?不|不算|不会|不是|没有?让[我人])(?:很|太|特别|那么)?(?:差(?!点|一点)|失望|糟糕|不好|不满)|差不(?:了|到哪)",
        "(?:要|给我|给个|给俺|等|讨)[^\\W_]{0,6}?满意的?(?:答复|说法|解释|交代|交待|回复|结果|处理|为止)",
    ),
    1: (r"最好[^\W的了啦]",),
}
_FORM: Final = re.compile(
    "|".join(f"(?P<level{level}>{form})" for level, forms in _FORMS.items() for form in ("|".join(forms),))
)
_AVERAGE: Final = "一般"
_ADVERB_AVERAGE: Final = re.compile("[要得需会在去来找用办打等情时上早晚周我你他]")


def find_doubtful(hidden: str, phrases: list[Evidence], clauses: Clauses) -> list[Evidence]:
    """The doubtful wordings of a text in which what only looks like a phrase is masked.

    A wording inside a level phrase (没有不满意) is that phrase and nothing else.
    """
    ends = {phrase.start: phrase.end for phrase in phrases}
    return [
        Evidence(*match.span(), int((match.lastgroup or "")[-1]), Kind.PHRASE, doubtful=True)
        for match in _FORM.finditer(hidden, clauses.start, clauses.stop)
        if ends.get(match.start(), 0) < match.end()
    ]


def settle(hidden: str, phrases: list[Evidence], doubtful: list[Evidence]) -> list[Evidence]:
    """The phrases, those marked doubtful that a doubtful wording covers or that stand as adverbs."""
    covered = bytearray(len(hidden))
    for each in doubtful:
        covered[each.start : each.end] = b"\x01" * (each.end - each.start)
    return [
        phrase._replace(doubtful=True) if covered[phrase.start] or _is_adverb(hidden, phrase) else phrase
        for phrase in phrases
    ]


def _is_adverb(text: str, phrase: Evidence) -> bool:
    return text[phrase.start : phrase.end] == _AVERAGE and _ADVERB_AVERAGE.match(text, phrase.end) is not None
