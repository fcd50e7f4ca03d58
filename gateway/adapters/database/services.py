"""Rows of services."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, insert, select, update

from gateway.adapters.database.key_sets import among
from gateway.adapters.database.sealed_phones import phone_columns, phone_or_fault
from gateway.adapters.database.tables import services
from gateway.application.ports.database import StoredService
from gateway.domain.services import UNREADABLE, Service
from gateway.domain.subjects import Subject, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import RowMapping

    from gateway.adapters.database.writing import SqlConnection
    from gateway.application.ports.personal_data import PersonalData
    from gateway.domain.ids import InvitationId, ServiceId
    from gateway.domain.phone_numbers import PhoneNumber

_OF_SERVICE = (
    "service_id",
    "kind",
    "agency_code",
    "region_code",
    "item_code",
    "item_name",
    "staff_code",
    "staff_name",
    "visit_no",
    "batch_id",
    "theme_id",
    "completed_at",
    "language",
    "provisional",
)
"""The columns that a service is made of, its sealed number apart, in the order of `_service`."""
_OF_NUMBER = {"phone_sealed", "phone_index", "phone_problem"}

# Statements of the busiest requests are made once: building one costs more than running it.
_ADD = insert(services)
_VISITS = (
    select(services).where(services.c.service_id == bindparam("service_id")).order_by(services.c.visit_no)
)
_GET = select(services).where(
    services.c.service_id == bindparam("service_id"), services.c.visit_no == bindparam("visit_no")
)
_MEMBERS = (
    select(services.c.invitation_id, *(services.c[name] for name in _OF_SERVICE))
    .where(among(services.c.invitation_id, "invitation_ids"))
    .order_by(services.c.registered_at, services.c.service_id, services.c.visit_no)
)


class SqlServices:
    """The port `Services`."""

    def __init__(self, connection: SqlConnection, personal_data: PersonalData) -> None:
        self._connection = connection
        self._personal_data = personal_data

    async def get(self, service_id: ServiceId, visit_no: int) -> StoredService | None:
        """One visit."""
        found = await self._connection.execute(_GET, {"service_id": service_id, "visit_no": visit_no})
        row = found.mappings().first()
        return None if row is None else self._stored(row)

    async def visits(self, service_id: ServiceId) -> list[StoredService]:
        """All visits of a service, the latest last."""
        found = await self._connection.execute(_VISITS, {"service_id": service_id})
        return [self._stored(row) for row in found.mappings()]

    async def of_invitations(
        self, invitation_ids: Collection[InvitationId]
    ) -> dict[InvitationId, list[Service]]:
        """The services of each invitation."""
        found = await self._connection.execute(_MEMBERS, {"invitation_ids": invitation_ids})
        members: dict[InvitationId, list[Service]] = defaultdict(list)
        rows: Sequence[Sequence[Any]] = found.all()
        for invitation_id, *values in rows:
            members[invitation_id].append(_service(values, phone=None))
        return members

    async def add(self, stored: StoredService) -> None:
        """A new visit."""
        await self._connection.execute(_ADD, self._columns(stored))

    async def replace(self, stored: StoredService) -> None:
        """The same visit with what was learnt since."""
        key = and_(
            services.c.service_id == stored.service.service_id,
            services.c.visit_no == stored.service.visit_no,
        )
        columns = self._columns(stored)
        if stored.phone_problem == UNREADABLE:
            # The key may come back.
            columns = {name: value for name, value in columns.items() if name not in _OF_NUMBER}
        await self._connection.execute(update(services).where(key).values(columns))

    def _columns(self, stored: StoredService) -> dict[str, Any]:
        service = stored.service
        return {
            "service_id": service.service_id,
            "visit_no": service.visit_no,
            "kind": service.kind,
            **phone_columns(self._personal_data, service.phone),
            "phone_problem": stored.phone_problem,
            "agency_code": service.agency_code,
            "region_code": service.region_code,
            "item_code": service.item.code,
            "item_name": service.item.name,
            "staff_code": service.staff.code if service.staff else None,
            "staff_name": service.staff.name if service.staff else None,
            "batch_id": service.batch_id,
            "theme_id": service.theme_id,
            "completed_at": service.completed_at,
            "language": service.language,
            "provisional": service.provisional,
            "fingerprint": stored.fingerprint,
            "invitation_id": stored.invitation_id,
            "registered_at": stored.registered_at,
        }

    def _stored(self, row: RowMapping) -> StoredService:
        phone, fault = phone_or_fault(self._personal_data, row["phone_sealed"])
        return StoredService(
            service=_service([row[name] for name in _OF_SERVICE], phone),
            fingerprint=row["fingerprint"],
            invitation_id=row["invitation_id"],
            phone_problem=UNREADABLE if fault else row["phone_problem"],
            registered_at=row["registered_at"],
        )


def _service(columns: Sequence[Any], phone: PhoneNumber | None) -> Service:
    """A service of the values of `_OF_SERVICE`."""
    (service_id, kind, agency, region, item, item_name, staff, staff_name, *rest) = columns
    (visit_no, batch_id, theme_id, completed_at, language, provisional) = rest
    return Service(
        service_id,
        kind,
        agency,
        region,
        _item(item, item_name),
        None if staff is None else Subject(SubjectKind.STAFF, staff, staff_name or ""),
        phone,
        visit_no,
        batch_id,
        theme_id,
        completed_at,
        language,
        provisional,
    )


@lru_cache(maxsize=1024)
def _item(code: str, name: str) -> Subject:
    """Few items make up most services."""
    return Subject(SubjectKind.ITEM, code, name)
