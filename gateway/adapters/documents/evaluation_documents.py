"""The document that tells of a rating on another channel; the core store's own form is taken too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from gateway.adapters.documents.faults import invalid_input
from gateway.adapters.documents.field_types import (
    LARGEST_NUMBER,
    AgencyCode,
    Document,
    ForeignId,
    Id,
    Moment,
    OptionalId,
    OptionalName,
    RegionCode,
    Words,
)
from gateway.application.note_evaluation import RatingElsewhere
from gateway.domain.channels import Channel
from gateway.domain.ids import ServiceId
from gateway.domain.levels import Level
from gateway.domain.subjects import Scope, Subject, SubjectKind

_SCOPES: Final = {"service": Scope.SERVICE, "theme": Scope.WHOLE}
_IGNORED: Final = "Taken from the core store's form and ignored."


def _read_subject(value: object) -> object:
    """`"item"` is short for `{"kind": "item"}`."""
    return {"kind": value} if isinstance(value, str) else value


def _read_channel(value: object) -> Channel:
    """A name (`mobile`) or the number of the standard (2)."""
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return Channel.from_code(value)
        return Channel(value)
    except (KeyError, ValueError):
        names = ", ".join(f"{channel.value} ({channel.code})" for channel in Channel)
        raise PydanticCustomError("channel", f"must be one of {names}") from None


def _read_digit(value: object) -> Level:
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return Level.from_digit(value)
    except KeyError:
        pass
    raise PydanticCustomError(
        "level_code", "must be a number from 1 (very satisfied) to 5 (very dissatisfied)"
    )


_CHANNEL_SCHEMA: Final = WithJsonSchema(
    {
        "anyOf": [
            {"type": "string", "enum": [channel.value for channel in Channel]},
            {"type": "integer", "minimum": 1, "maximum": len(Channel)},
        ]
    }
)
_CODE_SCHEMA: Final = WithJsonSchema({"type": "integer", "minimum": 1, "maximum": len(Level)})


class _OrItsKind:
    """Describes that a subject may be its kind alone."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        kinds = [kind.value for kind in SubjectKind]
        return {"anyOf": [{"type": "string", "enum": kinds}, handler(schema)]}


class SubjectDocument(Document):
    """What was rated."""

    kind: Annotated[SubjectKind, Field(strict=False)]
    code: OptionalId = Field(None, description="Item code or staff number.")
    name: OptionalName = ""


class EvaluationDocument(Document):
    """A rating that was given on another channel."""

    service_id: Id = Field(description="Case number 办件编号.", examples=["441500-20261123-000123"])
    visit_no: int | None = Field(
        None, ge=1, le=LARGEST_NUMBER, description="Which visit; null = the latest one known."
    )
    subject: Annotated[SubjectDocument, BeforeValidator(_read_subject), _OrItsKind()] = Field(
        default_factory=lambda: SubjectDocument(kind=SubjectKind.ITEM),
        description='What was rated, such as "item" or {"kind": "staff", "code": "0231"}.',
    )
    level: Annotated[Level, Field(strict=False)] | None = Field(
        None, description="One of the five; without level and `level_code` only that it was rated is known."
    )
    level_code: Annotated[Level, BeforeValidator(_read_digit), _CODE_SCHEMA] | None = Field(
        None, description="The level as its GB/T 39046-2020 digit: 1 is the best, 5 the worst."
    )
    channel: Annotated[Channel, BeforeValidator(_read_channel), _CHANNEL_SCHEMA] | None = Field(
        None, description="Where it was given: name, or number of GB/T 39046-2020 table 9. Default `pc`."
    )
    channel_code: Annotated[Channel, BeforeValidator(_read_channel), _CHANNEL_SCHEMA] | None = Field(
        None, description="The same as `channel`, under the core store's name."
    )
    evaluated_at: Moment | None = Field(None, description="When it was given; null = now.")
    comment: Words = Field(
        "", description="The citizen's words; phone and identity numbers in them are hidden."
    )
    evaluation_id: ForeignId = Field(
        "",
        description="The other system's id of the rating. The same id never counts twice; without it the "
        "content is what makes a repeat recognisable.",
    )
    scope: Literal["service", "theme"] = Field(
        "service", description="Whether this service or its whole theme 一件事 was rated."
    )
    agency_code: AgencyCode = Field("", description="Used while the service itself is unknown.")
    region_code: RegionCode = Field("", description="Used while the service itself is unknown.")
    revision: object = Field(None, description=_IGNORED)
    sequence: object = Field(None, description=_IGNORED)
    points: object = Field(None, description=_IGNORED)
    raw_input: object = Field(None, description=_IGNORED)
    applied_from: object = Field(None, description=_IGNORED)
    adopted: object = Field(None, description=_IGNORED)

    @model_validator(mode="after")
    def _agree(self) -> EvaluationDocument:
        if self.level is not None and self.level_code not in (None, self.level):
            raise PydanticCustomError("level", "level and level_code name different levels; leave one out")
        if self.channel is not None and self.channel_code not in (None, self.channel):
            raise PydanticCustomError(
                "channel", "channel and channel_code name different channels; leave one out"
            )
        return self


class EvaluationDocuments:
    """The port `Documents[RatingElsewhere]`."""

    def parse(self, document: Mapping[str, object]) -> RatingElsewhere:
        """See the port."""
        try:
            read = EvaluationDocument.model_validate(document)
        except ValidationError as error:
            raise invalid_input(error) from None
        return RatingElsewhere(
            service_id=ServiceId(read.service_id),
            visit_no=read.visit_no,
            subject=Subject(read.subject.kind, read.subject.code or "", read.subject.name),
            scope=_SCOPES[read.scope],
            level=read.level or read.level_code,
            channel=read.channel or read.channel_code or Channel.PC,
            comment=read.comment,
            evaluated_at=read.evaluated_at,
            evaluation_id=read.evaluation_id,
            agency_code=read.agency_code,
            region_code=read.region_code,
        )

    def json_schema(self, ref_template: str) -> Mapping[str, object]:
        """See the port."""
        return EvaluationDocument.model_json_schema(ref_template=ref_template)
