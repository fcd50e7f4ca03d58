"""Services that a call or a rating speaks of before their business system has reported them (R-19)."""

from __future__ import annotations

from gateway.application.ports.database import StoredService, UnitOfWork
from gateway.application.register_service import RegisterService, ServiceReport
from gateway.domain.ids import ServiceId
from gateway.domain.services import Service


async def find_visit(work: UnitOfWork, service_id: ServiceId, visit_no: int | None) -> StoredService | None:
    """The visit of a service as it is known; the latest one where none is named."""
    visits = await work.services.visits(service_id)
    wanted = [visit for visit in visits if visit_no in (None, visit.service.visit_no)]
    return wanted[-1] if wanted else None


async def keep_service(
    work: UnitOfWork, register: RegisterService, service: Service, phone_problem: str
) -> StoredService:
    """Keep what was heard of a visit that is not known; a provisional one is completed by its report.

    Raises:
        AlreadyRecorded: another node kept it at the same moment; look again.

    """
    return await register.add(work, ServiceReport(service, fingerprint="", phone_problem=phone_problem))
