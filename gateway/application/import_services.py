"""A file of finished services: load it in groups, keep what is faulty aside, go on after an interruption."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from gateway.application.ports.documents import Documents
from gateway.application.ports.service_files import ImportCounts, Row, ServiceFile
from gateway.application.register_service import Registration, ServiceReport
from gateway.application.register_services import LARGEST_GROUP, Outcome, RegisterServices
from gateway.domain.agencies import AgencyDirectory
from gateway.domain.errors import Fault, InvalidInput, Unavailable

Rejected = tuple[Row, Sequence[Fault]]


class ImportServices:
    """Loads files of services; running it again on the same file changes nothing."""

    def __init__(
        self, register: RegisterServices, documents: Documents[ServiceReport], agencies: AgencyDirectory
    ) -> None:
        self._register = register
        self._documents = documents
        self._agencies = agencies

    async def __call__(self, file: ServiceFile, tell: Callable[[int, ImportCounts], None]) -> ImportCounts:
        """Load the rest of a file; `tell` hears position and counts after each group.

        Raises:
            InvalidInput: the file itself cannot be read.
            Unavailable: the database is away; what was settled stays, and a later run goes on from there.

        """
        tell(file.position, file.counts)
        rows = file.rows()
        while group := list(islice(rows, LARGEST_GROUP)):
            rejected, counts = await self._load(group, file.counts)
            file.settle(rejected, group[-1], counts)
            tell(file.position, file.counts)
        file.finish()
        return file.counts

    async def _load(self, group: Sequence[Row], counts: ImportCounts) -> tuple[list[Rejected], ImportCounts]:
        read = [(row, self._read(row)) for row in group]
        reports = [report for _, report in read if isinstance(report, ServiceReport)]
        outcomes = iter(await self._register(reports))
        rejected: list[Rejected] = []
        for row, report in read:
            if isinstance(report, ServiceReport):
                faults, counts = self._judge(report, next(outcomes), counts)
            else:
                faults = report
            if faults:
                rejected.append((row, faults))
                counts = counts.plus("rejected")
        return rejected, counts

    def _read(self, row: Row) -> ServiceReport | Sequence[Fault]:
        if row.document is None:
            return [Fault("", row.fault)]
        try:
            return self._documents.parse(row.document)
        except InvalidInput as error:
            return error.faults

    def _judge(
        self, report: ServiceReport, outcome: Outcome, counts: ImportCounts
    ) -> tuple[Sequence[Fault], ImportCounts]:
        if isinstance(outcome, Unavailable):
            raise outcome
        if not isinstance(outcome, Registration):
            return [Fault("", str(outcome))], counts
        for name in (outcome.value, *self._shortcomings(report)):
            counts = counts.plus(name)
        return [], counts

    def _shortcomings(self, report: ServiceReport) -> Iterator[str]:
        if self._agencies.find(report.service.agency_code) is None:
            yield "unknown_agencies"
        if report.service.phone is None:
            yield "unusable_numbers"
