"""Flows of one's own stand beside those delivered, and go before them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.bootstrap.findings import find_faults
from gateway.bootstrap.flows import find_flow, flow_paths, load_flow, load_flows, recordings_folders
from gateway.domain.errors import ConfigurationError

DELIVERED = Path(__file__).parents[3] / "ivr_flows" / "hotline_rating.yaml"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An operator's folder of flows, empty."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "ivr_flows"
    folder.mkdir()
    return folder


def write(folder: Path, name: str, old: str = "", new: str = "") -> None:
    """A flow of the operator's own: the delivered one with another name and a change."""
    text = DELIVERED.read_text(encoding="utf-8").replace("name: hotline_rating", f"name: {name}")
    (folder / f"{name}.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_folder_of_one_s_own_hides_no_delivered_flow(own: Path) -> None:
    """Both are loaded; each is found by its name."""
    write(own, "window_rating")

    flows = load_flows()

    assert (flows.find("window_rating").name, flows.find("hotline_rating").name) == (
        "window_rating",
        "hotline_rating",
    )
    assert list(flow_paths()) == ["hotline_rating", "window_rating"]
    assert find_flow("window_rating").resolve() == own / "window_rating.yaml"
    assert find_flow("hotline_rating").resolve() == DELIVERED


def test_a_flow_of_one_s_own_goes_before_the_delivered_one(own: Path) -> None:
    """By file name: the changed one is what callers hear, and where its recordings are looked for."""
    write(own, "hotline_rating", "再见。", "祝您愉快，再见。")

    assert find_flow("hotline_rating").resolve() == own / "hotline_rating.yaml"
    assert load_flows().find("hotline_rating").version != load_flow(DELIVERED).version
    assert recordings_folders()["hotline_rating"][0].resolve() == own / "hotline_rating.audio"


def test_all_flows_are_checked_and_may_be_chosen(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of any is told; the setting may name any."""
    write(own, "window_rating")
    for name in ("window_rating", "hotline_rating"):
        monkeypatch.setenv("HAOCHAPING_VOICE__FLOW", name)
        assert find_faults(None) == []

    write(own, "window_rating", "start: opening", "start: nowhere")
    (fault,) = find_faults(None)
    assert fault.startswith("ivr_flows/window_rating.yaml:")


def test_an_unknown_flow_is_told_with_all_that_there_are(own: Path) -> None:
    """Delivered and own ones."""
    write(own, "window_rating")

    with pytest.raises(ConfigurationError, match="known are: hotline_rating, window_rating"):
        find_flow("elsewhere")
