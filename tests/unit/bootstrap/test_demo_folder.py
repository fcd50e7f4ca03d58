"""The demonstration's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.bootstrap.demo_folder import demo_folder
from gateway.domain.errors import ConfigurationError


def test_each_start_finds_it_empty(tmp_path: Path) -> None:
    """What an earlier demonstration kept is gone, folders too; what it keeps now stays after it ended."""
    folder = tmp_path / "var" / "demo"
    with demo_folder(folder) as held:
        (held / "gateway.db").write_text("x", encoding="utf-8")
        (held / "mail").mkdir()
        (held / "mail" / "a.eml").write_text("x", encoding="utf-8")
    assert (folder / "mail" / "a.eml").exists()

    with demo_folder(folder) as held:
        assert [path.name for path in held.iterdir()] == [".haochaping-demo"]


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    """A folder with anything that no demonstration put there is refused, untouched."""
    precious = tmp_path / "gateway.db"
    precious.write_text("ratings", encoding="utf-8")

    with pytest.raises(ConfigurationError, match="name another folder"), demo_folder(tmp_path):
        pass

    assert precious.read_text(encoding="utf-8") == "ratings"


def test_two_demonstrations_do_not_share_it(tmp_path: Path) -> None:
    """The second is refused while the first runs, and what the first keeps stays."""
    with demo_folder(tmp_path / "demo") as held:
        kept = held / "gateway.db"
        kept.write_text("x", encoding="utf-8")
        with pytest.raises(ConfigurationError, match="another demonstration"), demo_folder(held):
            pass
        assert kept.exists()


def test_links_out_of_it_are_cut_not_followed(tmp_path: Path) -> None:
    """Emptying never reaches what a link points to."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("x", encoding="utf-8")
    with demo_folder(tmp_path / "demo") as held:
        (held / "link").symlink_to(outside)

    with demo_folder(tmp_path / "demo") as held:
        assert not (held / "link").exists()
    assert (outside / "precious").exists()


def test_a_place_that_is_no_folder_is_named(tmp_path: Path) -> None:
    """A file in the way ends in one clear line."""
    (tmp_path / "file").write_text("x", encoding="utf-8")

    with pytest.raises(ConfigurationError, match="cannot be used"), demo_folder(tmp_path / "file"):
        pass
