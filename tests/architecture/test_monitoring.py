"""Alert rules and dashboard ask for figures that exist, and lead to words that help."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from gateway.domain.outbox import OutboxKind
from tests.architecture.source import ROOT
from tests.unit.telemetry.test_metrics import told

MONITORING = ROOT / "docker/monitoring"
OF_PROMETHEUS_AND_PROCESS = re.compile(r"\b(?:up|process_\w+)\b")


def rules() -> list[dict[str, Any]]:
    """All alerts."""
    document = yaml.safe_load((MONITORING / "alerts.yaml").read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    """The dashboard."""
    read: dict[str, Any] = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))
    return read


def questions() -> dict[str, str]:
    """Every expression by where it stands."""
    found = {rule["alert"]: rule["expr"] for rule in rules()}
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", []):
            found[f"{panel['title']} {target['refId']}"] = target["expr"]
    return found


def exported() -> dict[str, set[str]]:
    """The names that a process exposes, each with its labels."""
    names: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(told().expose().decode()):
        for sample in family.samples:
            names.setdefault(sample.name, set()).update(sample.labels)
    return names


@pytest.mark.parametrize("place", questions())
def test_figures_and_labels_exist(place: str) -> None:
    """A misspelt figure never rings."""
    expression, known = questions()[place], exported()
    named = set(re.findall(r"\bhaochaping_\w+", expression))

    assert named - set(known) == set()
    assert named or OF_PROMETHEUS_AND_PROCESS.search(expression)
    for name, selector in re.findall(r"\b(haochaping_\w+)\{([^}]*)\}", expression):
        assert set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector)) <= known[name]
    for name in re.findall(r"\b(process_\w+)", expression):
        assert name in known


def test_no_kind_of_delivery_waits_unnoticed() -> None:
    """Each has an alert for what waits too long; that for kinds of a newer version leaves out just these."""
    unknown = questions()["KindNotDelivered"]
    asked = " ".join(rule["expr"] for rule in rules() if "oldest_age_seconds" in rule["expr"])
    known = {kind.value for kind in OutboxKind}

    (left_out,) = re.findall(r'kind!~"([^"]+)"', unknown)
    assert set(left_out.split("|")) == known
    assert set("|".join(re.findall(r'kind=~?"([^"]+)"', asked)).split("|")) == known


def test_every_alert_has_its_entry_in_the_runbook_and_its_test() -> None:
    """Who is woken finds what to do; each rule is shown to ring."""
    runbook = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
    headings = {heading.lower() for heading in re.findall(r"^#+ (\w+)$", runbook, re.MULTILINE)}
    tests = yaml.safe_load((MONITORING / "alerts_test.yaml").read_text(encoding="utf-8"))["tests"]
    ringing = {
        test["alertname"] for each in tests for test in each["alert_rule_test"] if "exp_alerts" in test
    }

    for rule in rules():
        name, link = rule["alert"], rule["annotations"]["runbook_url"]
        assert link == f"docs/runbook.md#{name.lower()}"
        assert name.lower() in headings
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert ringing == {rule["alert"] for rule in rules()}


def test_the_dashboard_is_whole() -> None:
    """Panels have ids of their own, do not overlap, and every figure of ours is on one of them."""
    panels = dashboard()["panels"]
    cells = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len(set(cells)) == len(cells)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)
