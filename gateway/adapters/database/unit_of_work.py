"""All repositories within one transaction."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from gateway.adapters.database.agency_entries import SqlAgencyEntries
from gateway.adapters.database.attachments import SqlAttachments
from gateway.adapters.database.calls import SqlCalls
from gateway.adapters.database.evaluations import SqlEvaluations
from gateway.adapters.database.figures import SqlFigures
from gateway.adapters.database.follow_up_lists import SqlFollowUpLists
from gateway.adapters.database.follow_ups import SqlFollowUps
from gateway.adapters.database.incoming_mails import SqlIncomingMails
from gateway.adapters.database.invitations import SqlInvitations
from gateway.adapters.database.messages import SqlMessages
from gateway.adapters.database.officers import SqlOfficers
from gateway.adapters.database.officers_ledger import SqlLedger
from gateway.adapters.database.opt_outs import SqlOptOuts
from gateway.adapters.database.outbox import SqlOutbox
from gateway.adapters.database.outbox_inspection import SqlOutboxInspection
from gateway.adapters.database.oversight import SqlOversight
from gateway.adapters.database.result_texts import SqlResultTexts
from gateway.adapters.database.services import SqlServices
from gateway.adapters.database.sessions import SqlSessions
from gateway.adapters.database.signals import SqlSignals
from gateway.application.ports.wakeups import EVALUATIONS

if TYPE_CHECKING:
    from gateway.adapters.database.writing import SqlConnection
    from gateway.application.ports.clock import Clock
    from gateway.application.ports.personal_data import PersonalData


class SqlUnitOfWork:
    """The port `UnitOfWork` on one connection; of `lease_clock` see `SqlOutbox`."""

    def __init__(
        self, connection: SqlConnection, personal_data: PersonalData, lease_clock: Clock | None
    ) -> None:
        self._connection = connection
        self._personal_data = personal_data
        self._lease_clock = lease_clock

    def topics(self) -> set[str]:
        """The bells to ring once this is committed: of what it made due, and of what it recorded."""
        topics = {kind.value for kind in self.outbox.owed}
        return topics | {EVALUATIONS} if self.evaluations.added else topics

    @cached_property
    def services(self) -> SqlServices:
        """Visits of services."""
        return SqlServices(self._connection, self._personal_data)

    @cached_property
    def invitations(self) -> SqlInvitations:
        """Offers to rate."""
        return SqlInvitations(self._connection, self._personal_data)

    @cached_property
    def evaluations(self) -> SqlEvaluations:
        """Recorded ratings."""
        return SqlEvaluations(self._connection)

    @cached_property
    def follow_ups(self) -> SqlFollowUps:
        """Follow-ups of bad ratings."""
        return SqlFollowUps(self._connection, self._personal_data)

    @cached_property
    def follow_up_lists(self) -> SqlFollowUpLists:
        """Lists of them."""
        return SqlFollowUpLists(self._connection)

    @cached_property
    def calls(self) -> SqlCalls:
        """Rating calls."""
        return SqlCalls(self._connection)

    @cached_property
    def outbox(self) -> SqlOutbox:
        """What is owed to the outside."""
        return SqlOutbox(self._connection, self._personal_data, self._lease_clock)

    @cached_property
    def inspection(self) -> SqlOutboxInspection:
        """The operator's view of the outbox."""
        return SqlOutboxInspection(self._connection)

    @cached_property
    def messages(self) -> SqlMessages:
        """Texts in both directions."""
        return SqlMessages(self._connection, self._personal_data)

    @cached_property
    def result_texts(self) -> SqlResultTexts:
        """Texts about the results of follow-ups."""
        return SqlResultTexts(self._connection, self._personal_data)

    @cached_property
    def incoming_mails(self) -> SqlIncomingMails:
        """Emails that came back."""
        return SqlIncomingMails(self._connection, self._personal_data)

    @cached_property
    def attachments(self) -> SqlAttachments:
        """Files that go with follow-ups."""
        return SqlAttachments(self._connection, self._personal_data)

    @cached_property
    def opt_outs(self) -> SqlOptOuts:
        """Who wants no texts."""
        return SqlOptOuts(self._connection, self._personal_data)

    @cached_property
    def oversight(self) -> SqlOversight:
        """Samples, and repetition."""
        return SqlOversight(self._connection)

    @cached_property
    def signals(self) -> SqlSignals:
        """Signs of pressure and play."""
        return SqlSignals(self._connection, self._personal_data)

    @cached_property
    def officers(self) -> SqlOfficers:
        """People of the bureau."""
        return SqlOfficers(self._connection, self._personal_data)

    @cached_property
    def sessions(self) -> SqlSessions:
        """Who of them is signed in."""
        return SqlSessions(self._connection)

    @cached_property
    def ledger(self) -> SqlLedger:
        """Sign-ins, and changes to people."""
        return SqlLedger(self._connection)

    @cached_property
    def agency_entries(self) -> SqlAgencyEntries:
        """What the bureau says of agencies."""
        return SqlAgencyEntries(self._connection)

    @cached_property
    def figures(self) -> SqlFigures:
        """Counts over a span of time."""
        return SqlFigures(self._connection)
