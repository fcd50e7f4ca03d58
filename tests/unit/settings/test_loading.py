"""Where settings come from, which place wins, and what an operator is told about faults."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.settings import Settings, SettingsError, load_settings

KEY = "A" * 43 + "="


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings file lies where it would be picked up."""
    monkeypatch.chdir(tmp_path)


def file_of(tmp_path: Path, text: str) -> Path:
    """A settings file with that text."""
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(config: Path | None = None, **environ: str) -> list[str]:
    """The lines an operator reads, with the folder's name taken off."""
    with pytest.raises(SettingsError) as refused:
        load_settings(config, environ)
    return [line.rpartition("/settings.toml:")[2] for line in str(refused.value).splitlines()]


def test_nothing_configured_runs_the_embedded_defaults() -> None:
    """Without a file and without variables the settings are the defaults."""
    assert load_settings(environ={}) == Settings()


def test_environment_goes_over_the_file(tmp_path: Path) -> None:
    """A variable wins over the file, the file over the default, key by key."""
    config = file_of(tmp_path, '[server]\nhost = "10.0.0.1"\nport = 9000\n')

    server = load_settings(config, {"HAOCHAPING_SERVER__PORT": "9001"}).server

    assert (server.host, server.port, server.body_limit) == ("10.0.0.1", 9001, 1_048_576)


def test_file_is_found_in_its_three_places(tmp_path: Path) -> None:
    """The argument goes before $HAOCHAPING_CONFIG, and that before config/gateway.toml."""
    files = {}
    for port, name in ((1001, "argument.toml"), (1002, "variable.toml"), (1003, "config/gateway.toml")):
        files[port] = tmp_path / name
        files[port].parent.mkdir(exist_ok=True)
        files[port].write_text(f"[server]\nport = {port}\n", encoding="utf-8")
    environ = {"HAOCHAPING_CONFIG": str(files[1002])}

    ports = [
        load_settings(files[1001], environ).server.port,
        load_settings(None, environ).server.port,
        load_settings(None, {}).server.port,
    ]

    assert ports == [1001, 1002, 1003]


def test_named_file_that_is_missing_is_told(tmp_path: Path) -> None:
    """A file that was named and is not there is a fault, never silently the defaults."""
    (fault,) = faults_of(tmp_path / "elsewhere.toml")

    assert fault.endswith(
        "elsewhere.toml: cannot be read (no such file or directory), check the path and its rights"
    )


def test_lists_are_json_in_the_environment() -> None:
    """A list variable holds JSON; empty means the empty list."""
    settings = load_settings(
        environ={"HAOCHAPING_RULES__HOLIDAYS": '["2027-01-01"]', "HAOCHAPING_API__TOKENS": ""}
    )

    assert [day.isoformat() for day in settings.rules.holidays] == ["2027-01-01"]
    assert settings.api.tokens == ()


def test_public_url_follows_host_and_port() -> None:
    """Without a public URL the gateway is reached where it listens."""
    environ = {"HAOCHAPING_SERVER__HOST": "::", "HAOCHAPING_SERVER__PORT": "9000"}

    assert load_settings(environ=environ).server.public_url == "http://127.0.0.1:9000"


@pytest.mark.requirement("R-18")
def test_secret_in_the_file_is_refused_without_repeating_it(tmp_path: Path) -> None:
    """A secret may not stand in the settings file, and the refusal does not print it."""
    config = file_of(tmp_path, '[smtp]\npassword = "hunter2"\n')

    faults = faults_of(config)

    assert faults[0] == (
        "2: password is a secret and may not stand in this file, "
        "move it to the variable HAOCHAPING_SMTP__PASSWORD, or to a file named by password_file"
    )
    assert "hunter2" not in str(faults)


def test_secret_comes_from_a_file_of_its_own(tmp_path: Path) -> None:
    """Variable and key may name a file that holds the secret; lists stand one to a line."""
    (tmp_path / "token").write_text("s3cret\n", encoding="utf-8")
    (tmp_path / "keys").write_text(f"{KEY}\n\n", encoding="utf-8")
    config = file_of(tmp_path, '[core_store]\ntoken_file = "token"\n')

    settings = load_settings(config, {"HAOCHAPING_PRIVACY__KEYS_FILE": "keys"})

    assert settings.core_store.token.get_secret_value() == "s3cret"
    assert [key.get_secret_value() for key in settings.privacy.keys] == [KEY]


def test_unreadable_secret_file_is_told_once(tmp_path: Path) -> None:
    """The file's fault is told, not also that the secret is missing."""
    config = file_of(tmp_path, '[core_store]\nkind = "http"\nurl = "http://store"\ntoken_file = "none"\n')

    (fault,) = faults_of(config)

    assert fault == (
        "4: the file for core_store.token cannot be used (no such file or directory), "
        "name a file that holds it and that this user can read"
    )


def test_secret_given_twice_in_one_place_is_a_fault(tmp_path: Path) -> None:
    """Nobody should have to guess which of two is meant."""
    (tmp_path / "token").write_text("s3cret", encoding="utf-8")
    environ = {"HAOCHAPING_CORE_STORE__TOKEN": "other", "HAOCHAPING_CORE_STORE__TOKEN_FILE": "token"}

    (fault,) = faults_of(None, **environ)

    assert fault == (
        "HAOCHAPING_CORE_STORE__TOKEN_FILE: core_store.token is given twice, here and at "
        "HAOCHAPING_CORE_STORE__TOKEN, keep one of the two"
    )


@pytest.mark.requirement("R-18")
def test_nothing_that_is_printed_shows_a_secret() -> None:
    """Neither repr nor str nor a dump shows passwords, tokens or keys."""
    environ = {
        "HAOCHAPING_DATABASE__URL": "postgresql://gateway:s3cret@db/gateway",
        "HAOCHAPING_API__TOKENS": json.dumps(["s3cret"]),
        "HAOCHAPING_TWILIO__AUTH_TOKEN": "s3cret",
        "HAOCHAPING_PRIVACY__KEYS": json.dumps([KEY]),
    }

    settings = load_settings(environ=environ)

    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert "s3cret" not in shown
    assert KEY not in shown


def test_every_fault_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    """Faults of the file come in the order of its lines, then those of variables; each has its remedy."""
    config = file_of(
        tmp_path,
        '[server]\nport = "x"\nhots = "a"\n\n[ruls]\n\n[rules]\nquiet_hours = "25:00-01:00"\n'
        'reminder_after = 24\ntimezone = "Mars"\n',
    )

    faults = faults_of(config, HAOCHAPING_SERVR__PORT="1", HAOCHAPING_SMS__PROVIDERS="twilio")

    assert [fault.partition(": ")[0] for fault in faults] == [
        "2",
        "3",
        "5",
        "8",
        "9",
        "10",
        "HAOCHAPING_SERVR__PORT",
        "HAOCHAPING_SMS__PROVIDERS",
    ]
    assert faults[1] == "3: unknown key 'hots' in [server], write host, or take it out"
    assert faults[2] == "5: unknown section 'ruls', write rules, or take it out"
    assert faults[6].endswith("unknown variable, write HAOCHAPING_SERVER__PORT, or take it out")


def test_file_that_is_no_toml_names_its_line(tmp_path: Path) -> None:
    """A slip in the file is told with the line that has it."""
    (fault,) = faults_of(file_of(tmp_path, "[server]\nport 8080\n"))

    assert fault.startswith("2: is not TOML:")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("90s", 90), ("15m", 900), ("24h", 86_400), ("30d", 2_592_000), ("1h 30m", 5_400), ("2w", 1_209_600)],
)
def test_durations_are_read(written: str, meant: int) -> None:
    """A duration is numbers with units."""
    settings = load_settings(environ={"HAOCHAPING_RULES__ADDITIONAL_PERIOD": written})

    assert settings.rules.additional_period == timedelta(seconds=meant)


@pytest.mark.parametrize("written", ["", "24", "h", "1 day", "-1h", "1.5h", "24h!", "0s"])
def test_other_durations_are_refused(written: str) -> None:
    """Nothing is guessed, and what must take time cannot take none."""
    (fault,) = faults_of(None, HAOCHAPING_RULES__ADDITIONAL_PERIOD=written)

    assert fault.startswith("HAOCHAPING_RULES__ADDITIONAL_PERIOD: rules.additional_period")


@pytest.mark.parametrize("written", ["15 working days", "15wd", "15 Working Days"])
@pytest.mark.requirement("R-11")
def test_working_days_are_read(written: str) -> None:
    """A deadline is a number of working days."""
    rules = load_settings(environ={"HAOCHAPING_RULES__RECTIFY_DEADLINE": written}).rules_for_domain()

    assert rules.rectify_working_days == 15


@pytest.mark.parametrize("written", ["15", "15 days", "0 working days", "soon", ""])
def test_other_deadlines_are_refused(written: str) -> None:
    """Plain days and working days are never mixed up."""
    (fault,) = faults_of(None, HAOCHAPING_RULES__RECTIFY_DEADLINE=written)

    assert "is not a number of working days" in fault


def test_default_rules_are_the_domains() -> None:
    """The settings' defaults and the domain's are the same table, but for the calendar, which is China's."""
    from gateway.adapters.chinese_calendar import is_chinese_workday
    from gateway.domain.rules import Rules
    from gateway.domain.working_time import WorkCalendar

    rules = Settings().rules_for_domain()

    assert rules.calendar == WorkCalendar(usual=is_chinese_workday)
    assert replace(rules, calendar=WorkCalendar()) == Rules()


def test_empty_quiet_hours_switch_them_off() -> None:
    """Empty is off; a span of no length is a slip."""
    assert load_settings(environ={"HAOCHAPING_RULES__QUIET_HOURS": ""}).rules_for_domain().quiet_hours is None
    (fault,) = faults_of(None, HAOCHAPING_RULES__QUIET_HOURS="08:00-08:00")
    assert "begins and ends at the same time" in fault


@pytest.mark.parametrize(
    "keys",
    [["short"], [KEY, KEY], ["!" * 44], [KEY.rstrip("=")]],
    ids=["short", "twice", "no base64", "unpadded"],
)
@pytest.mark.requirement("R-18")
def test_unusable_privacy_keys_are_refused_without_repeating_them(keys: list[str]) -> None:
    """A key is the base64 of 32 bytes and stands once."""
    (fault,) = faults_of(None, HAOCHAPING_PRIVACY__KEYS=json.dumps(keys))

    assert fault.startswith("HAOCHAPING_PRIVACY__KEYS: privacy.keys has")
    assert keys[0] not in fault


@pytest.mark.parametrize("traces", ["1h", "6d"])
def test_what_keeps_things_from_going_twice_is_kept_for_a_week(traces: str) -> None:
    """An entry that is settled is what tells that its text or email has left."""
    (told,) = faults_of(HAOCHAPING_PRIVACY__TRACES=traces)
    assert "7 days" in told
