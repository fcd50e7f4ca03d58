"""From a telephone on a real Asterisk to the core store and the agency's mailbox."""

from __future__ import annotations

import pytest

from tests.integration.asterisk.conftest import Hotline
from tests.integration.conftest import AGENCY

ITEM = "请评价这次办事。"
LEVELS = "非常满意请按1，满意按2，基本满意按3，不满意按4，非常不满意按5。"
SORRY = "很抱歉。"
REASON = "哪里不满意？等太久按1，态度不好按2，来回跑按3，没办成按4，其他按5。"
GOODBYE = "谢谢您，再见。"


@pytest.mark.requirement("R-7")
@pytest.mark.requirement("R-10")
async def test_a_caller_whose_agent_hung_up_rates_by_key(hotline: Hotline) -> None:
    """They stay on the line, hear the question, press 4; it is recorded once, stored, and emailed."""
    caller = await hotline.caller()
    await caller.hears(LEVELS)
    await caller.press("4")
    await caller.hears(REASON)
    await caller.press("1")
    await caller.hang_up()

    (email,) = await hotline.rig.emails(1)
    await hotline.rig.quiet()
    (document,) = hotline.rig.store.newest.values()

    assert document["level"] == "dissatisfied"
    assert document["agency_code"] == AGENCY
    assert (document["channel"], document["channel_code"]) == ("phone", 6)
    assert document["comment"]
    assert "13800138000" not in str(document)
    assert "13800138000" not in str(email.message)
    assert len(hotline.rig.mail.inbox) == 1
    assert caller.heard[:3] == [ITEM, LEVELS, SORRY]
