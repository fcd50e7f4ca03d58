"""The pages for those who handle follow-ups, from the parts of the gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.application.show_follow_up import ShowFollowUp
from gateway.web.portal.application import PortalParts

if TYPE_CHECKING:
    from gateway.bootstrap.assembly import Gateway


def portal_parts(gateway: Gateway) -> PortalParts:
    """What the pages work with."""
    essentials = gateway.essentials
    return PortalParts(
        show=ShowFollowUp(essentials, gateway.links, gateway.directory),
        handle=gateway.handle,
        clock=essentials.clock,
        zone=essentials.rules.timezone,
    )
