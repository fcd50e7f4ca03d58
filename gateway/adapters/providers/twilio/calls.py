"""Rating calls through Twilio's REST API: placed by POST Calls, looked up by GET.

What is said in them comes by the webhooks of every call (`provider`). Twilio listens for a machine before it
asks for the first words, and says in that request what it heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from twilio.rest import Client

from gateway.adapters.providers.twilio.answers import UNREADABLE, readable
from gateway.adapters.providers.twilio.codes import is_machine
from gateway.adapters.providers.twilio.listing import entries
from gateway.adapters.providers.twilio.provider import ENTRY_PATH, NAME, STATUS_PATH
from gateway.application.ports.call_carrier import OutgoingCall
from gateway.domain.call_plan import CallOutcome
from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.ids import CallId

if TYPE_CHECKING:
    from twilio.rest.api.v2010.account.call import CallInstance

_CLOCK_SKEW: Final = timedelta(minutes=2)
"""By how much Twilio's clock may be behind ours; two calls to one person are further apart."""
_LISTENING_SECONDS: Final = 5
"""Who said nothing that tells them from a machine by then is taken for a person, and waits no longer."""
_MOST_LISTED: Final = 50
"""Calls from one line to one citizen, the newest first."""
_OUTCOMES: Final[Mapping[str, CallOutcome]] = MappingProxyType(
    {
        "completed": CallOutcome.REACHED,
        "busy": CallOutcome.BUSY,
        "no-answer": CallOutcome.NO_ANSWER,
        "canceled": CallOutcome.NO_ANSWER,
        "failed": CallOutcome.FAILED,
    }
)
"""CallStatus of a call that is over (twilio.com/docs/voice/api/call-resource#call-status-values)."""


class TwilioCallCarrier:
    """Makes calls from one number of the account; `ring_for` is how long nobody may pick up."""

    def __init__(
        self,
        client: Client,
        *,
        caller_id: str,
        public_url: str,
        ring_for: timedelta,
    ) -> None:
        self.name = NAME
        self.caller_id = caller_id
        self._calls = client.calls
        self._public_url = public_url.rstrip("/")
        self._ring_for = ring_for

    def arrival_of(self, call_id: str) -> CallId:
        """As its webhooks name it."""
        return CallId(f"{NAME}:{call_id}")

    async def place(self, call: OutgoingCall) -> str:
        """Have Twilio ring; raises DeliveryFailed, `outcome_unknown` when it may be ringing."""
        about = urlencode({"service_id": call.service_id, "visit_no": call.visit_no})
        try:
            placed = await self._calls.create_async(
                to=call.to.reveal(),
                from_=self.caller_id,
                url=f"{self._public_url}{ENTRY_PATH}?{about}",
                method="POST",
                status_callback=f"{self._public_url}{STATUS_PATH}",
                status_callback_method="POST",
                timeout=round(self._ring_for.total_seconds()),
                machine_detection="Enable",
                machine_detection_timeout=_LISTENING_SECONDS,
            )
        except UNREADABLE:
            # What the SDK makes of a success whose body is no document of a call.
            placed = None
        if placed is None or not placed.sid:
            facts = FailureFacts("unreadable_answer", retryable=True, outcome_unknown=True)
            raise DeliveryFailed("Twilio took the call but its answer is not readable", facts)
        return str(placed.sid)

    async def find(self, call: OutgoingCall, begun_at: datetime) -> str | None:
        """The call from our number to that citizen that was made since."""
        with readable():
            first = self._calls.page_async(to=call.to.reveal(), from_=self.caller_id, page_size=_MOST_LISTED)
            listed: list[CallInstance] = await entries(first, _MOST_LISTED)
            since = begun_at - _CLOCK_SKEW
            found = [str(each.sid) for each in listed if each.date_created and each.date_created >= since]
        return found[0] if found else None

    async def outcome(self, call_id: str) -> CallOutcome:
        """How far it has come, from the call itself."""
        with readable():
            return _outcome_of(await self._calls(call_id).fetch_async())


def _outcome_of(call: CallInstance) -> CallOutcome:
    outcome = _OUTCOMES.get(str(call.status), CallOutcome.ONGOING)
    reached = outcome is CallOutcome.REACHED
    return CallOutcome.MACHINE if reached and is_machine(str(call.answered_by or "")) else outcome
