"""The whole gateway from its settings: opened in order, closed in reverse."""

from __future__ import annotations

import random
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import structlog

from gateway.adapters.agency_file import load_agencies
from gateway.adapters.clock import SystemClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.core_store.http import HttpCoreStore
from gateway.adapters.core_store.profile_files import find_profile, load_profile
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.database.evaluation_shelf import SqlEvaluationShelf
from gateway.adapters.database.migrations import pending_revision, upgrade
from gateway.adapters.mailer.connections import SmtpServer
from gateway.adapters.mailer.files import EmlFileMailer
from gateway.adapters.mailer.smtp import SmtpMailer
from gateway.adapters.mailer.texts import JinjaEmailTexts
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.adapters.sms_templates.texts import JinjaMessageTexts
from gateway.adapters.step_tokens import SignedStepTokens
from gateway.application.answer_call import AnswerCall
from gateway.application.deliver_email import DeliverEmail
from gateway.application.deliver_outbox import DeliverOutbox
from gateway.application.deliver_text import DeliverText
from gateway.application.deliver_to_core_store import DeliverToCoreStore
from gateway.application.end_call import EndCall
from gateway.application.essentials import Essentials
from gateway.application.measure_outbox import MeasureOutbox
from gateway.application.ports.clock import Clock
from gateway.application.ports.flows import FlowCatalog
from gateway.application.ports.mailer import Mailer
from gateway.application.ports.sms_carrier import SmsCarrier
from gateway.application.ports.wakeups import Wakeups
from gateway.application.ports.webhook_provider import WebhookProvider
from gateway.application.queue_text import QueueText
from gateway.application.receive_delivery_receipt import ReceiveDeliveryReceipt
from gateway.application.receive_message import ReceiveMessage
from gateway.application.record_evaluation import RecordEvaluation
from gateway.application.register_service import RegisterService
from gateway.application.send_reminders import SendReminders
from gateway.bootstrap.carriers import Surroundings, sms_carriers, webhook_providers
from gateway.bootstrap.flows import load_flows
from gateway.bootstrap.folders import data_file, data_folder, profile_folders
from gateway.bootstrap.keys import KEY_FILE, open_personal_data
from gateway.domain.agencies import AgencyDirectory
from gateway.domain.errors import ConfigurationError
from gateway.domain.outbox import OutboxKind
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics
from gateway.web.webhooks.dispatch import Dispatch
from gateway.worker.loop import Chore, WorkerLoop
from gateway.worker.pump import DeliveryPump

log = structlog.get_logger()

EMBEDDED_STORE_PATH: Final = "/core-store"
_MAIL_FOLDER: Final = Path("var/mail")
_OWN_SENDER: Final = "政务服务好差评 <haochaping@localhost.localdomain>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surrogates:
    """What a demonstration or a test puts in the place of the real thing."""

    clock: Clock = field(default_factory=SystemClock)
    mail_folder: Path = _MAIL_FOLDER
    key_file: Path = KEY_FILE
    demo_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    open_api: bool = False
    """Whether the API opens without a token while none is configured; only where nobody else reaches it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Everything, wired."""

    settings: Settings
    essentials: Essentials
    database: SqlDatabase
    personal_data: PersonalDataCipher
    wakeups: Wakeups
    phones: PhonenumbersParser
    directory: AgencyDirectory
    record: RecordEvaluation
    register: RegisterService
    dispatch: Dispatch
    providers: list[WebhookProvider]
    carriers: list[SmsCarrier]
    shelf: SqlEvaluationShelf
    store_tokens: tuple[str, ...]
    """Of the embedded core store, the newest first: nodes take up a new key one after the other."""
    open_api: bool
    worker: WorkerLoop


@asynccontextmanager
async def open_gateway(
    settings: Settings, own_url: str, surrogates: Surrogates | None = None
) -> AsyncIterator[Gateway]:
    """The gateway, ready to serve; `own_url` is where this process itself can be reached.

    Raises:
        ConfigurationError: something configured cannot be used.
        Unavailable: the database cannot be reached.

    """
    stand_ins = surrogates or Surrogates()
    async with AsyncExitStack() as stack:
        wakeups = InProcessWakeups()
        personal_data = open_personal_data(settings, stand_ins.key_file)
        database = await _open_database(settings, personal_data, wakeups, stack)
        session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, limit_per_host=64))
        )
        essentials = Essentials(database, stand_ins.clock, settings.rules_for_domain(), Metrics())
        builder = _Builder(
            settings,
            essentials,
            personal_data=personal_data,
            wakeups=wakeups,
            session=session,
            own_url=own_url,
            stand_ins=stand_ins,
        )
        yield builder.gateway(database, builder.mailer(stack))


async def _open_database(
    settings: Settings, personal_data: PersonalDataCipher, wakeups: Wakeups, stack: AsyncExitStack
) -> SqlDatabase:
    url = settings.database.url.get_secret_value()
    database = open_database(url, personal_data, wakeups, pool_size=settings.database.pool_size)
    stack.push_async_callback(database.close)
    if settings.database.auto_upgrade:
        before, now = await upgrade(database)
        if before != now:
            log.info("schema_upgraded", before=before, now=now)
    elif await pending_revision(database) is not None:
        raise ConfigurationError(
            "the schema is of another version; run haochaping db upgrade", place="database.url"
        )
    return database


class _Builder:
    """Holds what the parts are made of while they are made."""

    def __init__(
        self,
        settings: Settings,
        essentials: Essentials,
        *,
        personal_data: PersonalDataCipher,
        wakeups: Wakeups,
        session: aiohttp.ClientSession,
        own_url: str,
        stand_ins: Surrogates,
    ) -> None:
        self._settings = settings
        self._essentials = essentials
        self._personal_data = personal_data
        self._wakeups = wakeups
        self._session = session
        self._own_url = own_url
        self._stand_ins = stand_ins
        self._store_tokens = tuple(key.hex() for key in personal_data.subkeys("embedded core store"))
        self._directory = load_agencies(data_file(settings.agencies.file))
        zone = essentials.rules.timezone.key
        self._phones = PhonenumbersParser(default_timezone=zone)
        self._around = Surroundings(
            settings=settings,
            session=session,
            clock=essentials.clock,
            phones=self._phones,
            step_tokens=SignedStepTokens(personal_data.subkeys("step tokens")),
            own_url=own_url,
            demo_token=stand_ins.demo_token,
        )

    def gateway(self, database: SqlDatabase, mailer: Mailer) -> Gateway:
        """All parts, put together."""
        essentials = self._essentials
        texts = JinjaMessageTexts(data_folder("sms_templates"), self._settings.sms.signature)
        queue_text = QueueText(texts)
        record = RecordEvaluation(essentials.rules, essentials.metrics)
        register = RegisterService(essentials, record, self._phones)
        flows = load_flows()
        self._check_flow(flows)
        end_call = EndCall(essentials)
        carriers = sms_carriers(self._around)
        return Gateway(
            settings=self._settings,
            essentials=essentials,
            database=database,
            personal_data=self._personal_data,
            wakeups=self._wakeups,
            phones=self._phones,
            directory=self._directory,
            record=record,
            register=register,
            dispatch=Dispatch(
                AnswerCall(essentials, flows, self._settings.voice.flow, record, register),
                end_call,
                ReceiveMessage(essentials, record, queue_text),
                ReceiveDeliveryReceipt(essentials),
            ),
            providers=webhook_providers(self._around),
            carriers=carriers,
            shelf=SqlEvaluationShelf(database.engine, essentials.clock, database.reading_engine),
            store_tokens=self._store_tokens,
            open_api=self._stand_ins.open_api,
            worker=self._worker(carriers, mailer, SendReminders(essentials, queue_text), end_call),
        )

    def mailer(self, stack: AsyncExitStack) -> Mailer:
        """SMTP where a server is configured, else files."""
        smtp, clock = self._settings.smtp, self._essentials.clock
        if not smtp.host:
            sender = smtp.sender or _OWN_SENDER
            return EmlFileMailer(self._stand_ins.mail_folder, sender=sender, clock=clock)
        server = SmtpServer(
            host=smtp.host,
            port=smtp.port,
            security=smtp.security,
            username=smtp.username,
            password=smtp.password.get_secret_value(),
            ca_file=smtp.ca_file,
            connections=self._settings.worker.email,
        )
        mailer = SmtpMailer(server, sender=smtp.sender, clock=clock)
        stack.push_async_callback(mailer.close)
        return mailer

    def _worker(
        self, carriers: list[SmsCarrier], mailer: Mailer, reminders: SendReminders, end_call: EndCall
    ) -> WorkerLoop:
        essentials, hands = self._essentials, self._settings.worker
        email = DeliverEmail(
            essentials,
            mailer,
            JinjaEmailTexts(essentials.rules.timezone),
            self._directory,
            self._email_domain(),
        )
        poll = hands.poll_interval.total_seconds()
        duties = (
            (OutboxKind.CORE_STORE, DeliverToCoreStore(self._core_store()), hands.core_store),
            (OutboxKind.SMS, DeliverText(essentials, carriers), hands.sms),
            (OutboxKind.EMAIL, email, hands.email),
        )
        pumps = [
            DeliveryPump(
                DeliverOutbox(essentials, kind, deliverer, jitter=random.random),
                self._wakeups,
                essentials.clock,
                hands=count,
                poll_seconds=poll,
            )
            for kind, deliverer, count in duties
        ]
        chores = [
            Chore("close_lost_calls", end_call.close_lost, timedelta(minutes=1).total_seconds()),
            Chore("measure_outbox", MeasureOutbox(essentials), timedelta(seconds=15).total_seconds()),
        ]
        return WorkerLoop(pumps, reminders, chores, self._wakeups, essentials.clock, poll_seconds=poll)

    def _core_store(self) -> HttpCoreStore:
        store = self._settings.core_store
        embedded = store.kind == "embedded"
        return HttpCoreStore(
            self._session,
            self._own_url + EMBEDDED_STORE_PATH if embedded else store.url,
            self._store_tokens[0] if embedded else store.token.get_secret_value(),
            load_profile(find_profile("native" if embedded else store.profile, *profile_folders())),
            store.timeout,
            self._essentials.clock,
        )

    def _email_domain(self) -> str:
        """The right side of Message-IDs: the sender's domain, else the public host."""
        _, _, domain = self._settings.smtp.sender.rpartition("@")
        return domain.rstrip("> ") or urlsplit(self._settings.server.public_url).hostname or "localhost"

    def _check_flow(self, flows: FlowCatalog) -> None:
        flow = self._settings.voice.flow
        try:
            flows.find(flow)
        except KeyError:
            raise ConfigurationError(f"there is no flow {flow}", place="voice.flow") from None
