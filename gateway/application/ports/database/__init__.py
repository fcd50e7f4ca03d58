"""The database: one transaction is one unit of work, and facts live nowhere else.

Each repository is a small Protocol; `UnitOfWork` hands them out within one transaction.
"""

from __future__ import annotations

from gateway.application.ports.database.agency_entries import AgencyEntries
from gateway.application.ports.database.calls import CallPlace, Calls, StoredCall
from gateway.application.ports.database.evaluations import Evaluations
from gateway.application.ports.database.figures import Figures, Response
from gateway.application.ports.database.follow_up_lists import FollowUpLists
from gateway.application.ports.database.follow_ups import FollowUps
from gateway.application.ports.database.incoming_mails import (
    NOBODY_READ,
    IncomingMails,
    KeptMail,
    MailOutcome,
    UnreadMail,
)
from gateway.application.ports.database.invitations import Invitations
from gateway.application.ports.database.messages import (
    IncomingMessage,
    Messages,
    OptOuts,
    SentMessage,
    SentText,
    UnconfirmedText,
)
from gateway.application.ports.database.officers import Ledger, Officers, Sessions
from gateway.application.ports.database.outbox import (
    Chosen,
    Outbox,
    OutboxInspection,
    OutboxLevel,
    OutboxRow,
    Standing,
)
from gateway.application.ports.database.oversight import Oversight, Repeat, RepeatKind
from gateway.application.ports.database.result_texts import ResultTexts
from gateway.application.ports.database.services import Services, StoredService
from gateway.application.ports.database.signals import Signals
from gateway.application.ports.database.unit_of_work import Database, UnitOfWork

__all__ = [
    "NOBODY_READ",
    "AgencyEntries",
    "CallPlace",
    "Calls",
    "Chosen",
    "Database",
    "Evaluations",
    "Figures",
    "FollowUpLists",
    "FollowUps",
    "IncomingMails",
    "IncomingMessage",
    "Invitations",
    "KeptMail",
    "Ledger",
    "MailOutcome",
    "Messages",
    "Officers",
    "OptOuts",
    "Outbox",
    "OutboxInspection",
    "OutboxLevel",
    "OutboxRow",
    "Oversight",
    "Repeat",
    "RepeatKind",
    "Response",
    "ResultTexts",
    "SentMessage",
    "SentText",
    "Services",
    "Sessions",
    "Signals",
    "Standing",
    "StoredCall",
    "StoredService",
    "UnconfirmedText",
    "UnitOfWork",
    "UnreadMail",
]
