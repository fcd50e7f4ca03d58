"""Evaluation documents: short ones, the core store's own, and faulty ones."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.adapters.documents.evaluation_documents import EvaluationDocuments
from gateway.domain.channels import Channel
from gateway.domain.documents import native_document
from gateway.domain.errors import InvalidInput
from gateway.domain.evaluations import Evaluation
from gateway.domain.ids import EvaluationId, ServiceId
from gateway.domain.levels import Level
from gateway.domain.subjects import Scope, Subject, SubjectKind

DOCUMENTS = EvaluationDocuments()


def parse(**fields: object) -> object:
    """The rating of a document about one service."""
    return DOCUMENTS.parse({"service_id": "S-1", **fields})


def test_the_case_number_is_enough() -> None:
    """Only that the item was rated is known then; the level stays unknown, never guessed."""
    rating = DOCUMENTS.parse({"service_id": "S-1"})

    assert rating.subject == Subject(SubjectKind.ITEM, "", "")
    assert (rating.level, rating.channel, rating.evaluated_at) == (None, Channel.PC, None)
    assert (rating.visit_no, rating.scope, rating.evaluation_id) == (None, Scope.SERVICE, "")


@pytest.mark.parametrize("level", list(Level))
def test_a_level_is_told_by_name_or_by_digit(level: Level) -> None:
    """Both are the same, and may stand together."""
    for fields in ({"level": level.value}, {"level_code": level.digit}):
        assert DOCUMENTS.parse({"service_id": "S-1", **fields}).level is level
    both = DOCUMENTS.parse({"service_id": "S-1", "level": level.value, "level_code": level.digit})
    assert both.level is level


@pytest.mark.parametrize("channel", list(Channel))
def test_a_channel_is_told_by_name_or_by_number(channel: Channel) -> None:
    """Under its own name or the core store's."""
    for fields in ({"channel": channel.value}, {"channel": channel.code}, {"channel_code": channel.code}):
        assert DOCUMENTS.parse({"service_id": "S-1", **fields}).channel is channel


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("item", Subject(SubjectKind.ITEM, "", "")),
        ("staff", Subject(SubjectKind.STAFF, "", "")),
        ({"kind": "staff", "code": "0231", "name": "陈某"}, Subject(SubjectKind.STAFF, "0231", "陈某")),
    ],
)
def test_a_subject_is_told_in_short_or_in_full(subject: object, expected: Subject) -> None:
    """A kind alone is enough where the service is known."""
    assert DOCUMENTS.parse({"service_id": "S-1", "subject": subject}).subject == expected


def test_the_core_stores_own_document_is_taken() -> None:
    """What the gateway itself delivers can be sent back as it is."""
    evaluation = Evaluation(
        evaluation_id=EvaluationId("e-1"),
        revision=2,
        slot="item:S-1",
        sequence=1,
        service_id=ServiceId("S-1"),
        visit_no=1,
        invitation_id=None,
        subject=Subject(SubjectKind.ITEM, "4415000001", "居民身份证换领"),
        scope=Scope.SERVICE,
        agency_code="A",
        region_code="441500",
        level=Level.DISSATISFIED,
        channel=Channel.SMS,
        comment="等太久",
        raw_input="4 等太久",
        evaluated_at=datetime(2026, 11, 24, 2, 3, 11, tzinfo=UTC),
        applied_from=None,
    )
    rating = DOCUMENTS.parse(native_document(evaluation, ZoneInfo("Asia/Shanghai")))

    assert (rating.level, rating.channel, rating.comment) == (Level.DISSATISFIED, Channel.SMS, "等太久")
    assert (rating.evaluation_id, rating.evaluated_at) == ("e-1", evaluation.evaluated_at)
    assert (rating.subject, rating.agency_code) == (evaluation.subject, "A")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"service_id": None}, "/service_id"),
        ({"level": "good"}, "/level"),
        ({"level_code": 0}, "/level_code"),
        ({"level_code": 6}, "/level_code"),
        ({"level_code": True}, "/level_code"),
        ({"level": "satisfied", "level_code": 4}, ""),
        ({"channel": "pc", "channel_code": 2}, ""),
        ({"channel": 8}, "/channel"),
        ({"channel": "fax"}, "/channel"),
        ({"channel": []}, "/channel"),
        ({"subject": "agency"}, "/subject/kind"),
        ({"subject": 3}, "/subject"),
        ({"subject": {"kind": "item", "points": 1}}, "/subject/points"),
        ({"scope": "batch"}, "/scope"),
        ({"visit_no": 0}, "/visit_no"),
        ({"evaluated_at": "2026-11-23"}, "/evaluated_at"),
        ({"evaluation_id": "a b"}, "/evaluation_id"),
        ({"evaluation_id": "x" * 121}, "/evaluation_id"),
        ({"comment": "x" * 4001}, "/comment"),
        ({"level_name": "满意"}, "/level_name"),
    ],
)
def test_each_fault_names_its_field(fields: dict[str, object], pointer: str) -> None:
    """A misspelt field is a fault too: a level that is not read would be a rating lost."""
    with pytest.raises(InvalidInput) as refusal:
        parse(**fields)

    assert [fault.pointer for fault in refusal.value.faults] == [pointer]


def test_a_repeat_is_recognised_by_the_other_systems_id_or_by_its_content() -> None:
    """The same key for the same rating, another for any other."""
    document = {"service_id": "S-1", "level": "satisfied", "evaluated_at": "2026-11-23T10:00:00+08:00"}
    by_content = DOCUMENTS.parse(document).event_key

    assert DOCUMENTS.parse({**document, "evaluated_at": "2026-11-23T02:00:00Z"}).event_key == by_content
    for change in ({"level": "dissatisfied"}, {"comment": "x"}, {"subject": "staff"}, {"scope": "theme"}):
        assert DOCUMENTS.parse({**document, **change}).event_key != by_content
    named = {DOCUMENTS.parse({**document, "evaluation_id": "7", "comment": c}).event_key for c in ("", "x")}
    assert len(named) == 1
    assert all(len(key) <= 160 for key in (by_content, *named))


def test_words_lose_what_cannot_be_seen() -> None:
    """Control characters would break what the words are shown in; lines stay."""
    rating = DOCUMENTS.parse({"service_id": "S-1", "comment": " 等\u200b太久\x00\n还要再来 "})

    assert rating.comment == "等太久\n还要再来"
