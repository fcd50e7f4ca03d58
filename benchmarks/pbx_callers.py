"""Telephones by the hundred, in a process of their own: its time is not the gateway's.

Arguments: Asterisk's SIP port, the folder of the prompts, how many call at once, how many calls each
makes. Prints one JSON object: the milliseconds from each key to the next prompt, as heard, and what failed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import uvloop

from tests.peers.noise_voice import fill_prompts
from tests.peers.sip_caller import SipCaller

LEVELS = "非常满意请按1，满意按2，基本满意按3，不满意按4，非常不满意按5。"
SORRY = "很抱歉。"
REASON = "哪里不满意？等太久按1，态度不好按2，来回跑按3，没办成按4，其他按5。"
HEARD = "好的。"

RATING = "agency_code=11441500MB2C90123X,region_code=441500,item_code=4415000001"
_APART_SECONDS = 0.05


async def call(sip_port: int, words: dict[bytes, str], number: int) -> list[float]:
    """One call: 4, the reason, hang up; milliseconds from each key to the next prompt."""
    caller = SipCaller(sip_port, words, f"138{number:08d}")
    try:
        await caller.call(rating=RATING)
        waits = []
        await caller.hears(LEVELS)
        for key, answer in (("4", SORRY), ("1", HEARD)):
            await caller.press(key)
            await caller.hears(answer)
            waits.append((caller.heard_at[caller.heard.index(answer)] - caller.pressed_at) * 1000)
            if answer == SORRY:
                await caller.hears(REASON)
    finally:
        await caller.hang_up()
    return waits


async def measure(sip_port: int, folder: Path, at_once: int, each: int) -> dict[str, object]:
    """Everybody calls again and again."""
    words = fill_prompts(folder).words
    waits: list[float] = []
    faults: list[str] = []

    async def citizen(number: int) -> None:
        await asyncio.sleep(number * _APART_SECONDS)
        for again in range(each):
            try:
                waits.extend(await call(sip_port, words, number * 1000 + again))
            except (AssertionError, OSError) as fault:
                faults.append(str(fault)[:200])

    begun = time.monotonic()
    await asyncio.gather(*(citizen(number) for number in range(at_once)))
    return {"waits": waits, "faults": faults, "seconds": time.monotonic() - begun}


if __name__ == "__main__":
    port, prompts, callers, calls = sys.argv[1:]
    print(json.dumps(uvloop.run(measure(int(port), Path(prompts), int(callers), int(calls)))))
