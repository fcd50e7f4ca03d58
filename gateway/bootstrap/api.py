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
from gateway.bootstrap.surroundings import MeasureSurroundings
from gateway.web.api.bearer import BearerTokens
from gateway.web.api.parts import ApiParts

if TYPE_CHECKING:
    from gateway.bootstrap.assembly import Gateway


def api_parts(gateway: Gateway) -> ApiParts:
    """What the API's routes work with."""
    settings, database = gateway.settings, gateway.database
    return ApiParts(
        tokens=BearerTokens(
            [token.get_secret_value() for token in settings.api.tokens],
            open_without_tokens=gateway.open_api,
        ),
        service_documents=service_documents(gateway),
        evaluation_documents=EvaluationDocuments(),
        register=gateway.register,
        register_many=RegisterServices(database, gateway.register),
        describe=DescribeService(database),
        note=NoteEvaluation(gateway.essentials, gateway.record, gateway.register),
        list_evaluations=ListEvaluations(database),
        agencies=gateway.directory,
        zone=gateway.essentials.rules.timezone,
        checks={"database": database.ping},
        dispensable=gateway.dispensable,
        metrics=gateway.essentials.metrics,
        measure=MeasureSurroundings(settings, database, gateway.essentials.metrics),
        public_url=settings.server.public_url,
        version=__version__,
    )


def service_documents(gateway: Gateway) -> ServiceDocuments:
    """The reader of service documents."""
    return ServiceDocuments(gateway.phones)
