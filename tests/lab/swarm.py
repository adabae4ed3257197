"""A swarm of three managers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.lab import network, rest
from tests.lab.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable

NODES = {f"node{number}": Engine(f"node{number}", "new", 100 + number) for number in (1, 2, 3)}
PORT = 2377


def start(start_engine: Callable[[Engine], None]) -> None:
    """Start the nodes and join them; nodes that are in a swarm stay in it."""
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(start_engine, node) for node in NODES.values()]:
            done.result()
    first, *others = NODES.values()
    if not _active(first):
        _init(first)
    token = rest.ask(first.url, "GET", "/swarm")["JoinTokens"]["Manager"]
    for node in others:
        if not _active(node):
            address = network.address(node.number)
            request = {
                "RemoteAddrs": [f"{network.address(first.number)}:{PORT}"],
                "JoinToken": token,
                "AdvertiseAddr": address,
                "ListenAddr": f"{address}:{PORT}",
            }
            rest.ask(node.url, "POST", "/swarm/join", value=request, timeout=60)


def _active(node: Engine) -> bool:
    state: str = rest.ask(node.url, "GET", "/info")["Swarm"]["LocalNodeState"]
    return state == "active"


def _init(node: Engine) -> None:
    address = network.address(node.number)
    # A heartbeat of one second, in nanoseconds, shows a dead node in seconds.
    request = {
        "AdvertiseAddr": address,
        "ListenAddr": f"{address}:{PORT}",
        "Spec": {"Dispatcher": {"HeartbeatPeriod": 1_000_000_000}},
    }
    rest.ask(node.url, "POST", "/swarm/init", value=request, timeout=60)
