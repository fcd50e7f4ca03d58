"""Each form of URL is read, with the options of libpq; what cannot be used is told with its remedy."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from gateway.adapters.database.database_url import DatabaseUrlError, read_database_url
from gateway.adapters.database.driver_urls import for_asyncpg, for_libpq, parse_url
from gateway.domain.errors import ConfigurationError
from gateway.settings import SettingsError, load_settings
from tests.peers.smtp_server import make_certificate

SERVER = "postgresql://u:secret@h/x"


@pytest.mark.parametrize(
    ("url", "file", "options"),
    [
        ("sqlite:///var/gateway.db", "var/gateway.db", {}),
        ("sqlite:////srv/gateway.db", "/srv/gateway.db", {}),
        (SERVER, None, {}),
        ("postgres://u@[::1]:5433/x?sslmode=require", None, {"sslmode": "require"}),
        (f"{SERVER}?application_name=a%20b&connect_timeout=9", None, {"application_name": "a b"}),
        ("postgresql://u@/x?host=/run/postgresql", None, {"host": "/run/postgresql"}),
        (
            "postgresql://u@/x?host=a,b&port=1,2&target_session_attrs=read-write",
            None,
            {"host": "a,b", "port": "1,2", "target_session_attrs": "read-write"},
        ),
    ],
)
def test_every_form_is_read(url: str, file: str | None, options: dict[str, str]) -> None:
    """SQLAlchemy takes each of them, too."""
    read = read_database_url(url)

    assert read.file == file
    assert options.items() <= read.options.items()
    parse_url(url)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("sqlite:///var/gateway.db?timeout=5", "has options; a file of SQLite takes none"),
        ("postgresql://u:secret@h:port/x", "a port that is none"),
        ("postgresql://u:secret@h:1,g:2/x", "postgresql://user@/name?host=one,two&port=5432,5432"),
        (f"{SERVER}?nonsense=1", "the unknown option nonsense; known: sslmode, "),
        (f"{SERVER}?password=secret", "the unknown option password"),
        (f"{SERVER}?sslmode=on", "an unknown sslmode; write one of: disable, "),
        (f"{SERVER}?sslmode=require&sslmode=allow", "the option sslmode twice"),
        (f"{SERVER}?application_name=", "nothing that can be used as application_name"),
        (f"{SERVER}?application_name=%00", "nothing that can be used as application_name"),
        (f"{SERVER}?connect_timeout=forever", "write 1 to 60 seconds"),
        (f"{SERVER}?target_session_attrs=standby", "an unknown target_session_attrs"),
        (f"{SERVER}?host=a,b&port=1", "names 2 host and 1 port"),
        (f"{SERVER}?host=a,b", "names 2 host and 0 port"),
        (f"{SERVER}?host=a&port=0", "a host or port that is none"),
        (f"{SERVER}?sslmode=verify-full", "without sslrootcert"),
        (f"{SERVER}?sslrootcert=/ca.crt", "add sslmode=verify-full"),
        (f"{SERVER}?sslmode=require&sslkey=/key", "one of sslcert and sslkey"),
        (f"{SERVER}?sslmode=require&sslrootcert=/nosuch", "(/nosuch: No such file or directory)"),
    ],
)
def test_what_cannot_be_used_is_told(url: str, problem: str) -> None:
    """Without the password, and as an error of the configuration where the gateway opens it."""
    with pytest.raises(DatabaseUrlError) as told:
        read_database_url(url)
    with pytest.raises(ConfigurationError, match=r"database\.url: "):
        parse_url(url)

    assert problem in str(told.value)
    assert "secret" not in str(told.value)


def unescaped() -> Iterator[tuple[str, str]]:
    """Passwords as somebody pastes them, and URLs with them; none of their parts is a word of ours."""
    for first, second, third in product("@:/?#&=%[", repeat=3):
        password = f"zqx{first}kvj{second}wjq{third}xzk"
        yield password, f"postgresql://u:{password}@h/x"
        yield password, f"postgresql://u:{password}@h:5432/x?sslmode=require"
        yield password, f"postgresql://u:{password}@/x?host=h&port=1"


def shown(password: str, told: object) -> list[str]:
    """What of a password can be read there."""
    pieces = (password[i : i + 3] for i in range(len(password) - 2))
    return [piece for piece in pieces if piece in str(told)]


def told_of(url: str) -> str:
    """What is wrong with it, by both ways; else what everybody on the machine sees of it."""
    try:
        read_database_url(url)
        return for_libpq(url)[0]
    except DatabaseUrlError as fault:
        with pytest.raises(ConfigurationError) as refused:
            parse_url(url)
        return f"{fault} {refused.value}"


def test_no_part_of_an_unescaped_password_is_told__regression() -> None:
    """What follows its first @ or ? looks like a host or an option."""
    for password, url in unescaped():
        assert not shown(password, told_of(url)), url


@pytest.mark.parametrize("password", ["zqx@kvj?wjq", "zqx@kvj", "zqx@kvj/wjq?xzk=1", "zqx@kvj?xzk=1&wjq"])
def test_who_pasted_a_password_is_told_how_to_write_it__regression(password: str) -> None:
    """By `haochaping check` as by whatever opens the database."""
    with pytest.raises(SettingsError) as told:
        load_settings(environ={"HAOCHAPING_DATABASE__URL": f"postgresql://u:{password}@host/db"})

    assert not shown(password, told.value)
    assert "@ : / ? # % in a password are written %40 %3A %2F %3F %23 %25" in str(told.value)


def test_certificates_are_loaded_once_to_see_whether_they_can_be(tmp_path: Path) -> None:
    """A certificate that is none, or without its key, would only be met at the first connection."""
    make_certificate(tmp_path)
    files = f"sslrootcert={tmp_path}/certificate.pem&sslcert={tmp_path}/certificate.pem&sslkey={tmp_path}"

    read_database_url(f"{SERVER}?sslmode=verify-full&{files}/key.pem")

    with pytest.raises(DatabaseUrlError, match="sslcert and sslkey that cannot be used"):
        read_database_url(f"{SERVER}?sslmode=verify-full&{files}/certificate.pem")


def test_driver_and_programs_are_told_the_same__regression() -> None:
    """The driver by a URL of the options alone; pg_dump without the password, a space as libpq reads it."""
    url = f"{SERVER}?host=a&port=7&sslmode=require&options=-c%20work_mem%3D9MB&connect_timeout=9"

    place, told = for_asyncpg(parse_url(url))

    assert dict(place.query) == {"host": "a", "port": "7"}
    assert told == {"timeout": 9, "dsn": "postgresql://?sslmode=require&options=-c+work_mem%3D9MB"}
    assert for_asyncpg(parse_url(SERVER))[1] == {"timeout": 5, "dsn": None}
    address, password = for_libpq(url)
    assert password == "secret"
    assert address.startswith("postgresql://u@h/x?")
    assert "options=-c%20work_mem%3D9MB" in address
    assert for_libpq(SERVER) == ("postgresql://u@h/x", "secret")


def test_several_servers_have_less_time_each() -> None:
    """Unless the URL says how much: for the driver as for pg_dump, which would wait without end."""
    several = "postgresql://u@/x?host=a,b&port=1,2"
    own = f"{several}&connect_timeout=7"

    assert for_asyncpg(parse_url(several))[1] == {"timeout": 2, "dsn": None}
    assert for_asyncpg(parse_url(own))[1]["timeout"] == 7
    assert "connect_timeout=2" in for_libpq(several)[0]
    assert "connect_timeout=7" in for_libpq(own)[0]
