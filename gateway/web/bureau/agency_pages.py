"""The agencies as the gateway knows them: whom it writes to, and where to look closer."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.domain.agencies import AgencyDirectory, Contact, ContactRole
from gateway.web.bureau.door import PATH, Seat
from gateway.web.bureau.follow_up_list import LIST
from gateway.web.bureau.looks import Looks

AGENCIES: Final = f"{PATH}/agencies"
_ROLES: Final = {ContactRole.CONTACT: "联系人", ContactRole.HEAD: "分管领导"}


class AgencyPages:
    """The directory."""

    def __init__(self, looks: Looks, directory: AgencyDirectory) -> None:
        self._looks = looks
        self._directory = directory

    async def look(self, _request: web.Request, seat: Seat) -> web.Response:
        """All agencies, the bureau and the departments."""
        directory = self._directory
        bureau = directory.bureau
        others = [(bureau.name, "", _contacts(bureau.contacts))] if bureau else []
        others += [
            (each.name, each.code, _contacts(each.contacts)) for each in directory.departments.values()
        ]
        return self._looks.page(
            seat,
            200,
            "agencies.html",
            here=AGENCIES,
            agencies=[
                (
                    each.name,
                    each.code,
                    each.region_code,
                    _contacts(each.contacts),
                    f"{LIST}?agency={each.code}",
                )
                for each in sorted(directory.agencies.values(), key=lambda agency: agency.code)
            ],
            others=others,
        )


def _contacts(contacts: tuple[Contact, ...]) -> list[tuple[str, str, str]]:
    return [(contact.name, _ROLES[contact.role], contact.email) for contact in contacts]
