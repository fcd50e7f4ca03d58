"""Loading files of services into a gateway's database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.adapters.documents.service_documents import ServiceDocuments
from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.adapters.service_files.opening import OpenServiceFile, open_service_file
from gateway.application.essentials import Essentials
from gateway.application.import_services import ImportServices
from gateway.application.record_evaluation import RecordEvaluation
from gateway.application.register_service import RegisterService
from gateway.application.register_services import RegisterServices
from gateway.bootstrap.agencies import directory_in_force
from gateway.bootstrap.carriers import plan_calls
from gateway.bootstrap.operations import open_operations
from gateway.telemetry.metrics import Metrics

__all__ = ["OpenServiceFile", "open_import", "open_service_file"]


@asynccontextmanager
async def open_import(config: Path | None) -> AsyncIterator[ImportServices]:
    """What loads files into the database of the settings; the same documents as the API's.

    Raises:
        ConfigurationError: settings, keys, schema or agencies cannot be used.
        Unavailable: the database does not answer.

    """
    async with open_operations(config, wakes=True) as operations:
        await operations.take_up_keys()
        rules = operations.settings.rules_for_domain()
        essentials = Essentials(operations.database, operations.clock, rules, Metrics())
        phones = PhonenumbersParser(default_timezone=rules.timezone.key)
        record = RecordEvaluation(rules, essentials.metrics)
        calls = plan_calls(operations.settings, rules)
        register = RegisterServices(operations.database, RegisterService(essentials, record, phones, calls))
        documents = ServiceDocuments(phones)
        yield ImportServices(register, documents, await directory_in_force(operations))
