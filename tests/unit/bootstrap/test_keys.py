"""Where the key that seals comes from: given, made once for an SQLite file, never for many machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.bootstrap.findings import find_faults
from gateway.bootstrap.keys import open_personal_data
from gateway.domain.errors import ConfigurationError
from gateway.settings import Settings, load_settings
from tests.peers.gateway_settings import KEYS

POSTGRESQL = "postgresql://gateway@db/gateway"


def settings(**given: str) -> Settings:
    """Settings by their environment names."""
    return load_settings(environ={f"HAOCHAPING_{name}": value for name, value in given.items()})


@pytest.mark.requirement("R-18")
def test_no_machine_makes_a_key_for_a_database_that_serves_several__regression(tmp_path: Path) -> None:
    """Each would make its own, and ratings by text would find no invitation; nothing is written."""
    file = tmp_path / "keys/privacy.key"

    with pytest.raises(ConfigurationError, match="the same on all machines; make one with"):
        open_personal_data(settings(DATABASE__URL=POSTGRESQL), file)
    assert not file.parent.exists()
    open_personal_data(settings(DATABASE__URL=POSTGRESQL, PRIVACY__KEYS=KEYS), file)
    assert not file.parent.exists()


def test_a_key_that_was_made_before_goes_on_being_read(tmp_path: Path) -> None:
    """A single machine that made its key with an earlier version starts as ever."""
    file = tmp_path / "keys/privacy.key"
    made = open_personal_data(settings(), file)

    kept = open_personal_data(settings(DATABASE__URL=POSTGRESQL), file)

    assert kept.unseal(made.seal("words")) == "words"


def test_a_check_tells_of_the_missing_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a start does."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HAOCHAPING_DATABASE__URL", POSTGRESQL)

    told = find_faults(None)
    monkeypatch.setenv("HAOCHAPING_PRIVACY__KEYS", KEYS)

    assert [line for line in told if line.startswith("privacy.keys: with PostgreSQL")]
    assert len(find_faults(None)) == len(told) - 1
