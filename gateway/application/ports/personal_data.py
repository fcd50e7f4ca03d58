"""Keeping personal data: sealed for storing, indexed for finding, never readable by accident (R-18)."""

from __future__ import annotations

from typing import Protocol

from gateway.domain.phone_numbers import PhoneNumber


class PersonalData(Protocol):
    """Seals and finds what concerns persons; the keys stay with the adapter and can be rotated."""

    def seal(self, text: str) -> bytes:
        """`text` encrypted with the newest key; two seals of one text differ."""
        ...

    def unseal(self, sealed: bytes) -> str:
        """The text of a seal made with any of the keys.

        Raises:
            ConfigurationError: the key that made it is not configured.
            InvalidInput: it is damaged or was altered.

        """
        ...

    def index(self, phone: PhoneNumber) -> str:
        """What a number is found by: 64 hexadecimal digits, always the same under the newest key."""
        ...

    def indexes(self, phone: PhoneNumber) -> tuple[str, ...]:
        """The index of a number under every key, the newest first: rows of older keys are found too."""
        ...

    def newest_key_seals(self, sealed: bytes) -> bool:
        """Whether a seal was made with the newest key; if not, it waits to be sealed afresh."""
        ...

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Names of the keys, the newest first: 8 hexadecimal digits of each, which tell nothing of it."""
        ...

    def key_id_of(self, sealed: bytes) -> str:
        """The name of the key that made a seal, listed or not; empty for what is no seal."""
        ...
