"""What was kept as it came and yet needs somebody's attention (R-19)."""

from __future__ import annotations

from gateway.application.register_service import ServiceReport
from gateway.domain.agencies import AgencyDirectory
from gateway.web.api.answers import Warned


def warnings_of(report: ServiceReport, agencies: AgencyDirectory, *, phone_given: bool) -> list[Warned]:
    """The warnings for a report: an agency that nobody knows, a number that cannot be used."""
    warnings = []
    if agencies.find(report.service.agency_code) is None:
        known_not = "is not in the directory of agencies; the bureau hears of its bad ratings"
        warnings.append(Warned(pointer="/agency_code", detail=known_not))
    if report.service.phone is None and phone_given:
        warnings.append(Warned(pointer="/phone", detail=f"{report.phone_problem}; nobody is reminded"))
    return warnings
