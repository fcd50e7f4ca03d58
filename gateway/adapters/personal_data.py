"""Personal data at rest: AES-256-GCM seals and HMAC-SHA256 blind indexes, with key rotation (R-18)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.domain.errors import ConfigurationError, InvalidInput
from gateway.domain.phone_numbers import PhoneNumber

KEY_BYTES: Final = 32
_PLACE: Final = "privacy.keys"
_VERSION: Final = b"\x01"
_KEY_ID_BYTES: Final = 4
_HEADER_BYTES: Final = len(_VERSION) + _KEY_ID_BYTES
# 96 bits, as NIST SP 800-38D asks of a random nonce: good for 2**32 seals with one key.
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16


@dataclass(frozen=True, slots=True, repr=False)
class _Key:
    """One configured key, seen only through what is derived from it."""

    root: bytes
    key_id: bytes
    cipher: AESGCM
    index_key: bytes

    @classmethod
    def of(cls, root: bytes) -> _Key:
        return cls(
            root=root,
            key_id=_derive(root, "key id", _KEY_ID_BYTES),
            cipher=AESGCM(_derive(root, "encryption")),
            index_key=_derive(root, "blind index"),
        )

    def index(self, phone: PhoneNumber) -> str:
        return hmac.digest(self.index_key, phone.reveal().encode(), "sha256").hex()


class PersonalDataCipher:
    """The port `PersonalData`; `keys` are the 32-byte keys of `privacy.keys`, the newest first.

    A seal is version (1 byte), key id (4 bytes, derived from the key), nonce (12 random bytes), then
    ciphertext and tag; version and key id are authenticated with it. No key is used for two purposes:
    each has its own subkey by HKDF-SHA256 (RFC 5869).

    Raises:
        ConfigurationError: no key, one of another length, or the same key twice.

    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ConfigurationError("there is no key; give at least one, base64 of 32 bytes", place=_PLACE)
        for number, key in enumerate(keys, 1):
            if len(key) != KEY_BYTES:
                raise ConfigurationError(
                    f"key {number} has {len(key)} bytes; make one with: openssl rand -base64 {KEY_BYTES}",
                    place=_PLACE,
                )
        self._keys = tuple(_Key.of(key) for key in keys)
        self._by_id = {key.key_id: key for key in self._keys}
        if len(self._by_id) != len(self._keys):
            raise ConfigurationError("the same key stands there twice; remove one", place=_PLACE)

    def seal(self, text: str) -> bytes:
        """`text` encrypted and authenticated with the newest key, under a fresh random nonce."""
        key = self._keys[0]
        header = _VERSION + key.key_id
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return header + nonce + key.cipher.encrypt(nonce, text.encode(), header)

    def unseal(self, sealed: bytes) -> str:
        """The text of a seal; see the port for its errors, which never repeat what was sealed."""
        if len(sealed) < _HEADER_BYTES + _NONCE_BYTES + _TAG_BYTES or sealed[:1] != _VERSION:
            raise InvalidInput("this is no sealed value of ours; restore the row from a backup")
        header = sealed[:_HEADER_BYTES]
        nonce = sealed[_HEADER_BYTES : _HEADER_BYTES + _NONCE_BYTES]
        key = self._by_id.get(header[len(_VERSION) :])
        if key is None:
            raise ConfigurationError(
                "a stored value was sealed with a key that is not listed; put that key back, as the last",
                place=_PLACE,
            )
        try:
            return key.cipher.decrypt(nonce, sealed[_HEADER_BYTES + _NONCE_BYTES :], header).decode()
        except InvalidTag:
            raise InvalidInput("a sealed value is damaged or was altered; restore it from a backup") from None

    def index(self, phone: PhoneNumber) -> str:
        """HMAC-SHA256 of the E.164 number under the newest key, as 64 hexadecimal digits."""
        return self._keys[0].index(phone)

    def indexes(self, phone: PhoneNumber) -> tuple[str, ...]:
        """The index under every key, the newest first."""
        return tuple(key.index(phone) for key in self._keys)

    def newest_key_seals(self, sealed: bytes) -> bool:
        """Whether the newest key made this seal."""
        return sealed[:_HEADER_BYTES] == _VERSION + self._keys[0].key_id

    @property
    def key_ids(self) -> tuple[str, ...]:
        """See the port."""
        return tuple(key.key_id.hex() for key in self._keys)

    def key_id_of(self, sealed: bytes) -> str:
        """See the port."""
        return sealed[len(_VERSION) : _HEADER_BYTES].hex() if sealed[:1] == _VERSION else ""

    def subkey(self, purpose: str) -> bytes:
        """A 32-byte key for another purpose (`step tokens`), derived from the newest key."""
        return _derive(self._keys[0].root, _other(purpose))

    def subkeys(self, purpose: str) -> tuple[bytes, ...]:
        """The same under every key, the newest first, so that what was signed before a rotation holds."""
        return tuple(_derive(key.root, _other(purpose)) for key in self._keys)


def _other(purpose: str) -> str:
    # Its own namespace: no caller's purpose can ever name the subkeys used in here.
    return f"purpose:{purpose}"


def _derive(root: bytes, purpose: str, length: int = KEY_BYTES) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=f"haochaping {purpose}".encode()).derive(
        root
    )
