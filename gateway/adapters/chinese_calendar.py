"""The working days of mainland China, from the package `holidays`: statutory days off and make-up workdays.

The State Council announces each year's arrangement (放假安排) in the autumn before; of a year that it had not
announced when the package was made, only the statutory days are known.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import holidays

if TYPE_CHECKING:
    from datetime import date

_CHINA = holidays.country_holidays("CN")


@lru_cache(maxsize=4096)
def is_chinese_workday(day: date) -> bool:
    """Whether offices in mainland China work on that day."""
    return bool(_CHINA.is_working_day(day))
