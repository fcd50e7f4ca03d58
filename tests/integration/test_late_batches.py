"""Filings that turn out to belong to a batch only after they were rated; found by simulation."""

from __future__ import annotations

import pytest

from tests.integration.conftest import CITIZEN, Rig
from tests.integration.test_regressions import ENTRY, report


async def rate_unreported(rig: Rig, service_id: str, *keys: str) -> None:
    """A call about a service that nobody has reported yet."""
    call = rig.call()
    await call.enter(f"{ENTRY}?service_id={service_id}&staff_id=0231&staff_name=x")
    for key in keys:
        await call.press(key)
    await call.hang_up()


@pytest.mark.requirement("R-5")
@pytest.mark.requirement("R-8")
async def test_a_rating_given_before_its_batch_was_known_applies_to_all_of_it__regression(rig: Rig) -> None:
    """The other filing is rated alike, and the citizen is not reminded of what is rated."""
    await rig.register("S-1", batch_id="B-1")
    await rate_unreported(rig, "S-9", "4")
    await report(rig, "S-9", batch_id="B-1")
    await rig.quiet()

    levels = {d["service_id"]: d["level_code"] for d in rig.store.newest.values()}
    assert levels == {"S-1": 4, "S-9": 4}

    rig.skip(hours=24, minutes=1)
    await rig.quiet()
    assert [text.to for text in rig.twilio.sent if text.to == CITIZEN] == []


@pytest.mark.requirement("R-4")
async def test_staff_rated_before_its_batch_was_known_count_as_rated_in_it__regression(rig: Rig) -> None:
    """A batch is one visit: the next rating of its staff is the additional one, not another first."""
    await rig.register("S-1", batch_id="B-1")
    await rate_unreported(rig, "S-9", "1", "5")
    await report(rig, "S-9", batch_id="B-1")
    call = rig.call()
    await call.enter(f"{ENTRY}?service_id=S-1")
    for key in ("1", "2"):
        await call.press(key)
    await call.hang_up()
    await rig.quiet()

    staff = [d["sequence"] for d in rig.store.newest.values() if d["subject"]["kind"] == "staff"]
    assert sorted(staff) == [1, 2]
