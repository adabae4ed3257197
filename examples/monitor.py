"""Report everything that happens to containers, without missing anything.

usage: python examples/monitor.py [--state monitor.json] [--metrics-port 9418]

Every event is printed as a line of JSON. What happened while the engine was restarted, or while this program did not
run, is found by comparing the containers with the state file: such a line has ``"found": true``. Metrics for Prometheus
are served on 127.0.0.1 if a port is given.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import Counter, start_http_server

import aiodockerpy as docker
from aiodockerpy.resources import EventsLost, Resync

if TYPE_CHECKING:
    from aiodockerpy.resources import Event

EVENTS = Counter("monitor_events", "Events that were received", ["action"])
FOUND = Counter("monitor_found", "Changes that were found by a comparison", ["action"])
RESYNCS = Counter("monitor_resyncs", "Times that all containers were compared", ["reason"])


@dataclass
class State:
    """What was reported: up to which time, and how each container was then.

    Attributes:
        path: The file that keeps it.
        nano: The time of the last event, in nanoseconds since 1970.
        containers: Name and status of each container, by id.
    """

    path: Path
    nano: int = 0
    containers: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> State:
        """Read the file, if it is there."""
        return cls(path, **json.loads(path.read_text("utf-8"))) if path.exists() else cls(path)

    def save(self) -> None:
        """Write the file, so that it is always whole."""
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps({"nano": self.nano, "containers": self.containers}))
        new.replace(self.path)


def report(action: str, name: str, **more: object) -> None:
    """Print one line."""
    print(json.dumps({"action": action, "container": name, **more}), flush=True)


async def compare(client: docker.DockerClient, state: State, reason: str) -> None:
    """Report how the containers differ from what was reported, and remember them."""
    RESYNCS.labels(reason).inc()
    listed = await client.containers.list(all=True, sparse=True)
    now = {container.id: [container.name, container.status] for container in listed}
    for id, (name, _) in state.containers.items():
        if id not in now:
            FOUND.labels("destroy").inc()
            report("destroy", name, found=True)
    for id, (name, status) in now.items():
        if state.containers.get(id, [name, ""])[1] != status:
            FOUND.labels(status).inc()
            report(status, name, found=True)
    state.containers = now


STATUS = {"create": "created", "start": "running", "die": "exited", "pause": "paused", "unpause": "running"}


def note(state: State, event: Event) -> None:
    """Report an event, unless it was, and remember what it says of its container."""
    if (event.time_nano or 0) <= state.nano:
        return
    action, id = str(event.action), str(event.actor.id if event.actor else "")
    name = str((event.actor.attributes or {}).get("name", "")) if event.actor else ""
    EVENTS.labels(action.partition(":")[0]).inc()
    report(action, name, at=event.at.isoformat())
    if action == "destroy":
        state.containers.pop(id, None)
    elif action in STATUS:
        state.containers[id] = [name, STATUS[action]]
    state.nano = event.time_nano or state.nano


async def watch(client: docker.DockerClient, state: State) -> None:
    """Report what happened since the last event that was reported, then what happens; it goes on over restarts."""
    async with client.events(filters={"type": "container"}) as events:  # from here on nothing is missed
        if state.nano:
            now = (await client.info()).system_time
            past = await client.events(since=moment(state.nano), until=now, filters={"type": "container"})
            for event in past:  # as far as the engine keeps them
                note(state, event)
        await compare(client, state, "start")  # and what they do not show
        state.save()
        while batch := await events.batch():
            for event in batch:
                if isinstance(event, Resync | EventsLost):
                    await compare(client, state, "resync" if isinstance(event, Resync) else "events lost")
                else:
                    note(state, event)
            state.save()


def moment(nano: int) -> str:
    """Write a time as the engine takes it."""
    return f"{nano // 10**9}.{nano % 10**9:09d}"


async def main(arguments: argparse.Namespace) -> None:
    state = State.load(arguments.state)
    async with docker.from_env() as client:
        while True:
            try:
                await watch(client, state)
            except docker.errors.ConnectionFailed as error:  # the engine is away as we begin
                report("engine away", "", reason=str(error))
                await asyncio.sleep(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", type=Path, default=Path("monitor.json"))
    parser.add_argument("--metrics-port", type=int, help="serve metrics there, on 127.0.0.1")
    given = parser.parse_args()
    if given.metrics_port is not None:
        start_http_server(given.metrics_port, addr="127.0.0.1")
    asyncio.run(main(given))
