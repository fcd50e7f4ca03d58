"""The normalised evaluation that the core store gets, in this project's own (`native`) form.

Other profiles (GB/T 39046-2020, platform interface) are mappings of this document; see
`config/core_store_profiles/`. It never holds a phone number (R-18).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.redaction import redact

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from gateway.domain.evaluations import Evaluation

Document = dict[str, object]


def native_document(evaluation: Evaluation, zone: ZoneInfo) -> Document:
    """The document of one revision of an evaluation taken by this gateway.

    Raises:
        ValueError: the evaluation has no level, so it was not taken here and is nothing to deliver.

    """
    level = evaluation.level
    if level is None:
        raise ValueError("an evaluation without a level is never delivered")
    return {
        "evaluation_id": evaluation.evaluation_id,
        "revision": evaluation.revision,
        "service_id": evaluation.service_id,
        "sequence": evaluation.sequence,
        "subject": {
            "kind": evaluation.subject.kind.value,
            "code": evaluation.subject.code,
            "name": evaluation.subject.name,
        },
        "agency_code": evaluation.agency_code,
        "region_code": evaluation.region_code,
        "level": level.value,
        "level_code": level.digit,
        "points": level.points,
        "channel": evaluation.channel.value,
        "channel_code": evaluation.channel.code,
        "comment": redact(evaluation.comment or evaluation.reason),
        "raw_input": redact(evaluation.raw_input),
        "evaluated_at": evaluation.evaluated_at.astimezone(zone).isoformat(timespec="seconds"),
        "applied_from": evaluation.applied_from,
        "adopted": evaluation.adopted,
    }
