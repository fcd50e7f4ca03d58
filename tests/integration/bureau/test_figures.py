"""The bureau's figures, as page and as files."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest

from gateway.adapters.clock import MovableClock
from gateway.domain.bureau.officers import Role
from tests.integration.agency_desk import rated_badly
from tests.integration.bureau.officer_desk import officer
from tests.integration.conftest import Rig, open_rig


@pytest.mark.requirement("R-14")
async def test_the_months_figures_are_shown_and_taken_along(tmp_path: Path, clock: MovableClock) -> None:
    """Charts without script; CSV and a workbook say the same."""
    alone = {"HAOCHAPING_BUREAU__SMALLEST_GROUP": "1"}
    async with (
        open_rig(f"sqlite:///{tmp_path}/gateway.db", tmp_path, clock, **alone) as rig,
        officer(rig, role=Role.VIEWER) as at,
    ):
        await rated_badly(rig, item={"code": "=1+1", "name": "=cmd()"})
        page = await at.open("/bureau/figures?month=2026-11")
        async with at.http.get(f"{rig.url}/bureau/figures.csv?month=2026-11") as answer:
            rows = list(csv.reader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
        async with at.http.get(f"{rig.url}/bureau/figures.xlsx?month=2026-11") as answer:
            disposition, book = answer.headers["Content-Disposition"], await answer.read()
        wrong = await at.open("/bureau/figures.csv?month=2026-13")
        nonsense = await at.open("/bureau/figures?month=x")

    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        names = parts.read("xl/workbook.xml").decode()
        items = parts.read("xl/worksheets/sheet4.xml").decode()

    assert page.status == 200
    assert 'class="chart"' in page.html
    assert "<script" not in page.html
    assert "style=" not in page.html
    assert next(row for row in rows if row[1] == "总计")[9] == "1"
    assert disposition == 'attachment; filename="haochaping-2026-11.xlsx"'
    assert 'name="总览"' in names
    assert "<f>" not in items
    assert (wrong.status, nonsense.status) == (422, 422)


@pytest.mark.requirement("R-16")
async def test_signs_of_pressure_have_a_page(rig: Rig) -> None:
    """It names no number; a month that is none is told."""
    await rated_badly(rig)
    async with officer(rig, role=Role.VIEWER) as at:
        page = await at.open("/bureau/signals")
        wrong = await at.open("/bureau/signals?month=2026-00")

    assert (page.status, page.text.count("没有发现")) == (200, 4)
    assert wrong.status == 422
