"""What really happened between people and the gateway, noted by those who did it, not by the gateway.

The judges compare it with what the gateway recorded, sent and told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

ITEM = "item"
STAFF = "staff"


class Violation(Exception):  # noqa: N818 - what it is
    """A promise was broken; `concerned` are the citizens whose timeline tells how."""

    def __init__(self, promise: str, what: str, *concerned: str) -> None:
        # All of it, or no copy can be made of it in the process that shows it.
        super().__init__(promise, what, *concerned)
        self.promise = promise
        self.what = what
        self.concerned = concerned

    def __str__(self) -> str:
        return f"{self.promise}: {self.what}"


@dataclass(slots=True, kw_only=True)
class Visit:
    """One visit of a service, as its business system knows it."""

    citizen: str
    service_id: str
    kind: str = ""
    """As reported; empty while nobody did."""
    visit_no: int = 1
    of_several: bool = False
    """Whether the service takes several visits, so that whoever tells of one says which."""
    item_name: str
    agency_code: str
    group: str
    """Visits of one group are one thing to rate: a batch, a theme, or the visit itself."""
    is_batch: bool = False
    is_theme: bool = False
    has_staff: bool = False
    phone: str = ""
    completed_at: float | None = None
    """Virtual seconds; None = the visit did not finish the service."""
    known_at: float | None = None
    """When the gateway acknowledged it as finished: from a report, or from the call itself."""
    reported_at: float | None = None
    """When the gateway acknowledged its report, which alone tells what it belongs to."""

    @property
    def key(self) -> tuple[str, int]:
        """What the gateway knows it by."""
        return self.service_id, self.visit_no


@dataclass(slots=True, kw_only=True)
class Given:
    """A rating as a citizen gave it."""

    key: tuple[str, str]
    """The call or text, and what was rated."""
    citizen: str
    subject: str
    level: int
    """The digit: 1 is the best, 5 the worst."""
    visits: frozenset[tuple[str, int]]
    """The visits that it may be about; several where a text does not say."""
    given_at: float
    names_service: bool = True
    """Whether nothing else can be meant: a text without a letter may answer a result as well."""
    acknowledged_at: float | None = None
    """When the carrier, and so the citizen, was told that it is taken."""

    @property
    def is_bad(self) -> bool:
        """不满意 or 非常不满意."""
        return self.level in {4, 5}


@dataclass(slots=True, kw_only=True)
class Elsewhere:
    """A rating that another system took."""

    told_as: str
    """That system's own id."""
    visit: Visit
    level: int
    acknowledged_at: float | None = None
    """When the gateway said that it counts."""


@dataclass(slots=True)
class Ledger:
    """Everything that was done."""

    visits: dict[tuple[str, int], Visit] = field(default_factory=dict)
    given: dict[tuple[str, str], Given] = field(default_factory=dict)
    elsewhere: list[Elsewhere] = field(default_factory=list)
    opted_out: dict[str, float] = field(default_factory=dict)
    """Citizens who want no texts, since when the gateway knows (acknowledged)."""
    opting_out: Counter[str] = field(default_factory=Counter)
    """How often citizens said so, whether it was acknowledged or not."""
    taking_back: set[str] = field(default_factory=set)
    """Citizens who wanted texts again, whether it was acknowledged or not."""
    came_back: dict[str, str] = field(default_factory=dict)
    """Of those, the telephones for which the gateway knows it (acknowledged)."""
    given_by: dict[str, list[Given]] = field(default_factory=lambda: defaultdict(list))
    """The same ratings by citizen: a town has too many to look through all."""
    elsewhere_by: dict[str, list[Elsewhere]] = field(default_factory=lambda: defaultdict(list))
    of_group: dict[str, list[Visit]] = field(default_factory=lambda: defaultdict(list))

    def add_visit(self, visit: Visit) -> Visit:
        """A visit took place."""
        self.visits[visit.key] = visit
        self.of_group[visit.group].append(visit)
        return visit

    def join(self, visit: Visit, group: str) -> None:
        """The visit is rated together with those of a group."""
        self.of_group[visit.group].remove(visit)
        visit.group = group
        self.of_group[group].append(visit)

    def rename(self, visit: Visit, service_id: str) -> None:
        """Nobody reports the visit: the gateway names it after the call."""
        del self.visits[visit.key]
        visit.service_id = service_id
        self.visits[visit.key] = visit

    def rate_elsewhere(self, visit: Visit, level: int) -> Elsewhere:
        """Another system took a rating of a visit."""
        rated = Elsewhere(told_as=f"APP-{len(self.elsewhere) + 1}", visit=visit, level=level)
        self.elsewhere.append(rated)
        self.elsewhere_by[visit.citizen].append(rated)
        return rated

    def linked(self, keys: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
        """These visits and all that are rated together with them."""
        groups = {self.visits[key].group for key in keys if key in self.visits}
        return {visit.key for group in groups for visit in self.of_group[group]}

    def give(self, given: Given) -> Given:
        """A rating was given; the same once more changes nothing."""
        known = self.given.setdefault(given.key, given)
        if known is given:
            self.given_by[given.citizen].append(given)
        return known
