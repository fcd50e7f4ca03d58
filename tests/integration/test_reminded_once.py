"""One reminder for each person and occasion, also where a call told of a service before its report did."""

from __future__ import annotations

import pytest

from tests.integration.conftest import AGENCY, CITIZEN, Rig
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


@pytest.mark.requirement("R-8")
@pytest.mark.parametrize("hours", [0, 24])
async def test_a_visit_that_a_call_took_for_the_first_is_reminded_of_once__regression(
    rig: Rig, hours: int
) -> None:
    """The call named no visit; its report, before or after the reminder, says that it was the second."""
    finished = rig.clock.now().isoformat()
    await rate_unreported(rig, "S-9")
    rig.skip(hours=hours, minutes=1)
    await rig.quiet()
    await rig.register("S-9", visit_no=2, completed_at=finished)
    rig.skip(hours=25)
    await rig.quiet()

    assert [text.to for text in rig.twilio.sent] == [CITIZEN]
    await rig.carrier.text_in(CITIZEN, "4")
    (document,) = (await rig.stored(1)).values()
    assert (document["level_code"], document["agency_code"]) == (4, AGENCY), "of the visit that was reported"


@pytest.mark.requirement("R-8")
async def test_a_later_visit_is_no_earlier_one_that_a_call_told_of(rig: Rig) -> None:
    """Days lie between them: each has its reminder."""
    await rate_unreported(rig, "S-9")
    rig.skip(hours=25)
    await rig.quiet()
    rig.skip(hours=24)
    await rig.register("S-9", visit_no=2)
    rig.skip(hours=25)
    await rig.quiet()

    assert [text.to for text in rig.twilio.sent] == [CITIZEN, CITIZEN]
