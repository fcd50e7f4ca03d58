"""Evaluations as the gateway records them, for the tests of what the core store gets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from gateway.domain.channels import Channel
from gateway.domain.documents import Document, native_document
from gateway.domain.evaluations import Evaluation
from gateway.domain.ids import EvaluationId, ServiceId
from gateway.domain.levels import Level
from gateway.domain.subjects import Scope, Subject, SubjectKind

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
ITEM: Final = Subject(SubjectKind.ITEM, "4415000001", "居民身份证换领")
STAFF: Final = Subject(SubjectKind.STAFF, "0231", "陈某")


def evaluation(**changes: Any) -> Evaluation:  # noqa: ANN401 - any field of an evaluation
    """An ordinary evaluation, with changes."""
    fields: dict[str, Any] = {
        "evaluation_id": EvaluationId("0b6ff24a-7d6b-5a62-9c1f-2f3f1c9f7f10"),
        "revision": 1,
        "slot": "item:441500-20261123-000123",
        "sequence": 1,
        "service_id": ServiceId("441500-20261123-000123"),
        "visit_no": 1,
        "invitation_id": None,
        "subject": ITEM,
        "scope": Scope.SERVICE,
        "agency_code": "11441500MB2C90123X",
        "region_code": "441500",
        "level": Level.DISSATISFIED,
        "channel": Channel.SMS,
        "comment": "等太久",
        "raw_input": "4 等太久",
        "evaluated_at": datetime(2026, 11, 24, 2, 3, 11, tzinfo=UTC),
        "applied_from": None,
    }
    return Evaluation(**fields | changes)


def document(**changes: Any) -> Document:  # noqa: ANN401 - any field of an evaluation
    """The native document of such an evaluation."""
    return native_document(evaluation(**changes), SHANGHAI)


_TEXT: Final = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)
_CODE: Final = st.text(alphabet="0123456789ABCDEFGHJKLMNPQRTUWXY-", max_size=18)

evaluations: st.SearchStrategy[Evaluation] = st.builds(
    evaluation,
    evaluation_id=st.uuids().map(str),
    revision=st.integers(1, 9),
    sequence=st.sampled_from([1, 2]),
    service_id=st.text(alphabet="0123456789ABCDEF-", min_size=1, max_size=50),
    subject=st.builds(Subject, st.sampled_from(SubjectKind), _CODE, _TEXT),
    agency_code=_CODE,
    region_code=st.sampled_from(["", "441500", "441500001", "441500001002"]),
    level=st.sampled_from(Level),
    channel=st.sampled_from([Channel.PHONE, Channel.SMS]),
    comment=_TEXT,
    raw_input=_TEXT,
    evaluated_at=st.datetimes(datetime(2026, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)),
    applied_from=st.none() | st.uuids().map(str),
    adopted=st.booleans(),
)
"""Any evaluation that the gateway may have taken."""
