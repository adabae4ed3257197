"""Restart containers that are unhealthy, and wait longer each time that does not help.

usage: python examples/autoheal.py [--label autoheal=true] [--first 1] [--longest 300]

A view of the unhealthy containers is kept, and each container that appears in it is restarted: at once, then after
``--first`` seconds, and then after twice as long each time. A container that was healthy for as long as the longest
pause is restarted at once again.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiodockerpy as docker

if TYPE_CHECKING:
    from aiodockerpy.resources import Container, View


@dataclass
class Patience:
    """How long to wait before each container's next restart.

    Attributes:
        first: Seconds before the second restart.
        longest: Seconds that are waited at most.
    """

    first: float
    longest: float
    _before: dict[str, tuple[int, float]] = field(default_factory=dict)

    def pause(self, id: str) -> float:
        """Return the seconds to wait now, and count a restart."""
        count, last = self._before.get(id, (0, 0.0))
        if time.monotonic() - last > 2 * self.longest:
            count = 0
        self._before[id] = count + 1, time.monotonic()
        return min(self.longest, self.first * 2.0 ** (count - 1)) if count else 0.0

    def forget(self, id: str) -> None:
        """Forget a container that is gone."""
        self._before.pop(id, None)


async def heal(container: Container, unhealthy: View[Container], patience: Patience, stop_timeout: int) -> None:
    """Restart a container after its pause, if it is still unhealthy then; try again if that fails."""
    while container.id in unhealthy.items:
        pause = patience.pause(container.id)
        print(f"{container.name} is unhealthy: restart in {pause:g} s", flush=True)
        await asyncio.sleep(pause)
        if container.id not in unhealthy.items:
            print(f"{container.name} is no longer unhealthy", flush=True)
            return
        try:
            await container.restart(timeout=stop_timeout)
        except docker.errors.NotFound:
            patience.forget(container.id)
            print(f"{container.name} was removed", flush=True)
            return
        except docker.errors.DockerException as error:  # the engine is away, or cannot start it
            print(f"{container.name} was not restarted: {error}", flush=True)
        else:
            print(f"{container.name} was restarted", flush=True)
            return


async def watch(client: docker.DockerClient, arguments: argparse.Namespace) -> None:
    """Heal every container that appears in the view of the unhealthy ones, one task for each."""
    patience = Patience(arguments.first, arguments.longest)
    healing: dict[str, asyncio.Task[None]] = {}
    filters = {"health": "unhealthy", "label": arguments.label}
    async with asyncio.TaskGroup() as group, client.containers.watch(filters=filters) as view:
        print("watching", flush=True)
        async for change in view:
            id = change.item.id
            if change.kind != "removed" and (id not in healing or healing[id].done()):
                work = heal(change.item, view, patience, arguments.stop_timeout)
                healing[id] = group.create_task(work)


async def main(arguments: argparse.Namespace) -> None:
    async with docker.from_env() as client:
        while True:
            try:
                await watch(client, arguments)
            except* docker.errors.ConnectionFailed as error:  # the engine is away as we begin
                print(f"waiting for the engine: {error.exceptions[0]}", flush=True)
            await asyncio.sleep(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--label", default="autoheal=true", help="only containers with this label are restarted")
    parser.add_argument("--first", type=float, default=10, help="seconds before the second restart")
    parser.add_argument("--longest", type=float, default=300, help="seconds that are waited at most")
    parser.add_argument("--stop-timeout", type=int, default=10, help="seconds between SIGTERM and SIGKILL")
    asyncio.run(main(parser.parse_args()))
