"""Links to follow-ups: what they say and a keyed hash over it, so that nothing has to be remembered."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gateway.application.ports.contact_links import ContactLink
from gateway.domain.errors import Unauthentic
from gateway.domain.ids import FollowUpId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.agencies import Contact

_MAC_BYTES: Final = 18
"""144 bit, which base64 writes without padding: nobody guesses one within the life of a link."""
_NAME_BYTES: Final = 9
_PARTS: Final = 4


class SignedContactLinks:
    """Seals with the first key and opens with any of them, so that keys can be replaced.

    A token is `<follow-up>.<contact>.<end, seconds since 1970>.<hash>`: letters, digits, `-`, `_` and full
    stops, which no mail program takes for the end of an address.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = tuple(keys)

    def seal(self, follow_up_id: FollowUpId, contact: Contact, expires_at: datetime) -> str:
        """See the port."""
        text = f"{follow_up_id}.{self.name_of(contact)}.{int(expires_at.timestamp())}"
        return f"{text}.{_mac(self._keys[0], text)}"

    def open(self, token: str) -> ContactLink:
        """See the port."""
        text, _, mac = token.rpartition(".")
        if not any(hmac.compare_digest(_mac(key, text).encode(), _bytes(mac)) for key in self._keys):
            raise Unauthentic("the link was not made here, or was changed on its way")
        follow_up_id, contact, end = text.rsplit(".", _PARTS - 2)
        return ContactLink(FollowUpId(follow_up_id), contact, datetime.fromtimestamp(int(end), UTC))

    def name_of(self, contact: Contact) -> str:
        """A digest of the address: whoever leaves the list of contacts loses the way in."""
        digest = hashlib.sha256(f"contact {contact.email.casefold()}".encode()).digest()
        return _base64url(digest[:_NAME_BYTES])


def _mac(key: bytes, text: str) -> str:
    return _base64url(hmac.digest(key, b"contact link." + _bytes(text), hashlib.sha256)[:_MAC_BYTES])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode("ascii")
