"""Evaluation channels 评价渠道 with the numbers of GB/T 39046-2020 table 9 (platform field `pf`)."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Channel(Enum):
    """Where a rating was given; the gateway itself takes PHONE and SMS, the rest come by the API."""

    PC = "pc"
    MOBILE = "mobile"
    QR_CODE = "qr_code"
    HALL_TABLET = "hall_tablet"
    HALL_TERMINAL = "hall_terminal"
    PHONE = "phone"
    SMS = "sms"

    @property
    def code(self) -> int:
        """Number in GB/T 39046-2020 table 9; provinces may override it in a core-store profile."""
        return _CODES[self]

    @property
    def name_zh(self) -> str:
        """The channel's name in the standard."""
        return _NAMES_ZH[self]

    @classmethod
    def from_code(cls, code: int) -> Channel:
        """The channel of a number of the standard; raises KeyError for any other."""
        return _BY_CODE[code]


_CODES: Final = {
    Channel.PC: 1,
    Channel.MOBILE: 2,
    Channel.QR_CODE: 3,
    Channel.HALL_TABLET: 4,
    Channel.HALL_TERMINAL: 5,
    Channel.PHONE: 6,
    Channel.SMS: 7,
}
_NAMES_ZH: Final = {
    Channel.PC: "PC端",
    Channel.MOBILE: "移动端",
    Channel.QR_CODE: "二维码",
    Channel.HALL_TABLET: "政务大厅平板电脑",
    Channel.HALL_TERMINAL: "政务大厅其他终端",
    Channel.PHONE: "电话",
    Channel.SMS: "短信",
}
_BY_CODE: Final = {code: channel for channel, code in _CODES.items()}
