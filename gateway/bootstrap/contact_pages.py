"""Where each contact finds their own page of a follow-up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from gateway.application.ports.contact_links import ContactLinks
from gateway.domain.agencies import Contact
from gateway.domain.follow_ups import FollowUp
from gateway.web.portal.application import PATH

_LINK_OUTLIVES_DEADLINE: Final = timedelta(days=60)
"""A link opens for so long after the last deadline: what is returned by the bureau is still to be done."""


def page_addresses(links: ContactLinks, base_url: str) -> Callable[[FollowUp, Contact], str]:
    """What gives the address of a contact's own page of a follow-up, under this URL."""

    def address(follow_up: FollowUp, contact: Contact) -> str:
        token = links.seal(follow_up.follow_up_id, contact, follow_up.rectify_by + _LINK_OUTLIVES_DEADLINE)
        return f"{base_url}{PATH}/{token}"

    return address
