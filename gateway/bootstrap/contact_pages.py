"""Where each contact finds their own page of a follow-up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from gateway.application.ports.contact_links import ContactLinks, PageOf
from gateway.domain.agencies import Contact
from gateway.domain.follow_ups import FollowUp
from gateway.web.portal.application import PATH

_LINK_OUTLIVES: Final = timedelta(days=60)
"""A link opens for so long after the last deadline: what is returned by the bureau is still to be done.

And for so long after the email that brings it: what is late for months, or opened again, is to be done too.
"""


def page_addresses(links: ContactLinks, base_url: str) -> PageOf:
    """What gives the address of a contact's own page of a follow-up, under this URL."""

    def address(follow_up: FollowUp, contact: Contact, written_at: datetime) -> str:
        expires_at = max(follow_up.rectify_by, written_at) + _LINK_OUTLIVES
        token = links.seal(follow_up.follow_up_id, contact, expires_at)
        return f"{base_url}{PATH}/{token}"

    return address
