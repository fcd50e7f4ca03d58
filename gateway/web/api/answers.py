"""What the API answers, as models that are both the answer and its description."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, WithJsonSchema

Moment = Annotated[datetime, WithJsonSchema({"type": "string", "format": "date-time"})]
"""In the city's own time zone, with its offset."""
LevelName = Literal["very_satisfied", "satisfied", "fairly_satisfied", "dissatisfied", "very_dissatisfied"]


class Answer(BaseModel):
    """Any answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Warned(Answer):
    """Something that was kept as it came, though it needs somebody's attention."""

    pointer: str = Field(description="JSON pointer to the field.")
    detail: str


class Registered(Answer):
    """What became of a reported service."""

    service_id: str
    visit_no: int
    registration: Literal["new", "completed", "repeated"] = Field(
        description="`completed`: an open visit is finished now, or a service known only from a call or a "
        "rating is known in full."
    )
    rateable: list[Literal["item", "staff"]] = Field(description="What the citizen may rate on this visit.")
    warnings: list[Warned]


class RegisteredLine(Registered):
    """The result of one line that was kept."""

    line: int
    status: Literal[200, 201]


class RatedSubject(Answer):
    """An item or a member of staff."""

    kind: Literal["item", "staff"]
    code: str
    name: str


class Evaluation(Answer):
    """One recorded evaluation: the core store's document and how it came about."""

    evaluation_id: str
    revision: int
    service_id: str
    visit_no: int
    sequence: Literal[1, 2] = Field(description="1 first, 2 additional.")
    subject: RatedSubject
    scope: Literal["service", "theme"]
    agency_code: str
    region_code: str
    level: LevelName | None = Field(description="null: rated elsewhere, level not told.")
    level_code: Annotated[int, Field(ge=1, le=5)] | None
    points: int | None
    channel: str
    channel_code: int
    comment: str
    raw_input: str
    evaluated_at: Moment
    applied_from: str | None = Field(description="The evaluation that a batch or theme copy stems from.")
    adopted: bool
    origin: Literal["gateway", "elsewhere"]


class Noted(Answer):
    """What became of a rating given elsewhere."""

    repeated: bool = Field(description="true: it was told before; nothing changed.")
    evaluation: Evaluation


class TakenMail(Answer):
    """What became of an email that came back."""

    outcome: Literal[
        "comment",
        "empty",
        "auto_reply",
        "permanent",
        "mailbox_full",
        "delayed",
        "aside",
        "repeated",
    ] = Field(
        description="`comment`: a remark on its follow-up. `empty`: a reply without words. `permanent`, "
        "`mailbox_full`, `delayed`: a bounce. `aside`: kept for people to look at. `repeated`: taken before; "
        "nothing changed."
    )


class EvaluationList(Answer):
    """A page of evaluations in the order of recording."""

    evaluations: list[Evaluation]
    next: str | None = Field(description="Address of the next page; null at the end of what there is now.")


class RateableSubject(RatedSubject):
    """What may be rated on a visit."""

    visit_no: int
    rated: bool


class Reminder(Answer):
    """The one reminder of a visit, batch or theme."""

    state: Literal["none", "waiting", "queued", "cancelled", "opted_out", "misfired"]
    due_at: Moment | None = Field(description="Set only while it waits.")


class SentText(Answer):
    """A text that a carrier took."""

    kind: str
    provider: str
    sent_at: Moment
    delivery: str | None = Field(description="How far it got; null while no receipt has come.")


class FollowUp(Answer):
    """What an agency owes for a bad rating."""

    follow_up_id: str
    evaluation_id: str
    agency_code: str
    state: str
    opened_at: Moment
    acknowledge_by: Moment
    call_back_by: Moment
    rectify_by: Moment
    applies_to: int = Field(description="How many services of the agency the rating applies to.")


class Visit(Answer):
    """One visit of a service."""

    visit_no: int
    kind: Literal["hotline", "window", "online", "kiosk"]
    phone: str | None = Field(description="Masked, such as 138****8000.")
    phone_problem: str = Field(description="Why there is no usable number; empty when there is one.")
    agency_code: str
    agency_name: str | None = Field(description="null: no such agency is known; the bureau stands in.")
    region_code: str
    item: RatedSubject
    staff: RatedSubject | None
    batch_id: str | None
    theme_id: str | None
    completed_at: Moment | None
    language: str
    provisional: bool = Field(description="true: known only from a call or a rating so far.")
    registered_at: Moment
    reminder: Reminder
    messages: list[SentText]


class Service(Answer):
    """How a service stands."""

    service_id: str
    subjects: list[RateableSubject]
    evaluations: list[Evaluation]
    reminder: Reminder = Field(description="That of the latest visit.")
    follow_ups: list[FollowUp]
    visits: list[Visit]


class CheckResult(Answer):
    """Whether one thing we depend on is there."""

    status: Literal["ok", "degraded", "failed"] = Field(
        description="`degraded`: it is away, and the gateway works without it; `failed`: it cannot."
    )
    reason: str = Field(description="Empty when it is there.")


class Readiness(Answer):
    """Whether the gateway can work."""

    status: Literal["ready", "not_ready"] = Field(
        description="`not_ready` when a check has failed; one that is degraded keeps nobody from working."
    )
    checks: dict[str, CheckResult]


class Liveness(Answer):
    """The process lives."""

    status: Literal["ok"]


class FaultyField(Answer):
    """One field that needs mending."""

    pointer: str
    detail: str


class ProblemDetails(Answer):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str = Field(description="Finds the request in the gateway's log.")
    errors: list[FaultyField] = Field(default=[], description="Every field at fault.")


class ProblemLine(Answer):
    """The result of one line that was not kept."""

    line: int
    type: str
    title: str
    status: int
    detail: str
    errors: list[FaultyField] = []


class BulkLine(RootModel[RegisteredLine | ProblemLine]):
    """The result of one line of a bulk stream."""
