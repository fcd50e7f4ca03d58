"""The service document of the API and of bulk imports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from gateway.adapters.documents.faults import invalid_input
from gateway.adapters.documents.field_types import (
    LARGEST_NUMBER,
    AgencyCode,
    Document,
    Id,
    Moment,
    Name,
    OptionalId,
    OptionalName,
    RegionCode,
)
from gateway.application.ports.phone_parser import PhoneParser
from gateway.application.register_service import ServiceReport
from gateway.domain.ids import ServiceId
from gateway.domain.languages import Language
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.services import Service, ServiceKind
from gateway.domain.subjects import Subject, SubjectKind

_NO_NUMBER: Final = "no number was given"
UNUSABLE_NUMBER: Final = "the number given is not a usable phone number"


def _read_phone(value: object) -> str:
    """Whatever a business system has in its field for the number; what it is worth is judged later."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**20:
        return str(value)
    if not isinstance(value, str):
        raise PydanticCustomError("phone", "must be a text in quotes, or null")
    return value


class ItemDocument(Document):
    """The service item 服务事项 that was handled."""

    code: Id = Field(description="Item code of the business system.", examples=["4415000001"])
    name: Name = Field(description="What the citizen knows it by.", examples=["居民身份证换领"])


class StaffDocument(Document):
    """The member of staff 服务人员 who served the citizen."""

    id: Id = Field(description="Staff number.", examples=["0231"])
    name: OptionalName = Field("", description="Name, for the agency's eyes.", examples=["陈某"])


class ServiceDocument(Document):
    """One visit of a service 办件: finished, visited, or a hotline call that ended."""

    service_id: Id = Field(description="Case number 办件编号.", examples=["441500-20261123-000123"])
    kind: Annotated[ServiceKind, Field(strict=False)] = Field(description="How it was handled.")
    phone: Annotated[
        str,
        BeforeValidator(_read_phone),
        WithJsonSchema({"type": ["string", "integer", "null"], "examples": ["+8613800138000"]}),
    ] = Field(
        "",
        description="The citizen's number in any usual writing. An unusable one is kept out and shown as "
        "`phone_problem`; the service is kept all the same.",
    )
    agency_code: AgencyCode = Field(
        description="18-character unified social credit code. An unknown or empty one is kept and flagged; "
        "the bureau hears of its bad ratings.",
        examples=["11441500MB2C90123X"],
    )
    region_code: RegionCode = Field("", description="Administrative division code.", examples=["441500"])
    item: ItemDocument
    staff: StaffDocument | None = Field(None, description="Ignored for `online` and `kiosk`.")
    visit_no: int = Field(1, ge=1, le=LARGEST_NUMBER, description="Which visit of the same service.")
    batch_id: OptionalId = Field(None, description="Filings of one item in one visit share it.")
    theme_id: OptionalId = Field(None, description="Services of one theme 一件事 share it.")
    completed_at: Moment | None = Field(
        description="When the service was finished; null = a visit that did not finish it."
    )
    language: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,4}$")] | None
    ) = Field(None, description="BCP 47 tag of the citizen's language.", examples=["zh-CN"])


class ServiceDocuments:
    """The port `Documents[ServiceReport]`."""

    def __init__(self, phones: PhoneParser) -> None:
        self._phones = phones

    def parse(self, document: Mapping[str, object]) -> ServiceReport:
        """See the port."""
        try:
            read = ServiceDocument.model_validate(document)
        except ValidationError as error:
            raise invalid_input(error) from None
        phone = self._phones.parse(read.phone)
        service = _service(read, phone)
        written = phone.reveal() if phone is not None else read.phone.strip()
        return ServiceReport(service, _fingerprint(service), _problem(phone, written))

    def json_schema(self, ref_template: str) -> Mapping[str, object]:
        """See the port."""
        return ServiceDocument.model_json_schema(ref_template=ref_template)


def _fingerprint(service: Service) -> str:
    """Digest of what was reported, less `completed_at`, which may follow, and the number.

    Eleven digits behind a digest are found by trying all of them (R-18); numbers are compared themselves.
    """
    content = {
        "service_id": service.service_id,
        "visit_no": service.visit_no,
        "kind": service.kind.value,
        "agency_code": service.agency_code,
        "region_code": service.region_code,
        "item": [service.item.code, service.item.name],
        "staff": [service.staff.code, service.staff.name] if service.staff else None,
        "batch_id": service.batch_id,
        "theme_id": service.theme_id,
        "language": service.language.value,
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()


def _problem(phone: PhoneNumber | None, written: str) -> str:
    if phone is not None:
        return ""
    return UNUSABLE_NUMBER if written else _NO_NUMBER


def _service(read: ServiceDocument, phone: PhoneNumber | None) -> Service:
    staff = None
    if read.staff is not None and read.kind.has_staff:
        staff = Subject(SubjectKind.STAFF, read.staff.id, read.staff.name)
    return Service(
        service_id=ServiceId(read.service_id),
        kind=read.kind,
        agency_code=read.agency_code,
        region_code=read.region_code,
        item=Subject(SubjectKind.ITEM, read.item.code, read.item.name),
        staff=staff,
        phone=phone,
        visit_no=read.visit_no,
        batch_id=read.batch_id,
        theme_id=read.theme_id,
        completed_at=read.completed_at,
        language=Language.best_match(read.language),
    )
