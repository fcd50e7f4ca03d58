"""Identifiers, each with its own type so that one cannot be taken for another."""

from __future__ import annotations

from typing import NewType

ServiceId = NewType("ServiceId", str)
"""办件编号, given by the business system (or made from the call when there is none)."""
InvitationId = NewType("InvitationId", str)
"""One offer to one person to rate one occasion (visit, batch or theme)."""
EvaluationId = NewType("EvaluationId", str)
"""One recorded rating; the same for all its revisions."""
FollowUpId = NewType("FollowUpId", str)
"""Handling of one bad rating; readable, for subject lines and phone talk."""
CallId = NewType("CallId", str)
"""`provider:id` of a telephone call."""
MessageId = NewType("MessageId", str)
"""`provider:id` of a message from a citizen."""
OutboxId = NewType("OutboxId", int)
"""Row of the outbox, in the order of writing."""
OfficerId = NewType("OfficerId", str)
"""Somebody at the bureau who may sign in."""
