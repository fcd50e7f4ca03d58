"""The services that the story is about, as a business system reports them."""

from __future__ import annotations

from typing import Final

MS_WANG: Final = "+8613800138001"
MR_LI: Final = "+8613900139002"
MR_ZHAO: Final = "+8613700137003"
MS_CHEN: Final = "+8613600136004"
MR_WU: Final = "+8613500135005"

_AGENCY: Final = "11441500MB2C90123X"
_REGION: Final = "441500"


def finished_service(number: int, phone: str, completed_at: str, *, staff: bool) -> dict[str, object]:
    """A hotline service that has just been finished; `completed_at` is ISO 8601."""
    return {
        "service_id": f"{_REGION}-20261123-{number:06}",
        "kind": "hotline",
        "phone": phone,
        "agency_code": _AGENCY,
        "region_code": _REGION,
        "item": {"code": "4415000001", "name": "居民身份证换领"},
        "staff": {"id": "0231", "name": "陈某"} if staff else None,
        "visit_no": 1,
        "batch_id": None,
        "theme_id": None,
        "completed_at": completed_at,
        "language": "zh-CN",
    }
