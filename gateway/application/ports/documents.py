"""Documents that business systems send: from a mapping, as JSON or CSV gives it, to a value of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Documents(Protocol[T_co]):
    """Reads documents of one kind."""

    def parse(self, document: Mapping[str, object]) -> T_co:
        """The value that a document stands for.

        Raises:
            InvalidInput: it is malformed; `faults` names every field that needs mending.

        """
        ...

    def json_schema(self, ref_template: str) -> Mapping[str, object]:
        """The document's JSON Schema 2020-12, for interface descriptions.

        `ref_template` is where a part named `{model}` can be found; the parts themselves stand in `$defs`.
        """
        ...
