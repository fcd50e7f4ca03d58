"""Image and composition, as far as they can be held to their word without running them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gateway.cli.main import DUTIES
from gateway.settings.model import PREFIX, fields, secret_mark
from tests.architecture.source import ROOT

DOCKER = ROOT / "docker"
TEXTS = {"type": "array", "items": {"type": "string"}}
NAMES = {"oneOf": [{"type": "string"}, TEXTS]}
COMPOSE = {
    "type": "object",
    "required": ["services"],
    "additionalProperties": False,
    "patternProperties": {"^x-": {}},
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
        "volumes": {"type": "object", "additionalProperties": {"type": ["object", "null"]}},
        "secrets": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string"}},
                "additionalProperties": False,
            },
        },
        "services": {"type": "object", "additionalProperties": {"$ref": "#/$defs/service"}},
    },
    "$defs": {
        "service": {
            "type": "object",
            "required": ["image"],
            "additionalProperties": False,
            "properties": {
                "image": {"type": "string"},
                "build": {
                    "type": "object",
                    "properties": {"context": {"type": "string"}, "dockerfile": {"type": "string"}},
                    "additionalProperties": False,
                },
                "command": NAMES,
                "profiles": TEXTS,
                "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
                "stop_grace_period": {"type": "string", "pattern": "^[0-9]+s$"},
                "read_only": {"type": "boolean"},
                "tmpfs": NAMES,
                "ports": TEXTS,
                "volumes": TEXTS,
                "secrets": TEXTS,
                "environment": {"type": "object", "additionalProperties": {"type": "string"}},
                "healthcheck": {
                    "type": "object",
                    "properties": {
                        "test": NAMES,
                        "interval": {"type": "string"},
                        "timeout": {"type": "string"},
                        "start_period": {"type": "string"},
                        "retries": {"type": "integer"},
                    },
                    "additionalProperties": False,
                },
                "depends_on": {
                    "type": "object",
                    "additionalProperties": {
                        "type": "object",
                        "required": ["condition"],
                        "properties": {"condition": {"enum": ["service_started", "service_healthy"]}},
                        "additionalProperties": False,
                    },
                },
            },
        }
    },
}
"""The part of the Compose Specification that is used here; what is not in it is a slip."""


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The composition."""
    read: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def dockerfile() -> list[tuple[str, str]]:
    """The instructions of the image with their arguments."""
    text = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    joined = re.sub(r"\\\n\s*", " ", text)
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def sources(dockerfile: list[tuple[str, str]]) -> list[str]:
    """What the image copies from the repository."""
    copies = [shlex.split(words) for name, words in dockerfile if name == "COPY"]
    return [source for words in copies if not words[0].startswith("--from") for source in words[:-1]]


def test_the_composition_is_well_formed(compose: dict[str, Any]) -> None:
    """Every key is one of the specification's, with a value of its kind."""
    jsonschema.validate(compose, COMPOSE)


def test_the_composition_names_only_what_it_has(compose: dict[str, Any]) -> None:
    """Services, secrets and volumes that are referred to are declared, and all declared are used."""
    services = compose["services"].values()
    waited_for = {name for each in services for name in each.get("depends_on", {})}
    secrets = {name for each in services for name in each.get("secrets", [])}
    volumes = {
        re.sub(r"^\$\{\w+:-(\w+)\}", r"\1", mount).partition(":")[0]
        for each in services
        for mount in each.get("volumes", [])
    }

    assert waited_for <= set(compose["services"])
    assert secrets == set(compose["secrets"])
    assert volumes == set(compose["volumes"])


def test_the_composition_sets_settings_that_exist(compose: dict[str, Any]) -> None:
    """No misspelt variable, no secret in the open, and the grace period outlasts the drain."""
    known = {key.variable: field for key, field in fields()}
    for name in ("web", "worker", "backup"):
        service = compose["services"][name]
        for variable in service["environment"]:
            assert variable.startswith(PREFIX)
            assert variable.removesuffix("_FILE") in known
            mark = secret_mark(known[variable.removesuffix("_FILE")])
            assert variable.endswith("_FILE") or not (mark and mark.only_outside)
        assert service["command"][0] in {duty.name for duty in DUTIES}
        assert int(service["stop_grace_period"].removesuffix("s")) > 25


def test_the_image_copies_what_is_there(dockerfile: list[tuple[str, str]]) -> None:
    """Each source exists, and the list of what may go into the image lets it in."""
    ignored = (DOCKER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = [line[1:] for line in ignored if line.startswith("!")]

    assert ignored[1] == "*"
    for source in sources(dockerfile):
        assert (ROOT / source).exists(), source
        assert any(Path(source).match(pattern) for pattern in allowed), source


def test_the_image_holds_what_the_wheel_is_made_of(dockerfile: list[tuple[str, str]]) -> None:
    """Package, data folders, and the files that the metadata names."""
    assert {
        "gateway",
        "ivr_flows",
        "sms_templates",
        "config",
        "pyproject.toml",
        "README.md",
        "LICENSE",
    } <= set(sources(dockerfile))


def test_the_image_runs_as_nobody_special(dockerfile: list[tuple[str, str]]) -> None:
    """Its last stage has a user of its own, a health check, and stops by the signal that drains."""
    last = max(index for index, (name, _) in enumerate(dockerfile) if name == "FROM")
    stage = dict(dockerfile[last:])

    assert stage["USER"] not in {"root", "0"}
    assert "/healthz" in stage["HEALTHCHECK"]
    assert stage["STOPSIGNAL"] == "SIGTERM"
    assert {name for name, _ in dockerfile} <= {
        *("FROM", "ENV", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL"),
        *("HEALTHCHECK", "ENTRYPOINT", "CMD"),
    }


@pytest.mark.parametrize("name", ["compose.yaml", "compose.nodes.yaml"])
def test_the_image_can_dump_the_server_of_the_composition(
    name: str, dockerfile: list[tuple[str, str]]
) -> None:
    """pg_dump refuses a newer server. Its Debian is named, and its programs are found by the gateway."""
    read = yaml.safe_load((DOCKER / name).read_text(encoding="utf-8"))
    server = int(read["services"]["postgres"]["image"].removeprefix("postgres:"))
    bases = {words.split()[0] for command, words in dockerfile if command == "FROM"}
    run = " ".join(words for command, words in dockerfile if command == "RUN")
    path = next(words for command, words in dockerfile if command == "ENV" and words.startswith("PATH="))
    clients = [int(version) for version in re.findall(r"postgresql-client-(\d+)", run)]

    assert bases == {"python:3.11-slim-trixie"}, "see which PostgreSQL the other Debian has"
    assert clients == [17], "trixie's"
    assert server <= clients[0]
    assert f"/usr/lib/postgresql/{clients[0]}/bin" in path


@pytest.mark.parametrize("lock", ["requirements.lock", "build.lock"])
def test_the_image_has_the_versions_that_were_tested(lock: str) -> None:
    """Its lock files are parts of the one that the tests run with; `make lock` writes all three."""
    pin = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
    tested = dict(pin.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")))
    image = dict(pin.findall((DOCKER / lock).read_text(encoding="utf-8")))

    assert image
    assert image.items() <= tested.items()


def test_the_image_has_every_dependency_and_no_tool() -> None:
    """What the package asks for is there; what only tests need is not."""
    text = (DOCKER / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE))
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = project.partition("\ndependencies = [")[2].partition("\n]")[0]
    asked = {re.split(r"[\[<>=]", line.strip(' ",'))[0] for line in listed.splitlines() if line.strip()}

    assert asked <= locked
    assert not {"pytest", "mypy", "ruff", "playwright", "hypothesis"} & locked
