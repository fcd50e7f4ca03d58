"""The committed reference and example say what the settings are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.settings import Settings, load_settings, reference

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("committed", "text"),
    [
        ("docs/configuration.md", reference.as_markdown()),
        ("config/gateway.example.toml", reference.as_toml()),
    ],
)
def test_committed_file_is_current(committed: str, text: str) -> None:
    """After a change of the settings, docs/configuration_reference.py has to be run."""
    assert (ROOT / committed).read_text(encoding="utf-8") == text


def test_every_key_is_explained() -> None:
    """A key without a meaning is no use to an operator."""
    assert [
        str(described.key) for described in reference.describe() if not described.meaning.endswith(".")
    ] == []


def test_example_is_the_defaults_written_out(tmp_path: Path) -> None:
    """The example may be used as it is; with every # taken off it still is the defaults."""
    example = (ROOT / "config/gateway.example.toml").read_text(encoding="utf-8")
    path = tmp_path / "gateway.toml"
    path.write_text(re.sub(r"(?m)^#(?=[a-z_]+ = )", "", example), encoding="utf-8")

    settings = load_settings(path, {})

    assert settings == Settings()
    written = sum(len(getattr(settings, name).model_fields_set) for name in Settings.model_fields)
    assert written == sum(not described.secret for described in reference.describe())
