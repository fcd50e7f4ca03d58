"""What somebody at an agency does on the page that they see, and how they fill its forms in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.simulation.agency_door import Page
from gateway.simulation.chance import Chance

_VERDICTS: Final = {"true": 0.65, "mistaken": 0.2, "malicious": 0.15}
_REACHED: Final = 0.75
_AT_ONCE: Final = 0.2
"""How many call without taking it on first."""
_REMARKS: Final = 0.05
_LOOKS_UP: Final = 0.5
"""How many have the number shown before they call."""
_FORBIDDEN: Final = 0.06
"""How often somebody tries what may not be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody is about to do."""

    form: str
    choice: str = ""
    """Of a call-back whether the citizen was reached, of a verdict which."""
    is_allowed: bool = True


def wish_on(page: Page, chance: Chance) -> Wish | None:
    """The next thing to do; None where nothing is left to the reader."""
    if chance.happens(_REMARKS) and "comment" in page.forms:
        return Wish(form="comment")
    forbidden = _forbidden_on(page) if chance.happens(_FORBIDDEN) else None
    return forbidden or _due_on(page, chance)


def _forbidden_on(page: Page) -> Wish | None:
    """A verdict before anybody was heard; an answer with a number in it."""
    if "judge" in page.forms and not page.may_judge:
        return Wish(form="judge", choice="malicious", is_allowed=False)
    return Wish(form="rectify", is_allowed=False) if "rectify" in page.forms else None


def _due_on(page: Page, chance: Chance) -> Wish | None:
    if "acknowledge" in page.forms and not chance.happens(_AT_ONCE):
        return Wish(form="acknowledge")
    if "rectify" in page.forms:
        return Wish(form="rectify")
    if page.may_judge:
        return Wish(form="judge", choice=chance.weighted(_VERDICTS))
    if "call_back" in page.forms:
        if "show_number" in page.forms and chance.happens(_LOOKS_UP):
            return Wish(form="show_number")
        return Wish(form="call_back", choice="yes" if chance.happens(_REACHED) else "no")
    return Wish(form="tell") if page.asks_for_telling else None


def filled(wish: Wish, mark: str, page: Page, number: str) -> dict[str, str]:
    """The fields of the form; people write the number down wherever nothing keeps them from it."""
    noted = f"，电话{number}" if number else ""
    fields = {"act": wish.form, "seen": str(page.seen), "handler": f"经办{mark}"}
    match wish.form:
        case "call_back":
            fields |= {"reached": wish.choice, "called_at": page.now, "words": f"通话记录{mark}{noted}"}
        case "judge":
            fields |= {"verdict": wish.choice, "reasons": f"核实理由{mark}{noted}"}
        case "rectify":
            reachable = "" if wish.is_allowed else "，可致电13900000000"
            fields |= {"words": f"整改措施{mark}{noted}", "answer": f"问题已解决{mark}{reachable}"}
        case "tell" | "comment":
            fields |= {"words": f"记录{mark}{noted}"}
    return fields
