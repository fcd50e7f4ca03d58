"""A hundred calls at once through a real Asterisk: how soon a key is answered, and what a call costs.

`haochaping serve` on SQLite, Asterisk 16 in a chroot, and the telephones are three processes: the time of
the first two is counted. A key is answered when the next prompt is heard in the telephone, after the rating
was committed. Needs root. `--write` puts the figures into docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import servers
from benchmarks.page import PERFORMANCE, machine, table, write_part
from benchmarks.processes import processor_seconds
from tests.peers.asterisk_server import PASSWORD, USER, asterisk_server
from tests.peers.noise_voice import fill_prompts

AT_ONCE = 100
EACH = 1
PART = "calls by PBX"


def measure(at_once: int = AT_ONCE, each: int = EACH) -> dict[str, float]:
    """Calls a second, milliseconds from key to prompt, processor time of a call on either side."""
    load = os.getloadavg()[0]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        asterisk = stack.enter_context(asterisk_server())
        fill_prompts(asterisk.sounds)
        settings = {
            "HAOCHAPING_VOICE__PROVIDER": "asterisk",
            "HAOCHAPING_ASTERISK__URL": asterisk.url,
            "HAOCHAPING_ASTERISK__USERNAME": USER,
            "HAOCHAPING_ASTERISK__PASSWORD": PASSWORD,
            "HAOCHAPING_ASTERISK__SOUNDS": str(asterisk.sounds_inside),
            "HAOCHAPING_PROMPTS__FOLDER": str(asterisk.sounds),
            "HAOCHAPING_SMS__PROVIDERS": '["twilio"]',
        }
        _, process = stack.enter_context(servers.gateway(folder, **settings))
        _run(asterisk.sip_port, asterisk.sounds, min(at_once, 4), 1)
        before = processor_seconds(process), asterisk.cpu_seconds()
        told = _run(asterisk.sip_port, asterisk.sounds, at_once, each)
        used = processor_seconds(process) - before[0], asterisk.cpu_seconds() - before[1]
    if not told.waits:
        raise RuntimeError(f"no call was led to its end, the first: {told.faults[0]}")
    waits, calls = sorted(told.waits), at_once * each
    return {
        "calls": calls,
        "led": calls - len(told.faults),
        "load": load,
        "calls_per_second": calls / told.seconds,
        "p50_ms": statistics.median(waits),
        "p99_ms": waits[int(len(waits) * 0.99)],
        "gateway_ms": used[0] / calls * 1000,
        "asterisk_ms": used[1] / calls * 1000,
    }


def part(figures: dict[str, float], at_once: int = AT_ONCE) -> str:
    """The figures as they stand in the docs."""
    lines = [
        ("what", "figure"),
        ("calls at once", f"{at_once}"),
        ("calls, of these led to the end", f"{figures['calls']:.0f}, {figures['led']:.0f}"),
        ("calls a second", f"{figures['calls_per_second']:.1f} /s"),
        (
            "key to the next prompt in the ear, p50 / p99",
            f"{figures['p50_ms']:.0f} / {figures['p99_ms']:.0f} ms",
        ),
        ("processor time of a call: gateway", f"{figures['gateway_ms']:.0f} ms"),
        ("processor time of a call: Asterisk", f"{figures['asterisk_ms']:.0f} ms"),
    ]
    return f"{machine()} Load average before the run: {figures['load']:.1f}.\n\n{table(lines)}"


@dataclass(frozen=True, slots=True)
class Heard:
    """What the telephones tell."""

    waits: list[float]
    """Milliseconds from a key to the next prompt."""
    faults: list[str]
    seconds: float


def _run(sip_port: int, folder: Path, at_once: int, each: int) -> Heard:
    command = [
        sys.executable,
        "-m",
        "benchmarks.pbx_callers",
        str(sip_port),
        str(folder),
        str(at_once),
        str(each),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Heard(**json.loads(done.stdout))


def main() -> None:
    """Measure, print, and write when asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pbx", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/performance.md")
    parser.add_argument("--callers", type=int, default=AT_ONCE)
    given = parser.parse_args()
    figures = measure(given.callers)
    print(part(figures, given.callers))
    if given.write:
        write_part(PERFORMANCE, PART, part(figures, given.callers))


if __name__ == "__main__":
    main()
