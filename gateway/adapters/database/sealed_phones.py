"""Phone numbers on their way into and out of rows: sealed for keeping, indexed for finding (R-18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import ConfigurationError, InvalidInput
from gateway.domain.phone_numbers import PhoneNumber

if TYPE_CHECKING:
    from gateway.application.ports.personal_data import PersonalData


def phone_columns(personal_data: PersonalData, phone: PhoneNumber | None) -> dict[str, object]:
    """The two columns of a number; both empty without one."""
    if phone is None:
        return {"phone_sealed": None, "phone_index": None}
    return {
        "phone_sealed": personal_data.seal(phone.reveal()),
        "phone_index": personal_data.index(phone),
    }


def phone_of(personal_data: PersonalData, sealed: bytes | None) -> PhoneNumber | None:
    """The number that a row keeps; None also for one that cannot be read, which must hide no other row."""
    return phone_or_fault(personal_data, sealed)[0]


def phone_or_fault(personal_data: PersonalData, sealed: bytes | None) -> tuple[PhoneNumber | None, str]:
    """The same, and why a number cannot be read; empty where it can, or where there is none."""
    if sealed is None:
        return None, ""
    try:
        return PhoneNumber(personal_data.unseal(sealed)), ""
    except (ConfigurationError, InvalidInput, ValueError) as error:
        return None, f"its number cannot be read: {error}"
