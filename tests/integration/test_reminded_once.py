"""One reminder for each person and occasion, also where a call told of a service before its report did."""

from __future__ import annotations

import pytest

from tests.integration.conftest import CITIZEN, Rig
from tests.integration.test_late_batches import rate_unreported
from tests.integration.test_regressions import report
from tests.peers.twilio_server import Refuse


@pytest.mark.requirement("R-5")
@pytest.mark.requirement("R-8")
async def test_who_was_reminded_of_a_filing_is_not_reminded_of_its_batch__regression(rig: Rig) -> None:
    """The batch's own reminder waited already when the filing turned out to belong to it."""
    await rate_unreported(rig, "S-9")
    rig.skip(hours=1)
    await rig.register("S-1", batch_id="B-1")
    rig.skip(hours=23, minutes=1)
    await rig.next_text()
    await report(rig, "S-9", batch_id="B-1")
    rig.skip(hours=2)
    await rig.quiet()

    assert [text.to for text in rig.twilio.sent] == [CITIZEN]

    answer = await rig.carrier.text_in(CITIZEN, "4")
    answer.assert_received()
    await rig.quiet()
    levels = {d["service_id"]: d["level_code"] for d in rig.store.newest.values()}
    assert levels == {"S-1": 4, "S-9": 4}


async def reminded_in_vain(rig: Rig, service_id: str) -> None:
    """Nobody has reported the service; the carrier takes no text until its troubles are cleared."""
    await rate_unreported(rig, service_id)
    rig.twilio.troubles.extend([Refuse(429, 20429)] * 50)
    rig.skip(hours=24, minutes=1)
    await rig.quiet()
    assert rig.twilio.requests > 0


async def carrier_recovers(rig: Rig) -> None:
    """And all that waited for it goes."""
    rig.twilio.troubles.clear()
    rig.skip(minutes=20)
    await rig.quiet()


@pytest.mark.requirement("R-8")
async def test_a_reminder_that_waits_for_its_carrier_ends_with_a_rating_of_the_batch__regression(
    rig: Rig,
) -> None:
    """The report has moved the service to its batch meanwhile, which is what the call rates."""
    await reminded_in_vain(rig, "S-9")
    await report(rig, "S-9", batch_id="B-1")
    await rate_unreported(rig, "S-9", "1", "1")
    await carrier_recovers(rig)

    assert [text.to for text in rig.twilio.sent] == []


@pytest.mark.requirement("R-5")
@pytest.mark.requirement("R-8")
async def test_a_reminder_that_waits_for_its_carrier_ends_with_a_copied_rating__regression(rig: Rig) -> None:
    """The report moves the service to a batch that was rated before."""
    await rig.register("S-1", batch_id="B-1")
    await rate_unreported(rig, "S-1", "4")
    await reminded_in_vain(rig, "S-9")
    await report(rig, "S-9", batch_id="B-1")
    await carrier_recovers(rig)

    assert [text.to for text in rig.twilio.sent] == []
