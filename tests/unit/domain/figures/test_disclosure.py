"""What is told of groups: nothing is lost, and nobody who reckons finds a small one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.figures.disclosure import Published, publish, publish_all, sum_of
from gateway.domain.figures.tallies import Dimension, Group, Place, Tally
from gateway.domain.levels import Level

SMALLEST = 5
Cell = tuple[str, str, Dimension, str]
"""County, agency, kind, and item or staff number: the finest that anybody may know to exist."""
CELLS = st.dictionaries(
    st.tuples(
        st.sampled_from(["r1 a", "r1 b", "r2 c", "r2 d", "r3 e"]),
        st.sampled_from([Dimension.ITEM, Dimension.STAFF]),
        st.sampled_from("xyz"),
    ).map(lambda cell: (*cell[0].split(), cell[1], cell[2])),
    st.integers(1, 7),
    max_size=14,
)


def group(key: str, size: int, place: Place = Place("r1", "a")) -> Group:  # noqa: B008 - a value
    """A group of so many people, all equally satisfied."""
    return Group(key, "", Tally({Level.SATISFIED: size}), {place: size})


def key_of(dimension: Dimension, cell: Cell) -> str:
    """Which group of a dimension a cell is part of."""
    region, agency, _, code = cell
    keys = {Dimension.REGION: region, Dimension.AGENCY: agency, Dimension.ITEM: code}
    return keys.get(dimension, f"{agency} {code}")


def parts(dimension: Dimension, cells: Iterable[Cell]) -> dict[str, set[Cell]]:
    """The cells of each group of a dimension."""
    found: dict[str, set[Cell]] = defaultdict(set)
    for cell in cells:
        if dimension in (Dimension.REGION, Dimension.AGENCY, cell[2]):
            found[key_of(dimension, cell)].add(cell)
    return found


def grouped(cells: dict[Cell, int]) -> dict[Dimension, list[Group]]:
    """The same cells as the database groups them; everybody rated on one channel."""
    groups: dict[Dimension, list[Group]] = {Dimension.CHANNEL: []}
    for dimension in (Dimension.REGION, Dimension.AGENCY, Dimension.ITEM, Dimension.STAFF):
        groups[dimension] = []
        for key, members in parts(dimension, cells).items():
            raters = Counter[Place]()
            for cell in members:
                raters[Place(cell[0], cell[1])] += cells[cell]
            groups[dimension].append(Group(key, "", Tally({Level.SATISFIED: raters.total()}), dict(raters)))
    return groups


def is_derivable(wanted: set[Cell], known: Sequence[set[Cell]]) -> bool:
    """Whether a sum follows from others by adding and subtracting, however often."""
    rows: list[dict[Cell, Fraction]] = []
    for sums in [*known, wanted]:
        row = dict.fromkeys(sums, Fraction(1))
        for pivot in rows:
            lead = min(pivot, key=repr)
            if factor := row.get(lead, Fraction(0)):
                for cell, value in pivot.items():
                    row[cell] = row.get(cell, Fraction(0)) - factor * value / pivot[lead]
        row = {cell: value for cell, value in row.items() if value}
        if row:
            rows.append(row)
        elif sums is wanted:
            return True
    return False


@pytest.mark.requirement("R-18")
@given(CELLS)
def test_nobody_who_adds_and_subtracts_finds_a_small_group(cells: dict[Cell, int]) -> None:
    """Over counties, agencies, items and staff at once, knowing which of them exist."""
    published = publish_all(grouped(cells), SMALLEST)

    known = [set(cells)] if sum(cells.values()) >= SMALLEST else []
    small: list[set[Cell]] = []
    for dimension in (Dimension.REGION, Dimension.AGENCY, Dimension.ITEM, Dimension.STAFF):
        shown = {each.key for each in published[dimension].groups}
        members = parts(dimension, cells)
        known += [members[key] for key in shown]
        if published[dimension].rest is not None:
            known.append({cell for key in members.keys() - shown for cell in members[key]})
        small += [part for part in members.values() if sum(cells[cell] for cell in part) < SMALLEST]

    assert [part for part in small if is_derivable(part, known)] == []


@pytest.mark.requirement("R-18")
@given(st.lists(st.integers(1, 12), max_size=12))
def test_nothing_is_lost_and_nothing_small_is_shown(sizes: list[int]) -> None:
    """What is not shown stands together, where that is enough people."""
    groups = [group(str(number), size) for number, size in enumerate(sizes)]
    (published,) = publish([groups], SMALLEST)

    assert len(published.groups) + published.rest_groups == len(groups)
    assert all(each.size >= SMALLEST for each in published.groups)
    if published.rest is not None:
        assert sum_of(published.groups) + published.rest == sum_of(groups)
        assert published.rest.total >= SMALLEST or not published.rest_groups
    else:
        assert sum(sizes) < SMALLEST


@pytest.mark.requirement("R-18")
def test_people_count_and_not_what_one_of_them_filed() -> None:
    """Six filings of one batch are one person's rating."""
    batch = Group("item", "", Tally({Level.DISSATISFIED: 6}), {Place("r1", "a"): 1})

    assert publish([[batch]], SMALLEST) == [Published((), None, 1)]


@pytest.mark.requirement("R-18")
def test_a_county_that_is_shown_does_not_give_away_an_agency_of_one_that_is_not() -> None:
    """87 of a county less 81 of an agency are 6; 9 agencies' ratings less these would be a small county's."""
    cells: dict[Cell, int] = {
        ("r3", "f", Dimension.ITEM, "1"): 81,
        ("r3", "g", Dimension.ITEM, "2"): 6,
        ("r2", "e", Dimension.ITEM, "3"): 10,
        ("r1", "b", Dimension.ITEM, "4"): 3,
    }
    published = publish_all(grouped(cells), SMALLEST)

    assert [each.key for each in published[Dimension.REGION].groups] == ["r3"]
    assert [each.key for each in published[Dimension.AGENCY].groups] == ["f", "g"]
    assert published[Dimension.AGENCY].rest == Tally({Level.SATISFIED: 13})
