"""The contract of the port `SmsCarrier`, for every implementation: what a carrier is asked about texts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.errors import DeliveryFailed
from gateway.domain.outbox import CarrierTry
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.receipts import DeliveryStatus
from tests.contract.ports.carrier_rigs import NOW, RIGS, TEXT, CarrierUnderTest, Trouble

OTHER = PhoneNumber("+8613900139000")


@pytest.fixture(params=sorted(RIGS))
async def under_test(request: pytest.FixtureRequest) -> AsyncIterator[CarrierUnderTest]:
    """One implementation that can be asked after the other."""
    async with RIGS[request.param]() as rig:
        if not rig.carrier.can_be_asked:
            pytest.skip(f"{rig.carrier.name} cannot be asked")
        yield rig


def tried(under_test: CarrierUnderTest, ago: timedelta = timedelta(0)) -> CarrierTry:
    """A try of the text, as it is on record."""
    return CarrierTry(under_test.carrier.name, under_test.line, NOW - ago)


async def found(under_test: CarrierUnderTest) -> list[str]:
    """The ids of what the try of the text became."""
    return [text.provider_message_id for text in await under_test.carrier.find(TEXT, tried(under_test))]


@pytest.mark.parametrize("trouble", [Trouble.LOST_ANSWER, Trouble.UNREADABLE])
async def test_finds_a_text_whose_answer_was_lost(under_test: CarrierUnderTest, trouble: Trouble) -> None:
    """One text, with an id that it can be asked about by, and the line it went out by."""
    if trouble not in under_test.troubles:
        pytest.skip(f"{under_test.carrier.name}: cannot happen: {trouble.value}")
    under_test.troubles[trouble]()
    with pytest.raises(DeliveryFailed):
        await under_test.carrier.send(TEXT)

    (text,) = await under_test.carrier.find(TEXT, tried(under_test))

    assert text.line == under_test.line
    assert (await under_test.carrier.report(text.provider_message_id)).status is not DeliveryStatus.FAILED
    assert len(under_test.taken()) == 1, "asking sends nothing"


async def test_finds_nothing_of_a_text_that_was_not_taken(under_test: CarrierUnderTest) -> None:
    """Other texts, to others or with other words, are not taken for it."""
    await under_test.carrier.send(replace(TEXT, reference="m-2", to=OTHER))
    await under_test.carrier.send(replace(TEXT, reference="m-3", body="谢谢您的评价"))
    under_test.troubles[Trouble.LOST_REQUEST]()
    with pytest.raises(DeliveryFailed):
        await under_test.carrier.send(TEXT)

    assert await found(under_test) == []


async def test_finds_the_text_among_many(under_test: CarrierUnderTest) -> None:
    """However many others the citizen got before and after."""
    for number in range(3):
        await under_test.carrier.send(replace(TEXT, reference=f"before-{number}", body=f"之前 {number}"))
    accepted = await under_test.carrier.send(TEXT)
    for number in range(4):
        await under_test.carrier.send(replace(TEXT, reference=f"after-{number}", body=f"之后 {number}"))

    assert await found(under_test) == [accepted.provider_message_id]


async def test_finds_at_least_the_text_where_another_is_like_it(under_test: CarrierUnderTest) -> None:
    """A carrier without a reference of ours shows both; who asks knows which is the other."""
    other = await under_test.carrier.send(replace(TEXT, reference="m-2"))
    accepted = await under_test.carrier.send(TEXT)

    ids = await found(under_test)

    assert accepted.provider_message_id in ids
    assert set(ids) <= {accepted.provider_message_id, other.provider_message_id}


async def test_reports_how_far_a_text_got(under_test: CarrierUnderTest) -> None:
    """The same words as a receipt has."""
    accepted = await under_test.carrier.send(TEXT)
    if under_test.delivered is not None:
        under_test.delivered()

    report = await under_test.carrier.report(accepted.provider_message_id)

    assert report.status is DeliveryStatus.DELIVERED
    assert report.error_code == ""


async def test_an_unknown_text_is_told_as_unknown(under_test: CarrierUnderTest) -> None:
    """Asking again will not help."""
    with pytest.raises(DeliveryFailed) as raised:
        await under_test.carrier.report("SM" + "0" * 32)

    assert not raised.value.facts.retryable


async def test_a_carrier_that_does_not_tell_now_is_asked_again(under_test: CarrierUnderTest) -> None:
    """A failing look-up is never taken for "not there", and leaves no doubt of its own."""
    if under_test.silent is None:
        pytest.skip(f"{under_test.carrier.name} always tells")
    await under_test.carrier.send(TEXT)
    under_test.silent()

    with pytest.raises(DeliveryFailed) as raised:
        await found(under_test)

    assert raised.value.facts.retryable
    assert not raised.value.facts.outcome_unknown
    assert len(await found(under_test)) == 1


def test_sends_from_a_line_that_it_has(under_test: CarrierUnderTest) -> None:
    """The wanted line where it is one of its own, else its own."""
    assert under_test.carrier.line_for(under_test.line) == under_test.line
    assert under_test.carrier.line_for("+15005550999") == under_test.line
    assert under_test.carrier.line_for("") == under_test.line
