"""One transaction: the repositories within it, and what opens it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from gateway.application.ports.database.agency_entries import AgencyEntries
from gateway.application.ports.database.attachments import Attachments
from gateway.application.ports.database.calls import Calls
from gateway.application.ports.database.evaluations import Evaluations
from gateway.application.ports.database.figures import Figures
from gateway.application.ports.database.follow_up_lists import FollowUpLists
from gateway.application.ports.database.follow_ups import FollowUps
from gateway.application.ports.database.incoming_mails import IncomingMails
from gateway.application.ports.database.invitations import Invitations
from gateway.application.ports.database.messages import Messages, OptOuts
from gateway.application.ports.database.officers import Ledger, Officers, Sessions
from gateway.application.ports.database.outbox import Outbox, OutboxInspection
from gateway.application.ports.database.oversight import Oversight
from gateway.application.ports.database.result_texts import ResultTexts
from gateway.application.ports.database.services import Services
from gateway.application.ports.database.signals import Signals


class UnitOfWork(Protocol):
    """The repositories within one transaction."""

    @property
    def services(self) -> Services:
        """Visits of services."""
        ...

    @property
    def invitations(self) -> Invitations:
        """Offers to rate."""
        ...

    @property
    def evaluations(self) -> Evaluations:
        """Recorded ratings."""
        ...

    @property
    def follow_ups(self) -> FollowUps:
        """Follow-ups of bad ratings."""
        ...

    @property
    def follow_up_lists(self) -> FollowUpLists:
        """Lists of them."""
        ...

    @property
    def calls(self) -> Calls:
        """Rating calls."""
        ...

    @property
    def outbox(self) -> Outbox:
        """What is owed to the outside."""
        ...

    @property
    def inspection(self) -> OutboxInspection:
        """The operator's view of the outbox."""
        ...

    @property
    def messages(self) -> Messages:
        """Texts in both directions."""
        ...

    @property
    def result_texts(self) -> ResultTexts:
        """Texts about the results of follow-ups."""
        ...

    @property
    def incoming_mails(self) -> IncomingMails:
        """Emails that came back."""
        ...

    @property
    def attachments(self) -> Attachments:
        """Files that go with follow-ups."""
        ...

    @property
    def opt_outs(self) -> OptOuts:
        """Who wants no texts."""
        ...

    @property
    def oversight(self) -> Oversight:
        """Samples, and repetition."""
        ...

    @property
    def signals(self) -> Signals:
        """Signs of pressure and play."""
        ...

    @property
    def officers(self) -> Officers:
        """People of the bureau."""
        ...

    @property
    def sessions(self) -> Sessions:
        """Who of them is signed in."""
        ...

    @property
    def ledger(self) -> Ledger:
        """Sign-ins, and changes to people."""
        ...

    @property
    def agency_entries(self) -> AgencyEntries:
        """What the bureau says of agencies."""
        ...

    @property
    def figures(self) -> Figures:
        """Counts over a span of time."""
        ...


class Database(Protocol):
    """Opens units of work.

    Every method raises Unavailable when the database is locked or gone; nothing is stored then.
    """

    @property
    def writers(self) -> int:
        """How many transactions of this process can write side by side; more would only queue up."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work that commits when its block ends well and else leaves no trace."""
        ...

    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work for reading only; it never waits for writers."""
        ...

    async def ping(self) -> None:
        """Return when the database answers."""
        ...
