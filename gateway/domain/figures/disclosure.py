"""What may be told of groups, so that nobody's rating is found in them or in what is left of sums (R-18)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from gateway.domain.figures.tallies import Dimension, Group, Place, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Whole: TypeAlias = tuple[str, str]
"""Something whose sum is known: which kind of thing, and which of them."""
_ALL: Final[Whole] = ("all", "")


@dataclass(frozen=True, slots=True)
class Published:
    """Groups as they may be shown, and what is told only together."""

    groups: tuple[Group, ...]
    rest: Tally | None
    """The ratings of all groups that are kept back; None where not even their sum is told."""
    rest_groups: int


def publish_all(groups: Mapping[Dimension, Sequence[Group]], smallest: int) -> dict[Dimension, Published]:
    """What may be told of all dimensions side by side.

    They are parts of one another: agencies of counties, items and staff of agencies. Whoever reads knows
    the sum of each whole that is shown, and of those that are kept back together. So each dimension is
    judged by what was shown of the one above it; items and staff, which together make up an agency's
    ratings, are judged as one, and no sum of either kind is told.
    """
    (regions,) = publish([groups[Dimension.REGION]], smallest)
    of_region = _wholes("region", regions, lambda place: place.region_code, lambda _: _ALL)
    (agencies,) = publish([groups[Dimension.AGENCY]], smallest, of_region)
    of_agency = _wholes("agency", agencies, lambda place: place.agency_code, of_region)
    items, staff = publish([groups[Dimension.ITEM], groups[Dimension.STAFF]], smallest, of_agency)
    (channels,) = publish([groups[Dimension.CHANNEL]], smallest)
    return {
        Dimension.REGION: regions,
        Dimension.AGENCY: agencies,
        Dimension.ITEM: items,
        Dimension.STAFF: staff,
        Dimension.CHANNEL: channels,
    }


def publish(
    kinds: Sequence[Sequence[Group]], smallest: int, whole_of: Callable[[Place], Whole] = lambda _: _ALL
) -> list[Published]:
    """Of each kind of groups those with at least so many raters, largest first; the others as one sum.

    A group that lies in several wholes needs as many in each: an item less an agency whose only item it is
    would be what another agency got for it.

    What is kept back of a whole, and of everything, is of at least so many people too, or it would show by
    subtraction what a small group said: the next larger group is then kept back with it. Several kinds are
    parts of the same wholes. Somebody who rated in each is one person, so the larger number counts, and
    their sums are not told apart.
    """
    withholding = _Withholding(kinds, smallest, whole_of)
    withholding.widen()
    return [
        Published(
            tuple(shown),
            sum_of(kept) if _is_told(kinds, kept, smallest) else None,
            len(kept),
        )
        for shown, kept in zip(withholding.shown, withholding.kept, strict=True)
    ]


def sum_of(groups: Sequence[Group]) -> Tally:
    """The ratings of all of them."""
    return sum((group.tally for group in groups), Tally())


class _Withholding:
    """Groups that are shown and those that are kept back, kind by kind."""

    def __init__(
        self, kinds: Sequence[Sequence[Group]], smallest: int, whole_of: Callable[[Place], Whole]
    ) -> None:
        self._smallest = smallest
        self._whole_of = whole_of
        self._sums = [Counter[Whole]() for _ in kinds]
        self.shown: list[list[Group]] = [[] for _ in kinds]
        self.kept: list[list[Group]] = [[] for _ in kinds]
        for number, kind in enumerate(kinds):
            for group in sorted(kind, key=lambda group: (-group.size, group.key)):
                if min(self._parts(group).values(), default=0) >= smallest:
                    self.shown[number].append(group)
                else:
                    self._keep(number, group)

    def widen(self) -> None:
        """Keep back more until no whole gives anything away; what is kept back for one may touch another."""
        is_changed = True
        while is_changed:
            is_changed = False
            # Of everything last: what is kept back for a part of it counts for it too.
            for whole in sorted({whole for sums in self._sums for whole in sums}, key=_last_of_all):
                while self._is_telling(whole) and (found := self._smallest_of(whole)) is not None:
                    number, group = found
                    self.shown[number].remove(group)
                    self._keep(number, group)
                    is_changed = True

    def _is_telling(self, whole: Whole) -> bool:
        return 0 < max(sums[whole] for sums in self._sums) < self._smallest

    def _smallest_of(self, whole: Whole) -> tuple[int, Group] | None:
        parts = [
            (number, group)
            for number, kind in enumerate(self.shown)
            for group in kind
            if whole in self._parts(group)
        ]
        return min(parts, key=lambda part: (part[1].size, part[1].key), default=None)

    def _keep(self, number: int, group: Group) -> None:
        self.kept[number].append(group)
        self._sums[number].update(self._parts(group))

    def _parts(self, group: Group) -> Counter[Whole]:
        """How many of its people belong to each whole, everything among them."""
        parts = Counter[Whole]({_ALL: group.size})
        for place, raters in group.raters.items():
            if (whole := self._whole_of(place)) != _ALL:
                parts[whole] += raters
        return parts


def _last_of_all(whole: Whole) -> tuple[bool, Whole]:
    return whole == _ALL, whole


def _is_told(kinds: Sequence[Sequence[Group]], kept: Sequence[Group], smallest: int) -> bool:
    return not kept or (len(kinds) == 1 and sum(group.size for group in kept) >= smallest)


def _wholes(
    kind: str, shown: Published, name_of: Callable[[Place], str], above: Callable[[Place], Whole]
) -> Callable[[Place], Whole]:
    """What a place is part of: the group of it that is shown, else all that is kept back of the one above."""
    names = {group.key for group in shown.groups}

    def whole_of(place: Place) -> Whole:
        name = name_of(place)
        if name in names:
            return kind, name
        return f"other {kind}", "/".join(above(place))

    return whole_of
