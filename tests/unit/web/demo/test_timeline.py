"""The timeline: what it makes of log events and of webhooks."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.adapters.clock import MovableClock
from gateway.application.ports.webhook_provider import RawRequest, RawResponse, Webhook, WebhookKind
from gateway.domain.errors import InvalidInput, Unauthentic
from gateway.domain.events import CallEnded, Event, TextArrived
from gateway.domain.flow.instructions import Instruction
from gateway.domain.ids import CallId, MessageId
from gateway.web.demo.timeline import Timeline
from gateway.web.demo.watched import WatchedProvider

REQUEST = RawRequest("/x", "", {}, b"")
TEXT = TextArrived(message_id=MessageId("demo:DT1"), sender=None, line="12345", body="5")


class ScriptedProvider:
    """Does what it is told."""

    name = "scripted"
    webhooks: Sequence[Webhook] = (Webhook("/x", WebhookKind.TEXT_ARRIVED),)

    def __init__(self, event: Event) -> None:
        self.event = event
        self.refusal: Exception | None = None
        self.fault: Exception | None = None

    def verify(self, request: RawRequest) -> None:
        """Refuse when told to."""
        del request
        if self.refusal:
            raise self.refusal

    def parse(self, kind: WebhookKind, request: RawRequest) -> Event:
        """Find the event, or the fault."""
        del kind, request
        if self.fault:
            raise self.fault
        return self.event

    def render(self, event: Event, instructions: Sequence[Instruction]) -> RawResponse:
        """An answer that can be told."""
        del event, instructions
        return RawResponse(299, "text/x", b"as it was")

    def render_unavailable(self, kind: WebhookKind) -> RawResponse:
        """Another one."""
        del kind
        return RawResponse(503, "text/x", b"sorry")


@pytest.fixture
def timeline(clock: MovableClock) -> Timeline:
    """An empty one."""
    return Timeline(clock)


def stages(timeline: Timeline) -> list[object]:
    """The stations of each entry."""
    return [entry["stages"] for entry in timeline.entries()]


def test_a_webhook_is_one_entry_with_its_stations(timeline: Timeline) -> None:
    """What is logged on the way becomes part of it; the answer is the provider's own."""
    provider = WatchedProvider(ScriptedProvider(TEXT), timeline)

    provider.verify(REQUEST)
    event = provider.parse(WebhookKind.TEXT_ARRIVED, REQUEST)
    timeline.take({"event": "message_received", "outcome": "rating", "rule": "head_digit", "level": "info"})
    response = provider.render(event, ())

    assert response == RawResponse(299, "text/x", b"as it was")
    (entry,) = timeline.entries()
    assert entry["stages"] == ["verify", "parse", "engine", "commit"]
    assert entry["tone"] == "good"
    assert entry["facts"] == {"message_id": "demo:DT1", "outcome": "rating", "rule": "head_digit"}
    assert "5" in str(entry["title"])


def test_what_stores_nothing_shows_no_commit(timeline: Timeline) -> None:
    """A repeated text is verified and parsed again, and that is all."""
    provider = WatchedProvider(ScriptedProvider(TEXT), timeline)

    provider.verify(REQUEST)
    provider.render(provider.parse(WebhookKind.TEXT_ARRIVED, REQUEST), ())

    assert stages(timeline) == [["verify", "parse", "engine"]]


def test_a_refused_webhook_got_nowhere(timeline: Timeline) -> None:
    """The refusal goes on to whoever asked, and is told."""
    scripted = ScriptedProvider(TEXT)
    provider = WatchedProvider(scripted, timeline)
    scripted.refusal = Unauthentic("not yours")

    with pytest.raises(Unauthentic, match="not yours"):
        provider.verify(REQUEST)

    assert stages(timeline) == [[]]
    assert timeline.entries()[0]["tone"] == "refused"


def test_a_malformed_webhook_was_verified(timeline: Timeline) -> None:
    """It got as far as the parser."""
    scripted = ScriptedProvider(TEXT)
    provider = WatchedProvider(scripted, timeline)
    scripted.fault = InvalidInput("no such field", pointer="/x")

    provider.verify(REQUEST)
    with pytest.raises(InvalidInput, match="no such field"):
        provider.parse(WebhookKind.TEXT_ARRIVED, REQUEST)

    assert stages(timeline) == [["verify"]]


def test_an_absent_database_is_told(timeline: Timeline) -> None:
    """Nothing was acknowledged, and the visitor sees why."""
    provider = WatchedProvider(ScriptedProvider(TEXT), timeline)

    provider.verify(REQUEST)
    provider.parse(WebhookKind.TEXT_ARRIVED, REQUEST)
    answer = provider.render_unavailable(WebhookKind.TEXT_ARRIVED)

    assert answer.status == 503
    assert timeline.entries()[0]["tone"] == "refused"


def test_a_late_log_event_belongs_to_no_earlier_webhook(timeline: Timeline) -> None:
    """Once answered, a webhook takes no more notes."""
    provider = WatchedProvider(ScriptedProvider(CallEnded(call_id=CallId("demo:DC1"))), timeline)
    provider.verify(REQUEST)
    provider.render(provider.parse(WebhookKind.CALL_STATUS, REQUEST), ())

    timeline.take({"event": "call_ended", "call_id": "demo:DC2", "ending": "rated"})

    assert len(timeline.entries()) == 2


@pytest.mark.parametrize("kind", ["core_store", "sms", "email", "a later kind"])
@pytest.mark.parametrize("result", ["done", "later", "dropped", "dead", "a later result"])
def test_each_delivery_is_an_entry_of_its_own(timeline: Timeline, kind: str, result: str) -> None:
    """Whatever is delivered and however it ends, it is told in both languages."""
    timeline.take({"event": "delivery_settled", "kind": kind, "result": result, "attempt": 1, "why": "x"})

    (entry,) = timeline.entries()
    assert entry["stages"] == ["deliver"]
    assert all(entry["title"].values())  # type: ignore[attr-defined] # JSON of words
    assert all(entry["detail"].values())  # type: ignore[attr-defined] # JSON of words


def test_only_what_a_visitor_understands_is_told(timeline: Timeline) -> None:
    """Other events are for operators, unless they are errors."""
    timeline.take({"event": "schema_upgraded", "level": "info"})
    timeline.take({"event": "delivery_broke", "level": "error"})

    (entry,) = timeline.entries()
    assert "delivery_broke" in str(entry["title"])


def test_memory_is_bounded_and_listeners_hear_all(timeline: Timeline) -> None:
    """The latest 150 stay; numbers go on counting."""
    heard: list[None] = []
    timeline.listen(lambda: heard.append(None))

    for _ in range(200):
        timeline.take({"event": "reminders_judged", "judged": 1, "queued": 1})

    entries = timeline.entries()
    assert (len(entries), entries[-1]["no"], len(heard)) == (150, 200, 200)
