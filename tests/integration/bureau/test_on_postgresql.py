"""The bureau's pages on PostgreSQL: once through all of them; what they say is tested on SQLite."""

from __future__ import annotations

from pathlib import Path

from gateway.adapters.clock import MovableClock
from gateway.domain.bureau.officers import Role
from gateway.web.bureau.looks import PLACES
from tests.integration.agency_desk import rated_badly
from tests.integration.bureau.officer_desk import officer
from tests.integration.bureau.test_agency_pages import FILLED, PAGE
from tests.integration.conftest import open_rig


async def test_every_page_opens_and_what_acts_acts(
    postgres_database_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    """Signing in, looking, acting on a follow-up, changing an agency, and names that no database can hold."""
    async with open_rig(postgres_database_url, tmp_path, clock) as rig:
        follow_up = f"/bureau/follow-ups/{await rated_badly(rig)}"
        async with officer(rig, "admin", Role.ADMINISTRATOR) as at:
            opened = {path: (await at.open(path)).status for path, _, _ in PLACES}
            figures = [
                (await at.open(f"/bureau/figures.{end}?month=2026-11")).status for end in ("csv", "xlsx")
            ]
            page = await at.open(follow_up)
            remarked = await at.send(follow_up, act="comment", seen="0", words="请尽快回访")
            await at.open(PAGE)
            saved = await at.send(PAGE, **FILLED)
            overtaken = await at.send(PAGE, **FILLED)
            ledger = await at.open("/bureau/ledger")
            odd = [
                (await at.open(path)).status
                for path in (
                    "/bureau/follow-ups/%00",
                    "/bureau/follow-ups/%00/attachments/1",
                    "/bureau/agencies/%00",
                    "/bureau/spot-checks/%00",
                    "/bureau/follow-ups?agency=%00&after=x&month=%00",
                    "/bureau/agencies?q=%00",
                )
            ]

    assert set(opened.values()) == {200}, opened
    assert figures == [200, 200]
    assert (page.status, "请尽快回访" in remarked.text) == (200, True)
    assert ("已保存" in saved.text, overtaken.status) == (True, 409)
    assert "修改单位" in ledger.text
    assert odd == [404, 404, 404, 404, 200, 200]
