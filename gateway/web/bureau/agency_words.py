"""What pages say of agencies: how two versions of one differ, and what is wrong with a form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from gateway.application.ports.agency_documents import AgencyProblem
from gateway.domain.agencies import ContactRole
from gateway.domain.plain_text import one_line

ROLES: Final = {ContactRole.CONTACT: "联系人", ContactRole.HEAD: "分管领导"}
PROBLEMS: Final = {
    AgencyProblem.CODE: (
        "请填写18位统一社会信用代码（数字和大写字母，没有 I、O、S、V、Z）。",
        "Copy the unified social credit code: 18 digits and capital letters.",
    ),
    AgencyProblem.REGION: ("行政区划代码是6位或12位数字。", "A region's code has 6 digits, or 12."),
    AgencyProblem.EMAIL: (
        "请填写一个邮箱地址，例如 office@agency.example。",
        "Write one address, such as office@agency.example.",
    ),
    AgencyProblem.NOBODY: (
        "至少填写一位联系人，否则没有人会收到差评。",
        "Name at least one contact, so that somebody is told of a bad rating.",
    ),
    AgencyProblem.EMPTY: ("请填写。", "Fill it in."),
    AgencyProblem.TOO_LONG: ("不超过100个字。", "At most 100 characters."),
    AgencyProblem.UNREADABLE: ("无法识别，请刷新页面后重填。", "Not understood: reload the page."),
}
_ROLE_NAMES: Final = {role.value: zh for role, zh in ROLES.items()}
_NOTHING: Final = "（无）"
_LABELS: Final = {"name": "名称", "region_code": "行政区划", "contacts": "联系人"}

Document = Mapping[str, object]
"""An agency as the ledger keeps it."""


def differences(before: Document | None, after: Document | None) -> list[tuple[str, str, str]]:
    """What is different: label, before, after; all of it where there is nothing on one side."""
    pairs = ((label, _said(before, key), _said(after, key)) for key, label in _LABELS.items())
    return [(label, old, new) for label, old, new in pairs if old != new]


def in_words(before: object, after: object) -> str:
    """The differences that an entry of the ledger tells of, as one line."""
    told = differences(document(before), document(after))
    return "；".join(f"{label} {old} → {new}" for label, old, new in told)


def document(value: object) -> Document | None:
    """What an entry of the ledger says of an agency; None where there was none."""
    return value if isinstance(value, dict) else None


def _said(agency: Document | None, key: str) -> str:
    value = agency.get(key) if agency else None
    if isinstance(value, list):
        return "、".join(_contacts(value)) or _NOTHING
    return one_line(str(value)) if value else _NOTHING


def _contacts(rows: list[list[str]]) -> Iterator[str]:
    """In the words of a release that knows each role; a newer one may name more."""
    for name, email, role in rows:
        yield f"{one_line(name)}（{_ROLE_NAMES.get(role, role)}，{one_line(email)}）"
