"""Each form of URL is read whole, and what cannot be used is told without repeating a password."""

from __future__ import annotations

from itertools import product

import pytest

from gateway.adapters.coordination.redis_connections import RedisConnections
from gateway.adapters.coordination.redis_url import RedisForm, RedisUrlError, read_redis_url
from gateway.domain.errors import ConfigurationError


@pytest.mark.parametrize(
    ("url", "nodes", "service", "plain"),
    [
        ("redis://h", (("h", 6379),), "", "redis://h:6379/0?"),
        ("redis://", (("localhost", 6379),), "", "redis://localhost:6379/0?"),
        ("rediss://u:p%40@h:1/3?x=y", (("h", 1),), "", "rediss://u:p%40@h:1/3?x=y"),
        ("redis://[::1]:7000/2", (("::1", 7000),), "", "redis://[::1]:7000/2?"),
        ("unix:///run/redis.sock?db=2", (), "", "unix:///run/redis.sock?db=2"),
        (
            "redis+sentinel://:p@a:1,b/group/4?sentinel_password=s&health_check_interval=5",
            (("a", 1), ("b", 26379)),
            "group",
            "redis://:p@a:1/4?health_check_interval=5",
        ),
        ("rediss+sentinel://a,[::1]:2/g", (("a", 26379), ("::1", 2)), "g", "rediss://a:26379/0?"),
        ("redis+cluster://a:7001,b:7002", (("a", 7001), ("b", 7002)), "", "redis://a:7001/0?"),
        ("rediss+cluster://a/0", (("a", 6379),), "", "rediss://a:6379/0?"),
    ],
)
def test_every_form_is_read(url: str, nodes: tuple[tuple[str, int], ...], service: str, plain: str) -> None:
    """Hosts with their usual ports, the service, and what redis-py is to be told."""
    read = read_redis_url(url)

    assert (read.nodes, read.service, read.plain) == (nodes, service, plain)
    RedisConnections(url.replace("?x=y", ""))


def test_sentinels_may_have_a_password_of_their_own() -> None:
    """It is not told to the servers they watch."""
    read = read_redis_url("redis+sentinel://a/g?sentinel_username=u&sentinel_password=s")

    assert read.form is RedisForm.SENTINEL
    assert read.sentinel_options == {"username": "u", "password": "s"}
    assert "s" not in read.plain.partition("?")[2]


@pytest.mark.parametrize(
    ("url", "problem", "remedy"),
    [
        ("http://secret@h", "is no Redis URL", "redis://host:6379/0"),
        ("redis+other://h", "is no Redis URL", "redis://host:6379/0"),
        ("redis://secret@[h", "is no Redis URL", "redis://host:6379/0"),
        ("redis://h#secret", "is no Redis URL", "redis://host:6379/0"),
        ("redis://:secret@h:0", "host or port", "redis://host:6379/0"),
        ("redis://:secret@h:99999", "host or port", "redis://host:6379/0"),
        ("redis://:secret@a,b", "several hosts", "redis://host:6379/0"),
        ("redis://:secret@h/first", "database", "redis://host:6379/0"),
        ("unix://", "names no socket", "redis://host:6379/0"),
        ("unix+cluster:///run/redis.sock", "names no socket", "redis://host:6379/0"),
        ("redis+sentinel:///group", "names no host", "redis+sentinel://"),
        ("redis+sentinel://:secret@a,b", "does not name the service", "host2:26379/service/0"),
        ("redis+sentinel://a,/group", "host or port", "redis+sentinel://"),
        ("redis+sentinel://a/group/first", "database", "redis+sentinel://"),
        ("redis+sentinel://a/group/0/more", "database", "redis+sentinel://"),
        ("redis+cluster://", "names no host", "redis+cluster://"),
        ("redis+cluster://a/1", "database", "a cluster has no databases"),
    ],
)
def test_what_cannot_be_used_is_told(url: str, problem: str, remedy: str) -> None:
    """What is wrong, and the form to write, but nothing of what may be a password."""
    with pytest.raises(RedisUrlError, match=problem) as unusable:
        read_redis_url(url)
    assert remedy in unusable.value.remedy

    with pytest.raises(ConfigurationError, match=r"^redis\.url: ") as refused:
        RedisConnections(url)
    assert "secret" not in str(refused.value)


def told_of(url: str) -> str:
    """What is wrong with it."""
    try:
        RedisConnections(url)
    except ConfigurationError as refused:
        return str(refused)
    return ""


def test_no_part_of_an_unescaped_password_is_told() -> None:
    """Whatever of it is taken for a host, a database or an option."""
    for first, second in product("@:/?#&=%[", repeat=2):
        password = f"zqx{first}kvj{second}wjq"
        for url in (f"redis://:{password}@h:6379/0", f"redis+sentinel://u:12{first}{password}@h/g"):
            assert not [part for part in ("zqx", "kvj", "wjq") if part in told_of(url)], url
