"""Every delivered profile: each level, kind and moment arrives as it was meant, and nobody's number does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gateway.adapters.core_store.fields import NUMBERS_WITHOUT_DIRECTION, SOURCES
from gateway.adapters.core_store.profile_files import find_profile, load_profile
from gateway.adapters.core_store.profiles import ENVELOPE
from gateway.domain.channels import Channel
from gateway.domain.documents import Document, native_document
from gateway.domain.evaluations import Evaluation
from gateway.domain.levels import Level
from gateway.domain.subjects import Subject, SubjectKind
from tests.contract.core_store.evaluations import SHANGHAI, STAFF, document, evaluations

SCHEMAS = Path(__file__).parent / "schemas"
FOLDER = Path("config/core_store_profiles")
NAMES = ["native", "gbt39046", "platform"]
PROFILES = {name: load_profile(find_profile(name, FOLDER)) for name in NAMES}
VALIDATORS = {
    name: Draft202012Validator(
        json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8")),
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    for name in NAMES
}

# Written out here once more, independently of the profiles: the standards' own numbers.
TABLE_A8 = {
    1: "very_satisfied",
    2: "satisfied",
    3: "fairly_satisfied",
    4: "dissatisfied",
    5: "very_dissatisfied",
}
PLATFORM = {
    5: "very_satisfied",
    4: "satisfied",
    3: "fairly_satisfied",
    2: "dissatisfied",
    1: "very_dissatisfied",
}
NAMES_ZH = {
    "非常满意": "very_satisfied",
    "满意": "satisfied",
    "基本满意": "fairly_satisfied",
    "不满意": "dissatisfied",
    "非常不满意": "very_dissatisfied",
}
LEVEL_FIELDS: list[tuple[str, str, Mapping[Any, str]]] = [
    ("native", "level", {word: word for word in TABLE_A8.values()}),
    ("native", "level_code", TABLE_A8),
    ("native", "points", dict(zip([10, 8, 6, 3, 0], TABLE_A8.values(), strict=True))),
    ("gbt39046", "满意度", NAMES_ZH),
    ("gbt39046", "满意度代码", TABLE_A8),
    ("platform", "satisfaction", PLATFORM),
]


def test_every_delivered_profile_has_a_schema() -> None:
    """No profile is delivered without one, and each schema is itself valid."""
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(NAMES)
    assert {path.stem for path in SCHEMAS.glob("*.json")} == set(NAMES)
    for name, validator in VALIDATORS.items():
        Draft202012Validator.check_schema(validator.schema)
        assert PROFILES[name].name == name


@pytest.mark.requirement("R-1")
@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize(("name", "target", "meaning"), LEVEL_FIELDS)
def test_each_level_arrives_as_it_was_given(
    name: str, target: str, meaning: Mapping[Any, str], level: Level
) -> None:
    """In every field that shows the level, in both directions of numbering, the code means that level."""
    record = PROFILES[name].render(document(level=level))

    assert meaning[record[target]] == level.value


@pytest.mark.requirement("R-1")
@given(evaluations)
def test_the_level_read_back_is_the_level_recorded(taken: Evaluation) -> None:
    """Whatever else the evaluation says, decoding any level field of any profile gives its level."""
    native = native_document(taken, SHANGHAI)

    assert taken.level is not None
    for name, target, meaning in LEVEL_FIELDS:
        assert meaning[PROFILES[name].render(native)[target]] == taken.level.value


@pytest.mark.requirement("R-10")
def test_a_bad_rating_is_on_the_bad_side_of_every_scale() -> None:
    """The two bad levels are the two highest numbers of table A.8 and the two lowest of the platform."""
    bad = [level for level in Level if level.is_bad]

    assert {PROFILES["gbt39046"].render(document(level=level))["满意度代码"] for level in bad} == {4, 5}
    assert {PROFILES["platform"].render(document(level=level))["satisfaction"] for level in bad} == {1, 2}


@given(evaluations)
def test_every_record_matches_its_profiles_schema(taken: Evaluation) -> None:
    """Types, lengths, codes and dates are those of the standard or the interface, for any evaluation."""
    native = native_document(taken, SHANGHAI)

    for name, validator in VALIDATORS.items():
        errors = list(validator.iter_errors(PROFILES[name].render(native)))
        assert not errors, f"{name}: {errors[0].message}"


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_would_notice_the_wrong_direction(name: str) -> None:
    """A record whose codes contradict each other, or are out of range, fails its schema."""
    record = PROFILES[name].render(document(level=Level.VERY_SATISFIED))
    wrong: dict[str, Document] = {
        "native": {"level_code": 5},
        "gbt39046": {"满意度代码": 5},
        "platform": {"satisfaction": 0},
    }

    assert VALIDATORS[name].is_valid(record)
    assert not VALIDATORS[name].is_valid(record | wrong[name])


@given(evaluations)
def test_the_native_profile_is_the_native_document(taken: Evaluation) -> None:
    """Apart from hidden numbers in the citizen's words, nothing is added, left out or changed."""
    native = native_document(taken, SHANGHAI)
    record = PROFILES["native"].render(native)

    assert list(record) == list(native)
    assert {k: v for k, v in record.items() if k not in {"comment", "raw_input"}} == {
        k: v for k, v in native.items() if k not in {"comment", "raw_input"}
    }


@given(evaluations)
def test_every_profile_carries_what_the_store_deduplicates_and_corrects_by(taken: Evaluation) -> None:
    """Id, revision, adoption and origin of a copy stand in each record under the same names."""
    native = native_document(taken, SHANGHAI)

    for name in NAMES:
        record = PROFILES[name].render(native)
        assert record["evaluation_id"] == taken.evaluation_id
        assert record["revision"] == taken.revision
        assert record["adopted"] is taken.adopted
        assert record["applied_from"] == taken.applied_from


@pytest.mark.requirement("R-12")
@pytest.mark.parametrize("name", NAMES)
def test_a_correction_differs_in_revision_and_adoption_only(name: str) -> None:
    """Taking a rating back is the same record with the next revision and `adopted` false."""
    first = PROFILES[name].render(document())
    correction = PROFILES[name].render(document(revision=2, adopted=False))

    assert {key for key in first if first[key] != correction[key]} == {"revision", "adopted"}


def test_the_record_of_the_standard() -> None:
    """The example of the interface, as GB/T 39046-2020 table 9 has it."""
    assert PROFILES["gbt39046"].render(document()) == {
        "evaluation_id": "0b6ff24a-7d6b-5a62-9c1f-2f3f1c9f7f10",
        "revision": 1,
        "adopted": True,
        "applied_from": None,
        "subject_kind": "item",
        "办件编号": "441500-20261123-000123",
        "评价渠道": "短信",
        "评价人": "匿名",
        "评价时间": "20261124T100311",
        "评价次数": 1,
        "满意度": "不满意",
        "满意度代码": 4,
        "文字评价": "等太久",
        "行政区划": "441500",
        "评价对象": "服务事项",
        "评价对象编码": "4415000001",
        "评价对象名称": "居民身份证换领",
    }


def test_the_record_of_the_platform_interface() -> None:
    """The example of the interface, in the fields of the provincial platforms."""
    assert PROFILES["platform"].render(document(channel=Channel.PHONE, sequence=2)) == {
        "evaluation_id": "0b6ff24a-7d6b-5a62-9c1f-2f3f1c9f7f10",
        "revision": 1,
        "adopted": True,
        "applied_from": None,
        "subject_kind": "item",
        "areaCode": "441500",
        "deptCode": "11441500MB2C90123X",
        "taskCode": "4415000001",
        "taskName": "居民身份证换领",
        "projectNo": "441500-20261123-000123",
        "proStatus": 3,
        "proManager": "",
        "pf": 6,
        "satisfaction": 2,
        "evalDetail": "",
        "writingEvaluation": "等太久",
        "assessTime": "2026-11-24 10:03:11",
        "assessNumber": 2,
        "userProp": 1,
        "dataSource": "",
    }


@pytest.mark.requirement("R-2")
def test_a_rating_of_a_person_names_the_person_and_no_item() -> None:
    """In records made for items, the person stands where the interface has the handling staff."""
    platform = PROFILES["platform"].render(document(subject=STAFF))
    standard = PROFILES["gbt39046"].render(document(subject=STAFF))

    assert (platform["proManager"], platform["taskCode"], platform["taskName"]) == ("陈某", "", "")
    assert platform["subject_kind"] == "staff"
    assert (standard["评价对象"], standard["评价对象编码"], standard["评价对象名称"]) == (
        "服务人员",
        "0231",
        "陈某",
    )


def test_a_person_known_by_number_only_is_named_by_it() -> None:
    """Where the business system told no name, `proManager` is the staff number."""
    record = PROFILES["platform"].render(document(subject=Subject(SubjectKind.STAFF, "0231", "")))

    assert record["proManager"] == "0231"


@pytest.mark.parametrize(("channel", "code", "name"), [(Channel.PHONE, 6, "电话"), (Channel.SMS, 7, "短信")])
def test_the_two_channels_of_the_gateway(channel: Channel, code: int, name: str) -> None:
    """电话 is 6 and 短信 7, by number and by name."""
    assert PROFILES["platform"].render(document(channel=channel))["pf"] == code
    assert PROFILES["gbt39046"].render(document(channel=channel))["评价渠道"] == name


def test_dates_are_local_whatever_zone_they_were_recorded_in() -> None:
    """An evaluation shortly after midnight in Shanghai has that day's date, though UTC has the day before."""
    native = document(evaluated_at=datetime.fromisoformat("2026-11-23T16:30:00+00:00"))

    assert PROFILES["gbt39046"].render(native)["评价时间"] == "20261124T003000"
    assert PROFILES["platform"].render(native)["assessTime"] == "2026-11-24 00:30:00"


def test_a_field_can_be_taken_from_everything_in_the_document() -> None:
    """No place of the native document is out of a profile's reach, save numbers that state no direction."""
    places: set[str] = set()
    for key, value in document().items():
        places |= {f"{key}.{inner}" for inner in value} if isinstance(value, dict) else {key}

    assert places == set(SOURCES) | set(NUMBERS_WITHOUT_DIRECTION)
    assert set(ENVELOPE.values()) <= set(SOURCES)


WRITTEN = st.sampled_from(["{}", "我电话{}", "4 {} 请回电", "打我手机 {}，谢谢", "{}{}"])


@pytest.mark.requirement("R-18")
@given(st.integers(min_value=3 * 10**9, max_value=10**10 - 1), WRITTEN, st.sampled_from(["", "+86", "0086 "]))
def test_no_record_carries_a_number_the_citizen_wrote(tail: int, words: str, prefix: str) -> None:
    """Whatever number a citizen puts into a reply, no profile lets it leave the gateway."""
    number = f"1{tail}"
    reply = words.replace("{}", prefix + number)
    native = document(comment=reply, raw_input=reply)

    for profile in PROFILES.values():
        assert number not in json.dumps(profile.render(native), ensure_ascii=False)
