"""What the demo carrier reports, as JSON; every fault is an InvalidInput that names the field."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.adapters.providers.demo.codes import CALL_BROKEN, CALL_OVER
from gateway.application.ports.webhook_provider import RawRequest
from gateway.domain.errors import InvalidInput

_Report = TypeVar("_Report", bound="Report")
_JSON: Final = "application/json"

Sid = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{3,64}$")]
Line = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""A code, number or name on one line."""


class Report(BaseModel):
    """One request's body; holds nothing that we do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class CallReport(Report):
    """A caller is on the line; the fields are those of `/twilio/voice/rating`."""

    call_id: Sid
    caller: Line = Field("", alias="from")
    service_id: Annotated[Line, Field(max_length=64)] = ""
    visit_no: Annotated[int, Field(ge=1, le=9999)] | None = None
    scope: Literal["", "service", "whole"] = ""
    agency_code: Line = ""
    region_code: Line = ""
    item_code: Line = ""
    item_name: Line = ""
    staff_id: Line = ""
    staff_name: Line = ""
    language: Annotated[Line, Field(pattern=r"^([A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*)?$")] = ""


class RecordingReport(Report):
    """A spoken message; the demonstration counts its seconds and keeps no sound."""

    seconds: Annotated[int, Field(ge=0, le=3600)]


class StepReport(Report):
    """What the caller did at a step: a key, a recording, or neither, which is silence."""

    call_id: Sid
    step: Annotated[str, Field(min_length=1, max_length=4000)]
    key: Annotated[str, Field(pattern=r"^[0-9*#]$")] | None = None
    recording: RecordingReport | None = None


class StatusReport(Report):
    """How a call goes."""

    call_id: Sid
    status: Annotated[Line, Field(min_length=1)]

    @property
    def is_over(self) -> bool:
        """Whether this status ends the call; words that we do not know end none."""
        return self.status in {CALL_OVER, CALL_BROKEN}


class TextReport(Report):
    """A citizen texted."""

    message_id: Sid
    sender: Annotated[Line, Field(alias="from", min_length=1)]
    line: Annotated[Line, Field(alias="to", min_length=1)]
    text: Annotated[str, Field(max_length=10_000)]


class ReceiptReport(Report):
    """How far a text to a citizen got."""

    message_id: Sid
    status: Annotated[Line, Field(min_length=1)]
    reference: Line = ""
    """What the gateway called the text, where the carrier says it again."""
    error_code: Annotated[Line, Field(max_length=32)] = ""


def read_report(kind: type[_Report], request: RawRequest) -> _Report:
    """The report in the body of a request; raises InvalidInput."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != _JSON:
        raise InvalidInput(f"send the report as {_JSON}", pointer="/headers/content-type")
    try:
        return kind.model_validate_json(request.body)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        pointer = "".join(f"/{part}" for part in fault["loc"])
        raise InvalidInput(fault["msg"], pointer=pointer) from None
