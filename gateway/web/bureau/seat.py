"""An officer at work: who asks, from where, and what they sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.application.bureau.manage_people import Doer
from gateway.domain.bureau.officers import Officer, Permission
from gateway.web.bureau.cookies import form_token


@dataclass(frozen=True, slots=True)
class Seat:
    """An officer at work on a page."""

    officer: Officer
    token: str = field(repr=False)
    address: str
    fields: Mapping[str, str]
    """What a form of theirs says; empty where none was sent."""

    def may(self, permission: Permission) -> bool:
        """Whether their role includes it."""
        return self.officer.role.may(permission)

    @property
    def doer(self) -> Doer:
        """Who is written down for what they change."""
        return Doer(self.officer.login, self.address)

    @property
    def form(self) -> str:
        """What forms of their pages bring along."""
        return form_token(self.token)
