"""How figures are called and written, Chinese first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.domain.figures.punctuality import Timing
from gateway.domain.figures.tallies import Dimension
from gateway.domain.handling.acts import Verdict
from gateway.domain.handling.progress import DeadlineKind

if TYPE_CHECKING:
    from gateway.domain.figures.disclosure import Published

DIMENSIONS: Final = {
    Dimension.REGION: "行政区划",
    Dimension.AGENCY: "政务服务机构",
    Dimension.ITEM: "服务事项",
    Dimension.STAFF: "服务人员",
    Dimension.CHANNEL: "评价渠道",
}
VERDICTS: Final = {
    Verdict.TRUE: "属实",
    Verdict.MISTAKEN: "误评",
    Verdict.MALICIOUS: "恶意差评",
    None: "尚未核实",
}
DUTIES: Final = {
    DeadlineKind.ACKNOWLEDGE: "签收",
    DeadlineKind.CALL_BACK: "回访",
    DeadlineKind.RECTIFY: "整改",
}
TIMINGS: Final = {Timing.ON_TIME: "按期", Timing.LATE: "逾期", Timing.OPEN: "未到期"}
NOT_TOLD: Final = "评价人数较少，不公布"


def name_of_rest(published: Published) -> str:
    """What stands in the place of all groups that are kept back."""
    if published.rest is None:
        return f"另有{published.rest_groups}个，{NOT_TOLD}"
    return "其他（评价人数较少，合并公布）"


def percent(share: float | None) -> str:
    """98.3%, or — where there is nothing to divide by."""
    return "—" if share is None else f"{share * 100:.1f}%"


def points(average: float | None) -> str:
    """8.42, or —."""
    return "—" if average is None else f"{average:.2f}"
