"""Return addresses that carry a keyed hash: `mailbox+<follow-up>.<contact>.<hash>@domain`."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode
from typing import TYPE_CHECKING, Final

from gateway.application.ports.return_addresses import ReturnAddress
from gateway.domain.errors import Unauthentic
from gateway.domain.ids import FollowUpId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.application.ports.contact_links import ContactLinks
    from gateway.domain.agencies import Contact

LONGEST_MAILBOX: Final = 16
"""Characters before the `+`: the whole left side may have 64 (RFC 5321)."""
_MAC_BYTES: Final = 10
"""80 bit, 16 characters: nobody guesses one by sending emails."""
_PARTS: Final = 3


class SignedReturnAddresses:
    """Seals with the first key and opens with any; without a mailbox nothing comes back.

    Mail servers may change capitals, so the contact is told by a hash of the name that links have for them.
    """

    def __init__(self, keys: Sequence[bytes], links: ContactLinks, mailbox: str) -> None:
        self._keys = tuple(keys)
        self._links = links
        self._local, _, self._domain = mailbox.casefold().partition("@")

    def seal(self, follow_up_id: FollowUpId, contact: Contact) -> str:
        """See the port."""
        if not self._local:
            return ""
        text = f"{follow_up_id.casefold()}.{self.name_of(contact)}"
        return f"{self._local}+{text}.{_mac(self._keys[0], text)}@{self._domain}"

    def open(self, address: str) -> ReturnAddress | None:
        """See the port."""
        local, _, domain = address.strip().strip("<>").casefold().rpartition("@")
        mailbox, plus, token = local.partition("+")
        if not self._local or not plus or (mailbox, domain) != (self._local, self._domain):
            return None
        text, _, mac = token.rpartition(".")
        if token.count(".") != _PARTS - 1 or not any(
            hmac.compare_digest(_mac(key, text).encode(), mac.encode("utf-8", "replace"))
            for key in self._keys
        ):
            raise Unauthentic("the return address was not made here, or was changed on its way")
        follow_up_id, _, contact = text.partition(".")
        return ReturnAddress(FollowUpId(follow_up_id.upper()), contact)

    def name_of(self, contact: Contact) -> str:
        """A digest of the address in letters that survive mail servers."""
        digest = hashlib.sha256(f"return {self._links.name_of(contact)}".encode()).digest()
        return b32encode(digest[:5]).decode().casefold()


def _mac(key: bytes, text: str) -> str:
    digest = hmac.digest(key, f"return address.{text}".encode("utf-8", "replace"), hashlib.sha256)
    return b32encode(digest[:_MAC_BYTES]).decode().casefold()
