"""The pages for those who handle follow-ups, from the parts of the gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.application.hear_message import HearMessage
from gateway.application.show_follow_up import ShowFollowUp
from gateway.bootstrap.spoken_messages import keepers_of_recordings
from gateway.web.portal.application import PortalParts

if TYPE_CHECKING:
    from gateway.bootstrap.assembly import Gateway


def hear_message(gateway: Gateway) -> HearMessage:
    """What gives out spoken messages."""
    keepers = keepers_of_recordings(gateway.settings, gateway.session)
    return HearMessage(gateway.essentials, keepers)


def portal_parts(gateway: Gateway) -> PortalParts:
    """What the pages work with."""
    essentials = gateway.essentials
    return PortalParts(
        show=ShowFollowUp(essentials, gateway.links, gateway.directory),
        handle=gateway.handle,
        hear=hear_message(gateway),
        clock=essentials.clock,
        zone=essentials.rules.timezone,
    )
