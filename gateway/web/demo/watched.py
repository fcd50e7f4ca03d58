"""A provider that tells the timeline what passes through it, and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.application.ports.webhook_provider import (
    RawRequest,
    RawResponse,
    Webhook,
    WebhookKind,
    WebhookProvider,
)
from gateway.domain.errors import InvalidInput, Unauthentic
from gateway.domain.events import Event, ReceiptArrived
from gateway.domain.flow.instructions import Gather, Hangup, Instruction, Play, Record, Say
from gateway.web.demo.event_words import answer_words, arrival_words, unavailable_words
from gateway.web.demo.passages import Passage, current_passage, open_passage
from gateway.web.demo.timeline import Entry, Timeline, stages_of
from gateway.web.demo.words import Words


class WatchedProvider:
    """A provider whose webhooks are told to the timeline: verified, parsed, judged, stored, answered."""

    def __init__(self, provider: WebhookProvider, timeline: Timeline) -> None:
        self._provider = provider
        self._timeline = timeline

    @property
    def name(self) -> str:
        """The provider's."""
        return self._provider.name

    @property
    def webhooks(self) -> Sequence[Webhook]:
        """The provider's."""
        return self._provider.webhooks

    def verify(self, request: RawRequest) -> None:
        """As the provider does."""
        passage = open_passage()
        try:
            self._provider.verify(request)
        except Unauthentic as refusal:
            self._refused(passage, Words("验证未通过，已拒绝（403）", "Not verified: refused (403)"), refusal)
            raise
        passage.verified = True

    def parse(self, kind: WebhookKind, request: RawRequest) -> Event:
        """As the provider does."""
        passage = current_passage() or open_passage()
        try:
            passage.event = self._provider.parse(kind, request)
        except (InvalidInput, Unauthentic) as refusal:
            self._refused(passage, Words("请求有误，已拒绝", "Malformed: refused"), refusal)
            raise
        return passage.event

    def render(self, event: Event, instructions: Sequence[Instruction]) -> RawResponse:
        """As the provider does."""
        response = self._provider.render(event, instructions)
        passage = current_passage()
        if passage is not None:
            passage.answered = True
            self._tell(passage, event, instructions)
        return response

    def render_unavailable(self, kind: WebhookKind) -> RawResponse:
        """As the provider does."""
        passage = current_passage()
        if passage is not None:
            self._close(passage, Entry(title=unavailable_words(), tone="refused"))
        return self._provider.render_unavailable(kind)

    def _tell(self, passage: Passage, event: Event, instructions: Sequence[Instruction]) -> None:
        title, facts = arrival_words(event)
        detail = answer_words(_heard(instructions), over=any(isinstance(i, Hangup) for i in instructions))
        tone = "quiet" if isinstance(event, ReceiptArrived) else "plain"
        for note in passage.notes:
            detail = note.detail or detail
            facts |= dict(note.facts)
            tone = note.tone if note.tone != "plain" else tone
        self._close(
            passage,
            Entry(
                title=title,
                detail=detail,
                stages=stages_of(passage),
                tone=tone,
                milliseconds=passage.milliseconds,
                facts=facts,
            ),
        )

    def _refused(self, passage: Passage, title: Words, why: Exception) -> None:
        entry = Entry(
            title=title, detail=Words(str(why), str(why)), stages=stages_of(passage), tone="refused"
        )
        self._close(passage, entry)

    def _close(self, passage: Passage, entry: Entry) -> None:
        passage.over = True
        self._timeline.add(entry)


def _heard(instructions: Sequence[Instruction]) -> str:
    """What a caller is told, in one line."""
    texts: list[str] = []
    for instruction in instructions:
        match instruction:
            case Say(text=text) | Play(text=text):
                texts.append(text)
            case Gather(prompts=prompts) | Record(prompts=prompts):
                texts += [prompt.text for prompt in prompts]
            case _:
                pass
    return " ".join(texts)
