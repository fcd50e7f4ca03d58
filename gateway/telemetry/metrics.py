"""What operators count and measure; docs/metrics.md tells what each figure answers.

Labels hold only words from this software's own tables, never anything a caller or carrier chose, so that
the number of series stays small and no phone number can become one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""Of what `Metrics.expose` returns."""
_PREFIX: Final = "haochaping"
_WEBHOOK_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)
"""Up to the 15 s after which Twilio gives up."""
_DELIVERY_SECONDS: Final = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400)
_BREAKER_STATES: Final = ("closed", "half_open", "open")
_GROUP_SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)


def rule_group(rule: str) -> str:
    """How replies are told apart by the rule that read them: of `opt_out.word` the part before the dot."""
    return rule.partition(".")[0] or "none"


class Metrics:
    """The figures of one process, in a registry of their own; methods may be called from any thread."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._counters: dict[str, Callable[..., Counter]] = {}
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self._calls = self._counter("calls_ended", "Rating calls by how they ended.", "ending")
        self._calls_made = self._counter("calls_made", "Calls that we made, by what came of them.", "outcome")
        self._ratings = self._counter("ratings", "Ratings recorded.", "level", "channel", "sequence")
        self._refused = self._counter("ratings_refused", "Ratings that a rule refused.", "reason")
        self._repeated = self._counter("events_repeated", "Events that had been seen before.", "kind")
        self._reminders = self._counter("reminders", "Reminders by what became of them.", "result")
        self._replies = self._counter("replies", "Text messages by how they were read.", "outcome", "rule")
        self._receipts = self._counter("receipts", "Delivery receipts of texts.", "provider", "status", "way")
        self._missed = self._counter("receipts_missed", "Texts whose fate was never told.", "provider")
        self._answers = self._counter(
            "carrier_answers", "Texts handed to carriers, by their answer.", "provider", "result"
        )
        self._breakers = self._gauge(
            "carrier_breaker", "Whether a carrier is given texts: 0 yes, 1 one to probe it, 2 no.", "provider"
        )
        self._look_ups = self._counter(
            "texts_looked_up", "Texts of unknown outcome, by what was found out.", "provider", "result"
        )
        self._deliveries = self._counter("deliveries", "Delivery attempts by result.", "kind", "result")
        self._delivered = self._histogram(
            "delivery_age_seconds", "From an entry's creation to its delivery.", _DELIVERY_SECONDS, "kind"
        )
        self._awaited = self._counter("turns_awaited", "Pauses that a carrier's pace asked for.", "carrier")
        self._webhooks = self._counter(
            "webhook_requests", "Webhook requests answered.", "provider", "kind", "status"
        )
        self._answered = self._histogram(
            "webhook_seconds", "Time to answer a webhook.", _WEBHOOK_SECONDS, "provider", "kind"
        )
        self._groups = self._histogram("commit_group_size", "Units of work in one commit.", _GROUP_SIZES)
        self._pbx_left = self._counter("pbx_calls_left", "Calls on PBXs by their outcome.", "pbx", "outcome")
        self._callers_refused = self._counter("api_callers_refused", "Requests answered 429.", "why")
        self._waiting = self._gauge("outbox_waiting", "Entries that wait for delivery.", "kind")
        self._dead = self._gauge("outbox_dead", "Entries given up, to be retried by hand.", "kind")
        self._oldest = self._gauge("outbox_oldest_age_seconds", "Age of the oldest waiting entry.", "kind")

    def call_ended(self, *, ending: str) -> None:
        """A rating call ended in this way (`domain.calls.CallEnding`)."""
        self._calls(ending).inc()

    def call_made(self, *, outcome: str) -> None:
        """A call that we made came to this (`domain.call_plan.CallOutcome`)."""
        self._calls_made(outcome).inc()

    def rating_recorded(self, *, level: str, channel: str, sequence: int) -> None:
        """A rating was recorded; copies for a batch or theme are not counted again."""
        self._ratings(level, channel, sequence).inc()

    def rating_refused(self, *, reason: str) -> None:
        """A rule refused a rating (`domain.rating_rules.Refusal`)."""
        self._refused(reason).inc()

    def event_repeated(self, *, kind: str) -> None:
        """A carrier or caller brought something again; it had no second effect."""
        self._repeated(kind).inc()

    def reminder_judged(self, *, verdict: str, count: int = 1) -> None:
        """`count` reminders were sent, postponed, dropped or cancelled."""
        self._reminders(verdict).inc(count)

    def reply_read(self, *, outcome: str, rule: str) -> None:
        """A text message was read, by this rule (`rule_group`)."""
        self._replies(outcome, rule_group(rule)).inc()

    def receipt_arrived(self, *, provider: str, status: str, way: str) -> None:
        """A carrier said how far a text got (`domain.receipts.DeliveryStatus`): `webhook` or `polled`."""
        self._receipts(provider, status, way).inc()

    def receipt_missed(self, *, provider: str) -> None:
        """What became of a text will never be known."""
        self._missed(provider).inc()

    def carrier_answered(self, *, provider: str, result: str) -> None:
        """A carrier was handed a text: `accepted`, `refused` for good, `failed`, `unknown`."""
        self._answers(provider, result).inc()

    def carrier_breaker(self, *, provider: str, state: str) -> None:
        """A carrier's breaker is now `closed`, `half_open` or `open`."""
        self._breakers(provider).set(_BREAKER_STATES.index(state))

    def text_looked_up(self, *, provider: str, result: str) -> None:
        """A text in doubt: `taken`, `not_taken`, `untold`; by the rule `repeated` or `given_up`."""
        self._look_ups(provider, result).inc()

    def delivery_settled(self, *, kind: str, result: str, age_seconds: float) -> None:
        """An attempt to deliver ended: `done`, `dead`, `dropped`, or `later` when it is tried again."""
        self._deliveries(kind, result).inc()
        if result == "done":
            self._delivered(kind).observe(max(age_seconds, 0.0))

    def turn_awaited(self, *, carrier: str) -> None:
        """Nothing was handed to the carrier for the moment, for its pace asks for a pause."""
        self._awaited(carrier).inc()

    def webhook_answered(self, *, provider: str, kind: str, status: int, seconds: float) -> None:
        """A carrier's request was answered."""
        self._webhooks(provider, kind, status).inc()
        self._answered(provider, kind).observe(seconds)

    def caller_refused(self, *, why: str) -> None:
        """A caller of the API asks too fast: `rate` of the token, or `failures` with tokens it guessed."""
        self._callers_refused(why).inc()

    def pbx_connected(self, *, pbx: str, there: bool) -> None:
        """The connection to a PBX, by its host and port, is there or not."""
        self._pbx_there(pbx).set(there)

    def pbx_calls(self, *, pbx: str, count: int) -> None:
        """So many callers are being led on a PBX."""
        self._pbx_calls(pbx).set(count)

    def pbx_call_left(self, *, pbx: str, outcome: str) -> None:
        """A call was let go: `done`, `gone`, or given back to the dial plan for the reason it is told."""
        self._pbx_left(pbx, outcome).inc()

    def pbx_key_answered(self, *, pbx: str, seconds: float) -> None:
        """From a key to the beginning of the next prompt, by the PBX's clock."""
        self._pbx_answered(pbx).observe(seconds)

    def group_committed(self, *, size: int) -> None:
        """So many units of work went into one commit."""
        self._groups().observe(size)

    def outbox_measured(self, *, kind: str, waiting: int, dead: int, oldest_age_seconds: float) -> None:
        """The outbox of one kind as it is now; tell every kind, also the empty ones, before `expose`."""
        self._waiting(kind).set(waiting)
        self._dead(kind).set(dead)
        self._oldest(kind).set(max(oldest_age_seconds, 0.0))

    def reminders_measured(self, *, overdue_seconds: float) -> None:
        """The reminder that is due the longest was so this long ago; 0 while none is."""
        self._overdue.set(max(overdue_seconds, 0.0))

    def redis_noticed(self, *, there: bool) -> None:
        """Redis passes on what this process tells, or not; the figure is exposed once this was told."""
        self._redis.set(there)

    def check_judged(self, *, check: str, passing: bool) -> None:
        """What `/readyz` asks for is there, or not."""
        self._passing(check).set(passing)

    def disk_measured(self, *, place: str, free_bytes: int) -> None:
        """So much room is left for what is written there."""
        self._disk(place).set(free_bytes)

    def backup_seen(self, *, age_seconds: float) -> None:
        """The newest copy of the database is so old; infinity where there is none."""
        self._backup.set(age_seconds)

    def clock_compared(self, *, skew_seconds: float) -> None:
        """The database's clock is ahead of ours by so much; exposed once this was told."""
        self._skew.set(skew_seconds)

    def begin(self, name: str, *labels: str | int) -> None:
        """Expose a counter at zero, for whoever watches it rise; the name is that without prefix."""
        self._counters[name](*labels)

    def expose(self) -> bytes:
        """All figures in Prometheus' text format (`CONTENT_TYPE`)."""
        return generate_latest(self._registry)

    @cached_property
    def _overdue(self) -> Gauge:
        meaning = "How long the longest due reminder has waited to be judged."
        return self._gauge("reminders_overdue_seconds", meaning)()

    @cached_property
    def _redis(self) -> Gauge:
        meaning = "1 while processes wake each other and share paces by Redis, else 0."
        return self._gauge("redis_connected", meaning)()

    @cached_property
    def _pbx_there(self) -> Callable[..., Gauge]:
        return self._gauge("pbx_connected", "1 while the connection to a PBX is there, else 0.", "pbx")

    @cached_property
    def _pbx_calls(self) -> Callable[..., Gauge]:
        return self._gauge("pbx_calls", "Callers being led on a PBX.", "pbx")

    @cached_property
    def _pbx_answered(self) -> Callable[..., Histogram]:
        return self._histogram(
            "pbx_key_seconds", "From a key to the next prompt, at the PBX.", _WEBHOOK_SECONDS, "pbx"
        )

    @cached_property
    def _passing(self) -> Callable[..., Gauge]:
        return self._gauge("check_passing", "1 while what readiness asks for is there, else 0.", "check")

    @cached_property
    def _disk(self) -> Callable[..., Gauge]:
        return self._gauge("disk_free_bytes", "Room on the disks that are written to.", "place")

    @cached_property
    def _backup(self) -> Gauge:
        return self._gauge("newest_backup_age_seconds", "How old the newest copy of the database is.")()

    @cached_property
    def _skew(self) -> Gauge:
        return self._gauge("clock_skew_seconds", "By how much the database's clock is ahead of this one.")()

    # A labelled figure is found once and remembered: finding it costs more than counting with it.

    def _counter(self, name: str, meaning: str, *labels: str) -> Callable[..., Counter]:
        counter = Counter(f"{_PREFIX}_{name}", meaning, labels, registry=self._registry)
        self._counters[name] = found = cache(counter.labels)
        return found

    def _gauge(self, name: str, meaning: str, *labels: str) -> Callable[..., Gauge]:
        figures = Gauge(f"{_PREFIX}_{name}", meaning, labels, registry=self._registry)
        return cache(figures.labels if labels else lambda: figures)

    def _histogram(
        self, name: str, meaning: str, buckets: tuple[float, ...], *labels: str
    ) -> Callable[..., Histogram]:
        figures = Histogram(f"{_PREFIX}_{name}", meaning, labels, buckets=buckets, registry=self._registry)
        return cache(figures.labels if labels else lambda: figures)
