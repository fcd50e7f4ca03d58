"""Who did what at the bureau's door, with its people and with agencies: no histories of follow-ups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

OPERATOR: Final = "operator"
"""Whoever has the command line."""


class LedgerEvent(Enum):
    """Every kind of entry, by the name that is kept."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SHUT_OUT = "shut_out"
    """Too many tries; the name is shut for a while."""
    SIGNED_OUT = "signed_out"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    ENROLLED = "enrolled"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    OFFICER_ADDED = "officer_added"
    OFFICER_INVITED = "officer_invited"
    OFFICER_CHANGED = "officer_changed"
    OFFICER_UNLOCKED = "officer_unlocked"
    AGENCIES_CHANGED = "agencies_changed"
    """The file of agencies is another than it was."""
    AGENCY_ADDED = "agency_added"
    AGENCY_CHANGED = "agency_changed"
    AGENCY_RETIRED = "agency_retired"
    AGENCY_BY_FILE = "agency_by_file"
    """It goes by the file again."""
    ACTED_IN_PLACE = "acted_in_place"
    """The page of an agency that nobody knows was opened to an officer."""

    @property
    def name_zh(self) -> str:
        """What it is called on the pages."""
        return _NAMES_ZH[self]


_NAMES_ZH: Final = {
    LedgerEvent.SIGNED_IN: "登录",
    LedgerEvent.SIGN_IN_FAILED: "登录失败",
    LedgerEvent.SHUT_OUT: "登录被锁定",
    LedgerEvent.SIGNED_OUT: "退出",
    LedgerEvent.SIGNED_OUT_EVERYWHERE: "退出全部登录",
    LedgerEvent.ENROLLED: "启用账号",
    LedgerEvent.PASSWORD_CHANGED: "修改密码",
    LedgerEvent.OFFICER_ADDED: "新增人员",
    LedgerEvent.OFFICER_INVITED: "重发启用链接",
    LedgerEvent.OFFICER_CHANGED: "修改人员",
    LedgerEvent.OFFICER_UNLOCKED: "解除锁定",
    LedgerEvent.AGENCIES_CHANGED: "单位名录文件变更",
    LedgerEvent.AGENCY_ADDED: "新增单位",
    LedgerEvent.AGENCY_CHANGED: "修改单位",
    LedgerEvent.AGENCY_RETIRED: "停用单位",
    LedgerEvent.AGENCY_BY_FILE: "单位改回文件",
    LedgerEvent.ACTED_IN_PLACE: "打开代办页面",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One entry; `detail` never holds a secret."""

    at: datetime
    event: LedgerEvent
    actor: str
    """Login name of who did it, or `operator`."""
    subject: str = ""
    """Whom or what it was done to."""
    detail: Mapping[str, object] = field(default_factory=dict)
    address: str = ""
    """Where it came from."""
