"""What those who handle a follow-up are told of the rating: all they need, nothing on who rated (R-18)."""

from __future__ import annotations

from gateway.application.ports.database import UnitOfWork
from gateway.domain.agencies import AgencyDirectory
from gateway.domain.follow_ups import FollowUp
from gateway.domain.notices import BadRatingNotice
from gateway.domain.subjects import SubjectKind


async def notice_of(
    work: UnitOfWork, follow_up: FollowUp, directory: AgencyDirectory
) -> BadRatingNotice | None:
    """The notice as it reads now; None when what it tells of was purged.

    Raises:
        LookupError: the follow-up stems from an evaluation without a level, which no rule allows.

    """
    evaluation = await work.evaluations.get(follow_up.evaluation_id)
    if evaluation is None:
        return None
    if evaluation.level is None:
        raise LookupError(f"follow-up {follow_up.follow_up_id} stems from an evaluation without a level")
    stored = await work.services.get(evaluation.service_id, evaluation.visit_no)
    agency = directory.find(follow_up.agency_code)
    is_item = evaluation.subject.kind is SubjectKind.ITEM
    item = evaluation.subject if is_item or stored is None else stored.service.item
    return BadRatingNotice(
        follow_up_id=follow_up.follow_up_id,
        agency_name=agency.name if agency else follow_up.agency_code,
        region_code=evaluation.region_code,
        item_name=item.name if item.kind is SubjectKind.ITEM else "",
        item_code=item.code if item.kind is SubjectKind.ITEM else "",
        service_id=evaluation.service_id,
        subject=evaluation.subject,
        level=evaluation.level,
        channel=evaluation.channel,
        evaluated_at=evaluation.evaluated_at,
        comment=evaluation.comment,
        reason=evaluation.reason,
        recording_left=bool(evaluation.recording_url),
        acknowledge_by=follow_up.acknowledge_by,
        call_back_by=follow_up.call_back_by,
        rectify_by=follow_up.rectify_by,
        unknown_agency=agency is None,
        sequence=evaluation.sequence,
        batch_count=follow_up.applies_to,
    )
