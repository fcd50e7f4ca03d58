"""What all simulated processes share because it never changes: settings, flows, texts, keys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Final

from gateway.adapters.agency_file import load_agencies
from gateway.adapters.contact_links import SignedContactLinks
from gateway.adapters.documents.evaluation_documents import EvaluationDocuments
from gateway.adapters.documents.service_documents import ServiceDocuments
from gateway.adapters.mailer.texts import JinjaEmailTexts
from gateway.adapters.personal_data import KEY_BYTES, PersonalDataCipher
from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.adapters.providers.demo.provider import DemoProvider
from gateway.adapters.return_addresses import SignedReturnAddresses
from gateway.adapters.sms_templates.texts import JinjaMessageTexts
from gateway.adapters.step_tokens import SignedStepTokens
from gateway.application.ports.contact_links import PageOf
from gateway.application.ports.flows import FlowCatalog
from gateway.application.ports.webhook_provider import WebhookProvider
from gateway.bootstrap.contact_pages import page_addresses
from gateway.bootstrap.flows import load_flows
from gateway.bootstrap.folders import data_file, data_folder
from gateway.bootstrap.returning_mail import return_addresses
from gateway.domain.agencies import AgencyDirectory
from gateway.domain.rules import Rules
from gateway.settings import Settings
from gateway.simulation.chance import Chance
from gateway.telemetry.metrics import Metrics

CARRIER_TOKEN: Final = "the-simulated-carrier-proves-itself"  # noqa: S105 - nobody outside can use it

_CALLING: Final = 0.4
"""In how many worlds the gateway calls citizens."""
_CALLED_AFTER: Final = (timedelta(minutes=10), timedelta(hours=2))
_CALLED_AGAIN_AFTER: Final = (timedelta(hours=1), timedelta(hours=3))
_RECTIFY_WITHIN: Final = (1, 2, 3, 15)
"""Working days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """Immutable parts, made once."""

    settings: Settings
    personal_data: PersonalDataCipher
    phones: PhonenumbersParser
    flows: FlowCatalog
    texts: JinjaMessageTexts
    email_texts: JinjaEmailTexts
    directory: AgencyDirectory
    links: SignedContactLinks
    addresses: SignedReturnAddresses
    page_of: PageOf
    provider: WebhookProvider
    service_documents: ServiceDocuments
    evaluation_documents: EvaluationDocuments
    metrics: Metrics


def settings_for(poll: timedelta, chance: Chance) -> Settings:
    """Workers that look by themselves only so often (lost bells are found out then); calls in some worlds."""
    settings = equipment().settings
    outbound = {
        "enabled": chance.happens(_CALLING),
        "after": chance.pick(_CALLED_AFTER),
        "tries": chance.whole(1, 3),
        "wait": chance.pick(_CALLED_AGAIN_AFTER),
        "most_at_once": chance.pick((1, 5)),
    }
    sections = {
        "worker": settings.worker.model_copy(update={"poll_interval": poll}),
        "outbound": settings.outbound.model_copy(update=outbound),
    }
    return settings.model_copy(update=sections)


def terms(chance: Chance) -> Rules:
    """The city's rules, now and then with a deadline that passes while the world lasts."""
    rules = equipment().settings.rules_for_domain()
    return replace(rules, rectify_working_days=chance.pick(_RECTIFY_WITHIN))


@cache
def equipment() -> Equipment:
    """The delivered flows, texts, agencies and rules, with keys that open nothing outside."""
    settings = Settings()
    personal_data = PersonalDataCipher([b"simulation".ljust(KEY_BYTES, b".")])
    links = SignedContactLinks(personal_data.subkeys("contact links"))
    phones = PhonenumbersParser(default_timezone=settings.rules_for_domain().timezone.key)
    return Equipment(
        settings=settings,
        personal_data=personal_data,
        phones=phones,
        flows=load_flows(),
        texts=JinjaMessageTexts(data_folder("sms_templates"), settings.sms.signature),
        email_texts=JinjaEmailTexts(settings.rules_for_domain().timezone),
        directory=load_agencies(data_file(settings.agencies.file)),
        links=links,
        addresses=return_addresses(settings, personal_data),
        page_of=page_addresses(links, settings.server.public_url),
        provider=DemoProvider(
            token=CARRIER_TOKEN,
            step_tokens=SignedStepTokens(personal_data.subkeys("step tokens")),
            phones=phones,
            audio_url=str,
        ),
        service_documents=ServiceDocuments(phones),
        evaluation_documents=EvaluationDocuments(),
        metrics=Metrics(),
    )
