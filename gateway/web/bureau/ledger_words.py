"""What an entry of the ledger says, in an administrator's words."""

from __future__ import annotations

from typing import Final

from gateway.application.bureau.keep_agencies import EVENTS
from gateway.application.bureau.note_agencies import told
from gateway.domain.bureau.ledger import LedgerEntry
from gateway.domain.bureau.officers import Role
from gateway.web.bureau.agency_words import in_words

_LABELS: Final = {
    "name": "姓名",
    "role": "角色",
    "active": "可登录",
    "by": "方式",
    "shut": "已锁定",
    "added": "新增",
    "removed": "移除",
    "changed": "变更",
}
_VALUES: Final = {
    "password and code": "密码和动态码",
    "identity provider": "统一身份认证",
    "change of password": "修改密码",
    **{role.value: role.name_zh for role in Role},
}


def detail_in_words(entry: LedgerEntry) -> str:
    """What it tells beside who, when and where; of what changed the value before and after."""
    if entry.event in EVENTS:
        return in_words(entry.detail.get("before"), entry.detail.get("after"))
    return "；".join(f"{_LABELS.get(key, key)} {_said(key, value)}" for key, value in told(entry).items())


def _said(key: str, value: object) -> str:
    if isinstance(value, list):
        return "、".join(_said(key, each) for each in value)
    if isinstance(value, bool):
        return "是" if value else "否"
    return _VALUES.get(str(value), str(value)) if key in {"by", "role"} else str(value)
