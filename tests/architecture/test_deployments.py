"""Compositions, units and manifests, held to their schemas and to the gateway's own settings."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import compose_spec
import kubernetes_validate
import pytest
import yaml

from gateway.bootstrap.draining import CLOSING, LETTING_GO
from gateway.cli.main import DUTIES
from gateway.settings import Settings, load_settings
from gateway.settings.model import PREFIX, fields, secret_mark
from tests.architecture.source import ROOT

DOCKER = ROOT / "docker"
COMPOSITIONS = ("compose.yaml", "compose.nodes.yaml")
MANIFESTS = sorted((DOCKER / "kubernetes").glob("*.yaml"))
KUBERNETES = ("1.30", "1.34")
DRAIN = (Settings().worker.drain + LETTING_GO + CLOSING).total_seconds()
"""So long after SIGTERM a process has ended, whatever hangs."""
COMMANDS = {duty.name for duty in DUTIES}
SYSTEMD = DOCKER / "systemd"
UNITS = sorted(path.name for path in SYSTEMD.iterdir() if path.is_file())
INSTALLED = "/srv/haochaping/gateway/bin/haochaping"


def composition(name: str) -> dict[str, Any]:
    """A composition, its anchors merged, its volumes where nobody says otherwise."""
    read: dict[str, Any] = yaml.safe_load((DOCKER / name).read_text(encoding="utf-8"))
    for service in read["services"].values():
        mounts = service.get("volumes", [])
        service |= {"volumes": [re.sub(r"^\$\{\w+:-(\w+)\}", r"\1", each) for each in mounts]}
    return read


def objects() -> Iterator[dict[str, Any]]:
    """All objects of the manifests."""
    for path in MANIFESTS:
        yield from yaml.safe_load_all(path.read_text(encoding="utf-8"))


def of_kind(*kinds: str) -> list[dict[str, Any]]:
    """The objects of these kinds."""
    return [each for each in objects() if each["kind"] in kinds]


def pod_of(workload: dict[str, Any]) -> dict[str, Any]:
    """The pod that a workload makes."""
    spec = workload["spec"]
    pod: dict[str, Any] = spec.get("jobTemplate", {"spec": spec})["spec"]["template"]["spec"]
    return pod


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_compositions_keep_to_the_specification(name: str) -> None:
    """The whole Compose Specification is asked; a misspelt key is refused by it."""
    document = composition(name)
    compose_spec.PyCompose.from_json(json.dumps(document)).validate()

    next(iter(document["services"].values()))["restrat"] = "always"
    with pytest.raises(ValueError, match="restrat"):
        compose_spec.PyCompose.from_json(json.dumps(document))


def test_the_nodes_set_settings_that_exist() -> None:
    """No misspelt variable, no secret in the open, commands that exist, and time to drain and let go."""
    known = {key.variable: field for key, field in fields()}
    services = composition("compose.nodes.yaml")["services"]
    ours = {name: each for name, each in services.items() if each["image"] == "haochaping"}
    assert set(ours) == {"upgrade", "backup", "web-1", "web-2", "worker-1", "worker-2"}
    for service in ours.values():
        for variable in service["environment"]:
            assert variable.startswith(PREFIX)
            assert variable.removesuffix("_FILE") in known
            mark = secret_mark(known[variable.removesuffix("_FILE")])
            assert variable.endswith("_FILE") or not (mark and mark.only_outside)
        assert service["command"][0] in COMMANDS
        assert int(service["stop_grace_period"].removesuffix("s")) > DRAIN
    small = composition("compose.yaml")["services"]
    assert all(int(small[name]["stop_grace_period"].removesuffix("s")) > DRAIN for name in ("web", "worker"))


def test_the_nodes_name_only_what_they_have() -> None:
    """Services, secrets, volumes and files that are referred to exist, and all declared are used."""
    document = composition("compose.nodes.yaml")
    services = document["services"]
    waited_for = {name for each in services.values() for name in each.get("depends_on", {})}
    mounts = {mount.partition(":")[0] for each in services.values() for mount in each.get("volumes", [])}
    paths = {mount for mount in mounts if mount.startswith(".")}

    assert waited_for <= set(services)
    assert {name for each in services.values() for name in each.get("secrets", [])} == set(
        document["secrets"]
    )
    assert mounts - paths == set(document["volumes"])
    assert all((DOCKER / path).exists() for path in paths)
    balancer = (DOCKER / "balancer/haproxy.cfg").read_text(encoding="utf-8")
    assert set(re.findall(r"server (web-\d)", balancer)) == {name for name in services if name[:4] == "web-"}


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_a_container_that_ends_harms_no_other(name: str) -> None:
    """Each has its own network: the engine starts who crashed in a new one, and who shared it stays behind.

    Whoever serves is looked at where it listens; workers find the embedded store by a name of web processes.
    """
    services = composition(name)["services"]
    assert not [each for each in services.values() if {"network_mode", "pid", "ipc"} & set(each)]
    serving = {key: each for key, each in services.items() if each.get("command", [""])[0] == "serve"}
    for service in serving.values():
        port = service["environment"].get("HAOCHAPING_WORKER__PORT", "8080")
        assert "healthcheck" not in service or f"127.0.0.1:{port}/" in str(service["healthcheck"]["test"])
        assert "healthcheck" in service or port == "8080", "the image's own looks at 8080"
    webs = {key: each for key, each in serving.items() if each["command"][2] == "web"}
    workers = [each for each in serving.values() if each["command"][2] == "worker"]
    names = {
        key: {key, *each.get("networks", {}).get("default", {}).get("aliases", [])}
        for key, each in webs.items()
    }
    hosts = {urlsplit(each["environment"]["HAOCHAPING_WORKER__WEB_URL"]).hostname for each in workers}
    assert workers
    assert all(hosts <= each for each in names.values())


def test_prometheus_asks_every_process_of_the_nodes() -> None:
    """By the names and ports of the composition."""
    services = composition("compose.nodes.yaml")["services"]
    serving = {key: each for key, each in services.items() if each.get("command", [""])[0] == "serve"}
    read = yaml.safe_load((DOCKER / "monitoring/prometheus.yaml").read_text(encoding="utf-8"))
    targets = read["scrape_configs"][0]["static_configs"][0]["targets"]
    assert sorted(targets) == sorted(
        f"{key}:{each['environment'].get('HAOCHAPING_WORKER__PORT', '8080')}" for key, each in serving.items()
    )


@pytest.mark.parametrize("name", [*COMPOSITIONS, "kubernetes"])
def test_a_backup_is_written_where_it_outlives_the_container(name: str) -> None:
    """`db backup` into a folder that is a volume's, and nothing of it runs unasked or beside the upgrade."""
    if name == "kubernetes":
        (job,) = [each for each in of_kind("CronJob") if each["metadata"]["name"] == "haochaping-backup"]
        (container,) = pod_of(job)["containers"]
        command, mounts = container["args"], [each["mountPath"] for each in container["volumeMounts"]]
    else:
        service = composition(name)["services"]["backup"]
        command, mounts = service["command"], [each.rpartition(":")[2] for each in service["volumes"]]
        assert (service["profiles"], service["restart"]) == (["backup"], "no")
        # A restoration by this service needs an empty database: `upgrade` would have filled it.
        assert set(service["depends_on"]) == {"postgres"}
        for each in composition(name)["services"].values():
            if each.get("command", [""])[0] == "serve":
                assert each["environment"]["HAOCHAPING_DATABASE__BACKUPS"] == command[2]
                assert f"backups:{command[2]}:ro" in each["volumes"], "whose age the processes tell"
    assert command[:2] == ["db", "backup"]
    assert command[2] in mounts


@pytest.mark.parametrize("version", KUBERNETES)
def test_manifests_keep_to_the_schemas(version: str) -> None:
    """Of an old and a newer Kubernetes, strictly: unknown fields are faults."""
    for document in objects():
        if document["kind"] != "Kustomization":
            kubernetes_validate.validate(document, version, strict=True)

    misspelt = of_kind("Deployment")[0]
    misspelt["spec"]["template"]["spec"]["terminationGraceSeconds"] = 45
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(misspelt, version, strict=True)


def test_manifests_are_all_applied_and_refer_to_each_other() -> None:
    """Every file is one of the kustomization's; settings, secrets, selectors and targets fit."""
    (kustomization,) = of_kind("Kustomization")
    assert set(kustomization["resources"]) == {path.name for path in MANIFESTS} - {"kustomization.yaml"}
    (settings,) = of_kind("ConfigMap")
    labels = {
        name: each["metadata"]["labels"]
        for each in of_kind("Deployment")
        if (name := each["metadata"]["name"])
    }
    for workload in of_kind("Deployment", "Job", "CronJob"):
        volumes = {volume["name"]: volume for volume in pod_of(workload)["volumes"]}
        assert volumes["settings"]["configMap"]["name"] == settings["metadata"]["name"]
        (container,) = pod_of(workload)["containers"]
        assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
        assert container["args"][0] in COMMANDS
        claims = {
            each["persistentVolumeClaim"]["claimName"]
            for each in volumes.values()
            if "persistentVolumeClaim" in each
        }
        assert claims <= {each["metadata"]["name"] for each in of_kind("PersistentVolumeClaim")}
    for budget in of_kind("PodDisruptionBudget"):
        assert budget["spec"]["selector"]["matchLabels"] == labels[budget["metadata"]["name"]]
    assert of_kind("Service")[0]["spec"]["selector"] == labels["haochaping-web"]
    scaled = {each["spec"]["scaleTargetRef"]["name"] for each in of_kind("HorizontalPodAutoscaler")}
    counted = {each["metadata"]["name"] for each in of_kind("Deployment") if "replicas" in each["spec"]}
    assert (scaled | counted, scaled & counted) == (set(labels), set())


def test_pods_have_time_to_drain_and_are_probed_where_they_answer() -> None:
    """Grace outlasts the pause before the end and the drain; ports are those of the settings."""
    (settings,) = of_kind("ConfigMap")
    written = tomllib.loads(settings["data"]["gateway.toml"])
    ports = {"web": Settings().server.port, "worker": written["worker"]["port"]}
    for workload in of_kind("Deployment"):
        pod = pod_of(workload)
        (container,) = pod["containers"]
        pause = re.search(r"sleep\((\d+)\)", str(container.get("lifecycle", "sleep(0)")))
        assert pause
        assert pod["terminationGracePeriodSeconds"] > DRAIN + int(pause[1])
        assert container["ports"][0]["containerPort"] == ports[container["name"]]
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
        assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"


def test_the_settings_of_the_manifests_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the gateway reads them, with the secrets where the pods have them."""
    (settings,) = of_kind("ConfigMap")
    text = settings["data"]["gateway.toml"]
    for name in re.findall(r"/run/secrets/(\w+)", text):
        secret = (
            "postgresql://u@h/d" if name == "database_url" else "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
        )
        (tmp_path / name).write_text(secret, encoding="utf-8")
    file = tmp_path / "gateway.toml"
    file.write_text(text.replace("/run/secrets", str(tmp_path)), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert load_settings(file).core_store.kind == "http"
    assert tomllib.loads(settings["data"]["agencies.toml"])["bureau"]


def test_units_run_commands_that_exist_and_outlast_the_drain() -> None:
    """What systemd starts, and how long it waits."""
    for name in UNITS:
        text = (SYSTEMD / name).read_text(encoding="utf-8")
        for command in re.findall(rf"ExecStart=.*{INSTALLED} (\w+)", text):
            assert command in COMMANDS
        for variable in re.findall(rf"\b({PREFIX}\w+)=", text):
            assert variable in {key.variable for key, _ in fields()}
        if "@" in name:
            seconds = re.search(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
            assert seconds
            assert int(seconds[1]) > DRAIN


def test_processes_outlive_a_restart_of_the_upgrade() -> None:
    """Required, it would take all of them down with it, and one that fails at boot would keep them down."""
    for name in (name for name in UNITS if "@" in name):
        text = (SYSTEMD / name).read_text(encoding="utf-8")
        assert re.search(r"^Wants=haochaping-upgrade.service$", text, re.MULTILINE)
        assert not re.search(r"^(Requires|BindsTo|Requisite)=", text, re.MULTILINE)
        assert re.search(r"^StartLimitIntervalSec=0$", text, re.MULTILINE)


@pytest.mark.skipif(shutil.which("systemctl") is None, reason="systemctl is not installed")
def test_what_the_operator_enables_starts_at_boot(tmp_path: Path) -> None:
    """Literally as docs/operations.md says, by systemd itself."""
    etc = tmp_path / "etc/systemd/system"
    shutil.copytree(SYSTEMD, etc)
    words = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    told = " ".join(re.findall(r"^systemctl enable --now (.+)$", words, re.MULTILINE)).split()
    subprocess.run(
        ["systemctl", f"--root={tmp_path}", "enable", *told], capture_output=True, text=True, check=True
    )

    started, wanted = set[str](), ["multi-user.target", "timers.target"]
    while wanted:
        unit = wanted.pop()
        started.add(unit)
        wanted += [link.name for link in etc.glob(f"{unit}.wants/*") if link.name not in started]
    assert {name if "." in name else f"{name}.service" for name in told} <= started


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_units_are_understood_and_confined(tmp_path: Path) -> None:
    """By systemd itself: no unknown key, and little of the machine within reach.

    Figures of the process need /proc/stat, which `ProcSubset=pid` would take away.
    """
    etc = tmp_path / "etc/systemd/system"
    shutil.copytree(SYSTEMD, etc)
    program = tmp_path / INSTALLED[1:]
    for path in (program, tmp_path / "bin/sh"):
        path.parent.mkdir(parents=True)
        path.write_text("#!/bin/sh\n", encoding="utf-8")
        path.chmod(0o755)
    units = [name.replace("@.", "@8081.") for name in UNITS]

    verified = analyze(tmp_path, "verify", "--man=no", "--recursive-errors=no", *units)
    confined = analyze(
        tmp_path, "security", "--offline=true", "--threshold=20", "--no-pager", "haochaping-web@8081.service"
    )
    hardening = etc / "haochaping-.service.d/hardening.conf"
    takes_proc_stat_away = "\nProcSubset=pid" in hardening.read_text(encoding="utf-8")
    hardening.write_text(hardening.read_text(encoding="utf-8") + "ProtectHom=yes\n", encoding="utf-8")
    misspelt = analyze(tmp_path, "verify", "--man=no", "--recursive-errors=no", "haochaping-web@8081.service")

    assert "Unknown" not in verified.stderr
    assert verified.returncode == 0, verified.stderr
    assert confined.returncode == 0, confined.stdout
    assert not takes_proc_stat_away
    assert "Unknown key 'ProtectHom'" in misspelt.stderr


def analyze(root: Path, verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Ask systemd-analyze about units below `root`."""
    words = ["systemd-analyze", verb, f"--root={root}", *arguments]
    environment = {**os.environ, "SYSTEMD_COLORS": "0"}
    return subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
