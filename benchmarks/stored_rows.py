"""What stored services look like: for each table the columns of row `n`, as SQL of either engine.

Keys are spread evenly over their range, as the hashes that they stand for are. Those of the older nine
tenths grow with `n`, so that indexes are filled from one end, which is quick; those of the last tenth come in
no order, as all do in life: they fall between the others. Of twenty services in a row: four were rated in a
call (one of them with the staff member), a fifth call was left, two were rated by text, eight were reminded
in vain, six not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Table

from gateway.adapters.database.tables import (
    calls,
    delivery_receipts,
    evaluations,
    follow_ups,
    incoming_messages,
    invitations,
    open_questions,
    outbox,
    sent_messages,
    services,
)

DAYS: Final = 730
"""Over how many days the services are spread; the last one was registered just now."""
KEPT_DAYS: Final = 90
"""For how long a gateway keeps settled outbox entries, ended calls and receipts, unless told otherwise
(`privacy.traces`): older ones its workers have erased."""
DAY: Final = 86_400
_SCATTER: Final = 2_654_435_761
"""Odd, and near 2³² divided by the golden ratio: its multiples are spread evenly, neighbours far apart."""
_ITEM: Final = "居民身份证换领"
_AGENCY: Final = "11441500MB2C90123X"
RATED_BY_CALL: Final = "n % 20 < 4"
WITH_STAFF: Final = "n % 20 = 0"
CALLED: Final = "n % 20 < 5"
RATED_BY_TEXT: Final = "n % 20 IN (4, 5)"
REMINDED: Final = "n % 20 BETWEEN 4 AND 13"
NOT_RATED: Final = "n % 20 > 5"
UNASKED: Final = range(14, 20)
"""Remainders by twenty of services that nobody rated or was reminded of."""
_BAD: Final = "n % 1000 IN (0, 1, 2, 3)"
_KEPT: Final = "{kept}"
"""Whether what is erased after `KEPT_DAYS` is still there."""


@dataclass(frozen=True)
class Rows:
    """Some rows of one table: for which `n`, and their columns."""

    table: Table
    where: str
    columns: dict[str, str]


@dataclass(frozen=True)
class Spelling:
    """How one engine spells what the columns are made of."""

    dialect: str
    total: int
    newest: int
    """When the last service was registered, in seconds since 1970."""
    seal: str
    """A sealed number, in hexadecimal digits."""

    def __call__(self, template: str) -> str:
        """The SQL of a template, over rows of `made_of`."""
        return template.format(
            **{name: name for name in self.made_of},
            seal=f"X'{self.seal}'" if self._is_sqlite else f"'\\x{self.seal}'::bytea",
            kept=f"n > {self.total - self.total * KEPT_DAYS // DAYS}",
            json="" if self._is_sqlite else "::jsonb",
        )

    @property
    def made_of(self) -> dict[str, str]:
        """What several columns of several tables hold, by name, as SQL over `n`: made once for each `n`."""
        person = f"((n * 7919) % {self.people})"
        return {
            "key": self._hex(self._place, "n", 24),
            "person": self._hex(f"{person} * 4294967296 / {self.people}", person, 56),
            "uuid": self._uuid(),
            "service": self._service(),
            "at": self._moment(0),
            "day": self._day(),
            "tomorrow": self._moment(DAY),
            "answered": self._moment(DAY + 3600),
        }

    @property
    def people(self) -> int:
        """Each comes about three times in two years."""
        return max(self.total // 3, 1)

    @property
    def _is_sqlite(self) -> bool:
        return self.dialect == "sqlite"

    @property
    def _place(self) -> str:
        """Where a key lies in its range; see `key_of`."""
        older = older_of(self.total)
        return f"CASE WHEN n < {older} THEN n * 4294967296 / {older} ELSE n * {_SCATTER} % 4294967296 END"

    def _hex(self, place: str, number: str, digits: int) -> str:
        if self._is_sqlite:
            return f"printf('%08x%0{digits}x', {place}, {number})"
        return f"(lpad(to_hex({place}), 8, '0') || lpad(to_hex({number}), {digits}, '0'))"

    def _service(self) -> str:
        return "'44150020' || " + ("printf('%012d', n)" if self._is_sqlite else "lpad(n::text, 12, '0')")

    def _uuid(self) -> str:
        if self._is_sqlite:
            return f"printf('%08x-0000-5000-8000-%012x', {self._place}, n)"
        return f"(lpad(to_hex({self._place}), 8, '0') || '-0000-5000-8000-' || lpad(to_hex(n), 12, '0'))"

    def _seconds(self, later: int) -> str:
        oldest = self.newest - DAYS * DAY
        return f"{oldest + later} + (n + 1) * {DAYS * DAY} / {self.total}"

    def _day(self) -> str:
        if self._is_sqlite:
            return f"strftime('%Y%m%d', {self._seconds(0)}, 'unixepoch')"
        return f"to_char(to_timestamp({self._seconds(0)}) AT TIME ZONE 'UTC', 'YYYYMMDD')"

    def _moment(self, later: int) -> str:
        seconds = self._seconds(later)
        if self._is_sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%S.000000', {seconds}, 'unixepoch')"
        return f"to_timestamp({seconds})"


def older_of(total: int) -> int:
    """How many of so many services are of the older nine tenths."""
    return total * 9 // 10


def key_of(number: int, total: int) -> str:
    """The key that `{key}` gives row `number`."""
    older = older_of(total)
    place = number * 2**32 // older if number < older else number * _SCATTER % 2**32
    return f"{place:08x}{number:024x}"


def service_id_of(number: int) -> str:
    """The id of service `number`."""
    return f"44150020{number:012d}"


_DOCUMENT: Final = (
    """('{{"evaluation_id":"' || {uuid} || '","revision":1,"service_id":"' || {service} || '","sequence":1,"""
    """"subject":{{"kind":"item","code":"4415000001","name":"居民身份证换领"}},"""
    """"agency_code":"11441500MB2C90123X","region_code":"441500","level":"satisfied","level_code":2,"points":8,"""
    """"channel":"phone","channel_code":6,"comment":"","raw_input":"2","""
    """"evaluated_at":"2026-11-23T10:00:00+08:00","applied_from":null,"adopted":true}}'){json}"""
)
_TEXT: Final = (
    """('{{"kind":"reminder","body":"【政务服务】您好，您办理的居民身份证换领已办结，请回复数字评价："""
    """1非常满意 2满意 3基本满意 4不满意 5非常不满意。回复TD退订。","""
    """"timezone":"Asia/Shanghai","invitation_id":"' || {key} || '","line":"","""
    """"queued_at":"2026-11-23T02:00:00+00:00"}}'){json}"""
)


def _evaluation(slot: str, **changed: str) -> dict[str, str]:
    """An evaluation of an item, unless changed."""
    return {
        "evaluation_id": "{uuid}",
        "revision": "1",
        "slot": slot,
        "sequence": "1",
        "service_id": "{service}",
        "visit_no": "1",
        "invitation_id": "{key}",
        "subject_kind": "'item'",
        "subject_code": "'4415000001'",
        "subject_name": f"'{_ITEM}'",
        "scope": "'service'",
        "agency_code": f"'{_AGENCY}'",
        "region_code": "'441500'",
        "level": "'satisfied'",
        "channel": "'phone'",
        "comment": "''",
        "raw_input": "'2'",
        "evaluated_at": "{at}",
        "adopted": "TRUE",
        "origin": "'gateway'",
        "event_key": "'CA' || {key} || ':rate'",
        "call_id": "'CA' || {key}",
        "reason_code": "''",
        "reason": "''",
        "recording_url": "''",
        "recorded_at": "{at}",
        **changed,
    }


def _settled(kind: str, key: str, payload: str, **more: str) -> dict[str, str]:
    """A settled outbox entry."""
    return {
        "kind": f"'{kind}'",
        "key": key,
        "payload": payload,
        "state": "'done'",
        "due_at": "{at}",
        "created_at": "{at}",
        "attempts": "1",
        "settled_at": "{at}",
        "last_error": "''",
        **more,
    }


_PHONE: Final = {"phone_sealed": "{seal}", "phone_index": "{person}"}

INVITATIONS: Final = Rows(
    invitations,
    "TRUE",
    {
        "invitation_id": "{key}",
        "occasion": "'visit:' || {service} || ':1'",
        **_PHONE,
        "language": "'zh-CN'",
        "timezone": "'Asia/Shanghai'",
        "item_name": f"'{_ITEM}'",
        "lead_service_id": "{service}",
        "lead_visit_no": "1",
        "created_at": "{at}",
        "completed_at": "{at}",
        "reminder": f"CASE WHEN {REMINDED} THEN 'queued' ELSE 'cancelled' END",
        "line": f"CASE WHEN {REMINDED} THEN '+8675512345678' END",
        "texted_at": f"CASE WHEN {REMINDED} THEN {{tomorrow}} END",
        "rated_at": f"CASE WHEN {RATED_BY_CALL} OR {RATED_BY_TEXT} THEN {{answered}} END",
    },
)
OPEN_QUESTIONS: Final = Rows(
    open_questions,
    f"{REMINDED} AND {NOT_RATED}",
    {"phone_index": "{person}", "texted_at": "{tomorrow}", "invitation_id": "{key}"},
)
SERVICES: Final = Rows(
    services,
    "TRUE",
    {
        "service_id": "{service}",
        "visit_no": "1",
        "kind": "'window'",
        **_PHONE,
        "phone_problem": "''",
        "agency_code": f"'{_AGENCY}'",
        "region_code": "'441500'",
        "item_code": "'4415000001'",
        "item_name": f"'{_ITEM}'",
        "staff_code": "'0231'",
        "staff_name": "'王丽'",
        "completed_at": "{at}",
        "language": "'zh-CN'",
        "provisional": "FALSE",
        "fingerprint": "{key} || {key}",
        "invitation_id": "{key}",
        "registered_at": "{at}",
    },
)
STAFF: Final = _evaluation(
    "'staff:visit:' || {service} || ':1'",
    evaluation_id="replace({uuid}, '-5000-', '-5001-')",
    event_key="'CA' || {key} || ':staff'",
    subject_kind="'staff'",
    subject_code="'0231'",
    subject_name="'王丽'",
)
BY_TEXT: Final = _evaluation(
    "'item:' || {service}",
    channel="'sms'",
    event_key="'SM' || {key}",
    call_id="NULL",
    comment="'服务态度很好，谢谢'",
    recorded_at="{answered}",
)
EVALUATIONS: Final = (
    Rows(evaluations, RATED_BY_CALL, _evaluation("'item:' || {service}")),
    Rows(evaluations, WITH_STAFF, STAFF),
    Rows(evaluations, RATED_BY_TEXT, BY_TEXT),
)
FOLLOW_UPS: Final = Rows(
    follow_ups,
    _BAD,
    {
        "follow_up_id": "'GD-' || substr({key}, 1, 29)",
        "evaluation_id": "{uuid}",
        "agency_code": f"'{_AGENCY}'",
        "state": "'opened'",
        "opened_at": "{at}",
        "acknowledge_by": "{tomorrow}",
        "call_back_by": "{tomorrow}",
        "rectify_by": "{answered}",
        "applies_to": "1",
    },
)
CALLS: Final = Rows(
    calls,
    f"{CALLED} AND {_KEPT}",
    {
        "call_id": "'CA' || {key}",
        "service_id": "{service}",
        "visit_no": "1",
        "flow": "'rating'",
        "language": "'zh-CN'",
        "variables": '(\'{{"item_name":"居民身份证换领","has_staff":"yes"}}\'){json}',
        "asked": '(\'["item","staff"]\'){json}',
        "started_at": "{at}",
        "ran_out_of_tries": "FALSE",
        "ended_at": "{at}",
        "ending": "'rated'",
    },
)
INCOMING: Final = Rows(
    incoming_messages,
    RATED_BY_TEXT,
    {
        "message_id": "'SM' || {key}",
        **_PHONE,
        "line": "'+8675512345678'",
        "body_sealed": "{seal}",
        "received_at": "{answered}",
        "outcome": "'rating'",
        "rule": "'digit'",
        "invitation_id": "{key}",
        "match_reason": "'only_open'",
        "candidates": "('[\"' || {key} || '\"]'){json}",
        "evaluation_id": "{uuid}",
    },
)


def _sent(reference: str, kind: str, message: str, at: str) -> dict[str, str]:
    return {
        "reference": reference,
        "kind": f"'{kind}'",
        "invitation_id": "{key}",
        "provider": "'twilio'",
        "provider_message_id": message,
        "sent_at": at,
    }


SENT: Final = (
    Rows(
        sent_messages,
        REMINDED,
        _sent("'reminder:' || {day} || ':' || {key}", "reminder", "'SM0' || {key}", "{tomorrow}"),
    ),
    Rows(
        sent_messages, RATED_BY_TEXT, _sent("'answer:SM' || {key}", "thanks", "'SM1' || {key}", "{answered}")
    ),
)
RECEIPTS: Final = Rows(
    delivery_receipts,
    f"{REMINDED} AND {_KEPT}",
    {
        "provider": "'twilio'",
        "provider_message_id": "'SM0' || {key}",
        "status": "'delivered'",
        "error_code": "''",
        "updated_at": "{tomorrow}",
    },
)
OUTBOX: Final = (
    Rows(
        outbox,
        f"({RATED_BY_CALL} OR {RATED_BY_TEXT}) AND {_KEPT}",
        _settled("core_store", "{uuid} || ':1'", _DOCUMENT, order_key="{uuid}"),
    ),
    Rows(
        outbox,
        f"{WITH_STAFF} AND {_KEPT}",
        _settled("core_store", "'S' || {uuid} || ':1'", _DOCUMENT, order_key="{uuid}"),
    ),
    Rows(
        outbox,
        f"{REMINDED} AND {_KEPT}",
        _settled("reminder", "'reminder:' || {day} || ':' || {key}", _TEXT, **_PHONE),
    ),
    Rows(outbox, f"{RATED_BY_TEXT} AND {_KEPT}", _settled("sms", "'answer:SM' || {key}", _TEXT, **_PHONE)),
)
GROUPS: Final = (
    (INVITATIONS, OPEN_QUESTIONS, SERVICES),
    (*EVALUATIONS, FOLLOW_UPS, CALLS, INCOMING),
    (*OUTBOX, *SENT, RECEIPTS),
)
"""What is filled on one connection; the groups beside each other where the engine can."""
