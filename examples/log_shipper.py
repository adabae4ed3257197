"""Ship the logs of all containers to a receiver, by HTTP, as lines of JSON.

usage: python examples/log_shipper.py URL [--state shipper.json] [--label app=web]

Each batch is written to the state file before it is sent, with the positions behind it, so that another start goes on
there. Nothing is lost: where lines may be missing, a record says so (``"lost"``). A batch whose confirmation did not
arrive is sent again, the same with the same number in its header ``Batch``: a receiver that keeps the last number
leaves it out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

import aiodockerpy as docker
from aiodockerpy.resources import LinesLost

if TYPE_CHECKING:
    from aiodockerpy.resources import ContainerLine

LONGEST_PAUSE = 30.0


@dataclass
class State:
    """The last batch and what comes after it, in a file.

    Attributes:
        path: The file.
        batch: The number of the batch.
        body: Its records, until they are confirmed.
        positions: Where to go on behind it in each container's log; ``None`` with the first start.
    """

    path: Path
    batch: int = 0
    body: str = ""
    positions: dict[str, str] | None = None

    @classmethod
    def load(cls, path: Path) -> State:
        """Read the file, if it is there."""
        return cls(path, **json.loads(path.read_text("utf-8"))) if path.exists() else cls(path)

    def save(self) -> None:
        """Write the file, so that it is always whole."""
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps({"batch": self.batch, "body": self.body, "positions": self.positions}))
        new.replace(self.path)


def record(item: ContainerLine | LinesLost) -> dict[str, object]:
    """Make the record of a line, or of a gap."""
    if isinstance(item, LinesLost):
        return {"container": item.container, "name": item.name, "lost": item.reason, "after": item.after}
    return {
        "container": item.container.id,
        "name": item.container.name,
        "stream": item.stream,
        "time": item.time,
        "text": item.text,
    }


async def deliver(session: aiohttp.ClientSession, url: str, state: State) -> None:
    """Send the batch until the receiver confirms it; meanwhile nothing is read, and the lines wait in the engine."""
    headers = {"Content-Type": "application/x-ndjson", "Batch": str(state.batch)}
    pause = 0.2
    while state.body:
        try:
            async with session.post(url, data=state.body.encode(), headers=headers) as answer:
                answer.raise_for_status()
            state.body = ""
            state.save()
        except (aiohttp.ClientError, TimeoutError) as error:
            print(f"batch {state.batch} was not confirmed, again in {pause:g} s: {error}", flush=True)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


async def ship(client: docker.DockerClient, state: State, arguments: argparse.Namespace) -> None:
    """Send what was not confirmed, and follow all logs from there on."""
    filters = {"label": arguments.label} if arguments.label else {}
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        await deliver(session, arguments.url, state)
        async with client.containers.logs(filters, after=state.positions) as lines:
            print("shipping", flush=True)
            while items := await lines.batch():
                state.batch += 1
                state.body = "".join(json.dumps(record(item)) + "\n" for item in items)
                state.positions = lines.positions()
                state.save()
                await deliver(session, arguments.url, state)


async def main(arguments: argparse.Namespace) -> None:
    state = State.load(arguments.state)
    async with docker.from_env() as client:
        while True:
            try:
                await ship(client, state, arguments)
            except docker.errors.ConnectionFailed as error:  # the engine is away as we begin
                print(f"waiting for the engine: {error}", flush=True)
                await asyncio.sleep(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="where batches are posted")
    parser.add_argument("--state", type=Path, default=Path("shipper.json"))
    parser.add_argument("--label", help="only containers with this label")
    asyncio.run(main(parser.parse_args()))
