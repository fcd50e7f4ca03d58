"""The bureau's people, for the operator who has the command line."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.application.bureau.manage_people import Doer, Invited, ManagePeople
from gateway.bootstrap.operations import open_operations
from gateway.domain.bureau.ledger import OPERATOR


@dataclass(frozen=True, slots=True)
class OfficersDesk:
    """What the commands work with."""

    people: ManagePeople
    base_url: str
    doer: Doer = field(default=Doer(OPERATOR))

    def link_of(self, invited: Invited) -> str:
        """Where the invited officer sets password and codes."""
        return f"{self.base_url}/bureau/enrol/{invited.token}"


@asynccontextmanager
async def officers_desk(config: Path | None) -> AsyncIterator[OfficersDesk]:
    """The people in the database of the settings.

    Raises:
        ConfigurationError: settings or schema cannot be used.
        Unavailable: the database does not answer.

    """
    async with open_operations(config) as operations:
        await operations.take_up_keys()
        people = ManagePeople(operations.database, operations.clock, lambda: secrets.token_urlsafe(32))
        yield OfficersDesk(people, operations.settings.server.public_url)
