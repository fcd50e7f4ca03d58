"""Showing a follow-up to the contact who was written to; looking changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.application.essentials import Essentials
from gateway.application.ports.contact_links import ContactLink, ContactLinks
from gateway.application.ports.database import UnitOfWork
from gateway.application.tell_citizen import WhyNoText
from gateway.application.tell_of_follow_up import notice_of
from gateway.domain.agencies import AgencyDirectory, Contact
from gateway.domain.errors import Unauthentic
from gateway.domain.follow_ups import FollowUp, FollowUpState
from gateway.domain.handling.acts import ActKind, Actor, ActorKind
from gateway.domain.handling.history import FollowUpStep, fold, visible_to
from gateway.domain.handling.judgement import may_judge
from gateway.domain.handling.progress import Deadline, Progress, deadline_of
from gateway.domain.handling.result_texts import ResultTextState, standing_result
from gateway.domain.ids import FollowUpId
from gateway.domain.notices import BadRatingNotice
from gateway.domain.phone_numbers import PhoneNumber

_TO_BE_TOLD: Final = frozenset(
    {FollowUpState.RECTIFIED, FollowUpState.NOT_ADOPTED, FollowUpState.BUREAU_INFORMED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpView:
    """A follow-up as one contact sees it."""

    notice: BadRatingNotice
    progress: Progress
    history: tuple[FollowUpStep, ...]
    deadline: Deadline | None
    contact: Contact
    kind: ActorKind
    """What the contact acts as."""
    may_judge: bool
    """Whether the citizen was heard, or tried for often enough."""
    has_number: bool
    telling: ResultTextState | WhyNoText | None
    """How the citizen, who has a result to learn, will: by a text that waits, or why only by a call."""

    def actor(self, handler: str) -> Actor:
        """Who acts: the person who signs, at the mailbox that was written to."""
        return Actor(self.kind, handler if handler == self.contact.name else f"{handler}{self._desk}")

    @property
    def last_handler(self) -> str:
        """Who signed last at this mailbox, to be offered as the name for the next step."""
        signed = [s.actor.name for s in self.history if s.actor.name.endswith(self._desk)]
        return signed[-1].removesuffix(self._desk) if signed else self.contact.name

    @property
    def _desk(self) -> str:
        return f"（{self.contact.name}）"


class ShowFollowUp:
    """Opens links."""

    def __init__(self, essentials: Essentials, links: ContactLinks, directory: AgencyDirectory) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._rules = essentials.rules
        self._links = links
        self._directory = directory

    async def __call__(self, token: str) -> FollowUpView | None:
        """What the link leads to; None when its time is over, or there is nothing any more.

        Raises:
            Unauthentic: the link is no link of ours, or its recipient is not on the list any more.
            Unavailable: the database does not answer.

        """
        link = self._links.open(token)
        if self._clock.now() > link.expires_at:
            return None
        async with self._database.reading() as work:
            follow_up = await work.follow_ups.get(link.follow_up_id)
            notice = None if follow_up is None else await notice_of(work, follow_up, self._directory)
            if follow_up is None or notice is None:
                return None
            history = [kept.step for kept in await work.follow_ups.history(follow_up.follow_up_id)]
            number = await _number_within(work, follow_up)
            telling = await _telling(work, follow_up, history, number)
        contact, kind = self._recipient(link, follow_up)
        progress = fold(follow_up, history)
        return FollowUpView(
            notice=notice,
            progress=progress,
            history=visible_to(kind, history),
            deadline=deadline_of(progress),
            contact=contact,
            kind=kind,
            may_judge=may_judge(progress, self._rules),
            has_number=number is not None,
            telling=telling,
        )

    async def number(self, follow_up_id: FollowUpId) -> PhoneNumber | None:
        """The citizen's number, for whoever has just been written down as having seen it (R-18)."""
        async with self._database.reading() as work:
            follow_up = await work.follow_ups.get(follow_up_id)
            return None if follow_up is None else await _number_within(work, follow_up)

    def _recipient(self, link: ContactLink, follow_up: FollowUp) -> tuple[Contact, ActorKind]:
        agency, bureau = self._directory.find(follow_up.agency_code), self._directory.bureau
        # An agency that nobody knows has nobody to act for it but the bureau.
        in_its_place = ActorKind.BUREAU if agency else ActorKind.AGENCY
        known = [(contact, ActorKind.AGENCY) for contact in (agency.contacts if agency else ())]
        known += [(contact, in_its_place) for contact in (bureau.contacts if bureau else ())]
        for contact, kind in known:
            if self._links.name_of(contact) == link.contact:
                return contact, kind
        raise Unauthentic("whoever got this link is not on the list of contacts any more")


async def _number_within(work: UnitOfWork, follow_up: FollowUp) -> PhoneNumber | None:
    evaluation = await work.evaluations.get(follow_up.evaluation_id)
    if evaluation is None:
        return None
    stored = await work.services.get(evaluation.service_id, evaluation.visit_no)
    return None if stored is None else stored.service.phone


async def _telling(
    work: UnitOfWork, follow_up: FollowUp, history: Sequence[FollowUpStep], number: PhoneNumber | None
) -> ResultTextState | WhyNoText | None:
    result = standing_result(history)
    told = max((s.number for s in history if s.act.kind is ActKind.CITIZEN_TOLD), default=0)
    if not result or told > result or follow_up.state not in _TO_BE_TOLD:
        return None
    text = await work.result_texts.last_of(follow_up.follow_up_id)
    if text is not None and text.step >= result:
        return WhyNoText.UNSENT if text.state is ResultTextState.UNSENT else text.state
    if number is not None and await work.opt_outs.are_out([number]):
        return WhyNoText.OPTED_OUT
    return WhyNoText.NO_NUMBER
