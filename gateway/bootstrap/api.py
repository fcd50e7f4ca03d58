"""The API for business systems, from the parts of the gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway import __version__
from gateway.adapters.documents.evaluation_documents import EvaluationDocuments
from gateway.adapters.documents.service_documents import ServiceDocuments
from gateway.application.describe_service import DescribeService
from gateway.application.list_evaluations import ListEvaluations
from gateway.application.note_evaluation import NoteEvaluation
from gateway.application.register_services import RegisterServices
from gateway.application.watch_evaluations import WatchEvaluations
from gateway.bootstrap.returning_mail import mail_taker, return_addresses
from gateway.bootstrap.surroundings import MeasureSurroundings
from gateway.domain.pace import Rate
from gateway.settings import Settings
from gateway.web.api.bearer import BearerTokens
from gateway.web.api.caller_limits import CallerLimits
from gateway.web.api.parts import ApiParts

if TYPE_CHECKING:
    from gateway.bootstrap.assembly import Gateway


def api_parts(gateway: Gateway) -> ApiParts:
    """What the API's routes work with."""
    settings, database = gateway.settings, gateway.database
    return ApiParts(
        tokens=BearerTokens(
            [token.get_secret_value() for token in settings.api.tokens],
            CallerLimits(gateway.pace, _caller_rate(settings), gateway.essentials.metrics),
            open_without_tokens=gateway.open_api,
        ),
        service_documents=service_documents(gateway),
        evaluation_documents=EvaluationDocuments(),
        register=gateway.register,
        register_many=RegisterServices(database, gateway.register),
        describe=DescribeService(database),
        note=NoteEvaluation(gateway.essentials, gateway.record, gateway.register),
        watch_evaluations=WatchEvaluations(ListEvaluations(database), gateway.wakeups),
        take_mail=mail_taker(
            settings,
            gateway.essentials,
            return_addresses(settings, gateway.personal_data),
            gateway.directory,
        ),
        agencies=gateway.directory,
        zone=gateway.essentials.rules.timezone,
        checks={"database": database.ping},
        dispensable=gateway.dispensable,
        metrics=gateway.essentials.metrics,
        measure=MeasureSurroundings(settings, database, gateway.essentials.metrics),
        public_url=settings.server.public_url,
        version=__version__,
    )


def _caller_rate(settings: Settings) -> Rate | None:
    api = settings.api
    return Rate(api.requests_per_second, api.burst, starts_full=True) if api.requests_per_second else None


def service_documents(gateway: Gateway) -> ServiceDocuments:
    """The reader of service documents."""
    return ServiceDocuments(gateway.phones)
