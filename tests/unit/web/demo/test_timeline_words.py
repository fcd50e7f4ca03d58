"""Everything that happens is told to visitors in words, not by the names that logs have."""

from __future__ import annotations

import pytest

from gateway.domain.handling.acts import ActKind
from gateway.domain.outbox import OutboxKind
from gateway.web.demo.timeline_words import tell


@pytest.mark.parametrize("kind", [kind for kind in ActKind if kind is not ActKind.UNKNOWN])
def test_every_act_of_a_follow_up_has_words__regression(kind: ActKind) -> None:
    """A Chinese visitor reads no English names."""
    told = tell({"event": "follow_up_step", "by": "agency", "act": kind.value})

    assert told is not None
    assert told.title.zh.removeprefix("差评工单：").isascii() is False


@pytest.mark.parametrize("kind", OutboxKind)
def test_every_delivery_has_words__regression(kind: OutboxKind) -> None:
    """Whatever is owed to the outside."""
    told = tell({"event": "delivery_settled", "kind": kind.value, "result": "done"})

    assert told is not None
    assert kind.value not in told.title.zh
