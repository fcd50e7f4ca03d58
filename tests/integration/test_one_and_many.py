"""One process on SQLite, and two web and two worker processes on PostgreSQL and Redis: the same results.

Also when the clocks of each two are a minute and a half apart.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from tests.integration.conftest import AGENCY
from tests.integration.crash_traffic import ENTRY
from tests.peers.cluster import TOKEN, Cluster, cluster
from tests.peers.redis_server import redis_server

PATIENCE = 60
APART = timedelta(seconds=90)
OWN = {"evaluated_at", "evaluation_id", "applied_from"}
"""Fields of a document that differ from one play to the next."""


async def play(opened: Cluster, http: aiohttp.ClientSession) -> None:
    """Calls with every key, reasons, repeats; services reported; texts of all kinds, repeated."""
    carrier = opened.carrier
    for number in range(6):
        call = carrier.call(f"+861380013{number:04d}", call_sid=f"CA{number:032x}")
        await call.enter(ENTRY)
        if number < 5:
            await call.press(str(number + 1))
            await call.repeat()
        if number == 4:
            await call.press("1")
        await call.hang_up()
    for number, words in enumerate(("5", "2", "不满意 等太久", "什么意思", "退订", "3")):
        phone, service_id = f"+861390013{number:04d}", f"S-{number}"
        document = {
            "service_id": service_id,
            "kind": "window",
            "phone": phone,
            "agency_code": AGENCY,
            "region_code": "441500",
            "item": {"code": "4415000001", "name": "居民身份证换领"},
            "staff": {"id": "0231", "name": "陈某"},
            "completed_at": "2026-11-20T10:00:00+08:00",
        }
        headers = {"Authorization": f"Bearer {TOKEN}"}
        for status in (201, 200):
            async with http.post(f"{opened.url}/v1/services", json=document, headers=headers) as answer:
                assert answer.status == status, await answer.text()
        for _ in range(2):
            await carrier.text_in(phone, words, message_sid=f"SM{number:032x}")


async def results(
    database_url: str, folder: Path, webs: int, workers: int, redis_url: str = ""
) -> dict[str, Any]:
    """What the core store, the citizens' phones and the mailboxes hold in the end, without what differs."""
    async with (
        cluster(
            database_url, folder, webs=webs, workers=workers, apart=APART, HAOCHAPING_REDIS__URL=redis_url
        ) as opened,
        aiohttp.ClientSession() as http,
    ):
        await play(opened, http)
        await nothing_waits(opened)
        assert set((await opened.terminate()).values()) == {0}
        documents = [
            {name: value for name, value in document.items() if name not in OWN}
            for document in opened.store.newest.values()
        ]
        return {
            "documents": sorted(documents, key=lambda document: json.dumps(document, sort_keys=True)),
            "texts": Counter((text.to, text.body) for text in opened.twilio.sent),
            "emails": Counter(
                (email.recipients, re.sub(r"GD-\d+-\w+", "GD", str(email.message["Subject"])))
                for email in opened.mail.inbox
            ),
        }


async def nothing_waits(opened: Cluster) -> None:
    """Return once nothing more comes: everything was sent, and stayed all that was."""
    seen, unchanged = -1, 0
    async with asyncio.timeout(PATIENCE):
        while unchanged < 8 or not opened.store.stored or not opened.mail.inbox:
            await asyncio.sleep(0.5)
            now = len(opened.store.puts) + len(opened.twilio.sent) + len(opened.mail.inbox)
            unchanged = unchanged + 1 if now == seen else 0
            seen = now


async def test_many_nodes_give_the_results_of_one(tmp_path: Path, postgres_database_url: str) -> None:
    """Growing changes a URL, not the behaviour."""
    for name in ("one", "many"):
        (tmp_path / name).mkdir()
    one = await results(f"sqlite:///{tmp_path}/gateway.db", tmp_path / "one", 1, 0)
    with redis_server() as redis:
        many = await results(postgres_database_url, tmp_path / "many", 2, 2, redis.url)

    assert many == one
    assert len(one["documents"]) == 9, one["documents"]
    assert sum(one["emails"].values()) == 4
