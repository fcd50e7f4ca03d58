"""The delivered texts, and what happens to hostile values and faulty files."""

from __future__ import annotations

import shutil
from itertools import product
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.sms_templates import JinjaMessageTexts, lint
from gateway.domain.errors import ConfigurationError
from gateway.domain.languages import Language
from gateway.domain.levels import Level
from gateway.domain.messages import MessageKind, level_name
from gateway.domain.segments import count_segments, utf16_units

DELIVERED: Final = Path(__file__).parents[3] / "sms_templates"
SIGNATURE: Final = "政务服务好差评"
TEXTS: Final = JinjaMessageTexts(DELIVERED, SIGNATURE)
USUAL: Final = {
    "item_name": "居民身份证换领",
    "letter": "",
    "level_name": "满意",
    "additional_days": "30",
    "answer": "已增开两个窗口，今后等候不超过十分钟。",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the delivered templates that a test may spoil."""
    return Path(shutil.copytree(DELIVERED, tmp_path / "sms_templates"))


def test_delivered_templates_are_clean() -> None:
    """The texts that travel with the product have no finding."""
    assert lint(DELIVERED, SIGNATURE) == []


@pytest.mark.requirement("R-8")
@pytest.mark.requirement("R-1")
def test_reminder_asks_with_the_official_scale() -> None:
    """The Chinese reminder in full, as a citizen reads it."""
    assert TEXTS.render(MessageKind.REMINDER, Language.CHINESE, USUAL) == (
        "【政务服务好差评】您办理的“居民身份证换领”已办结，请回复数字评价："
        "1非常满意 2满意 3基本满意 4不满意 5非常不满意，退订回T"
    )


def test_one_of_several_reminders_names_its_letter() -> None:
    """With several open invitations every option carries the letter, and still fits one segment."""
    text = TEXTS.render(MessageKind.REMINDER, Language.CHINESE, USUAL | {"letter": "B"})
    assert "“居民身份证换领”" in text
    assert text.endswith("请回复评价：B1非常满意 B2满意 B3基本满意 B4不满意 B5非常不满意，退订回T")
    assert count_segments(text).segments == 1


@pytest.mark.parametrize("language", Language)
def test_clarification_names_all_five_levels(language: Language) -> None:
    """Whoever is asked again sees the whole scale."""
    text = TEXTS.render(MessageKind.CLARIFICATION, language, USUAL)
    for level in Level:
        assert level_name(level, language) in text


def test_reminder_without_an_item_name_reads_well() -> None:
    """A hotline call may come without an item; no empty quotation marks are sent."""
    text = TEXTS.render(MessageKind.REMINDER, Language.CHINESE, USUAL | {"item_name": ""})
    assert text.startswith("【政务服务好差评】您办理的服务已结束，请回复数字评价：1非常满意")


def test_a_long_item_name_is_cut_with_an_ellipsis() -> None:
    """The options and the way out are never what gives way."""
    name = "城乡居民基本养老保险参保登记"
    text = TEXTS.render(MessageKind.REMINDER, Language.CHINESE, USUAL | {"item_name": name})
    assert "“城乡居民基本养老保险…”" in text
    assert text.endswith("5非常不满意，退订回T")
    assert utf16_units(text) == 70


@pytest.mark.requirement("R-8")
@given(st.text(max_size=300), st.sampled_from(["", "A", "Z"]), st.sampled_from(Language))
def test_any_item_name_gives_one_line_in_one_segment(name: str, letter: str, language: Language) -> None:
    """Whatever a business system calls its items, the reminder is one line of at most 70 units."""
    text = TEXTS.render(MessageKind.REMINDER, language, USUAL | {"item_name": name, "letter": letter})

    assert utf16_units(text) <= 70
    assert len(text.splitlines()) == 1
    assert text.startswith(f"【{SIGNATURE}】")
    assert text.count("【") == 1
    assert "退订回T" in text or "T=stop" in text


@given(st.text(max_size=400), st.sampled_from(MessageKind), st.sampled_from(Language))
def test_no_message_outgrows_its_segments(name: str, kind: MessageKind, language: Language) -> None:
    """Every kind keeps its limit with any item name."""
    text = TEXTS.render(kind, language, USUAL | {"item_name": name})
    assert count_segments(text).segments <= kind.segment_limit


@pytest.mark.parametrize("payload", ["{{ 7*7 }}", "{% raw %}", "{{ ''.__class__ }}", "{# x #}"])
def test_jinja_in_a_value_is_only_text(payload: str) -> None:
    """A value is never evaluated as a template."""
    assert payload in TEXTS.render(MessageKind.THANKS, Language.CHINESE, USUAL | {"item_name": payload})


def test_controls_and_forged_signatures_in_a_value_are_harmless() -> None:
    """Line breaks, invisible marks and a second signature do not reach the carrier."""
    name = "【某银行】社保\r\n\x00登\u202e记"
    text = TEXTS.render(MessageKind.THANKS, Language.CHINESE, USUAL | {"item_name": name})
    assert "“［某银行］社保 登记”" in text


def test_plain_text_is_not_escaped_for_html() -> None:
    """A telephone shows characters, not entities."""
    assert "A&B<1>" in TEXTS.render(MessageKind.THANKS, Language.CHINESE, USUAL | {"item_name": "A&B<1>"})


@pytest.mark.requirement("R-18")
def test_no_kind_can_name_a_person() -> None:
    """No variable of any kind holds a name, a number or a comment of a person."""
    assert set().union(*(kind.variables for kind in MessageKind)) == USUAL.keys()


def test_a_missing_value_is_refused() -> None:
    """The caller's mistake is named, not sent."""
    with pytest.raises(ValueError, match="thanks: no value for additional_days, level_name"):
        TEXTS.render(MessageKind.THANKS, Language.CHINESE, {"item_name": "社保"})


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        (
            "zh-CN/thanks.j2",
            "【{{ signature }}】\n{% if item_name %}谢谢",
            "zh-CN/thanks.j2:2: Unexpected end",
        ),
        (
            "zh-CN/thanks.j2",
            "【{{ signature }}】\n谢谢\n{{ phone }}",
            "thanks.j2:3: unknown variable 'phone', use",
        ),
        ("en/thanks.j2", "【{{ signature }}】{{ range(3) }}", "en/thanks.j2:1: unknown variable 'range'"),
        (
            "en/thanks.j2",
            "【{{ signature }}】\n{% include 'thanks_bad.j2' %}",
            "thanks.j2:2: uses another file",
        ),
        ("en/thanks.j2", "【{{ signature }}】{{ item_name|shout }}", "thanks.j2:1: No filter named 'shout'"),
        ("en/thanks.j2", "x\n{{ item_name.owner }}", "en/thanks.j2:2: cannot be rendered"),
        ("en/thanks.j2", "x\n{{ item_name.__class__.mro() }}", "en/thanks.j2:2: cannot be rendered"),
        ("en/thanks.j2", b"\xff\xfe", "en/thanks.j2: unreadable (UnicodeDecodeError), save it as"),
        ("en/thanks.j2", None, "en/thanks.j2: template missing, add it"),
        ("en/thank.j2", "x", "en/thank.j2: no message of this language and kind, rename"),
        ("fr/thanks.j2", "x", "fr/thanks.j2: no message of this language and kind, rename"),
    ],
)
def test_faulty_files_stop_the_start(
    folder: Path, file: str, content: str | bytes | None, expected: str
) -> None:
    """Each fault is one line that names file and line, at construction and by lint alike."""
    target = folder / file
    target.parent.mkdir(exist_ok=True)
    if content is None:
        target.unlink()
    else:
        target.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(ConfigurationError) as caught:
        JinjaMessageTexts(folder, SIGNATURE)

    assert expected in str(caught.value)
    assert expected in str(lint(folder, SIGNATURE)[0])


def test_a_missing_language_is_one_finding(folder: Path) -> None:
    """Not one line per kind for a folder that is not there."""
    shutil.rmtree(folder / "en")
    assert [str(finding) for finding in lint(folder, SIGNATURE)] == [
        f"{folder / 'en'}: folder missing, add the texts of this language"
    ]


_GOOD_OPTIONS: Final = "1非常满意 2满意 3基本满意 4不满意 5非常不满意"


@pytest.mark.parametrize(
    ("kind", "content", "problem"),
    [
        ("thanks", "谢谢【{{ signature }}】", "the signature does not come first"),
        ("thanks", "【{{ signature }}】谢谢\n再见", "the text has line breaks"),
        ("thanks", "【{{ signature }}】" + "谢" * 130, "takes 3 segments (139 ucs2 units), allowed 2"),
        ("reminder", f"【{{{{ signature }}}}】回复{_GOOD_OPTIONS}" + "，" * 40, "takes 2 segments"),
        ("reminder", f"【{{{{ signature }}}}】回复{_GOOD_OPTIONS}", "does not say how to opt out"),
        (
            "reminder",
            f"【{{{{ signature }}}}】{'请' * 25}{{{{ item_name }}}}{_GOOD_OPTIONS}，退订回T",
            "no room",
        ),
        (
            "reminder",
            "【{{ signature }}】1很满意 2满意 3基本满意 4不满意 5非常不满意，退订回T",
            "option 1 is not",
        ),
        (
            "reminder",
            "【{{ signature }}】1非常满意 2满意 3基本满意 5不满意 4非常不满意，退订回T",
            "option 4 is not",
        ),
        ("clarification", "【{{ signature }}】1非常满意 5非常不满意", "option 2 is not"),
        (
            "clarification",
            f"【{{{{ signature }}}}】{_GOOD_OPTIONS} 询13800138000",
            "has a phone number or a link",
        ),
        ("thanks", "【{{ signature }}】谢谢，点 https://example.gov.cn", "has a phone number or a link"),
    ],
)
def test_lint_finds_what_a_carrier_or_citizen_would_trip_over(
    folder: Path, kind: str, content: str, problem: str
) -> None:
    """Length, signature, options and opt-out are checked at the longest values."""
    path = folder / "zh-CN" / f"{kind}.j2"
    path.write_text(content, encoding="utf-8")

    findings = [str(finding) for finding in lint(folder, SIGNATURE)]

    assert any(line.startswith(f"{path}:1: {problem}") for line in findings), findings


def test_lint_measures_with_the_operators_signature(folder: Path) -> None:
    """A long signature takes the room of the item name."""
    findings = [str(finding) for finding in lint(folder, "汕尾市政务服务数据管理局好差评")]
    assert any("reminder.j2:1: no room for a usual item name" in line for line in findings)


def test_every_kind_has_both_languages_and_no_default_rating() -> None:
    """No text claims a rating where none was given (R-16): only thanks name a level."""
    for kind, language in product(MessageKind, Language):
        assert TEXTS.render(kind, language, USUAL).startswith(f"【{SIGNATURE}】")
        assert ("level_name" in kind.variables) == ("thanks" in kind.value)
