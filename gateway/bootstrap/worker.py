"""What works in the background: deliveries, reminders, chores, and what they deliver with."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from gateway.adapters.coordination.in_process_pace import InProcessPace
from gateway.adapters.core_store.http import HttpCoreStore
from gateway.adapters.core_store.profile_files import find_profile, load_profile
from gateway.adapters.mailer.connections import SmtpServer
from gateway.adapters.mailer.files import EmlFileMailer
from gateway.adapters.mailer.referral_texts import PlainReferralTexts
from gateway.adapters.mailer.smtp import SmtpMailer
from gateway.application.bureau.refer import DeliverReferral
from gateway.application.carrier_health import CarrierHealth
from gateway.application.carrier_turns import CarrierTurns
from gateway.application.collect_digest import CollectDigest
from gateway.application.deliver_call import DeliverCall
from gateway.application.deliver_email import DeliverEmail
from gateway.application.deliver_outbox import DeliverOutbox
from gateway.application.deliver_text import DeliverText
from gateway.application.deliver_to_core_store import DeliverToCoreStore
from gateway.application.end_call import EndCall
from gateway.application.essentials import Essentials
from gateway.application.measure_outbox import MeasureOutbox
from gateway.application.poll_receipts import PollReceipts
from gateway.application.ports.call_carrier import CallCarrier
from gateway.application.ports.clock import Clock
from gateway.application.ports.contact_links import ContactLinks, PageOf
from gateway.application.ports.core_store import CoreStore
from gateway.application.ports.mailer import EmailTexts, Mailer
from gateway.application.ports.pace import Pace
from gateway.application.ports.return_addresses import ReturnAddresses
from gateway.application.ports.wakeups import Wakeups
from gateway.application.send_reminders import SendReminders
from gateway.application.tell_citizen import TellOfResult
from gateway.application.watch_deadlines import WatchDeadlines
from gateway.application.write_digests import WriteDigests
from gateway.bootstrap.carriers import carrier_rates
from gateway.bootstrap.folders import profile_folders
from gateway.domain.agencies import AgencyDirectory
from gateway.domain.messages import MessageKind
from gateway.domain.outbox import OutboxKind
from gateway.domain.pace import Rate
from gateway.settings import Settings
from gateway.worker.loop import Chore, WorkerLoop
from gateway.worker.pump import DeliveryPump

_ALARM_SECONDS: Final = 15.0
"""How long a deadline may have passed before somebody is told."""
_OWN_SENDER: Final = "政务服务好差评 <haochaping@localhost.localdomain>"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerParts:
    """What a worker is made of."""

    settings: Settings
    essentials: Essentials
    wakeups: Wakeups
    core_store: CoreStore
    directory: AgencyDirectory
    links: ContactLinks
    addresses: ReturnAddresses
    page_of: PageOf
    carriers: CarrierHealth
    mailer: Mailer
    email_texts: EmailTexts
    reminders: SendReminders
    end_call: EndCall
    tell: TellOfResult
    pace: Pace = field(default_factory=InProcessPace)
    """Over all processes that send; alone, one's own does."""
    carrier_rates: Mapping[str, Rate] | None = None
    """How fast each carrier takes texts, by its name; None = as the settings say."""
    jitter: Callable[[], float] = random.random
    """Numbers in [0, 1) that keep repeats apart; a simulation draws them from its seed."""
    call_carrier: CallCarrier | None = None
    """Makes rating calls; None = nobody is called."""
    chores: Sequence[Chore] = ()
    """What else is done again and again."""


def worker_loop(parts: WorkerParts, chores: Sequence[Chore] | None = None) -> WorkerLoop:
    """All duties, not yet begun; `chores` stand in for the usual ones."""
    return WorkerLoop(
        _pumps(parts),
        parts.reminders,
        worker_chores(parts) if chores is None else chores,
        parts.wakeups,
        parts.essentials.clock,
        poll_seconds=parts.settings.worker.poll_interval.total_seconds(),
    )


def worker_chores(parts: WorkerParts) -> list[Chore]:
    """What is done again and again."""
    poll_receipts = PollReceipts(parts.essentials, parts.carriers, parts.settings.sms.receipt_patience)
    return [
        Chore("close_lost_calls", parts.end_call.close_lost, timedelta(minutes=1).total_seconds()),
        Chore("measure_outbox", MeasureOutbox(parts.essentials), timedelta(seconds=15).total_seconds()),
        Chore("poll_receipts", poll_receipts, timedelta(minutes=1).total_seconds()),
        Chore("watch_deadlines", WatchDeadlines(parts.essentials, parts.directory), _ALARM_SECONDS),
        Chore("write_digests", WriteDigests(parts.essentials, parts.directory, parts.links), _ALARM_SECONDS),
        *parts.chores,
    ]


def open_mailer(settings: Settings, clock: Clock, folder: Path, stack: AsyncExitStack) -> Mailer:
    """SMTP where a server is configured, closed with the stack; else files in the folder."""
    smtp = settings.smtp
    if not smtp.host:
        return EmlFileMailer(folder, sender=smtp.sender or _OWN_SENDER, clock=clock)
    mailer = SmtpMailer(smtp_server(settings), sender=smtp.sender, clock=clock)
    stack.push_async_callback(mailer.close)
    return mailer


def smtp_server(settings: Settings) -> SmtpServer:
    """The configured mail server."""
    smtp = settings.smtp
    return SmtpServer(
        host=smtp.host,
        port=smtp.port,
        security=smtp.security,
        username=smtp.username,
        password=smtp.password.get_secret_value(),
        ca_file=smtp.ca_file,
        connections=settings.worker.email,
    )


def _pumps(parts: WorkerParts) -> list[DeliveryPump]:
    essentials, hands = parts.essentials, parts.settings.worker
    email = DeliverEmail(
        essentials,
        parts.mailer,
        parts.email_texts,
        parts.directory,
        domain=_email_domain(parts.settings),
        page_of=parts.page_of,
        digests=CollectDigest(essentials, parts.email_texts, parts.directory, parts.links, parts.page_of),
        addresses=parts.addresses,
    )
    zone = essentials.rules.timezone
    referral = DeliverReferral(
        essentials, parts.mailer, PlainReferralTexts(zone), parts.directory, _email_domain(parts.settings)
    )
    rates = carrier_rates(parts.settings) if parts.carrier_rates is None else parts.carrier_rates
    turns = CarrierTurns(essentials, parts.pace, rates)
    repeated = _repeated(parts.settings)
    answers = DeliverText(essentials, parts.carriers, repeated, turns=turns)
    reminders = DeliverText(essentials, parts.carriers, repeated, turns=turns, can_wait=True, tell=parts.tell)
    duties = (
        (OutboxKind.CORE_STORE, DeliverToCoreStore(parts.core_store), hands.core_store),
        (OutboxKind.SMS, answers, hands.sms),
        (OutboxKind.UNASKED, reminders, hands.sms),
        (OutboxKind.EMAIL, email, hands.email),
        (OutboxKind.REFERRAL, referral, 1),
        (OutboxKind.CALL, _calls(parts), 1),
    )
    return [
        DeliveryPump(
            DeliverOutbox(essentials, kind, deliverer, jitter=parts.jitter),
            parts.wakeups,
            essentials.clock,
            hands=count,
            poll_seconds=hands.poll_interval.total_seconds(),
        )
        for kind, deliverer, count in duties
    ]


def _calls(parts: WorkerParts) -> DeliverCall:
    outbound = parts.settings.outbound
    return DeliverCall(
        parts.essentials,
        outbound.plan(),
        parts.call_carrier,
        parts.pace,
        rate=Rate.of_carrier(outbound.per_second),
        most_at_once=outbound.most_at_once,
    )


def open_core_store(
    settings: Settings, session: aiohttp.ClientSession, embedded_store: tuple[str, str], clock: Clock
) -> HttpCoreStore:
    """The core store that is configured, else our own, whose URL and token are given."""
    store = settings.core_store
    embedded = store.kind == "embedded"
    url, token = embedded_store if embedded else (store.url, store.token.get_secret_value())
    profile = load_profile(find_profile("native" if embedded else store.profile, *profile_folders()))
    return HttpCoreStore(session, url, token, profile, store.timeout, clock)


def _repeated(settings: Settings) -> frozenset[MessageKind]:
    return frozenset(MessageKind(kind) for kind in settings.sms.repeat_unknown)


def _email_domain(settings: Settings) -> str:
    """The right side of Message-IDs: the sender's domain, else the public host."""
    _, _, domain = settings.smtp.sender.rpartition("@")
    return domain.rstrip("> ") or urlsplit(settings.server.public_url).hostname or "localhost"
