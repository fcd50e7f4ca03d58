"""What a caller hears when nothing can be stored, in whatever way it gets to them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.domain.languages import Language

APOLOGY: Final[Mapping[Language, str]] = MappingProxyType(
    {
        Language.CHINESE: "对不起，系统繁忙，暂时无法评价。您收到我们的短信后，回复短信也能评价。再见。",
        Language.ENGLISH: "Sorry, rating is not possible now. You can also answer our text message.",
    }
)
