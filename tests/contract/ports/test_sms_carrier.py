"""The contract of the port `SmsCarrier`, for every implementation: sending.

An implementation takes part by a `CarrierUnderTest`: the carrier, connected to a peer that can be told what
to do. Add it to `RIGS`; a trouble that cannot happen to it is left out of `troubles`: its tests are skipped.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.application.ports.sms_carrier import OutgoingText
from gateway.domain.errors import DeliveryFailed
from gateway.domain.receipts import DeliveryStatus
from tests.contract.ports.carrier_rigs import CITIZEN, NOW, RIGS, TEXT, CarrierUnderTest, Trouble


@pytest.fixture(params=sorted(RIGS))
async def under_test(request: pytest.FixtureRequest) -> AsyncIterator[CarrierUnderTest]:
    """One implementation after the other."""
    async with RIGS[request.param]() as rig:
        yield rig


async def failure(under_test: CarrierUnderTest, trouble: Trouble) -> DeliveryFailed:
    """What a sending in this trouble raises."""
    if trouble not in under_test.troubles:
        pytest.skip(f"{under_test.carrier.name}: cannot happen: {trouble.value}")
    under_test.troubles[trouble]()
    with pytest.raises(DeliveryFailed) as raised:
        await under_test.carrier.send(TEXT)
    return raised.value


async def test_takes_a_text(under_test: CarrierUnderTest) -> None:
    """The peer gets number and words unchanged; the caller an id and the line that replies will name."""
    accepted = await under_test.carrier.send(TEXT)

    assert under_test.taken() == [(CITIZEN.reveal(), TEXT.body)]
    assert accepted.provider_message_id
    assert accepted.line == under_test.line
    assert accepted.status is DeliveryStatus.ACCEPTED


async def test_each_text_has_its_own_id(under_test: CarrierUnderTest) -> None:
    """Receipts tell texts apart even when all else is the same."""
    first, second = await under_test.carrier.send(TEXT), await under_test.carrier.send(TEXT)

    assert first.provider_message_id != second.provider_message_id


@pytest.mark.parametrize("left", [timedelta(seconds=-1), timedelta(0)])
async def test_sends_nothing_too_late(under_test: CarrierUnderTest, left: timedelta) -> None:
    """A text whose time has passed is not handed over, and trying again will not help."""
    late = OutgoingText(reference="m-1", to=CITIZEN, body="x", valid_until=NOW + left)

    with pytest.raises(DeliveryFailed) as raised:
        await under_test.carrier.send(late)

    assert not raised.value.facts.retryable
    assert under_test.taken() == []


@pytest.mark.requirement("R-8")
@pytest.mark.parametrize("left", [timedelta(minutes=1), timedelta(hours=2), timedelta(hours=20)])
async def test_the_deadline_reaches_the_carrier__regression(
    under_test: CarrierUnderTest, left: timedelta
) -> None:
    """A handset that is off in the evening gets no reminder at night: the carrier keeps none for so long.

    Where the carrier cannot be told of so late a deadline, it is told of the latest that it can.
    """
    await under_test.carrier.send(replace(TEXT, valid_until=NOW + left))

    (deadline,) = under_test.deadlines()
    latest = NOW + min(left, under_test.longest_validity)
    assert deadline is not None
    # The clock goes on while the text is handed over, and carriers count whole seconds.
    assert latest - timedelta(seconds=30) < deadline <= latest


@pytest.mark.parametrize("trouble", [Trouble.OPTED_OUT, Trouble.REFUSED])
async def test_a_refusal_for_good_is_not_repeated(under_test: CarrierUnderTest, trouble: Trouble) -> None:
    """The facts say that the text is not out and will not be."""
    facts = (await failure(under_test, trouble)).facts

    assert not facts.retryable
    assert not facts.outcome_unknown
    assert under_test.taken() == []


@pytest.mark.parametrize("trouble", [Trouble.TOO_FAST, Trouble.OVERLOADED, Trouble.UNREACHABLE])
async def test_a_text_surely_not_taken_may_be_repeated(
    under_test: CarrierUnderTest, trouble: Trouble
) -> None:
    """The facts leave no doubt, so that a repetition cannot be a second text."""
    facts = (await failure(under_test, trouble)).facts

    assert facts.retryable
    assert not facts.outcome_unknown
    assert under_test.taken() == []


async def test_passes_on_how_long_to_wait(under_test: CarrierUnderTest) -> None:
    """The carrier's own wish comes through."""
    facts = (await failure(under_test, Trouble.TOO_FAST)).facts

    assert facts.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("trouble", "taken"),
    [
        (Trouble.LOST_ANSWER, 1),
        (Trouble.LOST_REQUEST, 0),
        (Trouble.SILENCE, 0),
        (Trouble.UNREADABLE, 1),
    ],
)
async def test_a_doubt_is_told_as_a_doubt(under_test: CarrierUnderTest, trouble: Trouble, taken: int) -> None:
    """When the text may be out, the facts say so, and nothing is sent again on the way."""
    facts = (await failure(under_test, trouble)).facts

    assert facts.outcome_unknown
    assert len(under_test.taken()) == taken


@pytest.mark.parametrize("trouble", Trouble)
@pytest.mark.requirement("R-18")
async def test_no_failure_tells_number_or_words(
    under_test: CarrierUnderTest, trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the error nor any log line holds personal data."""
    caplog.set_level(0)

    error = await failure(under_test, trouble)

    told = f"{error!r} {error} {error.facts} {error.__cause__!r}" + caplog.text
    assert "13800138000" not in told
    assert "%2B86" not in told
    assert "请评价" not in told


async def test_recovers_after_trouble(under_test: CarrierUnderTest) -> None:
    """The next text goes out as if nothing had happened."""
    await failure(under_test, Trouble.OVERLOADED)

    await under_test.carrier.send(TEXT)

    assert len(under_test.taken()) == 1
