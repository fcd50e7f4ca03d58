"""From a channel as Asterisk describes it to the arrival of a call.

The dial plan says what the call is about by arguments of Stasis() such as `agency_code=11441500MB2C90123X`,
or by channel variables such as HAOCHAPING_AGENCY_CODE that `channelvars` of ari.conf names. An argument goes
before a variable. What cannot be used is told in the log and left out: the caller is asked all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import structlog

from gateway.adapters.providers.asterisk.codes import NAME, OUTGOING
from gateway.adapters.web_forms import Fields
from gateway.application.ports.phone_parser import PhoneParser
from gateway.domain.errors import InvalidInput
from gateway.domain.events import CallArrived
from gateway.domain.ids import CallId, ServiceId
from gateway.domain.subjects import Scope

log = structlog.get_logger()

_Value = TypeVar("_Value")
_VARIABLE: Final = "HAOCHAPING_"
_NAMES: Final = (
    "call_id",
    "service_id",
    "visit_no",
    "scope",
    "agency_code",
    "region_code",
    "item_code",
    "item_name",
    "staff_id",
    "staff_name",
    "language",
)
_LONGEST_ID: Final = 64
_LONGEST_AGENCY: Final = 32
_LONGEST_REGION: Final = 16
_LONGEST_CALL_ID: Final = 59
"""With `call-` before it, it has to fit where ids of services are kept."""
_ANOTHER_TALK: Final = ".r"
_NOT_IN_IDS: Final = re.compile(r"[^A-Za-z0-9._-]+")


def arguments_of(event: Mapping[str, Any]) -> list[str]:
    """The arguments of Stasis(), of a StasisStart or of the channel itself, which keeps them."""
    given = event.get("args")
    if isinstance(given, list):
        return [str(argument) for argument in given]
    data = str(_plan(event).get("app_data", ""))
    return data.split(",")[1:]


def call_id_of(channel: Mapping[str, Any], entity: str, arguments: Sequence[str]) -> CallId:
    """The id of a call, the same whenever the same channel comes again.

    Asterisk numbers channels within one machine's life; what the hotline calls the call, else the machine's
    own id (`entity`), goes before that number.
    """
    own = _fields(channel, arguments).raw("call_id") or entity
    parts = [_NOT_IN_IDS.sub("", part) for part in (own, str(channel.get("id", "")))]
    room = _LONGEST_CALL_ID - len(parts[1]) - 1
    return CallId(f"{NAME}:{'-'.join((parts[0][: max(room, 0)], parts[1]))[-_LONGEST_CALL_ID:]}")


def another_talk(call_id: CallId) -> CallId:
    """The id of a further talk on the same channel, with another agent, which is rated by itself."""
    name, _, number = call_id.partition(":")
    return CallId(f"{name}:{(number + _ANOTHER_TALK)[-_LONGEST_CALL_ID:]}")


def arrival(
    call_id: CallId, channel: Mapping[str, Any], arguments: Sequence[str], phones: PhoneParser
) -> CallArrived:
    """What the dial plan says of a caller who is to rate."""
    fields = _fields(channel, arguments)
    caller = channel.get("caller")
    number = str(caller.get("number", "")) if isinstance(caller, dict) else ""
    text = _Lenient(fields, call_id)
    return CallArrived(
        call_id=call_id,
        caller=phones.parse(number),
        outgoing=OUTGOING.fullmatch(str(channel.get("id", ""))) is not None,
        service_id=ServiceId(text("service_id", _LONGEST_ID)) or None,
        visit_no=text.tried("visit_no", lambda: fields.number("visit_no", least=1, most=9999)),
        scope=text.tried("scope", lambda: fields.choice("scope", Scope)),
        agency_code=text("agency_code", _LONGEST_AGENCY),
        region_code=text("region_code", _LONGEST_REGION),
        item_code=text("item_code", _LONGEST_ID),
        item_name=text("item_name"),
        staff_code=text("staff_id", _LONGEST_ID),
        staff_name=text("staff_name"),
        language=text.tried("language", lambda: fields.language("language")),
    )


class _Lenient:
    """Reads fields, and tells the log of those that cannot be used, by name alone."""

    def __init__(self, fields: Fields, call_id: CallId) -> None:
        self._fields = fields
        self._call_id = call_id

    def __call__(self, name: str, longest: int = 200) -> str:
        return self.tried(name, lambda: self._fields.optional(name, longest)) or ""

    def tried(self, name: str, read: Callable[[], _Value]) -> _Value | None:
        try:
            return read()
        except InvalidInput as fault:
            log.warning("pbx_argument_unusable", call_id=self._call_id, argument=name, why=str(fault))
            return None


def _fields(channel: Mapping[str, Any], arguments: Sequence[str]) -> Fields:
    given = dict(argument.partition("=")[::2] for argument in reversed(arguments) if "=" in argument)
    variables = channel.get("channelvars")
    kept = variables if isinstance(variables, dict) else {}
    named = {name: given.get(name, "").strip() for name in _NAMES}
    filled = {name: value or str(kept.get(_VARIABLE + name.upper(), "")) for name, value in named.items()}
    return Fields(tuple(filled.items()), "/arguments")


def _plan(channel: Mapping[str, Any]) -> Mapping[str, Any]:
    plan = channel.get("dialplan")
    return plan if isinstance(plan, dict) else {}
