"""What all tests share: a clean environment, both databases, a clock that moves only when told."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from gateway.adapters.clock import MovableClock, SystemClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.database.migrations import upgrade
from gateway.adapters.personal_data import PersonalDataCipher
from tests.peers.asterisk_image import IMAGE
from tests.peers.asterisk_operator_files import delivered_configuration
from tests.peers.asterisk_server import AsteriskServer, asterisk_server
from tests.peers.postgres import postgres_server

# The machine may be slow or shared; a deadline would test the machine. Fixtures given to properties are
# fresh values or meant to be shared.
settings.register_profile(
    "haochaping",
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("haochaping")

for _name in [name for name in os.environ if name.startswith("HAOCHAPING_")]:
    del os.environ[_name]

MORNING = datetime(2026, 11, 23, 2, tzinfo=UTC)
"""10:00 in Shanghai, a Monday."""
_IMAGE_SECONDS = 1800


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the crash tests go on, and how many worlds are lived on PostgreSQL."""
    parser.addoption("--kills", type=int, default=4, help="how often the crash tests kill something")
    parser.addoption("--worlds", type=int, default=0, help="how many more worlds are lived on PostgreSQL")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One world in every run, many in a long one."""
    if "seed_on_postgresql" in metafunc.fixturenames:
        more = int(metafunc.config.getoption("--worlds"))
        metafunc.parametrize("seed_on_postgresql", [2, *range(1001, 1001 + more)])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever comes first may have to make Asterisk's image: minutes, where the machine is busy."""
    if IMAGE.is_dir():
        return
    for item in items:
        if any("asterisk" in name for name in getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.timeout(_IMAGE_SECONDS))


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """How often to kill something."""
    return int(request.config.getoption("--kills"))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The maintenance database of a private server, started once for all tests."""
    with postgres_server() as server:
        yield server.url


@pytest.fixture(scope="session")
def asterisk() -> Iterator[AsteriskServer]:
    """An Asterisk with a dial plan for tests, started once for all of them."""
    with asterisk_server() as server:
        yield server


@pytest.fixture(scope="session")
def delivered_asterisk() -> Iterator[AsteriskServer]:
    """The same with the delivered files."""
    with asterisk_server("pbx-d", delivered_configuration) as server:
        yield server


@pytest.fixture
def postgres_database_url(postgres_url: str) -> Iterator[str]:
    """A fresh, empty database."""
    with _postgres_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with this version's schema, to be copied: a test has rarely to do with how that is made."""
    file = tmp_path_factory.mktemp("template") / "gateway.db"
    asyncio.run(_migrate(f"sqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    """The name of a database with this version's schema, to be copied."""
    with _postgres_database(postgres_url) as url:
        asyncio.run(_migrate(url))
        yield url.rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Both engines, one after the other, with this version's schema and nothing in it."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "gateway.db")
        yield f"sqlite:///{tmp_path}/gateway.db"
    else:
        template = request.getfixturevalue("postgres_template")
        with _postgres_database(request.getfixturevalue("postgres_url"), template) as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Both engines, one after the other, without any schema."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/gateway.db"
    url: str = request.getfixturevalue("postgres_database_url")
    return url


@contextmanager
def _postgres_database(postgres_url: str, template: str = "template1") -> Iterator[str]:
    name = f"t{uuid4().hex}"

    async def execute(statement: str) -> None:
        admin = await asyncpg.connect(postgres_url)
        try:
            await admin.execute(statement)
        finally:
            await admin.close()

    asyncio.run(execute(f"CREATE DATABASE {name} TEMPLATE {template}"))
    try:
        yield postgres_url.rpartition("/")[0] + f"/{name}"
    finally:
        asyncio.run(execute(f"DROP DATABASE {name} WITH (FORCE)"))


async def _migrate(url: str) -> None:
    async with migrated(open_database(url, PersonalDataCipher([b"k" * 32]), InProcessWakeups())):
        pass


@pytest.fixture
def personal_data() -> PersonalDataCipher:
    """A cipher with one key."""
    return PersonalDataCipher([b"k" * 32])


@pytest.fixture
def wakeups() -> InProcessWakeups:
    """Bells of one process."""
    return InProcessWakeups()


@pytest.fixture
def clock() -> MovableClock:
    """A clock that runs, set to a working morning, that a test may move."""
    return MovableClock(MORNING, SystemClock())


@pytest.fixture
async def database(
    database_url: str, personal_data: PersonalDataCipher, wakeups: InProcessWakeups
) -> AsyncIterator[SqlDatabase]:
    """A migrated database on each engine."""
    async with migrated(open_database(database_url, personal_data, wakeups)) as opened:
        yield opened


@pytest.fixture
async def timed_database(
    database_url: str, personal_data: PersonalDataCipher, wakeups: InProcessWakeups, clock: MovableClock
) -> AsyncIterator[SqlDatabase]:
    """The same, but leases end by the test's clock."""
    opened = open_database(database_url, personal_data, wakeups, lease_clock=clock)
    async with migrated(opened):
        yield opened


@asynccontextmanager
async def migrated(opened: SqlDatabase) -> AsyncIterator[SqlDatabase]:
    """With this version's schema; closed in the end."""
    await upgrade(opened)
    try:
        yield opened
    finally:
        await opened.close()
