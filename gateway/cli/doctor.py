"""`haochaping doctor`: looks at an installation where it runs, and says what to mend."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Final

import typer

from gateway.cli.options import NO_CONFIG, ConfigOption, JsonOption
from gateway.cli.terminal import print_json, print_table
from gateway.domain.diagnoses import Diagnosis, Verdict

_COLUMNS: Final = ("verdict", "check", "finding", "remedy", "evidence")


def doctor(as_json: JsonOption = False, config: ConfigOption = NO_CONFIG) -> None:
    """Look at public URL, database, clocks, disk, Redis, mail, core store, carrier, PBX, keys and files.

    Run it where the gateway runs, as its user, with its settings. It sends nothing to anybody and changes
    nothing. Exit code 1 when something fails.
    """
    from gateway.bootstrap.doctor.examination import examine

    found = asyncio.run(examine(config))
    if as_json:
        for each in found:
            print_json(dict(zip(_COLUMNS, _cells(each), strict=True)))
    else:
        print_table(_COLUMNS, map(_cells, found))
        _sum_up(found)
    if any(each.verdict is Verdict.FAIL for each in found):
        raise typer.Exit(1)


def _cells(each: Diagnosis) -> tuple[str, ...]:
    return (each.verdict.value, each.check, each.finding, each.remedy, each.evidence)


def _sum_up(found: Sequence[Diagnosis]) -> None:
    counts = Counter(each.verdict for each in found)
    print("; ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict), file=sys.stderr)
