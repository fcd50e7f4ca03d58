"""Counting and cutting of SMS segments against the figures of 3GPP TS 23.038 and TS 23.040."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.segments import SegmentCount, count_segments, fit, split_segments, utf16_units

_LIMITS = {"gsm7": (160, 153), "ucs2": (70, 67)}
_MIXED = st.text(
    st.one_of(
        st.characters(codec="utf-8"), st.sampled_from("€[]{}~^|\\\f"), st.sampled_from("满意😀𠮷…【】")
    ),
    max_size=400,
)
_GSM = st.text(st.sampled_from("abc XYZ 019 @£$\n€[]{}~^|\\"), max_size=500)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", SegmentCount("gsm7", 0, 1)),
        ("a" * 160, SegmentCount("gsm7", 160, 1)),
        ("a" * 161, SegmentCount("gsm7", 161, 2)),
        ("a" * 306, SegmentCount("gsm7", 306, 2)),
        ("a" * 307, SegmentCount("gsm7", 307, 3)),
        ("€" * 80, SegmentCount("gsm7", 160, 1)),
        ("€" * 81, SegmentCount("gsm7", 162, 2)),
        # 153 is odd: the escape and its character stay together, so each part holds 76 signs, not 76.5.
        ("€" * 153, SegmentCount("gsm7", 306, 3)),
        ("`", SegmentCount("ucs2", 1, 1)),
        ("满" * 70, SegmentCount("ucs2", 70, 1)),
        ("满" * 71, SegmentCount("ucs2", 71, 2)),
        ("满" * 134, SegmentCount("ucs2", 134, 2)),
        ("满" * 135, SegmentCount("ucs2", 135, 3)),
        ("😀" * 35, SegmentCount("ucs2", 70, 1)),
        # 67 is odd: 33 pairs a part.
        ("😀" * 67, SegmentCount("ucs2", 134, 3)),
        ("€满", SegmentCount("ucs2", 2, 1)),
    ],
)
def test_counts_match_the_standard(text: str, expected: SegmentCount) -> None:
    """Encoding, units and segments at and beside every limit."""
    assert count_segments(text) == expected


@given(_MIXED | _GSM)
def test_parts_are_the_text_and_keep_the_limit(text: str) -> None:
    """Joined parts give the text; no part is over the limit of the whole text's encoding."""
    count = count_segments(text)
    parts = split_segments(text)
    single, several = _LIMITS[count.encoding]

    assert "".join(parts) == text
    assert len(parts) == count.segments
    assert all(_units(part, count.encoding) <= (single if len(parts) == 1 else several) for part in parts)


@given(_MIXED)
def test_surrogate_pairs_are_never_cut(text: str) -> None:
    """Every part is well-formed UTF-16 by itself."""
    joined = b"".join(part.encode("utf-16-be") for part in split_segments(text))
    assert joined.decode("utf-16-be") == text


@given(_MIXED)
def test_units_are_utf16_code_units(text: str) -> None:
    """UTF-16 units are counted as the codec writes them."""
    assert utf16_units(text) == len(text.encode("utf-16-be")) // 2


@given(_MIXED, st.integers(0, 120))
def test_fitted_text_keeps_its_budget(text: str, units: int) -> None:
    """A fitted text is the text itself when it fits, else a beginning of it with an ellipsis."""
    fitted = fit(text, units)

    assert utf16_units(fitted) <= units
    if utf16_units(text) <= units:
        assert fitted == text
    elif units:
        assert fitted.endswith("…")
        assert text.startswith(fitted[:-1])


@pytest.mark.parametrize(
    ("text", "units", "expected"),
    [
        ("居民身份证换领", 7, "居民身份证换领"),
        ("居民身份证换领", 6, "居民身份证…"),
        ("😀😀😀", 5, "😀😀…"),
        ("😀😀😀", 4, "😀…"),
        ("ab", 1, "…"),
        ("ab", 0, ""),
    ],
)
def test_fit_cuts_before_a_character(text: str, units: int, expected: str) -> None:
    """The ellipsis counts as one unit and half a surrogate pair is never kept."""
    assert fit(text, units) == expected


def _units(text: str, encoding: str) -> int:
    if encoding == "ucs2":
        return len(text.encode("utf-16-be")) // 2
    return len(text) + sum(c in "€[]{}~^|\\\f" for c in text)
