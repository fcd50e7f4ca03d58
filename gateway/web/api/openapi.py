"""The API's description in OpenAPI 3.1, made from the route table and the models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.web.api.answers import ProblemDetails
from gateway.web.api.routes import Route
from gateway.web.problems import MEDIA_TYPE, REQUEST_ID_HEADER

REF_TEMPLATE: Final = "#/components/schemas/{model}"
_SCHEME: Final = "bearerToken"
_PROBLEMS: Final = {
    400: "Malformed: not JSON.",
    401: "No bearer token, or not one of those configured.",
    404: "Not known.",
    409: "It contradicts what is recorded, or a rule of rating refuses it.",
    413: "The body is too large.",
    415: "Not in the form that is asked for.",
    422: "Well-formed, yet faulty; `errors` points to each field.",
    429: "Asked too fast; `Retry-After` says when to ask again.",
    500: "An error of the gateway's own.",
    503: "Nothing was stored; send the same again later.",
}


def describe_api(
    routes: Sequence[Route],
    documents: Mapping[str, Mapping[str, object]],
    *,
    version: str,
    public_url: str,
) -> dict[str, Any]:
    """The description; `documents` are the schemas of what requests bring, by the names routes use."""
    paths: dict[str, dict[str, object]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "haochaping",
            "version": version,
            "summary": "Ratings 好差评 of government services by telephone and text message",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": public_url}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
        "paths": paths,
        "components": {
            "schemas": _schemas(routes, documents),
            "securitySchemes": {_SCHEME: {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route) -> dict[str, object]:
    operation: dict[str, object] = {
        "operationId": route.operation_id,
        "tags": [route.tag],
        "summary": route.summary,
        "description": route.description,
        "security": [] if route.public_because else [{_SCHEME: []}],
        "responses": _responses(route),
    }
    if route.parameters:
        operation["parameters"] = [
            {
                "name": parameter.name,
                "in": parameter.place,
                "required": parameter.place == "path",
                "description": parameter.description,
                "schema": parameter.schema,
            }
            for parameter in route.parameters
        ]
    if route.body is not None:
        content: dict[str, object] = {
            "schema": _ref(route.body.schema) if route.body.schema else {"type": "string"}
        }
        if route.body.example is not None:
            content["example"] = route.body.example
        operation["requestBody"] = {
            "required": True,
            "description": route.body.description,
            "content": {route.body.media_type: content},
        }
    return operation


def _responses(route: Route) -> dict[str, object]:
    request_id = {REQUEST_ID_HEADER: {"schema": {"type": "string"}, "description": "The request's id."}}
    responses: dict[str, object] = {}
    for status, result in route.results.items():
        schema = _ref(result.model.__name__) if result.model else {"type": "string"}
        responses[str(status)] = {
            "description": result.description,
            "headers": request_id,
            "content": {result.media_type: {"schema": schema}},
        }
    usual = (500,) if route.public_because else (401, 429, 500, 503)
    for status in sorted({*route.problems, *usual} - route.results.keys()):
        responses[str(status)] = {
            "description": _PROBLEMS[status],
            "headers": request_id,
            "content": {MEDIA_TYPE: {"schema": _ref(ProblemDetails.__name__)}},
        }
    return responses


def _schemas(
    routes: Sequence[Route], documents: Mapping[str, Mapping[str, object]]
) -> dict[str, Mapping[str, object]]:
    models: set[type[BaseModel]] = {ProblemDetails}
    models |= {result.model for route in routes for result in route.results.values() if result.model}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, answered = models_json_schema(
        [(model, "serialization") for model in ordered], ref_template=REF_TEMPLATE
    )
    schemas: dict[str, Mapping[str, object]] = dict(answered["$defs"])
    for name, document in documents.items():
        parts = document.get("$defs", {})
        if isinstance(parts, Mapping):
            schemas |= parts
        schemas[name] = {key: value for key, value in document.items() if key != "$defs"}
    return dict(sorted(schemas.items()))


def _ref(name: str) -> dict[str, str]:
    return {"$ref": REF_TEMPLATE.format(model=name)}
