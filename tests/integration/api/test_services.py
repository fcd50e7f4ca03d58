"""Services reported by business systems, and how they stand."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest

from gateway.adapters.clock import MovableClock
from gateway.application.ports.database import SentMessage
from gateway.domain.channels import Channel
from gateway.domain.ids import ServiceId
from gateway.domain.levels import Level
from gateway.domain.rating_rules import RatingGiven
from gateway.domain.receipts import DeliveryStatus
from gateway.domain.subjects import Scope, SubjectKind
from tests.integration.api.conftest import PHONE, SERVICE, Api, service_document


async def rate_here(api: Api, level: Level, service_id: str = SERVICE) -> None:
    """A rating by phone, taken by the gateway itself."""
    async with api.database.transaction() as work:
        (stored,) = await work.services.visits(ServiceId(service_id))
        now = api.essentials.clock.now()
        rating = RatingGiven(
            event_key=f"call:{service_id}:{level.value}",
            service_id=stored.service.service_id,
            visit_no=1,
            invitation_id=stored.invitation_id,
            subject=SubjectKind.ITEM,
            scope=Scope.SERVICE,
            level=level,
            channel=Channel.PHONE,
            comment="",
            raw_input=str(level.digit),
            given_at=now,
        )
        await api.record(work, [rating], now)


async def test_a_new_service_is_created_and_then_known(api: Api) -> None:
    """201 with its address the first time, 200 for the same again, also in another writing."""
    first = await api.report()
    again = await api.report(phone="138 0013 8000")

    assert (first.status, first.json["registration"]) == (201, "new")
    assert first.headers["Location"] == f"/v1/services/{SERVICE}"
    assert first.json["rateable"] == ["item", "staff"]
    assert (again.status, again.json["registration"]) == (200, "repeated")


async def test_other_content_under_the_same_id_is_a_conflict(api: Api) -> None:
    """Neither overwritten nor kept twice."""
    await api.report()
    other = await api.report(agency_code="11441500MB2C90199Y")

    assert other.status == 409
    assert other.json["type"] == "urn:haochaping:problem:conflict"
    assert (await api.show()).json["visits"][0]["agency_code"] == "11441500MB2C90123X"


@pytest.mark.requirement("R-4")
async def test_a_visit_is_finished_by_a_later_report(api: Api) -> None:
    """First only the staff may be rated; with the completion the item too, and the reminder is set."""
    open_visit = await api.report(kind="window", completed_at=None)
    before = (await api.show()).json
    finished = await api.report(kind="window")
    after = (await api.show()).json

    assert (open_visit.status, open_visit.json["rateable"]) == (201, ["staff"])
    assert before["reminder"]["state"] == "none"
    assert (finished.status, finished.json["registration"]) == (200, "completed")
    assert [subject["kind"] for subject in after["subjects"]] == ["item", "staff"]
    assert after["reminder"] == {"state": "waiting", "due_at": "2026-11-24T10:00:00+08:00"}


@pytest.mark.requirement("R-4")
async def test_visits_of_one_service_are_apart(api: Api) -> None:
    """Staff once for each visit, the item once for the service."""
    await api.report(kind="window", completed_at=None)
    second = await api.report(kind="window", visit_no=2, staff={"id": "0999", "name": "李某"})
    state = (await api.show()).json

    assert second.status == 201
    assert [visit["visit_no"] for visit in state["visits"]] == [1, 2]
    rateable = [(s["kind"], s["code"], s["visit_no"]) for s in state["subjects"]]
    assert rateable == [("staff", "0231", 1), ("item", "4415000001", 2), ("staff", "0999", 2)]


@pytest.mark.requirement("R-3")
async def test_online_services_have_no_staff_to_rate(api: Api) -> None:
    """The staff of the document is ignored."""
    told = await api.report(kind="online")

    assert told.json["rateable"] == ["item"]
    assert (await api.show()).json["visits"][0]["staff"] is None


@pytest.mark.requirement("R-19")
async def test_an_unknown_agency_is_kept_and_flagged(api: Api) -> None:
    """Nothing is lost because a directory is behind."""
    told = await api.report(agency_code="99999999999999999X")
    visit = (await api.show()).json["visits"][0]

    assert told.status == 201
    assert [warning["pointer"] for warning in told.json["warnings"]] == ["/agency_code"]
    assert (visit["agency_code"], visit["agency_name"]) == ("99999999999999999X", None)


@pytest.mark.requirement("R-19")
@pytest.mark.parametrize(("phone", "warned"), [("12345", ["/phone"]), ("", []), (None, [])])
async def test_an_unusable_number_keeps_the_service(api: Api, phone: str | None, warned: list[str]) -> None:
    """Why there is no number is shown; nobody can be reminded."""
    told = await api.report(phone=phone)
    visit = (await api.show()).json["visits"][0]

    assert told.status == 201
    assert [warning["pointer"] for warning in told.json["warnings"]] == warned
    assert (visit["phone"], visit["reminder"]["state"]) == (None, "none")
    assert visit["phone_problem"]


@pytest.mark.requirement("R-18")
async def test_a_number_is_shown_only_masked(api: Api) -> None:
    """In no answer about the service does it appear."""
    answers = [
        await api.report(),
        await api.report(),
        await api.report(item={"code": "other", "name": "other"}),
        await api.report(phone=[PHONE]),
        await api.report(kind=PHONE),
        await api.send("GET", f"/v1/services/{quote(PHONE)}"),
        await api.send("GET", "/v1/services/13800138000/13800138000"),
        await api.show(),
        await api.rate(level="satisfied", comment=f"打我电话{PHONE}"),
        await api.send("GET", "/v1/evaluations"),
    ]

    assert answers[7].json["visits"][0]["phone"] == "138****8000"
    for told in answers:
        assert "13800138000" not in told.text + str(told.headers)


async def test_an_unknown_service_is_not_found(api: Api) -> None:
    """404 as a problem, whatever stands in the address."""
    for service_id in ("nobody", "a%00b", "%ff", "%F0%9F%98%80", "x" * 3000, "a%2Fb"):
        told = await api.show(service_id)
        assert (told.status, told.json["title"]) == (404, "Not Found")


async def test_a_case_number_may_hold_a_slash(api: Api) -> None:
    """Percent-encoded, as `Location` has it."""
    told = await api.report("2026/11/0001")

    assert told.headers["Location"] == "/v1/services/2026%2F11%2F0001"
    shown = await api.send("GET", told.headers["Location"])
    assert shown.json["service_id"] == "2026/11/0001"


@pytest.mark.requirement("R-10")
async def test_everything_about_a_service_is_shown(api: Api, clock: MovableClock) -> None:
    """Both evaluations, the follow-up with its deadlines, and each text with how far it got."""
    await api.report()
    async with api.database.transaction() as work:
        (stored,) = await work.services.visits(ServiceId(SERVICE))
        sent = SentMessage(
            reference="r-1",
            kind="reminder",
            invitation_id=stored.invitation_id,
            provider="demo",
            provider_message_id="m-1",
            sent_at=clock.now(),
            line="10690",
        )
        await work.messages.add_sent([sent])
        await work.messages.keep_receipt("demo", "m-1", DeliveryStatus.DELIVERED, "", clock.now())
    await rate_here(api, Level.DISSATISFIED)
    clock.advance(timedelta(days=1))
    await rate_here(api, Level.SATISFIED)
    state = (await api.show()).json

    rated = [(e["sequence"], e["level"], e["channel"], e["origin"]) for e in state["evaluations"]]
    assert rated == [(1, "dissatisfied", "phone", "gateway"), (2, "satisfied", "phone", "gateway")]
    assert state["reminder"] == {"state": "cancelled", "due_at": None}
    (follow_up,) = state["follow_ups"]
    assert follow_up["evaluation_id"] == state["evaluations"][0]["evaluation_id"]
    assert follow_up["rectify_by"] > follow_up["call_back_by"] > follow_up["opened_at"]
    (text,) = state["visits"][0]["messages"]
    assert (text["kind"], text["delivery"]) == ("reminder", "delivered")
    assert [subject["rated"] for subject in state["subjects"]] == [True, False]


@pytest.mark.requirement("R-5")
async def test_a_batch_shows_the_copy_and_its_follow_up(api: Api) -> None:
    """Each filing of the batch is rated by the one rating; its follow-up is found from each."""
    for number in ("B-1", "B-2"):
        await api.report(number, kind="window", batch_id="batch-7")
    await api.rate("B-1", subject="staff", level="satisfied")
    await rate_here(api, Level.VERY_DISSATISFIED, "B-1")
    other = (await api.show("B-2")).json

    (copy,) = (e for e in other["evaluations"] if e["subject"]["kind"] == "item")
    assert copy["applied_from"] == other["follow_ups"][0]["evaluation_id"]
    assert [subject["rated"] for subject in other["subjects"]] == [True, True]
    assert other["reminder"]["state"] == "cancelled"


async def test_the_answer_to_the_interfaces_own_example(api: Api) -> None:
    """The document of the interface, word for word."""
    told = await api.send("POST", "/v1/services", body=service_document())

    assert told.status == 201
    assert told.json == {
        "service_id": SERVICE,
        "visit_no": 1,
        "registration": "new",
        "rateable": ["item", "staff"],
        "warnings": [],
    }
