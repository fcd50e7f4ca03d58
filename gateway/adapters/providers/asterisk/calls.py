"""Rating calls that Asterisk makes: originated into the dial plan, which hands whoever answers to a gateway.

The dial plan listens for an answering machine first (`haochaping-call` of docker/asterisk/haochaping.conf).
Asterisk forgets a call when it has ended; so who answered is read from the gateway's own record of calls.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from gateway.adapters.providers.asterisk.codes import NAME
from gateway.adapters.providers.asterisk.transport import AriClient, AriError, NotThereError
from gateway.application.ports.call_carrier import OutgoingCall
from gateway.domain.call_plan import CallOutcome
from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.ids import CallId

_CONTEXT: Final = "haochaping-call"
_CHINA: Final = "86"
_TOO_MANY: Final = 429
_FAULT: Final = 500


class AsteriskCallCarrier:
    """Makes calls by one Asterisk; `endpoint` says how it reaches a `{number}` or its `{national}` form."""

    def __init__(self, ari: AriClient, *, endpoint: str, caller_id: str, ring_for: timedelta) -> None:
        self._ari = ari
        self._endpoint = endpoint
        self._caller_id = caller_id
        self._ring_for = ring_for

    @property
    def name(self) -> str:
        """`asterisk`."""
        return NAME

    @property
    def caller_id(self) -> str:
        """The number that citizens see."""
        return self._caller_id

    def arrival_of(self, call_id: str) -> CallId:
        """As the call's own variables and its channel name it (`arrivals.call_id_of`)."""
        return CallId(f"{NAME}:{call_id}-{call_id}")

    async def place(self, call: OutgoingCall) -> str:
        """Have Asterisk ring, under an id that follows from our reference."""
        channel = _channel_of(call)
        try:
            await self._ari.ask(
                "POST",
                "channels",
                content={
                    "variables": {
                        "HAOCHAPING_CALL_ID": channel,
                        "HAOCHAPING_SERVICE_ID": call.service_id,
                        "HAOCHAPING_VISIT_NO": str(call.visit_no),
                    }
                },
                endpoint=self._endpoint.format_map(_forms(call.to.reveal())),
                context=_CONTEXT,
                extension="s",
                priority="1",
                channelId=channel,
                callerId=_form_of(self._caller_id, self._endpoint),
                timeout=f"{self._ring_for.total_seconds():.0f}",
                # A Local channel without them would carry sound at 192 kHz.
                formats="alaw,ulaw",
            )
        except AriError as error:
            raise _failed(error) from None
        return channel

    async def find(self, call: OutgoingCall, begun_at: datetime) -> str | None:
        """Its id, whether it rang or not: what came of it tells."""
        del begun_at
        return _channel_of(call)

    async def outcome(self, call_id: str) -> CallOutcome:
        """Whether it goes on; raises DeliveryFailed while Asterisk cannot be asked."""
        try:
            await self._ari.ask("GET", "channels", call_id)
        except NotThereError:
            return CallOutcome.OVER
        except AriError as error:
            raise _failed(error) from None
        return CallOutcome.ONGOING


def _channel_of(call: OutgoingCall) -> str:
    return f"hcp{sha256(call.reference.encode()).hexdigest()[:20]}"


def _forms(number: str) -> dict[str, str]:
    """A number in E.164 form as endpoints want it; national is what stands behind China's code."""
    digits = number.removeprefix("+")
    return {"number": digits, "national": digits.removeprefix(_CHINA)}


def _form_of(number: str, endpoint: str) -> str:
    forms = _forms(number)
    return forms["national" if "{national}" in endpoint else "number"]


def _failed(error: AriError) -> DeliveryFailed:
    """Without an answer it may ring; what Asterisk refuses does not, and a fault in it may pass."""
    status = error.status
    facts = FailureFacts(
        "unreachable" if status is None else f"http_{status}",
        retryable=status is None or status >= _FAULT or status in {401, 403, _TOO_MANY},
        outcome_unknown=status is None,
    )
    return DeliveryFailed(str(error), facts)
