"""What so many people need is reckoned from the measured figures, and can be reckoned again."""

from __future__ import annotations

import pytest

from benchmarks.capacity import PART, PLACES, THINGS, Assumptions, Costs, Need, part, read_costs
from benchmarks.growth_costs import Cost, Grown
from benchmarks.growth_page import PART as GROWTH
from benchmarks.growth_page import part as growth_part
from benchmarks.many_nodes import PART as NODES
from benchmarks.many_nodes import Paced, Used
from benchmarks.many_nodes import part as nodes_part
from benchmarks.page import CAPACITY, PERFORMANCE, read_tables, table, with_part

NAMES = (*THINGS, "delivery")
ROWS = ("services", "invitations", "evaluations", "incoming_messages", "sent_messages", "open_questions")
GONE = ("outbox", "delivery_receipts", "calls")
COSTS = Costs(
    gateway=dict.fromkeys(NAMES, 1000.0),
    database=dict.fromkeys(NAMES, 500.0),
    sqlite=dict.fromkeys(NAMES, 2000.0),
    row=dict.fromkeys((*ROWS, *GONE), 100.0),
    log=4000.0,
)


def page_of_figures() -> str:
    """docs/performance.md as the benchmarks write it: what costs 10 µs amid few costs 20 amid many."""
    costs = {
        what: [Cost([1e-3], [place * 1e-5], [place * 1e-6]) for place in (1, 2)] for what in THINGS.values()
    }
    bytes_each = {"SQLite": {}, "PostgreSQL": dict.fromkeys((*ROWS, *GONE), 321.0)}
    grown = [
        Grown(engine, (10, 20), costs, {"a question": ["SEARCH services"]}, (900.0, 800.0), tables)
        for engine, tables in bytes_each.items()
    ]
    paced = Paced()
    paced.note(2, 4.0, Used(1e-3, 2e-3, 9000))
    by_count = dict.fromkeys((1, 2, 4), paced)
    names = ("ratings", "deliveries, store at once", "deliveries, store after 20 ms")
    nodes = nodes_part(dict.fromkeys(names, by_count))
    page = "".join(f"<!-- {name}: x -->\n<!-- end of {name} -->\n" for name in (GROWTH, NODES))
    return with_part(with_part(page, GROWTH, growth_part(grown)), NODES, nodes)


def test_the_costs_are_those_at_the_largest_size() -> None:
    """The benchmarks' own tables are read back, figure by figure."""
    costs = read_costs(page_of_figures())

    assert costs.gateway == {**dict.fromkeys(THINGS, 20.0), "delivery": 500.0}
    assert costs.database == {**dict.fromkeys(THINGS, 2.0), "delivery": 1000.0}
    assert costs.sqlite == {**dict.fromkeys(THINGS, 20.0), "delivery": 1500.0}
    assert costs.row == dict.fromkeys((*ROWS, *GONE), 321.0)
    assert costs.log == 4500.0


def test_a_missing_figure_is_named() -> None:
    """Rather than reckon from nothing."""
    page = page_of_figures().replace("a rating by key press", "something else")

    with pytest.raises(KeyError, match="a rating by key press"):
        read_costs(page)


def test_the_arithmetic_is_that_of_the_page() -> None:
    """People by habits, by costs, by the peak, over what of a core may be used."""
    given = Assumptions(
        services=1, calls=1, pressing=0.5, subjects=2, elsewhere=0.5, replying=0.5, receipts=2
    )
    need = Need(365 * 86_400, given, COSTS)
    second = 365 * 86_400

    assert {thing: often / second for thing, often in need.yearly.items()} == {
        "report": 1.5,
        "call": 1.0,
        "rating": 1.0,
        "end": 1 + (0.5 + 0.25) * 2,
        "text": 0.25,
        "reminder": 0.5,
        "delivery": 1 + 0.25 + 0.5 + 0.25,
        "document": 1 + 0.25,
    }
    assert need.per_second("rating") == pytest.approx(6.0)
    assert need.web_cores == pytest.approx((1.5 + 1 + 1 + 2.5 + 0.25) * 6 * 1e-3 / 0.6)
    assert need.worker_cores == pytest.approx((0.5 + 2.0) * 6 * 1e-3 / 0.6)
    assert need.database_cores == pytest.approx((6.25 + 0.5 + 2.0) * 6 * 5e-4 / 0.6)
    assert need.processes == 2 + 2
    assert need.flushes == pytest.approx((6.25 + 2 * 2.0) * 6)
    # Services and unknown ones from calls, with their invitations; ratings by phone, text, and elsewhere;
    # replies; texts sent; questions open.
    assert need.stored_yearly / second == pytest.approx(100 * (2 * 2 + (1 + 0.25 + 0.5) + 0.25 + 0.75 + 0.5))
    assert need.stored_always / second == pytest.approx(100 * (2.0 + 0.75 + 1.0) * 90 / 365)


def test_ten_times_the_people_need_ten_times_as_much() -> None:
    """Nothing but the least number of processes is fixed."""
    small, large = (Need(people, Assumptions(), COSTS) for people in (1e6, 1e7))

    for what in ("web_cores", "worker_cores", "database_cores", "flushes", "stored_yearly", "stored_always"):
        assert getattr(large, what) == pytest.approx(10 * getattr(small, what)), what


def test_the_table_has_a_column_for_each_place() -> None:
    """And survives being written into its page and read again."""
    body = part(PLACES, Assumptions(), COSTS)
    page = with_part(CAPACITY.read_text(encoding="utf-8"), PART, body)

    lines = read_tables(page, PART)

    assert lines["what"] == ["how", "city, 3 million", "province, 100 million", "country, 1.4 billion"]
    assert all(len(cells) == 4 and all(cells) for cells in lines.values())


def test_a_part_is_replaced_and_the_rest_stays() -> None:
    """Writing again replaces what was written; a page without the part is left alone."""
    page = "before\n<!-- a: by hand -->\nold\n<!-- end of a -->\nafter\n"
    lines = table([["what", "figure"], ["x", "1"]])

    once = with_part(page, "a", lines)

    assert once == f"before\n<!-- a: by hand -->\n\n{lines}\n<!-- end of a -->\nafter\n"
    assert with_part(once, "a", lines) == once
    assert read_tables(once, "a") == {"what": ["figure"], "x": ["1"]}
    with pytest.raises(ValueError, match="needs the lines"):
        with_part("nothing", "a", lines)


def test_the_pages_have_their_parts() -> None:
    """So that the benchmarks find where to write."""
    performance = PERFORMANCE.read_text(encoding="utf-8")
    for name in (GROWTH, NODES, "memory"):
        assert performance.count(f"<!-- {name}: ") == performance.count(f"<!-- end of {name} -->") == 1
    assert CAPACITY.read_text(encoding="utf-8").count(f"<!-- end of {PART} -->") == 1
