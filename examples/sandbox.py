"""Run untrusted code in a container without network and rights, with limits on all resources.

usage: python examples/sandbox.py [--copies 50] [--image python:3.13-alpine] -- python -c 'print(6 * 7)'
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import aiodockerpy as docker
from aiodockerpy import errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from aiodockerpy.resources import Container, Image

SCOPE = "sandbox-example"
NOBODY = 65534
HOME = "/sandbox"

Ending = Literal["exited", "timed out", "too much output", "disk full"]


@dataclass(frozen=True)
class Limits:
    """What the code in a sandbox may use: bytes, CPUs, processes, seconds."""

    memory: int = 128 << 20
    cpus: float = 0.5
    processes: int = 64
    disk: int = 64 << 20
    output: int = 1 << 20
    seconds: float = 10


@dataclass(frozen=True)
class Result:
    """How a command has ended; what it wrote until then."""

    ending: Ending
    exit_code: int | None = None
    output: bytes = field(default=b"", repr=False)


class DiskFullError(Exception):
    """The sandbox has written more than it may."""


class Sandbox:
    """A container that does nothing by itself, in which commands are run one after the other."""

    def __init__(self, client: docker.DockerClient, image: str, limits: Limits) -> None:
        self._client = client
        self._image = image
        self.limits = limits
        self.container: Container
        self.snapshots: list[Image] = []

    @classmethod
    @asynccontextmanager
    async def open(
        cls, client: docker.DockerClient, image: str, limits: Limits | None = None
    ) -> AsyncIterator[Sandbox]:
        """Start a sandbox, and remove it and its snapshots when the block is left."""
        sandbox = cls(client, image, limits or Limits())
        sandbox.container = await client.containers.create(image, **sandbox._options())
        try:
            with tempfile.TemporaryDirectory() as empty:  # becomes the only directory in which the code may write
                await sandbox.container.copy_in(empty, HOME, uid=NOBODY, gid=NOBODY)
            await sandbox.container.start()
            yield sandbox
        finally:
            with suppress(errors.NotFound):  # a restore may have failed
                await sandbox.container.remove(force=True)
            for snapshot in reversed(sandbox.snapshots):
                await snapshot.remove(force=True)

    def _options(self) -> dict[str, Any]:
        limits = self.limits
        return {
            "command": ["sleep", "86400"],
            "init": True,  # ends what the code leaves behind as a zombie
            "user": f"{NOBODY}:{NOBODY}",
            "network_mode": "none",
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges"],
            "mem_limit": limits.memory,
            "memswap_limit": limits.memory,  # both together: no swap
            "nano_cpus": int(limits.cpus * 1e9),
            "pids_limit": limits.processes,
            "shm_size": "1m",
            "ulimits": [
                {"Name": "fsize", "Soft": limits.disk, "Hard": limits.disk},
                {"Name": "nofile", "Soft": 256, "Hard": 256},
                {"Name": "core", "Soft": 0, "Hard": 0},
            ],
            "log_config": {"Type": "none"},  # nothing of it fills the engine's disk
        }

    async def run(self, command: Sequence[str], *, seconds: float | None = None) -> Result:
        """Run a command; whatever it has started ends with it if it goes beyond a limit."""
        output = bytearray()
        ending: Ending = "exited"
        exit_code = None
        try:
            async with asyncio.timeout(seconds or self.limits.seconds), asyncio.TaskGroup() as group:
                watching = group.create_task(self._watch_disk())
                exit_code = await self._collect(command, output)
                watching.cancel()
            await self._check_disk()
        except TimeoutError:
            ending = "timed out"
        except (DiskFullError, ExceptionGroup) as error:
            _only_disk_full(error)
            ending = "disk full"
        if ending == "exited" and exit_code is None:
            ending = "too much output"
        if ending != "exited":
            await self.container.restart(timeout=0)  # the only certain way to end all that it may have started
        return Result(ending, exit_code, bytes(output[: self.limits.output]))

    async def _collect(self, command: Sequence[str], output: bytearray) -> int | None:
        """Collect the output; return the exit code, or None if there is more output than allowed."""
        async with self.container.exec_run(command, workdir=HOME, user=f"{NOBODY}:{NOBODY}") as process:
            async for chunk in process:
                output += chunk.data
                if len(output) > self.limits.output:
                    return None
            return await process.wait()

    async def _watch_disk(self) -> None:
        while True:
            await asyncio.sleep(1)
            await self._check_disk()

    async def _check_disk(self) -> None:
        found = await self._client.api.containers.inspect(self.container.id, size=True)
        if (found.size_rw or 0) > self.limits.disk:
            raise DiskFullError

    async def write(self, name: str, content: bytes) -> None:
        """Write a file for the code."""
        await self.container.write_bytes(f"{HOME}/{name}", content, uid=NOBODY, gid=NOBODY)

    async def read(self, name: str) -> bytes:
        """Read a file of at most as many bytes as output may have."""
        return await self.container.read_bytes(f"{HOME}/{name}", max_size=self.limits.output)

    async def snapshot(self) -> Image:
        """Keep the files as they are now."""
        image = await self.container.commit()
        self.snapshots.append(image)
        return image

    async def restore(self, snapshot: Image) -> None:
        """Go back to a snapshot: a new container takes the place of this one; no process survives."""
        await self.container.remove(force=True)
        self.container = await self._client.containers.create(snapshot.id, **self._options())
        await self.container.start()


def _only_disk_full(error: Exception) -> None:
    """Raise what is no full disk."""
    if isinstance(error, ExceptionGroup) and (rest := error.split(DiskFullError)[1]) is not None:
        raise rest.exceptions[0]


async def main(arguments: argparse.Namespace) -> None:
    """Run the command in many sandboxes at once, and print how each has ended."""

    async def once(number: int) -> None:
        async with Sandbox.open(scope, arguments.image) as sandbox:
            result = await sandbox.run(arguments.command)
        text = result.output.decode(errors="replace").strip()
        print(f"{number}: {result.ending}, exit code {result.exit_code}: {text}")

    async with docker.from_env() as client:
        await client.reap(SCOPE)  # what this program has left behind if it was killed
        await client.images.ensure(arguments.image)
        async with client.scope(SCOPE) as scope, asyncio.TaskGroup() as group:
            for number in range(arguments.copies):
                group.create_task(once(number))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", default="python:3.13-alpine")
    parser.add_argument("--copies", type=int, default=1, help="sandboxes at once")
    parser.add_argument("command", nargs="+")
    asyncio.run(main(parser.parse_args(sys.argv[1:])))
