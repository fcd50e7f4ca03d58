"""Step tokens made of the session itself and a keyed hash, so that no node has to remember a call."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gateway.domain.errors import ConfigurationError, InvalidInput, Unauthentic
from gateway.domain.flow.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.ids import CallId

_SHORTEST_KEY: Final = 16
_MAC_BYTES: Final = 16
"""128 bit: nobody guesses one within the life of a call, and the URL stays short."""
_MAC_LENGTH: Final = 22
"""Characters of base64url for the bytes above, without padding."""
_REMEMBERED: Final = 2048
"""Sessions whose text is remembered: calls about the same item stand at the same few questions."""


class SignedStepTokens:
    """Seals sessions with the first key and opens tokens of any key, so that keys can be replaced.

    A token is the session as compact JSON and a truncated HMAC-SHA256 over the call's id and that text,
    both in base64url. The call's id is not in it: the carrier names the call with every request.

    Raises:
        ConfigurationError: no key, or one shorter than 16 bytes.

    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) < _SHORTEST_KEY for key in keys):
            raise ConfigurationError(f"step tokens need a key of at least {_SHORTEST_KEY} bytes")
        self._keys = tuple(keys)

    def seal(self, call_id: CallId, session: Session) -> str:
        """The token: tamper-proof, and the same for the same call and session."""
        text = _written(session)
        return text + _mac(self._keys[0], call_id, text)

    def open(self, call_id: CallId, token: str) -> Session:
        """The session of a token sealed for this very call.

        Raises:
            Unauthentic: forged, damaged, sealed for another call or with another key.
            InvalidInput: sealed by us, but by a release that wrote sessions otherwise.

        """
        text, mac = token[:-_MAC_LENGTH], token[-_MAC_LENGTH:].encode("utf-8", "surrogatepass")
        for key in self._keys:
            if hmac.compare_digest(_mac(key, call_id, text).encode("ascii"), mac):
                return _read(text)
        raise Unauthentic("the step token was not sealed for this call, or was changed on its way")


def _mac(key: bytes, call_id: CallId, text: str) -> str:
    # The text is the last part and holds no full stop, so no other pair of id and text gives these bytes.
    sealed = f"step.{call_id}.{text}".encode("utf-8", "surrogatepass")
    return _base64url(hmac.digest(key, sealed, hashlib.sha256)[:_MAC_BYTES])


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


@lru_cache(maxsize=_REMEMBERED)
def _written(session: Session) -> str:
    compact = json.dumps(session.to_mapping(), ensure_ascii=False, separators=(",", ":"))
    return _base64url(compact.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=_REMEMBERED)
def _read(text: str) -> Session:
    """The session of a text whose hash was right; only our own texts get here and are remembered."""
    try:
        mapping = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        mapping = None
    if not isinstance(mapping, dict):
        raise InvalidInput("a step token of another release: start the call again", pointer="/query/t")
    return Session.from_mapping(mapping)
