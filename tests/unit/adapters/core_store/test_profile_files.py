"""Profile files: what is wrong in one is said with its line, the fault and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.adapters.core_store.profile_files import find_profile, load_profile
from gateway.domain.errors import ConfigurationError, DeliveryFailed
from gateway.domain.levels import Level
from gateway.domain.subjects import Subject, SubjectKind
from tests.contract.core_store.evaluations import STAFF, document

DELIVERED = Path("config/core_store_profiles")
ENVELOPE = """\
name = "province"

[[field]]
target = "evaluation_id"
source = "evaluation_id"
[[field]]
target = "revision"
source = "revision"
[[field]]
target = "adopted"
source = "adopted"
[[field]]
target = "applied_from"
source = "applied_from"
[[field]]
target = "subject_kind"
source = "subject.kind"
[[field]]
target = "level"
source = "level"
"""
"""The least that a profile must have; 20 lines."""
KINDS = '[codes.c]\nof = "subject_kind"\n[codes.c.values]\nitem = 1\nstaff = 2\n'


def written(folder: Path, text: str) -> Path:
    """A profile file of that text."""
    path = folder / "province.toml"
    path.write_text(text, encoding="utf-8")
    return path


def rendered(folder: Path, field: str, **changes: object) -> object:
    """What one more field, `x`, gives for an evaluation."""
    profile = load_profile(written(folder, f'{ENVELOPE}[[field]]\ntarget = "x"\n{field}'))
    return profile.render(document(**changes))["x"]


def test_the_least_profile_loads(tmp_path: Path) -> None:
    """The five fields of the envelope and the level are enough."""
    profile = load_profile(written(tmp_path, ENVELOPE))

    assert profile.name == "province"
    assert profile.render(document(level=Level.SATISFIED))["level"] == "satisfied"


@pytest.mark.parametrize(
    ("more", "line", "fault"),
    [
        ("[[field]]\ntarget = \nconstant = 1\n", 22, "is not TOML"),
        (
            '[[field]]\ntarget = "x"\nsource = "phone"\n',
            23,
            "unknown source 'phone'; known are evaluation_id",
        ),
        ('[[field]]\ntarget = "x"\nsource = "level_code"\n', 23, "use source 'level' with a code table"),
        ('[[field]]\ntarget = "x"\nsource = "points"\n', 23, "use source 'level'"),
        ('[[field]]\ntarget = "x"\nsource = ["level", "comment"]\n', 23, "only texts"),
        ('[[field]]\ntarget = "x"\n', 21, "either source or constant"),
        ('[[field]]\ntarget = "x"\nsource = "comment"\nconstant = 1\n', 21, "either source or constant"),
        ('[[field]]\ntarget = "x"\nsorce = "comment"\n', 23, "sorce"),
        ('[[field]]\ntarget = "x"\nsource = "comment"\nmax_length = 0\n', 24, "max_length"),
        ('[[field]]\ntarget = "x"\nsource = "comment"\ntoo_long = "wrap"\n', 24, "too_long"),
        ('[[field]]\ntarget = "level"\nsource = "level"\n', 22, "twice"),
        ('[[field]]\ntarget = "x"\nsource = "level"\ncodes = "upside"\n', 24, "unknown code table 'upside'"),
        ('[[field]]\ntarget = "x"\nconstant = "打 13800138000"\n', 23, "looks like somebody's number"),
        ('[[field]]\ntarget = "x"\nsource = "comment"\ndate_format = "%Y"\n', 24, "evaluated_at only"),
        ('[[field]]\ntarget = "x"\nsource = "evaluated_at"\ndate_format = "YYYY"\n', 24, "shows no date"),
        ('[[field]]\ntarget = "x"\nsource = "evaluated_at"\ndate_format = "%Y%Q"\n', 24, "shows no date"),
        ('[codes.c]\nof = "mood"\n[codes.c.values]\nitem = 1\n', 22, "codes.c.of"),
        ('[codes.c]\nof = "subject_kind"\n[codes.c.values]\nitem = 1\n', 21, "staff has no code"),
        ('[codes.c]\nof = "subject_kind"\n[codes.c.values]\nitem = 1\nstaff = 1\n', 25, "share the code 1"),
        (
            '[codes.c]\nof = "subject_kind"\n[codes.c.values]\nitem = 1\nstaff = 2\nbot = 3\n',
            26,
            "'bot' is no",
        ),
        (
            '[[field]]\ntarget = "x"\nsource = "level"\ncodes = "c"\n' + KINDS,
            24,
            "made for the subject_kind, not for level",
        ),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, more: str, line: int, fault: str) -> None:
    """Every fault of a field or a code table points at the line to mend."""
    path = written(tmp_path, ENVELOPE + more)

    with pytest.raises(ConfigurationError) as caught:
        load_profile(path)
    assert caught.value.place == f"{path}:{line}"
    assert fault in str(caught.value)


@pytest.mark.parametrize("best", ["highest", "named"])
def test_a_table_that_runs_the_wrong_way_is_refused(tmp_path: Path, best: str) -> None:
    """The delivered record with its numbers declared the other way round does not load."""
    text = (DELIVERED / "gbt39046.toml").read_text(encoding="utf-8")
    path = written(tmp_path, text.replace('best = "lowest"', f'best = "{best}"'))

    with pytest.raises(ConfigurationError, match="code table level_codes"):
        load_profile(path)


@pytest.mark.parametrize(
    "swap",
    [
        ("very_satisfied = 5", "very_satisfied = 1", "very_dissatisfied = 1", "very_dissatisfied = 5"),
        ("\nsatisfied = 4", "\nsatisfied = 2", "\ndissatisfied = 2", "\ndissatisfied = 4"),
    ],
)
def test_a_bad_level_cannot_be_put_on_the_good_side(tmp_path: Path, swap: tuple[str, str, str, str]) -> None:
    """Swapping a good code for a bad one in the delivered interface profile is noticed."""
    text = (DELIVERED / "platform.toml").read_text(encoding="utf-8")
    changed = text.replace(swap[0], swap[1]).replace(swap[2], swap[3])

    assert changed != text
    with pytest.raises(ConfigurationError, match="a bad rating would arrive as a good one"):
        load_profile(written(tmp_path, changed))


@pytest.mark.parametrize("target", ["evaluation_id", "revision", "adopted", "applied_from", "subject_kind"])
def test_a_profile_without_what_the_store_deduplicates_by_is_refused(tmp_path: Path, target: str) -> None:
    """Leaving one of the five out, or renaming it, is a fault."""
    path = written(tmp_path, ENVELOPE.replace(f'target = "{target}"', 'target = "other"'))

    with pytest.raises(ConfigurationError, match=f"every profile carries {target}"):
        load_profile(path)


def test_the_envelope_cannot_be_changed_on_its_way(tmp_path: Path) -> None:
    """An id that is cut would make two evaluations one; the fault points at the field."""
    changed = ENVELOPE.replace('source = "evaluation_id"', 'source = "evaluation_id"\nmax_length = 8')
    path = written(tmp_path, changed)

    with pytest.raises(ConfigurationError, match="and nothing else") as caught:
        load_profile(path)
    assert caught.value.place == f"{path}:3"


def test_a_profile_without_any_level_is_refused(tmp_path: Path) -> None:
    """A record that does not say the rating is of no use."""
    path = written(tmp_path, ENVELOPE.replace('source = "level"', 'source = "comment"'))

    with pytest.raises(ConfigurationError, match="no field takes the level"):
        load_profile(path)


def test_an_unknown_zone_is_refused(tmp_path: Path) -> None:
    """Dates need a zone that exists."""
    path = written(tmp_path, 'timezone = "Asia/Guangzhou"\n' + ENVELOPE)

    with pytest.raises(ConfigurationError, match="no time zone") as caught:
        load_profile(path)
    assert caught.value.place == f"{path}:1"


@pytest.mark.parametrize(
    ("content", "fault"), [(b"\xff\xfe", "UTF-8"), (None, "cannot be read"), (b"", "name")]
)
def test_an_unreadable_file_is_named(tmp_path: Path, content: bytes | None, fault: str) -> None:
    """No file, another encoding and an empty file are configuration errors with the path."""
    path = tmp_path / "province.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigurationError, match=fault) as caught:
        load_profile(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ('source = "sequence"\nas_text = true', "1"),
        ('source = "sequence"', 1),
        ('source = "adopted"', True),
        ('constant = "3"', "3"),
        ('constant = 3\nonly_for = "item"', 3),
        ('constant = 3\nonly_for = "staff"', None),
        ('constant = 3\nonly_for = "staff"\notherwise = "-"', "-"),
        ('source = "evaluated_at"', "2026-11-24T10:03:11+08:00"),
        ('source = "evaluated_at"\ndate_format = "%Y-%m-%d"', "2026-11-24"),
        ('source = "service_id"\nmax_length = 6\ntoo_long = "cut"', "441500"),
        ('source = "service_id"\nmax_length = 6\ntoo_long = "ellipsis"', "44150…"),
        ('source = "service_id"\nmax_length = 22', "441500-20261123-000123"),
        ('source = ["comment", "subject.name"]', "等太久"),
        ('source = ["applied_from", "subject.name"]', "居民身份证换领"),
    ],
)
def test_a_field_takes_the_form_it_asks_for(tmp_path: Path, field: str, value: object) -> None:
    """Types, constants, dates, lengths and stand-ins come out as documented."""
    assert rendered(tmp_path, field) == value


def test_a_field_for_one_kind_is_left_out_of_the_other(tmp_path: Path) -> None:
    """`only_for` looks at what was rated."""
    field = 'source = "subject.code"\nonly_for = "staff"\notherwise = ""'

    assert rendered(tmp_path, field) == ""
    assert rendered(tmp_path, field, subject=STAFF) == "0231"


def test_when_no_stand_in_has_a_value_the_field_is_empty(tmp_path: Path) -> None:
    """Two empty sources give an empty text."""
    nobody = Subject(SubjectKind.STAFF, "", "")

    assert rendered(tmp_path, 'source = ["subject.name", "subject.code"]', subject=nobody) == ""


def test_a_value_that_does_not_fit_is_set_aside_with_its_place(tmp_path: Path) -> None:
    """A case number cut short would name another case: the delivery fails for good and says why."""
    with pytest.raises(DeliveryFailed, match=r"province\.toml:21: field x: takes 5 characters") as caught:
        rendered(tmp_path, 'source = "service_id"\nmax_length = 5')
    assert not caught.value.facts.retryable
    assert caught.value.facts.code == "profile"
    assert "000123" not in str(caught.value)


@pytest.mark.parametrize(
    ("native", "fault"),
    [
        ({}, "has no evaluation_id"),
        (document() | {"level": "splendid"}, "code table has nothing"),
        (document() | {"evaluated_at": "2026-11-24T10:03:11"}, "with its offset"),
        (document() | {"evaluated_at": "yesterday"}, "no time in ISO 8601"),
        (document() | {"subject": "item"}, "has no subject.kind"),
        (document() | {"comment": ["a"]}, "no plain value"),
    ],
)
def test_a_document_of_another_shape_is_set_aside(native: dict[str, object], fault: str) -> None:
    """What another version queued is never guessed at."""
    profile = load_profile(DELIVERED / "gbt39046.toml")

    with pytest.raises(DeliveryFailed, match=fault) as caught:
        profile.render(native)
    assert not caught.value.facts.retryable


def test_ones_own_profile_stands_beside_the_delivered_ones(tmp_path: Path) -> None:
    """Every folder is looked into, and the first that has the name counts."""
    own = written(tmp_path, ENVELOPE)

    assert find_profile("province", tmp_path, DELIVERED) == own
    assert find_profile("platform", tmp_path, DELIVERED) == DELIVERED / "platform.toml"
    changed = tmp_path / "platform.toml"
    changed.write_text(ENVELOPE, encoding="utf-8")
    assert find_profile("platform", tmp_path, DELIVERED) == changed


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    """Without any profile the error says where it looked."""
    with pytest.raises(ConfigurationError, match=tmp_path.name):
        find_profile("native", tmp_path)


@pytest.mark.parametrize("name", ["provincial", "../platform", "", "platform.toml", "Platform"])
def test_a_profile_that_is_not_there_is_said_with_those_that_are(name: str) -> None:
    """The error names the setting and the names to choose from."""
    with pytest.raises(ConfigurationError, match="gbt39046, native, platform") as caught:
        find_profile(name, DELIVERED)
    assert caught.value.place == "core_store.profile"
