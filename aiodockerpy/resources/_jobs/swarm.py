"""Jobs on a swarm: each is a service of one replica that is not restarted; one list of tasks serves all of them.

Services in the mode ``replicated-job`` are not used: when the leader of the managers changes, they are run again.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aiodockerpy import errors, models
from aiodockerpy._arguments.kinds import ID, TEXTS
from aiodockerpy._cancelling import uncancelled
from aiodockerpy._options.services import service_json, service_values
from aiodockerpy._options.shapes import COMMAND, key_values, read
from aiodockerpy._protocol.timestamps import read_time
from aiodockerpy.resources._following.backoff import Patience
from aiodockerpy.resources._jobs.local import ATTEMPT, LABEL
from aiodockerpy.resources._jobs.output import Output
from aiodockerpy.resources._jobs.result import CLOSED, Ending, JobResult, with_error
from aiodockerpy.resources._jobs.tasks import BROKEN, FAILED, REMOVED, TaskTable, Watched, verdict
from aiodockerpy.resources._processes.cleanup import noted, raise_if_cancelled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from aiodockerpy.client import DockerClient
    from aiodockerpy.resources._jobs.pool import Job

PATIENCE = 60.0
"""Seconds for which the managers may be without a leader before a job, or the output of one that has ended, is lost."""
GONE_SECONDS = 60.0
"""Seconds to wait at the end of the pool until the last containers are gone."""
_NANO = 1_000_000_000
_OVER = frozenset({"exited", "not_started"})
"""Endings after which a service that stays runs nothing more."""
_FIXED = ("mode", "restart_policy", "stop_grace_period", "rollback_config", "update_config")


@dataclass(frozen=True, slots=True, kw_only=True)
class SwarmSettings:
    """What holds for all jobs of a pool.

    Attributes:
        constraints: Which nodes may run the jobs.
        poll: Seconds between two looks at the tasks.
        stop_grace: Seconds between SIGTERM and SIGKILL.
        max_output: Bytes to keep of each output stream.
        pending_timeout: Seconds for which no node may fit.
        node_lost_after: Seconds after which a node that is down counts as lost.
        call_timeout: Seconds that one call to the manager may take.
    """

    constraints: Sequence[str]
    poll: float
    stop_grace: int
    max_output: int
    pending_timeout: float
    node_lost_after: float
    call_timeout: float


class SwarmRunner:
    """Runs attempts of jobs on the swarm that the client's engine manages."""

    def __init__(self, client: DockerClient, settings: SwarmSettings) -> None:
        self.client = client
        self.settings = settings
        self.id = secrets.token_hex(6)
        self.left_behind = False
        """Whether the managers did not answer when a service was to be removed: its task stays."""
        self.tasks = TaskTable(client, f"{LABEL}={self.id}", settings.poll, settings.call_timeout)

    async def open(self) -> None:
        """Check that the engine manages a swarm.

        Raises:
            ServiceUnavailable: It does not.
        """
        await self.client.api.swarm.inspect()
        self.tasks.start()

    def prepare(self, words: Mapping[str, Any]) -> dict[str, Any]:
        """Validate the keywords of ``services.create`` and return them completed."""
        options = dict(words)
        image, command = read(ID, options.pop("image"), "image"), options.pop("command", None)
        for name in _FIXED:
            if options.get(name) is not None:
                raise errors.InvalidArgument(f"{name} is fixed for jobs; see the arguments of swarm_jobs()")
        if command is not None:
            options["args"] = read(COMMAND, command, "command")
        settings = self.settings
        options["constraints"] = [*settings.constraints, *read(TEXTS, options.get("constraints") or (), "constraints")]
        options["labels"] = {**(key_values(options.get("labels"), "labels") or {}), LABEL: self.id}
        options["restart_policy"] = models.TaskRestartPolicy(condition="none")
        options["stop_grace_period"] = settings.stop_grace * _NANO
        values = service_values(options)  # read once: it may hold iterators, and a job several attempts
        models.ServiceCreateRequest.from_value(service_json(image, None, values))
        return {"image": image, **values}

    async def run(self, job: Job, prepared: dict[str, Any], _: object) -> JobResult:
        """Run one attempt."""
        return await _Attempt(self, job, prepared).run()

    async def close(self) -> None:
        """Wait until the last containers are gone, then stop looking at the tasks."""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(0 if self.left_behind else GONE_SECONDS):
                    await self.tasks.empty()
        finally:
            await self.tasks.stop()


class _RefusedError(Exception):
    """The managers do not create a service, for the reason that is the text."""


class _Attempt:
    """One service of a job, from its creation to its removal."""

    def __init__(self, runner: SwarmRunner, job: Job, words: dict[str, Any]) -> None:
        self._runner = runner
        self._settings = runner.settings
        self._client = runner.client
        self._job = job
        self._attempt = f"{job.number}-{secrets.token_hex(3)}"
        self._words: dict[str, Any] = {"name": f"aiodockerpy-job-{runner.id}-{self._attempt}", **words}
        self._words["labels"] = {**words["labels"], ATTEMPT: self._attempt}
        self._service = ""
        self._watched: Watched | None = None
        self._uncertain = False
        self._refusal = ""
        self._left_behind = ""
        self._patience = Patience(PATIENCE, BROKEN)
        self._output = Output(self._settings.max_output)
        self._started_at: datetime | None = None

    async def run(self) -> JobResult:
        """Return how it ended, whatever happened; the service is removed then."""
        try:
            await raise_if_cancelled()
            result = await self._course()
        except asyncio.CancelledError:
            result = self._result("cancelled", None, output_complete=False)
        except BaseException as error:
            with noted(error, f"the service {self._words['name']}"):
                await uncancelled(self._remove())
            if self._left_behind:
                error.add_note(f"the service {self._words['name']}: {self._left_behind}")
            raise
        with suppress(asyncio.CancelledError):  # its end is known
            await uncancelled(self._remove())
            if not (self._left_behind or result.may_still_run or result.ending in _OVER):
                await self._stopped()
        self._runner.tasks.forget(self._service)
        if self._left_behind:
            result = with_error(result, self._left_behind)
            return replace(result, may_still_run=result.may_still_run or result.ending not in _OVER)
        return result

    async def _course(self) -> JobResult:
        try:
            await uncancelled(self._create())
        except _RefusedError as refused:
            return self._result("not_started", None, error=str(refused))
        except BROKEN as error:
            text = f"the managers do not answer: {error}"
            return self._result("engine_lost", None, error=text, output_complete=False, may_still_run=True)
        except errors.APIError as error:
            return self._result("not_started", None, error=error.explanation)
        self._watched = self._runner.tasks.watch(self._service)
        return await self._watch(self._watched)

    async def _create(self) -> None:
        """Create the service; one whose answer was lost is found again."""

        async def create() -> str:
            uncertain, self._uncertain = self._uncertain, True
            try:
                return (await self._client.services.create(**self._words)).id
            except errors.APIError as error:
                if uncertain and isinstance(error, errors.Conflict) and (found := await self._created()):
                    return found[0]
                self._uncertain = isinstance(error, BROKEN)  # a refusal has created nothing
                if isinstance(error, errors.ServerError):
                    await self._check_refused(error)
                raise

        self._service = await self._patience.persist(create, most=self._settings.call_timeout)

    async def _check_refused(self, error: errors.ServerError) -> None:
        """Raise `_RefusedError` for an error of the service itself: it comes again although the managers have a leader.

        Managers report many wrong services as internal errors, as they do while there is no leader.
        """
        await self._client.api.swarm.inspect()  # not answered without a leader
        if self._refusal == error.explanation:
            self._uncertain = False
            raise _RefusedError(error.explanation)
        self._refusal = error.explanation

    async def _created(self) -> list[str]:
        """Return what a creation whose answer was lost has created; its name may be that of a service of others."""
        if not self._uncertain:
            return []
        found = await self._client.api.services.list(filters={"label": [f"{ATTEMPT}={self._attempt}"]})
        return [str(one.id) for one in found]

    async def _watch(self, watched: Watched) -> JobResult:
        """Follow the task to its end, its deadline, or the point from which on nothing more can come."""
        loop = asyncio.get_running_loop()
        created, deadline, down_since = loop.time(), None, None
        while True:
            task, now = watched.task, loop.time()
            if watched.gone:
                return self._result("removed", task, error=REMOVED, output_complete=False, attempts=watched.tasks)
            if task is None and now - created >= self._settings.pending_timeout:
                return self._result("unschedulable", task, error="no task was created in time")
            if task is not None and task.status is not None:
                state = str(task.status.state)
                self._note(task.status, state)
                if self._started_at is not None and deadline is None and self._job.timeout is not None:
                    deadline = now + self._job.timeout
                if (ended := await verdict(self._client, task)) is not None:
                    return await self._ended(task, watched.tasks, *ended)
                if str(task.desired_state) in {"shutdown", "remove"}:
                    down_since = down_since or now
                    if now - down_since >= self._settings.node_lost_after:
                        return await self._lost(task)
                if state in {"new", "allocated", "pending"} and now - created >= self._settings.pending_timeout:
                    return self._result("unschedulable", task, error=task.status.err or "no node was found in time")
            if deadline is not None and loop.time() >= deadline:
                await self._read_logs()
                return self._result("timed_out", task, output_complete=False, attempts=watched.tasks)
            if loop.time() - watched.seen > PATIENCE + self._settings.call_timeout:
                text = "the managers do not answer"
                return self._result("engine_lost", task, error=text, output_complete=False, may_still_run=True)
            await watched.next(until=deadline)

    def _note(self, status: models.TaskStatus, state: str) -> None:
        """Keep when the task has begun to run, and its container."""
        if state == "running" and self._started_at is None:
            self._started_at = read_time(status.timestamp)
        if status.container_status is not None:
            self._job.container_id = status.container_status.container_id or self._job.container_id

    async def _ended(
        self, task: models.Task, tasks: int, ending: Ending, error: str, exit_code: int | None
    ) -> JobResult:
        complete = ending == "not_started" or (await self._read_logs(persist=ending == "exited") and ending == "exited")
        finished = read_time(task.status.timestamp) if task.status is not None else None
        return self._result(
            ending,
            task,
            error=error,
            exit_code=exit_code,
            output_complete=complete,
            finished_at=finished,
            attempts=tasks,
        )

    async def _lost(self, task: models.Task) -> JobResult:
        text = f"the node was down for {self._settings.node_lost_after:g} s"
        await self._read_logs()
        return self._result("node_lost", task, error=text, output_complete=False, may_still_run=True)

    async def _read_logs(self, *, persist: bool = False) -> bool:
        """Read the output; return whether all of it came.

        Args:
            persist: Try again while the managers have no leader; what is lost is not waited for.
        """
        patience = Patience(PATIENCE, BROKEN)
        read = patience.persist if persist else patience.call
        try:
            await read(self._read_logs_once, most=self._settings.call_timeout)
        except FAILED:
            return False
        return True

    async def _read_logs_once(self) -> None:
        self._output = Output(self._settings.max_output)
        tty = bool(self._words.get("tty"))
        async with self._client.api.services.logs(self._service, tty=tty, stdout=True, stderr=True).chunks() as logs:
            await self._output.read(logs)

    async def _remove(self) -> None:
        """Remove the service once a manager answers; note if none does."""
        if self._client.closed:
            self._left_behind = CLOSED if self._service or self._uncertain else ""
            return
        try:
            await self._patience.persist(self._remove_once, most=self._settings.call_timeout)
        except FAILED as error:
            self._runner.left_behind = True
            self._left_behind = f"the service is left behind: {error}"

    async def _remove_once(self) -> None:
        for id in [self._service] if self._service else await self._created():
            with suppress(errors.NotFound):
                await self._client.api.services.remove(id)

    async def _stopped(self) -> None:
        """Wait until the task of the removed service is gone, so that another attempt runs alone; note if it stays."""
        clock, watched = asyncio.get_running_loop().time, self._watched
        until = clock() + self._settings.stop_grace + self._settings.node_lost_after
        while watched is not None and watched.task is not None and not watched.gone:
            if clock() >= until:
                self._left_behind = "its task is still being stopped"
                return
            await watched.next(until)

    def _result(self, ending: Ending, task: models.Task | None, **facts: Any) -> JobResult:
        where = self._runner.tasks.node_name(task)
        return self._output.result(self._job, ending, where=where, started_at=self._started_at, **facts)
