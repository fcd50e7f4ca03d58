"""Follow-up 差评整改工单: what an agency owes for one bad rating (R-10)."""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from gateway.domain.ids import FollowUpId
from gateway.domain.working_time import add_working_days

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.evaluations import Evaluation
    from gateway.domain.ids import EvaluationId
    from gateway.domain.rules import Rules


class FollowUpState(Enum):
    """Where a follow-up stands; `domain.handling.moves` says how it gets from one to the next."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    CALLED_BACK = "called_back"
    """The citizen was reached; the verdict is due."""
    RECTIFYING = "rectifying"
    RECTIFIED = "rectified"
    CITIZEN_TOLD = "citizen_told"
    NOT_ADOPTED = "not_adopted"
    BUREAU_INFORMED = "bureau_informed"
    CLOSED = "closed"

    @property
    def name_zh(self) -> str:
        """What the state is called where agencies and the bureau read."""
        return _NAMES_ZH[self]


_NAMES_ZH: Final = {
    FollowUpState.OPENED: "待签收",
    FollowUpState.ACKNOWLEDGED: "待回访",
    FollowUpState.CALLED_BACK: "待核实",
    FollowUpState.RECTIFYING: "整改中",
    FollowUpState.RECTIFIED: "已整改",
    FollowUpState.CITIZEN_TOLD: "已反馈",
    FollowUpState.NOT_ADOPTED: "不予采纳",
    FollowUpState.BUREAU_INFORMED: "已报送",
    FollowUpState.CLOSED: "已办结",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """The work an agency owes for one bad rating."""

    follow_up_id: FollowUpId
    evaluation_id: EvaluationId
    agency_code: str
    state: FollowUpState
    opened_at: datetime
    acknowledge_by: datetime
    call_back_by: datetime
    rectify_by: datetime
    applies_to: int
    """How many services of this agency the rating applies to (batch, theme)."""
    steps: int = 0
    """How many steps its history has."""
    head: str = ""
    """The digest of the last of them (`domain.handling.chain`); empty while there is none."""


def open_follow_up(
    evaluation: Evaluation,
    *,
    agency_code: str,
    applies_to: int,
    rules: Rules,
    opened_at: datetime | None = None,
) -> FollowUp:
    """The follow-up of a bad evaluation for one agency; a theme opens one for each agency concerned.

    `opened_at` is for an agency that was not known when the rating was given: deadlines run from it.
    """
    given_at = opened_at or evaluation.evaluated_at
    zone = rules.timezone

    def deadline(days: int) -> datetime:
        return add_working_days(given_at, days, rules.calendar, zone)

    return FollowUp(
        follow_up_id=_readable_id(evaluation, agency_code, given_at.astimezone(zone)),
        evaluation_id=evaluation.evaluation_id,
        agency_code=agency_code,
        state=FollowUpState.OPENED,
        opened_at=given_at,
        acknowledge_by=deadline(rules.acknowledge_working_days),
        call_back_by=deadline(rules.callback_working_days),
        rectify_by=deadline(rules.rectify_working_days),
        applies_to=applies_to,
    )


def _readable_id(evaluation: Evaluation, agency_code: str, local: datetime) -> FollowUpId:
    # Derived, not counted: two nodes need no common sequence and a repeat gives the same number.
    seed = f"{evaluation.evaluation_id}#{evaluation.revision}#{agency_code}".encode()
    digest = b32encode(sha256(seed).digest()).decode()[:8]
    return FollowUpId(f"GD-{local:%Y%m%d}-{digest}")
