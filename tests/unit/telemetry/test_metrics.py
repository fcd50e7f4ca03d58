"""What operators can count."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from gateway.telemetry.metrics import Metrics

PAGE = Path(__file__).resolve().parents[3] / "docs/metrics.md"


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """All figures by name and labels."""
    families = text_string_to_metric_families(metrics.expose().decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def told() -> Metrics:
    """Metrics to which everything has happened once."""
    metrics = Metrics()
    metrics.begin("calls_ended", "failed")
    metrics.call_ended(ending="rated")
    metrics.call_made(outcome="busy")
    metrics.rating_recorded(level="satisfied", channel="phone", sequence=1)
    metrics.rating_refused(reason="rated_twice")
    metrics.event_repeated(kind="rating")
    metrics.caller_refused(why="rate")
    metrics.reminder_judged(verdict="send", count=3)
    metrics.reply_read(outcome="rating", rule="numerals.chinese")
    metrics.receipt_arrived(provider="twilio", status="delivered", way="webhook")
    metrics.receipt_missed(provider="twilio")
    metrics.carrier_answered(provider="twilio", result="unknown")
    metrics.carrier_breaker(provider="twilio", state="open")
    metrics.text_looked_up(provider="twilio", result="taken")
    metrics.delivery_settled(kind="email", result="done", age_seconds=2)
    metrics.delivery_settled(kind="email", result="later", age_seconds=2)
    metrics.turn_awaited(carrier="twilio")
    metrics.webhook_answered(provider="twilio", kind="call_stepped", status=200, seconds=0.004)
    metrics.group_committed(size=27)
    metrics.outbox_measured(kind="sms", waiting=4, dead=1, oldest_age_seconds=60)
    metrics.reminders_measured(overdue_seconds=90)
    metrics.redis_noticed(there=True)
    metrics.pbx_connected(pbx="127.0.0.1:8088", there=True)
    metrics.pbx_calls(pbx="127.0.0.1:8088", count=3)
    metrics.pbx_call_left(pbx="127.0.0.1:8088", outcome="busy")
    metrics.pbx_key_answered(pbx="127.0.0.1:8088", seconds=0.02)
    metrics.check_judged(check="database", passing=True)
    metrics.disk_measured(place="var", free_bytes=1024)
    metrics.backup_seen(age_seconds=3600)
    metrics.clock_compared(skew_seconds=-0.5)
    return metrics


def test_everything_that_happens_is_counted() -> None:
    """Each verb moves its own figure, under its labels."""
    found = samples(told())

    expected = {
        ("calls_ended_total", (("ending", "failed"),)): 0,
        ("calls_ended_total", (("ending", "rated"),)): 1,
        ("calls_made_total", (("outcome", "busy"),)): 1,
        ("ratings_total", (("channel", "phone"), ("level", "satisfied"), ("sequence", "1"))): 1,
        ("ratings_refused_total", (("reason", "rated_twice"),)): 1,
        ("events_repeated_total", (("kind", "rating"),)): 1,
        ("reminders_total", (("result", "send"),)): 3,
        ("replies_total", (("outcome", "rating"), ("rule", "numerals"))): 1,
        ("receipts_total", (("provider", "twilio"), ("status", "delivered"), ("way", "webhook"))): 1,
        ("receipts_missed_total", (("provider", "twilio"),)): 1,
        ("carrier_answers_total", (("provider", "twilio"), ("result", "unknown"))): 1,
        ("carrier_breaker", (("provider", "twilio"),)): 2,
        ("texts_looked_up_total", (("provider", "twilio"), ("result", "taken"))): 1,
        ("deliveries_total", (("kind", "email"), ("result", "done"))): 1,
        ("deliveries_total", (("kind", "email"), ("result", "later"))): 1,
        ("delivery_age_seconds_count", (("kind", "email"),)): 1,
        ("delivery_age_seconds_sum", (("kind", "email"),)): 2,
        ("turns_awaited_total", (("carrier", "twilio"),)): 1,
        ("webhook_requests_total", (("kind", "call_stepped"), ("provider", "twilio"), ("status", "200"))): 1,
        ("webhook_seconds_bucket", (("kind", "call_stepped"), ("le", "0.005"), ("provider", "twilio"))): 1,
        ("webhook_seconds_bucket", (("kind", "call_stepped"), ("le", "0.0025"), ("provider", "twilio"))): 0,
        ("commit_group_size_sum", ()): 27,
        ("outbox_waiting", (("kind", "sms"),)): 4,
        ("outbox_dead", (("kind", "sms"),)): 1,
        ("outbox_oldest_age_seconds", (("kind", "sms"),)): 60,
        ("reminders_overdue_seconds", ()): 90,
        ("redis_connected", ()): 1,
        ("pbx_connected", (("pbx", "127.0.0.1:8088"),)): 1,
        ("pbx_calls", (("pbx", "127.0.0.1:8088"),)): 3,
        ("pbx_calls_left_total", (("outcome", "busy"), ("pbx", "127.0.0.1:8088"))): 1,
        ("pbx_key_seconds_sum", (("pbx", "127.0.0.1:8088"),)): 0.02,
    }
    assert {key: found[f"haochaping_{key[0]}", key[1]] for key in expected} == expected


def test_gauges_follow_the_outbox_down() -> None:
    """An outbox that has emptied shows as empty."""
    metrics = told()
    metrics.outbox_measured(kind="sms", waiting=0, dead=0, oldest_age_seconds=0)

    assert samples(metrics)["haochaping_outbox_waiting", (("kind", "sms"),)] == 0


def test_redis_is_a_figure_only_where_it_is_used() -> None:
    """Without it there is nothing to ring an alarm; lost, it shows as 0."""
    name = ("haochaping_redis_connected", ())
    metrics = told()
    metrics.redis_noticed(there=False)

    assert samples(metrics)[name] == 0
    assert name not in samples(Metrics())


def test_two_processes_in_one_do_not_mix() -> None:
    """Each Metrics has a registry of its own; nothing is global."""
    told()

    assert ("haochaping_calls_ended_total", (("ending", "rated"),)) not in samples(Metrics())


def test_every_verb_is_used_here() -> None:
    """A figure added without a test of it is noticed."""
    verbs = {name for name, _ in inspect.getmembers(Metrics, inspect.isfunction) if name[0] != "_"} - {
        "expose"
    }

    assert {verb for verb in verbs if f"metrics.{verb}(" in inspect.getsource(told)} == verbs


def test_every_figure_is_documented() -> None:
    """docs/metrics.md names every figure of ours, and none that does not exist."""
    families = text_string_to_metric_families(told().expose().decode())
    ours = {family.name for family in families if family.name.startswith("haochaping_")}
    ours = {name for name in ours if not name.endswith("_created")}
    written = set(re.findall(r"^\| `(haochaping_\w+)` ", PAGE.read_text(encoding="utf-8"), re.MULTILINE))

    assert {name.removesuffix("_total") for name in written} == ours
