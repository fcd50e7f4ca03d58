"""Many services at once: one durable commit for a group of them, each with its own result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from gateway.application.ports.database import Database, UnitOfWork
from gateway.application.register_service import RegisterService, Registration, ServiceReport
from gateway.domain.errors import AlreadyRecorded, Conflict, GatewayError, InvalidInput, Unavailable

Outcome: TypeAlias = Registration | GatewayError
"""What came of one report: Conflict or Unavailable where it was not kept."""

LARGEST_GROUP: Final = 50
"""Reports in one transaction: many enough to share a commit, few enough that callers hardly wait for it."""


class RegisterServices:
    """Registers groups of reports."""

    def __init__(self, database: Database, register: RegisterService) -> None:
        self._database = database
        self._register = register

    async def __call__(self, reports: Sequence[ServiceReport]) -> list[Outcome]:
        """Register a group of at most `LARGEST_GROUP`; one outcome for each, in the same order.

        What was answered is durable, and a report that was not kept spoils none of the others.
        """
        try:
            async with self._database.transaction() as work:
                return [await self._within(work, report) for report in reports]
        except (AlreadyRecorded, InvalidInput):
            # Another node was quicker with one of them, or one cannot be stored: find out which, one by one.
            return [await self._alone(report) for report in reports]
        except Unavailable as error:
            return [error] * len(reports)

    async def _within(self, work: UnitOfWork, report: ServiceReport) -> Outcome:
        try:
            return await self._register.within(work, report)
        except Conflict as error:
            # Raised before anything is written, so the transaction goes on.
            return error

    async def _alone(self, report: ServiceReport) -> Outcome:
        try:
            return await self._register(report)
        except GatewayError as error:
            return error
