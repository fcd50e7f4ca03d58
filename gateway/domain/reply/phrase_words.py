"""The words of rule 6 (level phrases), as data: option digit → phrases, built from degrees and cores."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

STRONG: Final = (
    *("非常", "很", "十分", "特别", "相当", "超级", "超", "极其", "极", "极度", "最", "太", "完全"),
    *("百分百", "百分之百", "100%", "无比", "真", "真的"),
)
MILD: Final = ("比较", "较", "挺", "蛮", "还是", "都")
_LINKS: Final = ("", "的", "地", "是")
_NOT_A_BIT: Final = ("一点都", "一点也", "1点都", "1点也")
_SATISFIED: Final = ("满意", "好")

_WEAK_NOT: Final = ("不", "不是", "并不", "并不是", "没", "没有", "不算")
_WEAK_NOT_DEGREES: Final = ("很", "太", "十分", "非常", "特别", "那么", "多")
_WEAK_NOT_WHOLE: Final = (
    *("不太", "不怎么", "不咋", "不够", "不大", "不那么", "没那么"),
    *("不算", "并不", "不令人", "没让我", "没有让我", "唔", "冇"),
)
_CANNOT_SAY: Final = ("谈不上", "算不上", "说不上", "称不上")


def _joined(*parts: Iterable[str]) -> set[str]:
    return {"".join(words) for words in product(*parts)}


LEVELS: Final[dict[int, frozenset[str]]] = {
    1: frozenset(
        _joined(STRONG, _LINKS, ("满意", "好", "棒", "赞", "不错", "优秀"))
        | _joined(("好",), _LINKS, ("满意",))
        | {"满意极了", "好极了", "太好了", "好评", "五星好评", "点赞"},
    ),
    2: frozenset(
        _joined(MILD, _LINKS, ("满意",))
        | {"满意", "不错", "还不错", "挺好", "蛮好", "比较好"}
        | {"没有不满意", "没什么不满意", "没有什么不满意", "没啥不满意", "没有任何不满意"},
    ),
    3: frozenset(
        _joined(("基本", "基本上", "大致", "大体", "勉强", "还算", "一般"), ("满意",))
        | {"一般", "一般般", "还可以", "还行", "还好", "凑合", "马马虎虎", "过得去", "中评"},
    ),
    4: frozenset(
        {"不满意", "不满", "有点不满意", "不好", "不行", "不怎么样", "不咋样", "不咋地"}
        | _joined(_WEAK_NOT, _WEAK_NOT_DEGREES, _LINKS, _SATISFIED)
        | _joined(_WEAK_NOT_WHOLE, _SATISFIED)
        | _joined(_CANNOT_SAY, ("", "很", "太", "多"), _SATISFIED)
        | {"差", "较差", "比较差", "有点差", "差评", "失望", "有点失望"},
    ),
    5: frozenset(
        _joined((*STRONG, *_NOT_A_BIT), _LINKS, ("不满意", "不满"))
        | _joined(STRONG, _LINKS, ("不好", "差", "失望", "糟糕", "恶劣", "烂"))
        | {"差劲", "糟糕", "糟透了", "太让人失望"},
    ),
}
"""Option digit → the Chinese phrases that mean it."""

STANDING_ALONE: Final = ("垃圾", "恶劣", "烂")
"""Level 5 only as a whole clause or right behind one of `BEHIND`."""
BEHIND: Final = ("服务", "态度", "效率")

ENGLISH: Final[dict[int, tuple[str, ...]]] = {
    1: ("very satisfied", "excellent", "very good"),
    2: ("satisfied", "good"),
    3: ("average", "fair", "so-so", "so so"),
    4: (
        *("not satisfied", "not very satisfied", "dissatisfied", "unsatisfied"),
        *("not good", "not very good", "bad", "poor"),
    ),
    5: ("very dissatisfied", "very unsatisfied", "very bad", "very poor", "terrible"),
}
"""Option digit → English phrases, matched as whole words."""

PINYIN: Final[dict[int, tuple[str, ...]]] = {
    1: ("fei chang man yi", "hen man yi"),
    2: ("man yi",),
    3: ("ji ben man yi",),
    4: ("bu man yi", "bu tai man yi"),
    5: ("fei chang bu man yi", "hen bu man yi"),
}
"""Option digit → pinyin by syllables; the spaces are optional."""

HIDDEN: Final = (
    *("不好意思", "唔好意思", "差不多", "出差", "误差", "时差", "差别", "差距", "差旅", "普通话"),
    *("满意度", "满意率", "是否满意", "一般来说", "一般情况", "一般都", "一般人", "一般是"),
    *("行不行", "不行就", "很好奇", "不错过", "特别是", "五星级", "还好吗"),
    *("good morning", "good afternoon", "good evening", "good luck"),
)
"""What looks like a level phrase, or holds one, and is none."""

NO_PART_OF_A_PHRASE: Final = ("差一点", "差点", "就差", "还差", "有没有", "是不是")
"""Words of rule 7 that hold the beginning of a level phrase: 差点满意, 是不是很好."""
