"""What the dial plan says of a call."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.adapters.providers.asterisk.arrivals import another_talk, arguments_of, arrival, call_id_of
from gateway.domain.events import CallArrived
from gateway.domain.ids import CallId
from gateway.domain.languages import Language
from gateway.domain.subjects import Scope

CHANNEL: dict[str, Any] = {
    "id": "pbx-a-1795399509.1",
    "caller": {"name": "", "number": "13800138000"},
    "dialplan": {"app_name": "Stasis", "app_data": "haochaping,agency_code=A1,staff_id=7"},
}
CALL = CallId("asterisk:x")
PHONES = PhonenumbersParser()


def read(*arguments: str, **channel: object) -> CallArrived:
    """The arrival of a call with these arguments."""
    return arrival(CALL, CHANNEL | channel, arguments, PHONES)


def test_arguments_say_what_the_call_is_about() -> None:
    """All that Twilio's query says can be said here too."""
    arrived = read(
        "service_id=441500-1", "visit_no=2", "scope=service", "agency_code=A1", "region_code=441500",
        "item_code=I1", "item_name=居民身份证换领", "staff_id=0231", "staff_name=陈某", "language=en-US",
    )  # fmt: skip

    assert arrived.caller is not None
    assert arrived == CallArrived(
        call_id=CALL, caller=arrived.caller, service_id=arrived.service_id, visit_no=2,
        scope=Scope.SERVICE, agency_code="A1", region_code="441500", item_code="I1",
        item_name="居民身份证换领", staff_code="0231", staff_name="陈某", language=Language.ENGLISH,
    )  # fmt: skip
    assert arrived.service_id == "441500-1"


def test_an_argument_goes_before_a_channel_variable() -> None:
    """Variables hold what arguments cannot, such as commas; unset ones come empty."""
    variables = {"HAOCHAPING_ITEM_NAME": "换领,补领", "HAOCHAPING_AGENCY_CODE": "B2", "OTHER": "x"}

    arrived = read("agency_code=A1", "item_name=", channelvars=variables | {"HAOCHAPING_LANGUAGE": ""})

    assert (arrived.agency_code, arrived.item_name, arrived.language) == ("A1", "换领,补领", None)


@pytest.mark.requirement("R-19")
@pytest.mark.parametrize(
    "argument",
    [
        "visit_no=first",
        "visit_no=0",
        "scope=all",
        "language=Chinese!",
        f"agency_code={'9' * 33}",
        "tail",
        "=x",
    ],
)
def test_what_cannot_be_used_is_left_out(argument: str) -> None:
    """The caller is asked all the same, and the other arguments count."""
    arrived = read(argument, "item_code=I1")

    assert arrived == read("item_code=I1")


@pytest.mark.parametrize("number", ["", "anonymous", "12", "unknown"])
def test_a_withheld_number_is_none(number: str) -> None:
    """Never a number that nobody has."""
    assert read(caller={"number": number}).caller is None


def test_a_call_that_was_found_waiting_has_its_arguments_still() -> None:
    """Asterisk keeps them on the channel, for nobody tells them again."""
    assert arguments_of({"args": ["a=1"], "channel": CHANNEL}) == ["a=1"]
    assert arguments_of(CHANNEL) == ["agency_code=A1", "staff_id=7"]
    assert arguments_of({"id": "x"}) == []


def test_a_call_has_one_id_whoever_asks() -> None:
    """The hotline's own name for the call goes before the machine's; the channel's number ends it."""
    assert call_id_of(CHANNEL, "02:fc:00:00:00:01", []) == "asterisk:02fc00000001-pbx-a-1795399509.1"
    assert call_id_of(CHANNEL, "02:fc", ["call_id=C 7/é"]) == "asterisk:C7-pbx-a-1795399509.1"


@given(st.text(), st.text(), st.text())
def test_ids_fit_where_they_are_kept(channel: str, entity: str, own: str) -> None:
    """Also as the id of a service that is made of them."""
    name = call_id_of({"id": channel}, entity, [f"call_id={own}"]).removeprefix("asterisk:")

    assert len(f"call-{name}") <= 64
    assert name.isascii()
    assert name.isprintable()


@pytest.mark.parametrize("number", ["pbx-a-1795399509.1", "x" * 59])
def test_a_further_talk_has_an_id_of_its_own_that_fits(number: str) -> None:
    """However long that of the first is."""
    first = CallId(f"asterisk:{number}")
    second = another_talk(first)
    third = another_talk(second)

    assert len({first, second, third}) == 3
    assert all(len(f"call-{each.partition(':')[2]}") <= 64 for each in (second, third))
