"""Whatever a caller sends, the answer is one of those described, and never an error of ours."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.api.conftest import Api, service_document

TEXT = st.text(st.characters(exclude_categories=()), max_size=70)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
EVALUATION = {
    "service_id": "S-1",
    "visit_no": 1,
    "subject": {"kind": "staff", "code": "1", "name": "x"},
    "level": "satisfied",
    "level_code": 2,
    "channel": "pc",
    "channel_code": 1,
    "evaluated_at": "2026-11-23T10:00:00+08:00",
    "comment": "x",
    "evaluation_id": "e",
    "scope": "theme",
    "revision": 1,
}
FEW = settings(max_examples=60)


@FEW
@given(JSON)
async def test_any_json_is_answered(api: Api, body: object) -> None:
    """As a document of either kind, and as a line of a stream."""
    for path in ("/v1/services", "/v1/evaluations"):
        told = await api.send("POST", path, raw=json.dumps(body).encode())
        assert told.status in {200, 201, 400, 409, 422}, told.text
    (result,) = await api.bulk([json.dumps(body).encode()])
    assert result["status"] in {200, 201, 400, 409, 422}


@pytest.mark.requirement("R-19")
@FEW
@given(st.dictionaries(st.sampled_from(list(service_document())), JSON, min_size=1, max_size=3))
async def test_a_service_with_any_fields_is_kept_or_refused(api: Api, changes: dict[str, object]) -> None:
    """What is kept can be shown."""
    told = await api.send("POST", "/v1/services", body=service_document() | changes)

    assert told.status in {200, 201, 409, 422}, told.text
    if told.status == 201:
        assert (await api.show(quote(told.json["service_id"], safe=""))).status == 200


@FEW
@given(st.dictionaries(st.sampled_from(list(EVALUATION)), JSON, min_size=1, max_size=3))
async def test_a_rating_with_any_fields_is_recorded_or_refused(api: Api, changes: dict[str, object]) -> None:
    """What is recorded can be listed."""
    told = await api.send("POST", "/v1/evaluations", body=EVALUATION | changes)

    assert told.status in {200, 201, 409, 422}, told.text
    assert (await api.send("GET", "/v1/evaluations?limit=1000")).status == 200


@FEW
@given(TEXT, TEXT)
async def test_any_address_is_answered(api: Api, service_id: str, value: str) -> None:
    """Found or not; a query is understood or refused."""
    place, query = (quote(text, safe="", errors="replace") for text in (service_id, value))
    assert (await api.send("GET", f"/v1/services/{place}")).status in {200, 404, 405}
    for name in ("since", "cursor", "limit"):
        assert (await api.send("GET", f"/v1/evaluations?{name}={query}")).status in {200, 422}


@FEW
@given(st.binary(max_size=300))
async def test_any_bytes_are_answered(api: Api, body: bytes) -> None:
    """As a body and as a stream: one result for each line."""
    assert (await api.send("POST", "/v1/services", raw=body)).status in {400, 422}
    lines = body.removesuffix(b"\n").split(b"\n") if body else []
    assert len(await api.bulk(body.split(b"\n"))) == len(lines)
