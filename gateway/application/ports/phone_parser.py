"""Reading phone numbers as people and carriers write them."""

from __future__ import annotations

from typing import Protocol

from gateway.domain.phone_numbers import PhoneNumber


class PhoneParser(Protocol):
    """Turns what a system or carrier sent into a number, or says that it cannot."""

    def parse(self, text: str) -> PhoneNumber | None:
        """The number in E.164 form; None for blank, anonymous, short-code and malformed ones."""
        ...

    def timezone(self, phone: PhoneNumber) -> str:
        """IANA zone of the number's owner, for quiet hours; the city's own zone where it is not certain."""
        ...
