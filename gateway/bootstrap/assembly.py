"""The whole gateway from its settings: opened in order, closed in reverse."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp

from gateway.adapters.agency_file import load_agencies
from gateway.adapters.clock import SystemClock
from gateway.adapters.contact_links import SignedContactLinks
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.evaluation_shelf import SqlEvaluationShelf
from gateway.adapters.mailer.texts import JinjaEmailTexts
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.adapters.sms_templates.texts import JinjaMessageTexts
from gateway.adapters.step_tokens import SignedStepTokens
from gateway.application.answer_call import AnswerCall
from gateway.application.bureau.keep_agencies import KeepAgencies
from gateway.application.carrier_health import CarrierHealth
from gateway.application.end_call import EndCall
from gateway.application.essentials import Essentials
from gateway.application.handle_follow_up import HandleFollowUp
from gateway.application.lead_call import LeadCall
from gateway.application.ports.call_connection import CallConnection
from gateway.application.ports.clock import Clock
from gateway.application.ports.contact_links import ContactLinks
from gateway.application.ports.flows import FlowCatalog
from gateway.application.ports.mailer import Mailer
from gateway.application.ports.pace import Pace
from gateway.application.ports.prompt_audio import PromptAudio
from gateway.application.ports.sms_carrier import SmsCarrier
from gateway.application.ports.wakeups import Wakeups
from gateway.application.ports.webhook_provider import WebhookProvider
from gateway.application.queue_text import QueueText
from gateway.application.record_evaluation import RecordEvaluation
from gateway.application.register_service import RegisterService
from gateway.application.send_reminders import SendReminders
from gateway.application.tell_citizen import TellOfResult
from gateway.bootstrap.carriers import (
    Surroundings,
    call_carrier,
    plan_calls,
    sms_carriers,
    webhook_providers,
)
from gateway.bootstrap.contact_pages import page_addresses
from gateway.bootstrap.coordination import Coordination, open_coordination
from gateway.bootstrap.database import open_current_database
from gateway.bootstrap.first_figures import begin_at_zero
from gateway.bootstrap.flows import load_flows
from gateway.bootstrap.folders import data_file, data_folder
from gateway.bootstrap.following_up import following_up
from gateway.bootstrap.keys import KEY_FILE, open_personal_data
from gateway.bootstrap.pbx import Switchboard, check_all, pbx_connections, uses_pbx
from gateway.bootstrap.prompts import prompt_library
from gateway.bootstrap.retention import trace_chore
from gateway.bootstrap.returning_mail import mailbox_chores, return_addresses
from gateway.bootstrap.worker import WorkerParts, open_core_store, open_mailer, worker_loop
from gateway.domain.agencies import AgencyDirectory
from gateway.domain.errors import ConfigurationError
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics
from gateway.web.api.parts import Check
from gateway.web.webhooks.dispatch import Dispatch
from gateway.worker.loop import WorkerLoop

EMBEDDED_STORE_PATH: Final = "/core-store"
_MAIL_FOLDER: Final = Path("var/mail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surrogates:
    """What a demonstration or a test puts in the place of the real thing."""

    clock: Clock = field(default_factory=SystemClock)
    lease_clock: Clock | None = None
    """In place of the database's own, where time is virtual altogether."""
    mail_folder: Path = _MAIL_FOLDER
    key_file: Path = KEY_FILE
    demo_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    prompt_audio: PromptAudio | None = None
    """In place of the files of `prompts.folder`, where a test knows the prompts by their sound."""
    open_api: bool = False
    """Whether the API opens without a token while none is configured; only where nobody else reaches it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Everything, wired."""

    settings: Settings
    essentials: Essentials
    database: SqlDatabase
    session: aiohttp.ClientSession
    pages_url: str
    """Where people reach our pages."""
    personal_data: PersonalDataCipher
    wakeups: Wakeups
    pace: Pace
    dispensable: Mapping[str, Check]
    """What may be away without harm, by name."""
    phones: PhonenumbersParser
    agencies: KeepAgencies
    directory: AgencyDirectory
    """Of these agencies, as they are at any moment."""
    links: ContactLinks
    record: RecordEvaluation
    handle: HandleFollowUp
    register: RegisterService
    dispatch: Dispatch
    providers: list[WebhookProvider]
    carriers: list[SmsCarrier]
    connections: list[CallConnection]
    """To PBXs, not started."""
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
        metrics = Metrics()
        coordination = await open_coordination(settings, metrics, stack)
        personal_data = open_personal_data(settings, stand_ins.key_file)
        database = await open_current_database(
            settings, personal_data, coordination.wakeups, stack, lease_clock=stand_ins.lease_clock
        )
        session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, limit_per_host=64))
        )
        essentials = Essentials(database, stand_ins.clock, settings.rules_for_domain(), metrics)
        builder = _Builder(
            settings,
            essentials,
            personal_data=personal_data,
            coordination=coordination,
            session=session,
            own_url=own_url,
            stand_ins=stand_ins,
        )
        audio = stand_ins.prompt_audio
        if audio is None and uses_pbx(settings):
            audio = await stack.enter_async_context(prompt_library(settings, settings.voice.flow))
        mailer = open_mailer(settings, stand_ins.clock, stand_ins.mail_folder, stack)
        gateway = builder.gateway(database, mailer, audio)
        await gateway.agencies.refresh()
        begin_at_zero(metrics, gateway.providers, gateway.carriers, gateway.connections)
        yield gateway


class _Builder:
    """Holds what the parts are made of while they are made."""

    def __init__(
        self,
        settings: Settings,
        essentials: Essentials,
        *,
        personal_data: PersonalDataCipher,
        coordination: Coordination,
        session: aiohttp.ClientSession,
        own_url: str,
        stand_ins: Surrogates,
    ) -> None:
        self._settings = settings
        self._essentials = essentials
        self._personal_data = personal_data
        self._coordination = coordination
        self._session = session
        self._own_url = own_url
        self._stand_ins = stand_ins
        self._store_tokens = tuple(key.hex() for key in personal_data.subkeys("embedded core store"))
        self._links = SignedContactLinks(personal_data.subkeys("contact links"))
        file = load_agencies(data_file(settings.agencies.file))
        self._agencies = KeepAgencies(file, essentials.database, essentials.clock)
        self._directory = self._agencies.directory
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

    def gateway(self, database: SqlDatabase, mailer: Mailer, audio: PromptAudio | None) -> Gateway:
        """All parts, put together."""
        essentials = self._essentials
        texts = JinjaMessageTexts(data_folder("sms_templates"), self._settings.sms.signature)
        queue_text = QueueText(texts)
        follow = following_up(essentials, queue_text)
        calls = plan_calls(self._settings, essentials.rules)
        register = RegisterService(essentials, follow.record, self._phones, calls)
        end_call = EndCall(essentials)
        answer_call = self._answer_call(follow.record, register)
        connections = self._connections(LeadCall(answer_call, end_call), audio)
        carriers = sms_carriers(self._around)
        health = CarrierHealth(carriers, essentials.clock, essentials.metrics)
        return Gateway(
            settings=self._settings,
            essentials=essentials,
            database=database,
            session=self._session,
            pages_url=self._pages_url(),
            personal_data=self._personal_data,
            wakeups=self._coordination.wakeups,
            pace=self._coordination.pace,
            dispensable=self._dispensable(health, connections),
            phones=self._phones,
            agencies=self._agencies,
            directory=self._directory,
            links=self._links,
            record=follow.record,
            handle=follow.handle,
            register=register,
            dispatch=Dispatch(answer_call, end_call, follow.receive_message, follow.receive_receipt),
            providers=webhook_providers(self._around),
            carriers=carriers,
            connections=connections,
            shelf=SqlEvaluationShelf(database.single_engine, essentials.clock, database.reading_engine),
            store_tokens=self._store_tokens,
            open_api=self._stand_ins.open_api,
            worker=self._worker(health, mailer, queue_text, end_call, follow.tell, database),
        )

    def _answer_call(self, record: RecordEvaluation, register: RegisterService) -> AnswerCall:
        flows = load_flows(self._settings.prompts.recordings)
        self._check_flow(flows)
        return AnswerCall(self._essentials, flows, self._settings.voice.flow, record, register)

    def _connections(self, leader: LeadCall, audio: PromptAudio | None) -> list[CallConnection]:
        if audio is None or not uses_pbx(self._settings):
            return []
        board = Switchboard(
            settings=self._settings,
            leader=leader,
            audio=audio,
            phones=self._phones,
            step_tokens=self._around.step_tokens,
            metrics=self._essentials.metrics,
        )
        return pbx_connections(board)

    def _dispensable(self, health: CarrierHealth, connections: list[CallConnection]) -> dict[str, Check]:
        checks: dict[str, Check] = {**self._coordination.dispensable, "carriers": health.check}
        if connections:
            checks["pbx"] = lambda: check_all(connections)
        return checks

    def _worker(
        self,
        carriers: CarrierHealth,
        mailer: Mailer,
        queue_text: QueueText,
        end_call: EndCall,
        tell: TellOfResult,
        database: SqlDatabase,
    ) -> WorkerLoop:
        addresses = return_addresses(self._settings, self._personal_data)
        parts = WorkerParts(
            settings=self._settings,
            essentials=self._essentials,
            wakeups=self._coordination.wakeups,
            pace=self._coordination.pace,
            core_store=open_core_store(
                self._settings,
                self._session,
                (self._own_url + EMBEDDED_STORE_PATH, self._store_tokens[0]),
                self._essentials.clock,
            ),
            directory=self._directory,
            links=self._links,
            addresses=addresses,
            page_of=page_addresses(self._links, self._pages_url()),
            carriers=carriers,
            call_carrier=call_carrier(self._around),
            mailer=mailer,
            email_texts=JinjaEmailTexts(
                self._essentials.rules.timezone, replies=bool(self._settings.mailbox.address)
            ),
            reminders=SendReminders(self._essentials, queue_text),
            end_call=end_call,
            tell=tell,
            chores=[
                trace_chore(self._settings, database, self._essentials.clock),
                *mailbox_chores(self._settings, self._essentials, addresses, self._directory),
            ],
        )
        return worker_loop(parts)

    def _pages_url(self) -> str:
        """Where people reach our pages: as configured, else where this very process listens."""
        server = self._settings.server
        return server.public_url if "public_url" in server.model_fields_set else self._own_url

    def _check_flow(self, flows: FlowCatalog) -> None:
        flow = self._settings.voice.flow
        try:
            flows.find(flow)
        except KeyError:
            raise ConfigurationError(f"there is no flow {flow}", place="voice.flow") from None
