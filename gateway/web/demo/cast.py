"""Who plays in the demonstration: citizens with their numbers, and services with whom they deal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.domain.agencies import AgencyDirectory
from gateway.web.demo.words import Words

_REGION: Final = "441500"


@dataclass(frozen=True, slots=True)
class Citizen:
    """A caller; the number is an example, and no text ever leaves this machine."""

    key: str
    name: Words
    phone: str
    language: str
    errand: str
    """The errand that they usually call about."""


@dataclass(frozen=True, slots=True)
class Matter:
    """One item of an errand, and a word in the name of the agency that handles it."""

    code: str
    name: str
    agency_word: str


@dataclass(frozen=True, slots=True)
class Errand:
    """What a citizen calls about, with what is said on the telephone."""

    key: str
    title: Words
    hint: Words
    kind: str
    matters: Sequence[Matter]
    staff: tuple[str, str] | None
    talk: Sequence[tuple[str, Words]]
    """Who speaks (`agent`, `citizen`) and what."""
    group: str = ""
    """`batch` or `theme` when the matters are rated together (R-5, R-6)."""


CITIZENS: Final = (
    Citizen("wang", Words("王女士", "Ms Wang"), "+8613800138001", "zh-CN", "id_card"),
    Citizen("li", Words("李先生", "Mr Li"), "+8613900139002", "zh-CN", "newborn"),
    Citizen("zhao", Words("赵大爷", "Mr Zhao, 71"), "+8613700137003", "zh-CN", "property"),
    Citizen("smith", Words("Smith 女士", "Ms Smith"), "+8613600136004", "en", "permit"),
)

ERRANDS: Final = (
    Errand(
        "id_card",
        Words("居民身份证换领", "Renewing an identity card"),
        Words("事项和坐席各评一次", "Item and agent are rated, once each"),
        "hotline",
        (Matter("4415000001", "居民身份证换领", "公安"),),
        ("0231", "陈某"),
        (
            ("agent", Words("您好，12345，请讲。", "12345, how can I help?")),
            ("citizen", Words("我的身份证换好了吗？", "Is my new identity card ready?")),
            ("agent", Words("已经制好，三天内寄到您家。", "Yes, it will reach you within three days.")),
        ),
    ),
    Errand(
        "newborn",
        Words("新生儿出生一件事", "A child is born (one-stop matter)"),
        Words("一件事：评一次，各事项都算", "One-stop: one rating counts for all items"),
        "online",
        (
            Matter("4415000101", "新生儿户口登记", "公安"),
            Matter("4415000102", "新生儿社会保障卡申领", "人力资源"),
            Matter("4415000103", "育儿补贴申领", "民政"),
        ),
        None,
        (
            ("agent", Words("您好，12345，请讲。", "12345, how can I help?")),
            ("citizen", Words("宝宝的户口和社保卡办好没有？", "Are my baby's papers done?")),
            ("agent", Words("三个事项都办结了，恭喜您！", "All three are done. Congratulations!")),
        ),
        group="theme",
    ),
    Errand(
        "property",
        Words("不动产登记，一次三件", "Land register, three filings at once"),
        Words("批量业务：评一次，三件都算", "Batch: one rating counts for all three"),
        "window",
        (
            Matter("4415000201", "不动产转移登记（住宅）", "自然资源"),
            Matter("4415000201", "不动产转移登记（车位）", "自然资源"),
            Matter("4415000201", "不动产转移登记（储藏间）", "自然资源"),
        ),
        ("0417", "林某"),
        (
            ("agent", Words("您好，12345，请讲。", "12345, how can I help?")),
            ("citizen", Words("今天窗口办的三件登记，查得到吗？", "Can you see today's three filings?")),
            ("agent", Words("都登记好了，可以领证了。", "All registered, you can collect the deeds.")),
        ),
        group="batch",
    ),
    Errand(
        "permit",
        Words("外国人工作许可延期", "Extending a work permit"),
        Words("英语提示音", "Prompts in English"),
        "hotline",
        (Matter("4415000301", "外国人来华工作许可延期", "人力资源"),),
        ("0152", "周某"),
        (
            ("agent", Words("您好，12345，请讲。", "12345, how can I help?")),
            ("citizen", Words("我的工作许可延期了吗？", "Has my work permit been extended?")),
            ("agent", Words("已经延期到明年十一月。", "Yes, until November next year.")),
        ),
    ),
)


def cast_as_json(directory: AgencyDirectory) -> dict[str, object]:
    """Citizens and errands as the page reads them; agencies come from `directory`."""
    return {
        "citizens": [
            {
                "key": citizen.key,
                "name": citizen.name.as_json(),
                "phone": citizen.phone,
                "language": citizen.language,
                "errand": citizen.errand,
            }
            for citizen in CITIZENS
        ],
        "errands": [_errand(errand, directory) for errand in ERRANDS],
        "agencies": {code: agency.name for code, agency in directory.agencies.items()},
    }


def _errand(errand: Errand, directory: AgencyDirectory) -> dict[str, object]:
    return {
        "key": errand.key,
        "title": errand.title.as_json(),
        "hint": errand.hint.as_json(),
        "kind": errand.kind,
        "group": errand.group,
        "staff": {"id": errand.staff[0], "name": errand.staff[1]} if errand.staff else None,
        "talk": [{"who": who, **words.as_json()} for who, words in errand.talk],
        "matters": [
            {"code": matter.code, "name": matter.name, **_agency(matter.agency_word, directory)}
            for matter in errand.matters
        ],
    }


def _agency(word: str, directory: AgencyDirectory) -> dict[str, str]:
    """The first agency whose name holds the word, else any; none at all leaves it to the bureau (R-19)."""
    agencies = list(directory.agencies.values())
    agency = next((each for each in agencies if word in each.name), agencies[0] if agencies else None)
    if agency is None:
        return {"agency_code": "", "region_code": _REGION}
    return {"agency_code": agency.code, "region_code": agency.region_code}
