"""Agencies as file and bureau say, for commands that work beside a running gateway."""

from __future__ import annotations

from pathlib import Path

from gateway.adapters.agency_documents import FileAgencyDocuments
from gateway.adapters.agency_file import load_agencies
from gateway.application.bureau.keep_agencies import KeepAgencies
from gateway.bootstrap.folders import data_file
from gateway.bootstrap.operations import Operations, open_operations
from gateway.domain.agencies import AgencyDirectory


async def directory_in_force(operations: Operations) -> AgencyDirectory:
    """What holds now; raises ConfigurationError for the file, Unavailable for the database."""
    file = load_agencies(data_file(operations.settings.agencies.file))
    keep = KeepAgencies(file, operations.database, operations.clock)
    await keep.refresh()
    return keep.directory


async def export_agencies(config: Path | None) -> str:
    """What holds now, as a file of agencies.

    Raises:
        ConfigurationError: settings, agencies or schema cannot be used.
        Unavailable: the database does not answer.

    """
    async with open_operations(config) as operations:
        await operations.require_schema()
        return FileAgencyDocuments().write(await directory_in_force(operations))
