"""Service documents: what they take, and what they say of what they refuse."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.documents.service_documents import ServiceDocuments
from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.domain.errors import InvalidInput
from gateway.domain.languages import Language
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.services import ServiceKind
from gateway.domain.subjects import Subject, SubjectKind

DOCUMENTS = ServiceDocuments(PhonenumbersParser())


def document(**changes: object) -> dict[str, object]:
    """A document with everything in it."""
    return {
        "service_id": "441500-20261123-000123",
        "kind": "hotline",
        "phone": "+8613800138000",
        "agency_code": "11441500MB2C90123X",
        "region_code": "441500",
        "item": {"code": "4415000001", "name": "居民身份证换领"},
        "staff": {"id": "0231", "name": "陈某"},
        "visit_no": 1,
        "batch_id": None,
        "theme_id": None,
        "completed_at": "2026-11-23T10:00:00+08:00",
        "language": "zh-CN",
    } | changes


def faults(fields: dict[str, object]) -> dict[str, str]:
    """What is said of each field of a refused document."""
    with pytest.raises(InvalidInput) as refusal:
        DOCUMENTS.parse(fields)
    return {fault.pointer: fault.detail for fault in refusal.value.faults}


def test_a_whole_document_is_taken_as_it_is() -> None:
    """Every field arrives where it belongs."""
    report = DOCUMENTS.parse(document())
    service = report.service

    assert service.service_id == "441500-20261123-000123"
    assert service.kind is ServiceKind.HOTLINE
    assert service.phone == PhoneNumber("+8613800138000")
    assert service.item == Subject(SubjectKind.ITEM, "4415000001", "居民身份证换领")
    assert service.staff == Subject(SubjectKind.STAFF, "0231", "陈某")
    assert service.completed_at == datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert report.phone_problem == ""


def test_the_shortest_document_is_enough() -> None:
    """What may be left out has the default of the interface."""
    wanted = ("service_id", "kind", "agency_code", "item", "completed_at")
    report = DOCUMENTS.parse({name: value for name, value in document().items() if name in wanted})

    assert (report.service.visit_no, report.service.language) == (1, Language.CHINESE)
    assert (report.service.staff, report.service.batch_id, report.service.phone) == (None, None, None)
    assert report.phone_problem == "no number was given"


@pytest.mark.parametrize("missing", ["service_id", "kind", "agency_code", "item", "completed_at"])
def test_what_must_be_there_is_asked_for(missing: str) -> None:
    """A forgotten `completed_at` above all: it would silently mean that nobody is ever reminded."""
    fields = document()
    del fields[missing]

    assert faults(fields) == {f"/{missing}": "is required"}


@pytest.mark.parametrize(
    ("changes", "pointer", "words"),
    [
        ({"kind": "counter"}, "/kind", "'window'"),
        ({"completed_at": "2026-11-23T10:00:00"}, "/completed_at", "offset"),
        ({"completed_at": "yesterday"}, "/completed_at", "2026-11-23T10:00:00+08:00"),
        ({"completed_at": 1763863200}, "/completed_at", "moment"),
        ({"completed_at": "0001-01-01T00:00:00+14:00"}, "/completed_at", "2000"),
        ({"visit_no": 0}, "/visit_no", "1"),
        ({"visit_no": 2**31}, "/visit_no", "2147483647"),
        ({"visit_no": "1"}, "/visit_no", "whole number"),
        ({"visit_no": True}, "/visit_no", "whole number"),
        ({"service_id": ""}, "/service_id", "1 character"),
        ({"service_id": "x" * 65}, "/service_id", "64"),
        ({"service_id": "a b"}, "/service_id", "white space"),
        ({"service_id": "a\x00b"}, "/service_id", "invisible"),
        ({"service_id": "a\ud800"}, "/service_id", "unicode"),
        ({"service_id": 7}, "/service_id", "text in quotes"),
        ({"agency_code": "x" * 33}, "/agency_code", "32"),
        ({"region_code": "x" * 17}, "/region_code", "16"),
        ({"item": "居民身份证换领"}, "/item", "object"),
        ({"item": {"code": "1", "name": " \u200b"}}, "/item/name", "visible"),
        ({"item": {"code": "1"}}, "/item/name", "required"),
        ({"staff": {"name": "陈某"}}, "/staff/id", "required"),
        ({"language": "中文"}, "/language", "pattern"),
        ({"phone": ["13800138000"]}, "/phone", "null"),
        ({"compleated_at": None}, "/compleated_at", "spelling"),
    ],
)
def test_each_fault_names_its_field_and_its_remedy(
    changes: dict[str, object], pointer: str, words: str
) -> None:
    """The pointer leads to the field; the words say what it wants."""
    told = faults(document(**changes))

    assert list(told) == [pointer]
    assert words in told[pointer]


def test_all_faults_are_told_at_once() -> None:
    """Nobody has to mend field after field to hear of the next."""
    assert set(faults(document(kind="x", visit_no=0, staff={}))) == {"/kind", "/visit_no", "/staff/id"}


def test_a_thousand_unknown_fields_are_not_told_one_by_one() -> None:
    """The answer to a hostile document stays short."""
    told = faults(document() | {f"field{n}": n for n in range(1000)})

    assert len(told) == 21
    assert told[""] == "and 980 more"


@pytest.mark.requirement("R-18")
@pytest.mark.parametrize("key", ["13800138000", "phone/+86 138-0013-8000", "电话138 0013 8000~"])
def test_a_number_in_the_name_of_a_field_is_not_repeated(key: str) -> None:
    """Errors go to logs; a number that slipped into a name must not."""
    (pointer,) = faults(document() | {key: 1})

    assert "0013" not in pointer
    assert "隐去" in pointer


@pytest.mark.requirement("R-18")
@given(st.sampled_from(["kind", "visit_no", "item", "staff", "completed_at", "language", "service_id"]))
def test_no_value_is_repeated_in_an_error(field: str) -> None:
    """Whatever field holds a number by mistake, the error does not."""
    with pytest.raises(InvalidInput) as refusal:
        DOCUMENTS.parse(document(**{field: "+86 13800138000 "}))

    assert "138" not in f"{refusal.value} {refusal.value.faults}"


@pytest.mark.requirement("R-19")
@pytest.mark.parametrize(
    "phone", ["12345", "anonymous", "12a", "1.38E+10", "+" * 5000, 110, "\ud800", "\x00"]
)
def test_an_unusable_number_keeps_the_service(phone: object) -> None:
    """The service is kept without a number, and why is kept with it."""
    report = DOCUMENTS.parse(document(phone=phone))

    assert report.service.phone is None
    assert report.phone_problem == "the number given is not a usable phone number"
    assert len(report.phone_problem) <= 64


@pytest.mark.requirement("R-3")
@pytest.mark.parametrize(("kind", "kept"), [("online", False), ("kiosk", False), ("window", True)])
def test_staff_are_ignored_where_nobody_served(*, kind: str, kept: bool) -> None:
    """Online and at a kiosk no member of staff can be rated, whatever the document says."""
    assert (DOCUMENTS.parse(document(kind=kind)).service.staff is not None) is kept


def test_empty_texts_mean_nothing() -> None:
    """Systems that write empty texts for what is absent do not make a batch of all their services."""
    service = DOCUMENTS.parse(document(batch_id="", theme_id="", agency_code=None)).service

    assert (service.batch_id, service.theme_id, service.agency_code) == (None, None, "")


def test_names_are_made_fit_to_print() -> None:
    """Line breaks and invisible characters would break texts and emails."""
    report = DOCUMENTS.parse(document(item={"code": "1", "name": " 居民\n身份证\u200b  换领 "}))

    assert report.service.item.name == "居民 身份证 换领"


def test_a_fingerprint_tells_a_repeat_from_a_conflict() -> None:
    """The same content in another writing is the same; the moment of finishing may be told later."""
    first = DOCUMENTS.parse(document()).fingerprint
    same = document(phone=" 138-0013-8000", completed_at=None, language="zh", batch_id="", visit_no=1)

    assert DOCUMENTS.parse(dict(reversed(same.items()))).fingerprint == first
    assert len(first) == 64


@pytest.mark.parametrize(
    "changes",
    [
        {"agency_code": "other"},
        {"region_code": ""},
        {"item": {"code": "4415000001", "name": "x"}},
        {"staff": None},
        {"batch_id": "B"},
        {"theme_id": "T"},
        {"kind": "window"},
        {"language": "en"},
        {"visit_no": 2},
    ],
)
def test_other_content_has_another_fingerprint(changes: dict[str, object]) -> None:
    """Whatever differs is seen."""
    assert DOCUMENTS.parse(document(**changes)).fingerprint != DOCUMENTS.parse(document()).fingerprint


@pytest.mark.requirement("R-18")
def test_a_fingerprint_tells_nothing_of_the_number() -> None:
    """Nobody can find the number behind it by trying all of them; numbers are compared themselves."""
    other = DOCUMENTS.parse(document(phone="+8613900139000"))

    assert other.fingerprint == DOCUMENTS.parse(document()).fingerprint


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(list(document())) | st.text(max_size=5), _JSON))
def test_whatever_comes_is_read_or_refused(changes: dict[str, object]) -> None:
    """There is no document that breaks the reader, and what it takes can be stored anywhere."""
    try:
        service = DOCUMENTS.parse(document() | changes).service
    except InvalidInput:
        return
    staff = (service.staff.code, service.staff.name) if service.staff else ()
    for text in (service.service_id, service.agency_code, service.item.code, service.item.name, *staff):
        assert b"\x00" not in text.encode()
