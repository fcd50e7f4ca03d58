"""Files that go with a follow-up: told by their content, kept sealed, handed out to be kept."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from zipfile import ZipFile

import aiohttp
import pytest
from sqlalchemy import select

from gateway.adapters.database.correspondence_tables import attachment_parts
from gateway.domain.handling.acts import Attach
from gateway.domain.handling.attachments import LARGEST
from tests.integration.agency_desk import Desk, Shown, acts, at_desk
from tests.integration.conftest import Rig

PDF = b"%PDF-1.7\n" + b"rectified " * 40_000


@dataclass
class Clip:
    """A file on somebody's desk."""

    name: str
    content: bytes


async def attach(rig: Rig, desk: Desk, clip: Clip, **fields: str) -> Shown:
    """Choose the file on the page and send the form."""
    form = aiohttp.FormData(quote_fields=False)
    for name, value in ({"act": "attach", "seen": desk.seen, "handler": "陈某"} | fields).items():
        form.add_field(name, value)
    form.add_field("file", BytesIO(clip.content), filename=clip.name, content_type="application/octet-stream")
    async with rig.http.post(desk.url, data=form) as answer:
        return Shown(answer.status, await answer.text(), dict(answer.headers))


def office(*members: str) -> bytes:
    """A document of the Open XML kind."""
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for member in ("[Content_Types].xml", *members):
            archive.writestr(member, "x")
    return content.getvalue()


@pytest.mark.requirement("R-11")
async def test_a_file_is_attached_kept_sealed_and_handed_out(rig: Rig) -> None:
    """Whole, under its own name, as a download that no browser shows or runs."""
    desk = await at_desk(rig)
    await desk.open()

    shown = await attach(rig, desk, Clip("整改情况/说明<1>.PDF", PDF))

    assert shown.status == 200
    assert "上传附件" in shown.text
    assert "陈某（政务服务科）" in shown.text
    async with rig.http.get(f"{desk.url}/attachments/1") as answer:
        assert await answer.read() == PDF
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
        assert answer.content_disposition is not None
        assert answer.content_disposition.filename == "说明_1_.pdf"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    async with rig.gateway.database.reading_engine.connect() as connection:
        sealed = (await connection.execute(select(attachment_parts.c.content_sealed))).scalars().all()
    assert len(sealed) > 1
    assert not any(b"rectified" in part for part in sealed)


async def test_a_form_that_is_sent_twice_attaches_its_file_once(rig: Rig) -> None:
    """Two clicks, or an answer that was lost; another file, and the same by somebody else, is attached."""
    desk = await at_desk(rig)
    await desk.open()
    clip = Clip("说明.pdf", PDF)

    for handler in ("陈某", "陈某", "李某"):
        assert (await attach(rig, desk, clip, handler=handler)).status == 200
    assert (await attach(rig, desk, Clip("说明.pdf", PDF + b"2"))).status == 200

    held = [act for act in await acts(rig, desk.follow_up_id) if isinstance(act, Attach)]
    assert [(act.words, act.size) for act in held] == [
        ("说明.pdf", len(PDF)),
        ("说明.pdf", len(PDF)),
        ("说明.pdf", len(PDF) + 1),
    ]


@pytest.mark.parametrize(
    "clip",
    [
        Clip("说明.pdf", b"MZ\x90\x00 this is a program"),
        Clip("说明.docx", office("word/document.xml", "word/vbaProject.bin")),
        Clip("说明.docx", office("anything.txt")),
        Clip("page.png", b"<html><script>alert(1)</script>"),
        Clip("", b""),
    ],
)
async def test_what_may_not_be_attached_is_told_so(rig: Rig, clip: Clip) -> None:
    """Disguised, with programs in it, none at all: nothing is stored."""
    desk = await at_desk(rig)
    await desk.open()

    shown = await attach(rig, desk, clip)

    assert shown.status == 422
    assert "只能上传" in shown.text
    async with rig.http.get(f"{desk.url}/attachments/1") as answer:
        assert answer.status == 410


async def test_too_large_a_file_is_told_so(rig: Rig) -> None:
    """Read no further than it may be."""
    desk = await at_desk(rig)
    await desk.open()

    shown = await attach(rig, desk, Clip("big.pdf", b"%PDF-" + b"x" * LARGEST))

    assert (shown.status, "文件太大" in shown.text) == (413, True)


async def test_a_file_needs_a_signature_and_a_link(rig: Rig) -> None:
    """Nobody attaches or fetches anything by a forged link, nor without a name."""
    desk = await at_desk(rig)
    await desk.open()
    document = Clip("说明.docx", office("word/document.xml"))

    assert (await attach(rig, desk, document, handler="")).status == 422
    assert (await attach(rig, desk, document)).status == 200
    forged = Desk(rig, f"{desk.url}x")
    assert (await attach(rig, forged, document)).status == 403
    async with rig.http.get(f"{forged.url}/attachments/1") as answer:
        assert answer.status == 403


async def test_a_form_that_is_none_is_told_so(rig: Rig) -> None:
    """Multipart without its boundary."""
    desk = await at_desk(rig)

    async with rig.http.post(
        desk.url, data=BytesIO(b"nothing"), headers={"Content-Type": "multipart/form-data"}
    ) as answer:
        assert answer.status == 400
