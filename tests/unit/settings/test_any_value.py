"""Whatever an operator writes, the answer is settings or findings."""

from __future__ import annotations

import json
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.rules import QuietHours
from gateway.settings import SettingsError, load_settings
from gateway.settings.model import fields, holds_list, secret_mark
from gateway.settings.spelling import spelled
from gateway.settings.values import parse_duration, parse_quiet_hours

VARIABLES = {key.variable: key for key, _ in fields()}
SECRETS = [key.variable for key, field in fields() if secret_mark(field)]
LISTS = [key.variable for key, field in fields() if holds_list(field)]
scribble = st.text(st.characters(exclude_characters="\0"), max_size=30)
plausible = st.from_regex(
    r"[0-9]{1,6}[smhdw]?|[0-9:-]{5,11}|https?://[a-z0-9.:@?#/\[\]]{0,12}", fullmatch=True
)
items = st.lists(
    scribble | st.integers() | st.booleans() | st.none() | st.lists(scribble, max_size=2), max_size=3
)


def faults_of(environ: dict[str, str]) -> list[str]:
    """What is found wrong; anything but settings or findings fails the test."""
    try:
        load_settings(environ=environ)
    except SettingsError as error:
        return [str(finding) for finding in error.findings]
    return []


@pytest.fixture(autouse=True, scope="module")
def in_empty_folder(tmp_path_factory: pytest.TempPathFactory) -> object:
    """No settings file lies where it would be picked up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("empty"))
        yield


@given(st.sampled_from(sorted(VARIABLES)), scribble | plausible)
def test_any_text_in_any_variable_is_taken_or_told(variable: str, text: str) -> None:
    """A fault is told with the variable's name, one line each, and nothing else breaks."""
    for fault in faults_of({variable: text}):
        assert fault.startswith(f"{variable}: ")
        assert ", " in fault


@given(st.sampled_from(sorted(LISTS)), items)
def test_any_list_in_any_list_variable_is_taken_or_told(variable: str, value: list[object]) -> None:
    """Lists of the wrong things are told too."""
    for fault in faults_of({variable: json.dumps(value)}):
        assert fault.startswith(f"{variable}: ")


@pytest.mark.requirement("R-18")
@given(st.sampled_from(sorted(SECRETS)), st.from_regex(r"[QXZ]{12}[0-9A-Za-z+/=:@]{0,20}", fullmatch=True))
def test_no_finding_repeats_a_secret(variable: str, secret: str) -> None:
    """A secret that cannot be used is not shown to whoever reads the message."""
    text = json.dumps([secret]) if variable in LISTS else secret

    assert secret[:12] not in "".join(faults_of({variable: text}))


@given(st.integers(min_value=1, max_value=10**9))
def test_durations_are_written_as_they_are_read(seconds: int) -> None:
    """What the reference prints is what a file may hold."""
    duration = timedelta(seconds=seconds % (36_525 * 86_400))

    assert parse_duration(json.loads(spelled(duration))) == duration


minutes = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@given(minutes, minutes)
def test_quiet_hours_are_written_as_they_are_read(start: time, end: time) -> None:
    """Also over midnight."""
    if start != end:
        assert parse_quiet_hours(json.loads(spelled(QuietHours(start, end)))) == QuietHours(start, end)
