"""Ratings given on other channels, and the list of everything recorded."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.adapters.clock import MovableClock
from tests.integration.api.conftest import SERVICE, Api, Told

LATER = "2026-11-23T11:30:00+08:00"


def problem(told: Told) -> tuple[int, str]:
    """Status and kind of a problem."""
    return told.status, told.json["type"].rpartition(":")[2]


@pytest.mark.requirement("R-8")
async def test_a_rating_elsewhere_ends_the_reminder(api: Api) -> None:
    """The citizen who rated in the app is not asked again by text."""
    await api.report()
    told = await api.rate(level="satisfied", channel="mobile", evaluated_at=LATER, evaluation_id="app-1")

    assert told.status == 201
    evaluation = told.json["evaluation"]
    assert (evaluation["level"], evaluation["channel_code"], evaluation["origin"]) == (
        "satisfied",
        2,
        "elsewhere",
    )
    assert evaluation["evaluated_at"] == LATER
    assert (await api.show()).json["reminder"] == {"state": "cancelled", "due_at": None}


@pytest.mark.requirement("R-8")
async def test_a_rating_elsewhere_is_not_delivered_again(api: Api) -> None:
    """The other channel brings it to the core store; we follow up nothing of it either."""
    await api.report()
    await api.rate(level="very_dissatisfied")

    async with api.database.reading() as work:
        assert await work.inspection.levels() == []
    assert (await api.show()).json["follow_ups"] == []


async def test_the_same_rating_again_changes_nothing(api: Api) -> None:
    """Recognised by the other system's id, or by its content where it has none."""
    await api.report()
    for fields in ({"evaluation_id": "app-1"}, {"evaluated_at": LATER}):
        first = await api.rate(level="satisfied", **fields)
        again = await api.rate(level="satisfied", **fields)
        assert (first.status, again.status, again.json["repeated"]) == (201, 200, True)
        assert again.json["evaluation"] == first.json["evaluation"]

    assert len((await api.show()).json["evaluations"]) == 2


async def test_an_id_told_of_another_rating_is_a_conflict(api: Api) -> None:
    """Neither silently dropped nor silently changed, whichever service it is told of."""
    await api.report()
    await api.report("S-2")
    await api.rate(level="satisfied", evaluation_id="app-1")

    assert problem(await api.rate(level="dissatisfied", evaluation_id="app-1")) == (409, "conflict")
    assert problem(await api.rate("S-2", level="satisfied", evaluation_id="app-1")) == (409, "conflict")
    assert (await api.show("S-2")).json["evaluations"] == []


async def test_our_own_evaluation_that_comes_back_is_known(api: Api) -> None:
    """A core store that tells everybody of everything does not make additional evaluations of ours."""
    await api.report()
    own = (await api.rate(level="satisfied")).json["evaluation"]
    native = {name: own[name] for name in own if name not in {"origin", "visit_no", "scope"}}
    back = await api.send("POST", "/v1/evaluations", body=native)

    assert (back.status, back.json["repeated"]) == (200, True)
    assert len((await api.show()).json["evaluations"]) == 1


@pytest.mark.requirement("R-9")
async def test_a_third_rating_is_refused(api: Api) -> None:
    """First, additional, and no more."""
    await api.report()
    sequences = []
    for number in (1, 2):
        told = await api.rate(level="satisfied", evaluation_id=f"app-{number}")
        sequences.append(told.json["evaluation"]["sequence"])
    third = await api.rate(level="satisfied", evaluation_id="app-3")

    assert sequences == [1, 2]
    assert problem(third) == (409, "rated-twice")


@pytest.mark.requirement("R-9")
async def test_after_the_period_nothing_is_added(api: Api, clock: MovableClock) -> None:
    """The additional evaluation has its time."""
    await api.report()
    await api.rate(level="satisfied", evaluation_id="app-1")
    clock.advance(timedelta(days=31))

    assert problem(await api.rate(level="satisfied", evaluation_id="app-2")) == (409, "period-over")


@pytest.mark.requirement("R-3")
@pytest.mark.requirement("R-4")
async def test_what_cannot_be_rated_is_refused(api: Api) -> None:
    """No staff online, no item before the service is finished."""
    await api.report("ONLINE", kind="online")
    await api.report("OPEN", kind="window", completed_at=None)

    assert problem(await api.rate("ONLINE", subject="staff", level="satisfied")) == (409, "not-rateable")
    assert problem(await api.rate("OPEN", subject="item", level="satisfied")) == (409, "not-rateable")
    assert (await api.rate("OPEN", subject="staff", level="satisfied")).status == 201


@pytest.mark.requirement("R-16")
async def test_an_untold_level_stays_untold(api: Api) -> None:
    """It counts for “once”; no level is made up."""
    await api.report()
    told = await api.rate(channel="hall_tablet")

    assert told.status == 201
    assert (told.json["evaluation"]["level"], told.json["evaluation"]["points"]) == (None, None)
    assert (await api.show()).json["reminder"]["state"] == "cancelled"


@pytest.mark.requirement("R-19")
@pytest.mark.requirement("R-8")
async def test_a_rating_may_overtake_its_service(api: Api) -> None:
    """It is kept; the service's own report completes it, and nobody is reminded of what was rated."""
    early = await api.rate(level="dissatisfied", agency_code="A-1")
    provisional = (await api.show()).json["visits"][0]
    reported = await api.report()
    state = (await api.show()).json

    assert early.status == 201
    assert (provisional["provisional"], provisional["phone"]) == (True, None)
    assert provisional["phone_problem"]
    assert (reported.status, reported.json["registration"]) == (200, "completed")
    (evaluation,) = state["evaluations"]
    assert evaluation["evaluation_id"] == early.json["evaluation"]["evaluation_id"]
    assert (evaluation["subject"]["code"], evaluation["agency_code"]) == ("4415000001", "11441500MB2C90123X")
    assert state["visits"][0]["provisional"] is False
    assert state["reminder"] == {"state": "none", "due_at": None}


@pytest.mark.requirement("R-19")
async def test_several_ratings_may_overtake_their_service(api: Api) -> None:
    """Item and staff in either order, and a repeat of each; all of it is there once it is reported."""
    staff = {"kind": "staff", "code": "0231", "name": "陈某"}
    for subject in ("item", staff, "item", staff):
        assert (await api.rate(subject=subject, level="satisfied", evaluated_at=LATER)).status in {200, 201}
    assert (await api.report(kind="window")).status == 200
    state = (await api.show()).json

    rated = [(e["subject"]["kind"], e["subject"]["code"]) for e in state["evaluations"]]
    assert rated == [("item", "4415000001"), ("staff", "0231")]
    assert all(subject["rated"] for subject in state["subjects"])


@pytest.mark.requirement("R-6")
async def test_an_overall_rating_of_a_theme_reaches_every_item(api: Api) -> None:
    """Told once of one of them."""
    for number in ("T-1", "T-2", "T-3"):
        await api.report(number, kind="online", theme_id="newborn")
    told = await api.rate("T-1", scope="theme", level="satisfied", evaluation_id="app-1")
    again = await api.rate("T-1", scope="theme", level="satisfied", evaluation_id="app-1")

    assert (told.status, again.status) == (201, 200)
    for number in ("T-1", "T-2", "T-3"):
        state = (await api.show(number)).json
        assert [e["level"] for e in state["evaluations"]] == ["satisfied"]
        assert state["reminder"]["state"] == "cancelled"


@pytest.mark.requirement("R-18")
async def test_numbers_in_a_comment_are_hidden(api: Api) -> None:
    """What a citizen wrote is shown without the number in it."""
    await api.report()
    told = await api.rate(level="satisfied", comment="请打 138-0013-8000 找我")

    assert "隐去" in told.json["evaluation"]["comment"]


async def test_everything_recorded_is_listed_page_by_page(api: Api) -> None:
    """In the order of recording, nothing twice, nothing left out, and the end is told."""
    expected = []
    for number in range(7):
        await api.rate(f"S-{number}", level="satisfied")
        expected.append(f"S-{number}")
    link, listed, sizes = "/v1/evaluations?limit=3", [], []
    while link:
        page = await api.send("GET", link)
        assert ("Link" in page.headers) is (page.json["next"] is not None)
        listed += [evaluation["service_id"] for evaluation in page.json["evaluations"]]
        sizes.append(len(page.json["evaluations"]))
        link = page.json["next"]

    assert (listed, sizes) == (expected, [3, 3, 1])


async def test_a_full_last_page_is_the_last(api: Api) -> None:
    """Nobody is sent to an empty page."""
    for number in range(3):
        await api.rate(f"S-{number}", level="satisfied")

    assert (await api.send("GET", "/v1/evaluations?limit=3")).json["next"] is None


async def test_the_list_begins_where_it_is_told(api: Api, clock: MovableClock) -> None:
    """Only what was recorded since, also across pages."""
    await api.rate("EARLY", level="satisfied")
    since = clock.advance(timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for number in range(3):
        await api.rate(f"S-{number}", level="satisfied")
    first = (await api.send("GET", f"/v1/evaluations?limit=2&since={since}")).json
    second = (await api.send("GET", first["next"])).json

    listed = [e["service_id"] for page in (first, second) for e in page["evaluations"]]
    assert listed == ["S-0", "S-1", "S-2"]


@pytest.mark.parametrize("query", ["since=now", "cursor=x", "limit=0", "page=2"])
async def test_a_faulty_query_is_refused(api: Api, query: str) -> None:
    """With a pointer, and without a page that would look like the whole."""
    told = await api.send("GET", f"/v1/evaluations?{query}")

    assert problem(told) == (422, "invalid-input")
    assert told.json["errors"][0]["pointer"].startswith("/query")


async def test_a_rating_names_the_latest_visit_unless_told(api: Api) -> None:
    """Staff of the visit that was just made."""
    await api.report(SERVICE, kind="window", completed_at=None)
    await api.report(SERVICE, kind="window", visit_no=2)

    latest = await api.rate(subject="staff", level="satisfied")
    first = await api.rate(subject="staff", level="satisfied", visit_no=1)
    assert [told.json["evaluation"]["visit_no"] for told in (latest, first)] == [2, 1]
