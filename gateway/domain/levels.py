"""The five levels of an evaluation and the two national code tables, which run in opposite directions.

Sources: the city's plan 二(三) for names and points (R-1); GB/T 39046-2020 table A.8 满意度代码 for
the option digit; the national platform interface's field `satisfaction` for the platform code.
"""

from __future__ import annotations

from enum import Enum
from typing import Final


class Level(Enum):
    """One of the five levels (R-1). There is no sixth and no default (R-16)."""

    VERY_SATISFIED = "very_satisfied"
    SATISFIED = "satisfied"
    FAIRLY_SATISFIED = "fairly_satisfied"
    DISSATISFIED = "dissatisfied"
    VERY_DISSATISFIED = "very_dissatisfied"

    @property
    def digit(self) -> int:
        """Option digit on keypad and SMS, equal to GB/T 39046-2020 table A.8: 1 is the best, 5 the worst."""
        return _DIGITS[self]

    @property
    def points(self) -> int:
        """Points of the city's plan: 10, 8, 6, 3, 0."""
        return _POINTS[self]

    @property
    def platform_code(self) -> int:
        """Code of the national platform interface (`satisfaction`): 5 is the best, 1 the worst."""
        return _PLATFORM_CODES[self]

    @property
    def is_bad(self) -> bool:
        """True for 不满意 and 非常不满意, which open a follow-up (R-10)."""
        return self in _BAD

    @property
    def name_zh(self) -> str:
        """The level's official Chinese name."""
        return _NAMES_ZH[self]

    @property
    def name_en(self) -> str:
        """The level's English name."""
        return self.value.replace("_", " ")

    @classmethod
    def from_digit(cls, digit: int) -> Level:
        """The level of an option digit (GB/T 39046-2020 table A.8).

        Raises:
            KeyError: the digit is no option; the caller decides what to say.

        """
        return _BY_DIGIT[digit]

    @classmethod
    def from_platform_code(cls, code: int) -> Level:
        """The level of a platform code (`satisfaction`); raises KeyError for any other number."""
        return _BY_PLATFORM_CODE[code]


_DIGITS: Final = {
    Level.VERY_SATISFIED: 1,
    Level.SATISFIED: 2,
    Level.FAIRLY_SATISFIED: 3,
    Level.DISSATISFIED: 4,
    Level.VERY_DISSATISFIED: 5,
}
_POINTS: Final = {
    Level.VERY_SATISFIED: 10,
    Level.SATISFIED: 8,
    Level.FAIRLY_SATISFIED: 6,
    Level.DISSATISFIED: 3,
    Level.VERY_DISSATISFIED: 0,
}
_PLATFORM_CODES: Final = {
    Level.VERY_SATISFIED: 5,
    Level.SATISFIED: 4,
    Level.FAIRLY_SATISFIED: 3,
    Level.DISSATISFIED: 2,
    Level.VERY_DISSATISFIED: 1,
}
_NAMES_ZH: Final = {
    Level.VERY_SATISFIED: "非常满意",
    Level.SATISFIED: "满意",
    Level.FAIRLY_SATISFIED: "基本满意",
    Level.DISSATISFIED: "不满意",
    Level.VERY_DISSATISFIED: "非常不满意",
}
_BAD: Final = (Level.DISSATISFIED, Level.VERY_DISSATISFIED)
_BY_DIGIT: Final = {digit: level for level, digit in _DIGITS.items()}
_BY_PLATFORM_CODE: Final = {code: level for level, code in _PLATFORM_CODES.items()}
