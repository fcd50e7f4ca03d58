"""What a city, a province, the country would need, from what one rating, text, delivery was measured to cost.

    python -m benchmarks.capacity --population 3e6

reads the figures that `make bench-growth` wrote into docs/performance.md. Every assumption has an option;
`--write` puts the table for the three usual sizes into docs/capacity.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from math import ceil
from typing import Final

from benchmarks.growth_page import DATABASE, GATEWAY
from benchmarks.growth_page import PART as GROWTH
from benchmarks.many_nodes import PART as NODES
from benchmarks.page import CAPACITY, PERFORMANCE, read_tables, table, write_part

PART: Final = "capacity"
PLACES: Final = {"city": 3e6, "province": 1e8, "country": 1.4e9}
_YEAR: Final = 365 * 86_400
_STORE: Final = "deliveries, store at once"


@dataclass(frozen=True)
class Assumptions:
    """What was not measured here; docs/capacity.md says where each comes from."""

    services: float = 1.06
    """Finished services for each person and year."""
    calls: float = 1.14
    """Hotline calls for each person and year, all of which are offered the rating."""
    pressing: float = 0.3
    """Of those callers, how many press a key."""
    subjects: float = 2.0
    """Ratings in a call: the matter and the member of staff."""
    elsewhere: float = 0.7
    """Of services, how many are rated on another channel within a day, and told to us."""
    replying: float = 0.2
    """Of those reminded, how many answer by text."""
    receipts: float = 2.0
    """Reports of a carrier for each text."""
    segments: float = 1.0
    """Of a text: carriers count and pace these (70 characters of Chinese)."""
    bad: float = 0.005
    """Of ratings, how many are bad and become an email."""
    peak: float = 6.0
    """The busiest minutes against the mean of the year."""
    busy: float = 0.6
    """Of a core, how much may be used in the busiest minutes."""
    traces: float = 90.0
    """Days that settled entries, receipts and ended calls are kept (`privacy.traces`)."""
    document: float = 1500.0
    """Bytes of one delivery to the core store with its HTTP headers."""


@dataclass(frozen=True)
class Costs:
    """What one thing costs, in µs of a core, and what a row takes, in bytes; see docs/performance.md."""

    gateway: Mapping[str, float]
    database: Mapping[str, float]
    sqlite: Mapping[str, float]
    row: Mapping[str, float]
    log: float
    """Bytes of PostgreSQL's log for each rating."""


THINGS: Final = {
    "report": "a service is reported",
    "call": "a call is answered",
    "rating": "a rating by key press, of the last days",
    "end": "a call's end",
    "text": "a reply by text",
    "reminder": "a reminder found, judged and queued",
}
"""By our names, as benchmarks/growth.py names them."""


def read_costs(page: str) -> Costs:
    """The figures of docs/performance.md.

    Raises:
        KeyError: a figure is missing; run `make bench-growth`.

    """
    growth, nodes = read_tables(page, GROWTH), read_tables(page, NODES)

    def largest(line: str) -> float:
        # The last cell is the ratio.
        return _number(growth[line][-2])

    delivery = {
        "gateway": _number(nodes[f"{_STORE}: processor µs of the gateway"][0]),
        "database": _number(nodes[f"{_STORE}: processor µs of PostgreSQL"][0]),
    }
    return Costs(
        gateway={
            **{name: largest(f"PostgreSQL: {what}, {GATEWAY}") for name, what in THINGS.items()},
            "delivery": delivery["gateway"],
        },
        database={
            **{name: largest(f"PostgreSQL: {what}, {DATABASE}") for name, what in THINGS.items()},
            "delivery": delivery["database"],
        },
        sqlite={
            **{name: largest(f"SQLite: {what}, {GATEWAY}") for name, what in THINGS.items()},
            # No more than PostgreSQL and its client together.
            "delivery": sum(delivery.values()),
        },
        row={
            line.removeprefix("PostgreSQL, rows of "): _number(cells[0])
            for line, cells in growth.items()
            if line.startswith("PostgreSQL, rows of ")
        },
        log=_number(nodes["ratings: bytes of PostgreSQL's log"][0]),
    )


def _number(cell: str) -> float:
    return float(cell.replace(",", ""))


@dataclass(frozen=True)
class Need:
    """What so many people make a gateway do, and what that takes."""

    people: float
    given: Assumptions
    costs: Costs

    @property
    def yearly(self) -> dict[str, float]:
        """How often each thing happens in a year."""
        a = self.given
        services, calls = self.people * a.services, self.people * a.calls
        ratings = calls * a.pressing * a.subjects
        reminders = services * (1 - a.elsewhere)
        texts = reminders * a.replying
        return {
            # What was rated elsewhere is told by another request like it.
            "report": services * (1 + a.elsewhere),
            "call": calls,
            "rating": ratings,
            # A carrier's report of a text changes as little as that of a call.
            "end": calls + (reminders + texts) * a.receipts,
            "text": texts,
            "reminder": reminders,
            # To the core store, and by text: reminders, and an answer to each reply.
            "delivery": ratings + texts + reminders + texts,
            "document": ratings + texts,
        }

    def per_second(self, thing: str) -> float:
        """In the busiest minutes."""
        return self.yearly[thing] / _YEAR * self.given.peak

    def cores(self, cost: Mapping[str, float], things: Sequence[str]) -> float:
        """Cores for some things in the busiest minutes, at `busy` of each."""
        return sum(self.per_second(one) * cost[one] for one in things) / 1e6 / self.given.busy

    @property
    def web_cores(self) -> float:
        """Of web processes."""
        return self.cores(self.costs.gateway, ("report", "call", "rating", "end", "text"))

    @property
    def worker_cores(self) -> float:
        """Of workers."""
        return self.cores(self.costs.gateway, ("reminder", "delivery"))

    @property
    def database_cores(self) -> float:
        """Of PostgreSQL."""
        return self.cores(self.costs.database, tuple(self.costs.database))

    @property
    def sqlite_cores(self) -> float:
        """Of the one process that does everything on SQLite; there cannot be more than one."""
        return self.cores(self.costs.sqlite, tuple(self.costs.sqlite))

    @property
    def processes(self) -> int:
        """Web processes and workers, at least two of each, so that one may fail."""
        return max(2, ceil(self.web_cores)) + max(2, ceil(self.worker_cores))

    @property
    def stored_yearly(self) -> float:
        """Bytes that stay for the figures, for each year."""
        y, row = self.yearly, self.costs.row
        services = self.people * self.given.services + y["call"]
        evaluations = y["rating"] + y["text"] + self.people * self.given.services * self.given.elsewhere
        sent = y["reminder"] + y["text"]
        return (
            services * (row["services"] + row["invitations"])
            + evaluations * row["evaluations"]
            + y["text"] * row["incoming_messages"]
            + sent * row["sent_messages"]
            # At most: what is rated is open no more.
            + y["reminder"] * row["open_questions"]
        )

    @property
    def stored_always(self) -> float:
        """Bytes that come and go: outbox, receipts, calls."""
        y, row = self.yearly, self.costs.row
        sent = y["reminder"] + y["text"]
        yearly = y["delivery"] * row["outbox"] + sent * row["delivery_receipts"] + y["call"] * row["calls"]
        return yearly * self.given.traces / 365

    @property
    def flushes(self) -> float:
        """Transactions in a second of the busiest minutes: no more flushes of a disk than these."""
        return sum(self.per_second(one) for one in ("report", "call", "rating", "end", "text")) + (
            2 * self.per_second("delivery")
        )


_LINES: Final[Sequence[tuple[str, str, Callable[[Need], str]]]] = (
    ("services a day", "people x services / 365", lambda n: _short(n.people * n.given.services / 365)),
    ("calls a day", "people x calls / 365", lambda n: _short(n.yearly["call"] / 365)),
    ("ratings by phone a day", "calls x pressing x subjects", lambda n: _short(n.yearly["rating"] / 365)),
    ("ratings in the busiest second", "yearly mean x peak", lambda n: _short(n.per_second("rating"))),
    ("reminders a day", "services x (1 - elsewhere)", lambda n: _short(n.yearly["reminder"] / 365)),
    ("replies a day", "reminders x replying", lambda n: _short(n.yearly["text"] / 365)),
    (
        "segments in the busiest second, to agree with carriers",
        "(reminders + answers) x segments, yearly mean x peak",
        lambda n: _short((n.per_second("reminder") + n.per_second("text")) * n.given.segments),
    ),
    (
        "emails a day",
        "(ratings + replies) x bad",
        lambda n: _short((n.yearly["rating"] + n.yearly["text"]) * n.given.bad / 365),
    ),
    ("cores of web processes", "sum of peak x µs / busy", lambda n: _short(n.web_cores)),
    ("cores of workers", "the same for reminders and deliveries", lambda n: _short(n.worker_cores)),
    ("cores of PostgreSQL", "the same with its own µs", lambda n: _short(n.database_cores)),
    (
        "processes of the gateway",
        "one for each core, two of each role at least",
        lambda n: f"{n.processes:,}",
    ),
    (
        "connections to PostgreSQL",
        "processes x (database.pool_size (10) + 2)",
        lambda n: f"{n.processes * 12:,}",
    ),
    (
        "one process on SQLite instead",
        "cores for everything < 1",
        lambda n: f"{'yes' if n.sqlite_cores < 1 else 'no'}: {_short(n.sqlite_cores)} cores",
    ),
    ("flushes of the log a second, at most", "transactions at the peak", lambda n: _short(n.flushes)),
    (
        "log written a second at the peak",
        "flushes x bytes of log of a rating",
        lambda n: _bytes(n.flushes * n.costs.log),
    ),
    (
        "disk that grows by, a year",
        "rows x bytes of a row, indexes included",
        lambda n: _bytes(n.stored_yearly),
    ),
    ("disk for what is erased again", "rows of `traces` days", lambda n: _bytes(n.stored_always)),
    (
        "to the core store a second at the peak",
        "(ratings + replies) x bytes of a document",
        lambda n: _bytes(n.per_second("document") * n.given.document),
    ),
)


def _short(number: float) -> str:
    """Three digits are more than the assumptions are worth."""
    if number >= 1e6:
        return f"{number / 1e6:,.3g} million" if number < 1e9 else f"{number / 1e9:,.3g} billion"
    return f"{number:,.0f}" if number >= 100 else f"{number:.2g}"


def _bytes(number: float) -> str:
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= size:
            return f"{number / size:,.3g} {unit}"
    return f"{number:.0f} B"


def part(places: Mapping[str, float], given: Assumptions, costs: Costs) -> str:
    """The table for places of so many people."""
    needs = [Need(people, given, costs) for people in places.values()]
    head = ["what", "how", *(f"{name}, {_short(people)}" for name, people in places.items())]
    return table([head, *([what, how, *map(say, needs)] for what, how, say in _LINES)])


def main() -> None:
    """Print, and write when asked."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.capacity", description="What so many people need."
    )
    parser.add_argument("--population", type=float, help="people; without it the three usual sizes")
    parser.add_argument(
        "--write", action="store_true", help="put the three usual sizes into docs/capacity.md"
    )
    for one in fields(Assumptions):
        parser.add_argument(f"--{one.name}", type=float, default=one.default)
    given = vars(parser.parse_args())
    assumed = Assumptions(**{one.name: given[one.name] for one in fields(Assumptions)})
    try:
        costs = read_costs(PERFORMANCE.read_text(encoding="utf-8"))
    except KeyError as missing:
        sys.exit(f"docs/performance.md lacks the figure {missing}; run `make bench-growth`")
    places = {"place": given["population"]} if given["population"] else PLACES
    print(part(places, assumed, costs))
    if given["write"]:
        write_part(CAPACITY, PART, part(PLACES, assumed, costs))


if __name__ == "__main__":
    main()
