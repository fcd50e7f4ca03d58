"""Every email as mail programs show it: nothing keeps anybody from reading it, light or dark."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser

from gateway.adapters.mailer import JinjaEmailTexts
from gateway.application.ports.mailer import RenderedEmail
from gateway.domain.agencies import Agency
from gateway.domain.follow_ups import FollowUpState
from gateway.domain.handling.acts import Verdict
from gateway.domain.handling.letters import DigestLine, LetterContent, LetterKind
from gateway.domain.handling.progress import DeadlineKind
from tests.browser.accessibility import serious_findings
from tests.unit.adapters.mailer.test_texts import NOTICE, PAGE

pytestmark = pytest.mark.asyncio(loop_scope="module")

DUE = datetime(2026, 11, 24, 10, tzinfo=UTC)
TEXTS = JinjaEmailTexts(ZoneInfo("Asia/Shanghai"), replies=True)
OWED = {LetterKind.REMINDER, LetterKind.ESCALATION, LetterKind.RETURNED}
WORDS = {
    LetterKind.NOT_ADOPTED: "本人说按错了键，本意是非常满意",
    LetterKind.RETURNED: "没有写明评价人的意见，请重新回访",
}
LINES = [
    DigestLine(
        follow_up_id=NOTICE.follow_up_id,
        title=title,
        agency=NOTICE.agency_name,
        level=NOTICE.level.name_zh,
        state=state,
        duty=duty,
        due_at=DUE if duty else None,
        late=late,
        page=PAGE,
    )
    for title, state, duty, late in (
        ("居民身份证换领", FollowUpState.ACKNOWLEDGED, DeadlineKind.CALL_BACK, True),
        ("社会保障卡申领", FollowUpState.RECTIFYING, DeadlineKind.RECTIFY, False),
        ("不动产登记", FollowUpState.CITIZEN_TOLD, None, False),
    )
]


def emails() -> dict[str, RenderedEmail]:
    """One of every kind."""
    contents = {
        kind.value: LetterContent(
            kind=kind,
            duty=DeadlineKind.CALL_BACK if kind in OWED else None,
            due_at=DUE,
            verdict=Verdict.MISTAKEN,
            words=WORDS.get(kind, ""),
        )
        for kind in LetterKind
        if kind is not LetterKind.OPENED
    }
    bureau = Agency("", "市政务服务数据管理局", "", ())
    return {
        "opened": TEXTS.bad_rating(NOTICE, PAGE),
        **{name: TEXTS.letter(NOTICE, content, PAGE) for name, content in contents.items()},
        "digest": TEXTS.digest(bureau, date(2026, 11, 25), LINES, 4),
    }


async def test_every_email_can_be_read_by_everybody(browser: Browser) -> None:
    """Contrast, structure, language and names of links, as axe-core sees them; on a narrow screen too."""
    for scheme in ("light", "dark"):
        page = await browser.new_page(viewport={"width": 390, "height": 800}, color_scheme=scheme)
        for name, email in emails().items():
            await page.set_content(email.html)
            assert await serious_findings(page) == [], f"{name}, {scheme}"
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
            await page.set_viewport_size({"width": 320, "height": 800})
            beside = page.locator("a[target=_blank] + span")
            lines = [await each.evaluate("one => one.getClientRects().length") for each in await beside.all()]
            assert set(lines) <= {1}, f"{name}: what stands beside the button is torn"
            await page.set_viewport_size({"width": 390, "height": 800})
        await page.close()
