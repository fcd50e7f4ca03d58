"""A file of finished services that is read once from beginning to end, however often it is interrupted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from gateway.domain.errors import Fault


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What became of the rows so far."""

    new: int = 0
    completed: int = 0
    """Known as an open visit, or only from a call or a rating, until now."""
    repeated: int = 0
    rejected: int = 0
    unknown_agencies: int = 0
    """Of those kept: bad ratings go to the bureau (R-19)."""
    unusable_numbers: int = 0
    """Of those kept: nobody is reminded (R-19)."""

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self.new + self.completed + self.repeated + self.rejected

    def plus(self, name: str) -> ImportCounts:
        """The same with one more of a name."""
        return replace(self, **{name: getattr(self, name) + 1})


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands in the file."""

    line: int
    """Where it begins, counted from 1."""
    next_line: int
    """The line after it."""
    end: int
    """Bytes of the file up to its end."""
    text: str
    """As it was read, for whoever mends it."""
    document: Mapping[str, object] | None
    """The service document it holds; None where it is not even a row."""
    fault: str = ""
    """Why there is no document."""


class ServiceFile(Protocol):
    """The file, its rejected rows, and how far it was read."""

    @property
    def size(self) -> int:
        """Bytes in all."""
        ...

    @property
    def position(self) -> int:
        """Bytes read and settled, also by earlier runs."""
        ...

    @property
    def counts(self) -> ImportCounts:
        """What became of the rows up to there."""
        ...

    def rows(self) -> Iterator[Row]:
        """The rows from the position on.

        Raises:
            InvalidInput: the file itself cannot be read; names `file:line`.

        """
        ...

    def settle(
        self, rejected: Sequence[tuple[Row, Sequence[Fault]]], last: Row, counts: ImportCounts
    ) -> None:
        """Keep what was rejected, and remember that everything up to a row is done."""
        ...

    def finish(self) -> None:
        """Forget the position: everything was read."""
        ...
