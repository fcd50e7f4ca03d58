"""Which seeds are worth living through, where a fault needs a coincidence that few worlds have.

Told from what is drawn before anything happens, in the order in which those draw it who live it: a
thousand seeds take as long as one world. It only saves time: where it is wrong, less is found.
"""

from __future__ import annotations

import math

from gateway.simulation import occasions, saboteurs, sms_carrier, telephone
from gateway.simulation.chance import Chance
from gateway.simulation.occasions import Occasion
from gateway.simulation.telephone import Act
from gateway.simulation.trouble import LEVELS
from gateway.simulation.world import WorldPlan

_DAY = 86400.0
_QUIET_FROM = 21 * 3600.0
"""When the night of the second day begins, by the clock on the wall: worlds begin at midnight."""
_SHORTEST_VALIDITY = 60.0
_CALL_SECONDS = 100.0


def a_theme_rated_in_part_then_as_a_whole(plan: WorldPlan) -> bool:
    """Somebody rates a known item of a theme by itself and then the whole, before others are known."""
    return any(_rates_part_then_whole(_wish(plan, number)) for number in range(1, plan.citizens + 1))


def a_reminder_due_at_nightfall(plan: WorldPlan) -> bool:
    """Somebody finished shortly before the night, and the first process will be a minute late there."""
    behind = -_clock_ahead(plan, _DAY + _QUIET_FROM)
    earliest, latest = _QUIET_FROM - behind, _QUIET_FROM - _SHORTEST_VALIDITY
    if earliest >= latest:
        return False
    return any(
        earliest < time < latest
        for number in range(1, plan.citizens + 1)
        for time in _times(_wish(plan, number), plan)
    )


def a_carrier_that_shows_late(plan: WorldPlan) -> bool:
    """The carrier can be asked what became of a text, and takes long to show what it took."""
    chance = Chance(plan.seed).stream("kind of SMS carrier")
    can_be_asked = chance.happens(sms_carrier._ASKABLE)
    return can_be_asked and chance.pick(sms_carrier._SETTLE_SECONDS) == max(sms_carrier._SETTLE_SECONDS)


def _wish(plan: WorldPlan, number: int) -> Chance:
    return Chance(plan.seed).stream("citizens").stream(f"citizen-{number}")


def _times(wish: Chance, plan: WorldPlan) -> list[float]:
    seconds = plan.days * _DAY - occasions._LAST_HOUR
    return sorted(wish.fraction() * seconds for _ in range(wish.whole(1, 3)))


def _rates_part_then_whole(wish: Chance) -> bool:
    for _ in range(wish.whole(1, 3)):
        wish.fraction()
    if wish.weighted(occasions._OCCASIONS) is not Occasion.THEME:
        return False
    items = wish.whole(2, 3)
    for _ in range(items):
        wish.pick(occasions._AGENCIES)
        wish.fraction()
    if wish.pick((0, 1, 1, 2)) != 2:
        return False
    called = wish.seconds(0.1, 7200.0)
    reported = sorted(wish.seconds(0.1, 7200.0) for _ in range(items))
    first = _rated(wish, items)
    again = called + wish.seconds(0.1, 7200.0)
    if not reported[0] < called < again + _CALL_SECONDS < reported[-1]:
        return False
    second = _rated(wish, items)
    if first is None or second is None:
        return False
    (item, part), (same, whole) = first, second
    return item == same and (part, whole) == ("service", "whole")


def _rated(wish: Chance, items: int) -> tuple[int, str] | None:
    """Which item a caller rates well at once, asked about what; a bad rating is asked about further."""
    item = wish.pick(range(items))
    scope = wish.pick(("service", "whole")) if wish.happens(0.5) else ""
    wish.fraction()
    if wish.weighted(telephone._AT_RATING) is not Act.RATE or wish.weighted(telephone._LEVELS) > 3:
        return None
    return item, scope


def _clock_ahead(plan: WorldPlan, at: float) -> float:
    """By how much the first process's clock is ahead then."""
    rates = LEVELS[plan.faults]
    chance = Chance(plan.seed).stream("saboteurs").stream("gateway-1").stream("clock")
    ahead = (chance.fraction() * 2 - 1) * rates.skew_seconds
    now = 0.0
    while rates.jumps_per_day:
        now += -math.log(1 - chance.fraction()) * _DAY / rates.jumps_per_day
        if now > at:
            break
        ahead = (chance.fraction() * 2 - 1) * min(saboteurs._WIDEST_JUMP, rates.skew_seconds * 10)
    return ahead
