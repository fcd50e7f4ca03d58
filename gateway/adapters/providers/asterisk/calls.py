"""Rating calls that Asterisk makes: originated into the dial plan, which hands whoever answers to a gateway.

The dial plan (`haochaping-call` and `haochaping-called` of docker/asterisk/haochaping.conf) listens for an
answering machine first, and keeps what came of a call until it is asked: Asterisk itself forgets one that
has ended.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from gateway.adapters.providers.asterisk.codes import APPS, CAME_TO, NAME, outcome_of
from gateway.adapters.providers.asterisk.transport import AriClient, AriError, NotThereError
from gateway.application.ports.call_carrier import OutgoingCall
from gateway.domain.call_plan import CallOutcome
from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.ids import CallId

_CALL_CONTEXT: Final = "haochaping-call"
"""Where the dial plan takes who has answered."""
_CALLED_CONTEXT: Final = "haochaping-called"
"""What the dial plan does when such a call is over, however it ended."""
_CHINA: Final = "86"
_CONFLICT: Final = 409
_TOO_MANY: Final = 429
_FAULT: Final = 500
_FROM_BETWEEN: Final = frozenset({502, 504})
"""What no Asterisk answers, but a proxy before it that does not know either."""


class AsteriskCallCarrier:
    """Makes calls by one Asterisk; `endpoint` says how it reaches a `{number}` or its `{national}` form."""

    def __init__(self, ari: AriClient, *, endpoint: str, caller_id: str, ring_for: timedelta) -> None:
        self.name = NAME
        self.caller_id = caller_id
        self._ari = ari
        self._endpoint = endpoint
        self._ring_for = ring_for

    def arrival_of(self, call_id: str) -> CallId:
        """As the call's own variables and its channel name it (`arrivals.call_id_of`)."""
        return CallId(f"{NAME}:{call_id}-{call_id}")

    async def place(self, call: OutgoingCall) -> str:
        """Have Asterisk ring, under an id that follows from our reference."""
        channel = _channel_of(call)
        await self._require_gateway()
        try:
            # All in the body: addresses of requests, with numbers in them, may be logged on the way.
            await self._ari.ask("POST", "channels", content=self._origination(call, channel))
        except AriError as error:
            if error.status != _CONFLICT:
                raise _failed(error, may_ring=True) from None
            # It rings already, under this very id: its placing was repeated on the way.
        return channel

    async def _require_gateway(self) -> None:
        """Nobody is called to hear that rating is not possible now: somebody must be there to lead them."""
        try:
            apps = [app for variable in APPS if (app := await self._global(variable))]
            there = [app for app in apps if await self._is_connected(app)]
        except AriError as error:
            raise _failed(error) from None
        if apps and not there:
            facts = FailureFacts("no_gateway", retryable=True)
            raise DeliveryFailed(f"no gateway is connected as {' or '.join(apps)}", facts)

    async def _is_connected(self, app: str) -> bool:
        try:
            await self._ari.ask("GET", "applications", app)
        except NotThereError:
            return False
        return True

    async def _global(self, variable: str) -> str:
        """A global variable of the dial plan; empty where there is none."""
        answer = await self._ari.ask("GET", "asterisk", "variable", variable=variable)
        return str(answer.get("value", ""))

    async def find(self, call: OutgoingCall, begun_at: datetime) -> str | None:
        """Its id, whether it rang or not: what came of it tells."""
        del begun_at
        return _channel_of(call)

    async def outcome(self, call_id: str) -> CallOutcome:
        """Whether it goes on, and what the dial plan kept of it; OVER where that is nothing.

        What was kept is gone once it is read. Raises DeliveryFailed while Asterisk cannot be asked.
        """
        try:
            await self._ari.ask("GET", "channels", call_id)
        except NotThereError:
            return await self._came_to(f"{CAME_TO}_{call_id}")
        except AriError as error:
            raise _failed(error) from None
        return CallOutcome.ONGOING

    async def _came_to(self, variable: str) -> CallOutcome:
        try:
            outcome = outcome_of(await self._global(variable))
            if outcome is not CallOutcome.OVER:
                await self._ari.ask("POST", "asterisk", "variable", variable=variable)
        except AriError as error:
            raise _failed(error) from None
        return outcome

    def _origination(self, call: OutgoingCall, channel: str) -> dict[str, object]:
        return {
            "endpoint": self._endpoint.format_map(_forms(call.to.reveal())),
            "context": _CALL_CONTEXT,
            "extension": "s",
            "priority": 1,
            "channelId": channel,
            "callerId": _form_of(self.caller_id, self._endpoint),
            "timeout": round(self._ring_for.total_seconds()),
            # A Local channel without them would carry sound at 192 kHz.
            "formats": "alaw,ulaw",
            "variables": {
                "HAOCHAPING_CALL_ID": channel,
                "HAOCHAPING_SERVICE_ID": call.service_id,
                "HAOCHAPING_VISIT_NO": str(call.visit_no),
                "CHANNEL(hangup_handler_push)": f"{_CALLED_CONTEXT},s,1",
            },
        }


def _channel_of(call: OutgoingCall) -> str:
    """An id of the form `OUTGOING`."""
    return f"hcp{sha256(call.reference.encode()).hexdigest()[:20]}"


def _forms(number: str) -> dict[str, str]:
    """A number in E.164 form as endpoints want it; national is what stands behind China's code."""
    digits = number.removeprefix("+")
    return {"number": digits, "national": digits.removeprefix(_CHINA)}


def _form_of(number: str, endpoint: str) -> str:
    forms = _forms(number)
    return forms["national" if "{national}" in endpoint else "number"]


def _failed(error: AriError, *, may_ring: bool = False) -> DeliveryFailed:
    """Without an answer a call may ring; what Asterisk refuses or never heard of does not, and may pass."""
    status = error.status
    doubtful = error.sent if status is None else status in _FROM_BETWEEN
    facts = FailureFacts(
        "unreachable" if status is None else f"http_{status}",
        retryable=status is None or status >= _FAULT or status in {401, 403, _TOO_MANY},
        outcome_unknown=may_ring and doubtful,
    )
    return DeliveryFailed(str(error), facts)
