"""The tasks of all jobs of a pool: one list for all of them at each poll, and what a task's state means."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from aiodockerpy import errors
from aiodockerpy._protocol.outside import read_int, read_text
from aiodockerpy.resources._processes.wait import INVENTED

if TYPE_CHECKING:
    from aiodockerpy.client import DockerClient
    from aiodockerpy.models import Task
    from aiodockerpy.resources._jobs.result import Ending

BROKEN = (errors.ConnectionFailed, errors.ServerError, TimeoutError)
"""What a call to a manager raises while there is no leader, or while the manager itself is away."""
REMOVED = "the service was removed, or scaled down, while the job ran"
_OWN_ENDS = frozenset({"complete", "failed", "rejected"})
FAILED = (errors.DockerException, TimeoutError)
"""What a call to a manager raises that has failed for whatever reason."""
_log = logging.getLogger("aiodockerpy.jobs")


class Watched:
    """The task of one service, as it was last seen.

    Attributes:
        task: The newest task; ``None`` before there is one.
        tasks: How many tasks the service has had.
        seen: When the list was read last, by the loop's clock.
        gone: Whether there was a task and is none any more: the service was removed.
    """

    def __init__(self, seen: float) -> None:
        self.task: Task | None = None
        self.tasks = 1
        self.seen = seen
        self.gone = False
        self._changed = asyncio.Event()

    def note(self, tasks: list[Task], seen: float) -> None:
        """Process the tasks of a new list."""
        self.seen = seen
        self.gone = self.task is not None and not tasks
        if tasks:
            self.task = max(tasks, key=_version)
            self.tasks = max(self.tasks, len(tasks))
        self._changed.set()

    def wake(self) -> None:
        """Wake `next` although nothing new is known."""
        self._changed.set()

    async def next(self, until: float | None) -> None:
        """Wait for the next list, at most until a time of the loop's clock."""
        self._changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._changed.wait()


class TaskTable:
    """Reads the tasks of all services with a label at every poll.

    Args:
        client: A client of a manager node.
        label: The label of the services.
        poll: Seconds between two reads.
        call_timeout: Seconds that one read may take.
    """

    def __init__(self, client: DockerClient, label: str, poll: float, call_timeout: float) -> None:
        self._client = client
        self._label = label
        self._poll = poll
        self._call_timeout = call_timeout
        self._watched: dict[str, Watched] = {}
        self._nodes: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to read."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            if not self._task.cancelled():
                self._task.result()

    def watch(self, service: str) -> Watched:
        """Watch the task of a service."""
        watched = self._watched[service] = Watched(asyncio.get_running_loop().time())
        return watched

    def forget(self, service: str) -> None:
        """Stop watching the task of a service."""
        self._watched.pop(service, None)

    async def empty(self) -> None:
        """Wait until there is no task: their containers are gone then."""
        while True:
            with suppress(*FAILED):
                if not await self._list():
                    return
            await asyncio.sleep(self._poll)

    def node_name(self, task: Task | None) -> str:
        """Return the name of the node that a task was given to."""
        id = read_text(task.node_id) if task is not None else ""
        return self._nodes.get(id, id)

    async def _run(self) -> None:
        while True:
            if self._watched:
                await self._read()
            await asyncio.sleep(self._poll)

    async def _read(self) -> None:
        try:
            found = await self._list()
        except FAILED as error:
            _log.debug("the tasks could not be listed: %s", error)
            for watched in self._watched.values():
                watched.wake()
            return
        await self._name_nodes({read_text(task.node_id) for task in found})
        by_service: dict[str, list[Task]] = {}
        for task in found:
            by_service.setdefault(read_text(task.service_id), []).append(task)
        now = asyncio.get_running_loop().time()
        for service, watched in self._watched.items():
            watched.note(by_service.get(service, []), now)

    async def _list(self) -> list[Task]:
        async with asyncio.timeout(self._call_timeout):
            return await self._client.api.tasks.list(filters={"label": [self._label]})

    async def _name_nodes(self, ids: set[str]) -> None:
        for id in ids - self._nodes.keys() - {""}:
            with suppress(*FAILED):
                async with asyncio.timeout(self._call_timeout):
                    node = await self._client.api.nodes.inspect(id)
                self._nodes[id] = (node.description.hostname if node.description is not None else None) or id


async def verdict(client: DockerClient, task: Task) -> tuple[Ending, str, int | None] | None:
    """Return how a task has ended: the ending, the text of the error, the exit code; ``None`` if it has not."""
    status = task.status
    assert status is not None  # noqa: S101 - checked by the caller
    container = status.container_status
    code = read_int(container.exit_code) if container is not None else None
    error = read_text(status.err)
    match str(status.state):
        case state if str(task.desired_state) == "remove" and state not in _OWN_ENDS:
            return "removed", REMOVED, None
        case "complete":
            return "exited", error, code or 0
        case "failed" if status.message != "started" and not (code and error.startswith("task: non-zero exit")):
            if await _restarted(client, task):
                return "engine_lost", f"the engine of the node was restarted while the job was started: {error}", None
            return "not_started", error, None
        case "failed":
            if code in INVENTED and await _restarted(client, task):
                return "engine_lost", f"the engine of the node was restarted while the job ran: {error}", None
            return "exited", error, code
        case "rejected":
            return "not_started", error, None
        case "shutdown":
            return "node_lost", error or "the task was shut down: its node was drained, or the service changed", None
        case "orphaned" | "remove":
            return "node_lost", error or "the node was removed from the swarm", None
        case _:
            return None


async def _restarted(client: DockerClient, task: Task) -> bool:
    """Return whether the node's engine has rejoined since the task was created: what it reports may be made up."""
    try:
        node = await client.api.nodes.inspect(str(task.node_id))
    except FAILED:
        return True
    joined: object = node.updated_at
    created: object = task.created_at
    return not (isinstance(joined, datetime) and isinstance(created, datetime) and joined < created)


def _version(task: Task) -> int:
    return read_int(task.version.index) or 0 if task.version is not None else 0
