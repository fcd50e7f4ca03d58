"""When the filings of a batch may differ: only where some were rated before anybody knew of the batch."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.domain.channels import Channel
from gateway.domain.evaluations import FIRST, Evaluation
from gateway.domain.ids import EvaluationId, ServiceId
from gateway.domain.levels import Level
from gateway.domain.subjects import Scope, Subject, SubjectKind
from gateway.simulation.judges import _judge_batches
from gateway.simulation.ledger import ITEM, Given, Ledger, Violation, Visit

CALLED, OTHER = ("S-1", 1), ("S-2", 1)


def scene(reported_at: float) -> Any:  # noqa: ANN401 - as much of a scene as the judge looks at
    """A call about one filing, and a text when the other was known; the first is reported then."""
    ledger = Ledger()
    for service_id, _ in (CALLED, OTHER):
        visit = Visit(
            citizen="c",
            service_id=service_id,
            item_name="i",
            agency_code="a",
            group="g",
            is_batch=True,
            known_at=1.0,
        )
        visit.reported_at = reported_at if service_id == CALLED[0] else 2.0
        ledger.add_visit(visit)
    for key, visits, at in (("call", {CALLED}, 1.0), ("text", {CALLED, OTHER}, 3.0)):
        ledger.give(
            Given(key=(key, ITEM), citizen="c", subject=ITEM, level=1, visits=frozenset(visits), given_at=at)
        )
    return SimpleNamespace(ledger=ledger)


def rated_apart() -> list[Evaluation]:
    """Each filing has a first rating of its own."""
    first = Evaluation(
        evaluation_id=EvaluationId("e-1"),
        revision=1,
        slot="item:S-1",
        sequence=FIRST,
        service_id=ServiceId("S-1"),
        visit_no=1,
        invitation_id=None,
        subject=Subject(SubjectKind.ITEM, "i", "i"),
        scope=Scope.SERVICE,
        agency_code="a",
        region_code="441500",
        level=Level.VERY_SATISFIED,
        channel=Channel.PHONE,
        comment="",
        raw_input="1",
        evaluated_at=datetime(2026, 12, 14, 9, tzinfo=UTC),
        applied_from=None,
    )
    second = replace(first, slot="item:S-2", service_id=ServiceId("S-2"), level=Level.SATISFIED)
    return [first, second]


def test_a_text_before_the_report_of_the_filing_called_about_is_a_rating_of_its_own__regression() -> None:
    """Seed 1 of a town of 10,000: nobody knew by then that the two belong together."""
    _judge_batches(scene(reported_at=4.0), rated_apart())


def test_a_text_after_that_report_is_about_both() -> None:
    """It would have been the additional rating of all."""
    with pytest.raises(Violation, match="its filings differ"):
        _judge_batches(scene(reported_at=2.0), rated_apart())
