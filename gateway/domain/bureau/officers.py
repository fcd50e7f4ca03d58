"""Officers of the bureau, and what each role may do."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.domain.plain_text import one_line, storable

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.ids import OfficerId

LONGEST_NAME: Final = 40
_LOGIN: Final = re.compile(r"[\w.@+-]{2,64}")


class Permission(Enum):
    """What an officer may do."""

    LOOK = "look"
    """See follow-ups and figures; never a phone number."""
    HANDLE = "handle"
    """Return, overrule, close, remark, check, refer; act where nobody knows the agency (R-13, R-19, R-20)."""
    MANAGE = "manage"
    """Change people and agencies, and read who did what."""


class Role(Enum):
    """What an officer is."""

    VIEWER = "viewer"
    OFFICER = "officer"
    ADMINISTRATOR = "administrator"

    @property
    def name_zh(self) -> str:
        """What it is called on the pages."""
        return _NAMES_ZH[self]

    def may(self, permission: Permission) -> bool:
        """Whether the role includes it."""
        return permission in _INCLUDES[self]


_NAMES_ZH: Final = {Role.VIEWER: "查阅人员", Role.OFFICER: "办理人员", Role.ADMINISTRATOR: "管理员"}
_INCLUDES: Final = {
    Role.VIEWER: frozenset({Permission.LOOK}),
    Role.OFFICER: frozenset({Permission.LOOK, Permission.HANDLE}),
    Role.ADMINISTRATOR: frozenset(Permission),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """Somebody at the bureau who may sign in."""

    officer_id: OfficerId
    login: str
    """What they sign in with, as `as_login` writes it."""
    name: str
    """How histories name them."""
    role: Role
    active: bool = True
    password_hash: str = field(default="", repr=False)
    """Empty: none was set yet, or they come by the identity provider alone."""
    code_secret: str = field(default="", repr=False)
    """Secret of the one-time codes (RFC 6238), in base32."""
    code_step: int = 0
    """The last step of time whose code was used: none is good twice."""
    subject: str = field(default="", repr=False)
    """Who they are to the identity provider; bound when they first come from there."""
    invitation: str = field(default="", repr=False)
    """Digest of the link by which they set password and codes; empty when there is none."""
    invited_until: datetime | None = None

    @property
    def is_enrolled(self) -> bool:
        """Whether they can sign in."""
        return bool(self.password_hash and self.code_secret) or bool(self.subject)


def as_login(text: str) -> str | None:
    """The one way in which a login name is written; None when it cannot be one."""
    login = unicodedata.normalize("NFKC", storable(text)).strip().casefold()
    return login if _LOGIN.fullmatch(login) else None


def as_name(text: str) -> str | None:
    """A person's name as histories show it; None when it cannot be one."""
    name = one_line(storable(text))
    return name if name and len(name) <= LONGEST_NAME else None
