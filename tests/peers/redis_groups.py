"""Groups of private Redis servers on free loopback ports: watched by Sentinels, or a cluster of three."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers.postgres import UNASKED_PORTS, free_port
from tests.peers.redis_server import RedisServer, run_server

SERVICE = "ratings"
_TRIES = 600


@dataclass
class WatchedServers:
    """A master, its replica, and a Sentinel that makes the replica master when the master is gone."""

    url: str
    master: RedisServer
    replica: RedisServer


@contextmanager
def watched_servers() -> Iterator[WatchedServers]:
    """One group, watched."""
    with ExitStack() as stack:
        master = stack.enter_context(run_server())
        follows = {"replicaof": f"127.0.0.1 {master.port}", "repl-diskless-sync-delay": "0"}
        replica = stack.enter_context(run_server(follows))
        _until(replica, ("info", "replication"), "master_link_status:up")
        port = _sentinel(stack, master.port)
        yield WatchedServers(f"redis+sentinel://127.0.0.1:{port}/{SERVICE}/0", master, replica)


@dataclass
class ClusterOfThree:
    """Three masters that share the keys among them."""

    url: str
    nodes: list[RedisServer]


@contextmanager
def cluster_of_three() -> Iterator[ClusterOfThree]:
    """A cluster that is complete."""
    with ExitStack() as stack:
        options = {"cluster-enabled": "yes", "cluster-node-timeout": "1000"}
        nodes = [stack.enter_context(run_server(options, port=_port_of_a_node())) for _ in range(3)]
        hosts = [f"127.0.0.1:{node.port}" for node in nodes]
        command = ["redis-cli", "--cluster", "create", *hosts, "--cluster-yes"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for node in nodes:
            _until(node, ("cluster", "info"), "cluster_state:ok")
        yield ClusterOfThree(f"redis+cluster://{','.join(hosts)}", nodes)


def _port_of_a_node() -> int:
    """A port whose counterpart for the nodes' own talk, 10000 above, is as safe as itself."""
    while True:
        port = free_port()
        if port + 10_000 < UNASKED_PORTS[1]:
            return port


def _until(server: RedisServer, command: tuple[str, ...], holds: str) -> None:
    for _ in range(_TRIES):
        told = server.ask(*command)
        if holds in told:
            return
        time.sleep(0.05)
    raise RuntimeError(f"never told {holds}: {told}")


def _sentinel(stack: ExitStack, master_port: int) -> int:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="haochaping-sentinel-")))
    port = free_port()
    settings: Mapping[str, str] = {
        "port": str(port),
        "bind": "127.0.0.1",
        "dir": str(folder),
        f"sentinel monitor {SERVICE}": f"127.0.0.1 {master_port} 1",
        f"sentinel down-after-milliseconds {SERVICE}": "500",
        f"sentinel failover-timeout {SERVICE}": "3000",
    }
    file = folder / "sentinel.conf"
    file.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    process = subprocess.Popen(
        ["redis-server", str(file), "--sentinel"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    stack.callback(process.communicate)
    stack.callback(process.kill)
    for line in process.stdout or ():
        if b"+monitor master" in line:
            return port
    raise RuntimeError("the Sentinel ended at its start")
