"""Replies read per second on one core, beside the least that any reader would do to a text.

Run: python -m benchmarks.reply_reader [seconds per slice, default 0.5]

The texts are what citizens send: mostly a digit, often with a few words, now and then a long complaint.
All readers take turns over the same texts, by the processor time they used; each figure is the best of its
slices, so that what else the machine does weighs least.
"""

from __future__ import annotations

import sys
import unicodedata
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, Final

from gateway.domain.reply import read_by_rules, read_reply

if TYPE_CHECKING:
    from collections.abc import Callable

TEXTS: Final = (
    *("1", "1", "2", "回复1", "2 谢谢", "您好，1", "T", "4 等太久", "非常满意", "１。", "10分！", "👍👍 1"),
    *(
        "1 服务态度很好，谢谢",
        "3，还行吧，就是停车难",
        "5 打了三次电话都没人接",
        "很满意，谢谢你们的帮助",
        "不太满意，等太久",
    ),
    *(
        "办事效率高，态度也好，非常满意",
        "問題解決了，很滿意",
        "五星好评，点赞！",
        "Very good, thanks",
        "已经收到，谢谢",
    ),
    *(
        "以前差，现在很满意",
        "态度很好，但问题没解决",
        "别再给我发短信了",
        "1非常满意2满意3基本满意",
        "什么时候能办好？",
    ),
    "2 总的来说不错，希望周末也能办",
    "水管漏了三天，打了五次热线，每次都说马上来，结果推来推去没有一个人上门，对这种服务非常失望，希望领导重视",
)
"""Replies of a median length of eight characters, from bare digits to complaints."""

_SLICES: Final = 5


def trivial(text: str) -> str:
    """The yardstick: what a reader does that only takes off blanks and width."""
    return unicodedata.normalize("NFKC", text).strip()


def measure(seconds: float = 0.5) -> dict[str, float]:
    """Replies per second of the reader, of its full rules, and of the yardstick, with the ratio.

    `seconds` is the length of each of fifteen slices.
    """
    readers: tuple[Callable[[str], object], ...] = (read_reply, read_by_rules, trivial)
    best = [0.0, 0.0, 0.0]
    for _ in range(_SLICES):
        for index, reader in enumerate(readers):
            best[index] = max(best[index], _per_second(reader, seconds))
    return {
        "median_length": float(median(len(text) for text in TEXTS)),
        "replies_per_second": best[0],
        "by_full_rules_per_second": best[1],
        "trivial_per_second": best[2],
        "ratio": best[0] / best[2],
    }


def _per_second(reader: Callable[[str], object], seconds: float) -> float:
    rounds, started = 0, process_time()
    while (elapsed := process_time() - started) < seconds:
        for text in TEXTS:
            reader(text)
        rounds += 1
    return rounds * len(TEXTS) / elapsed


def main(arguments: list[str]) -> None:
    """Print the figures as a table."""
    for name, figure in measure(*map(float, arguments[:1])).items():
        print(f"{name:28} {figure:14,.4g}" if figure < 1 else f"{name:28} {figure:14,.0f}")


if __name__ == "__main__":
    main(sys.argv[1:])
