"""Jobs on one engine: each is a container that is created, watched, judged and removed."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast

from aiodockerpy import errors
from aiodockerpy._arguments import unchecked
from aiodockerpy._arguments.kinds import ID
from aiodockerpy._cancelling import uncancelled
from aiodockerpy._options.shapes import read
from aiodockerpy.resources._following.backoff import AWAY, Patience
from aiodockerpy.resources._jobs.ends import End, Ends
from aiodockerpy.resources._jobs.output import Output
from aiodockerpy.resources._jobs.result import CLOSED, Ending, JobResult, with_error
from aiodockerpy.resources._processes.cleanup import noted, raise_if_cancelled, remove_container
from aiodockerpy.resources._processes.run import Prepared, RunSpec, create, create_pulled, run_spec
from aiodockerpy.resources._processes.wait import INVENTED, ended_after
from aiodockerpy.resources._proxies import with_variables

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Mapping

    from aiodockerpy.client import DockerClient
    from aiodockerpy.models import ContainerInspect, ContainerState
    from aiodockerpy.resources._jobs.pool import Job

Keep = Literal["never", "failed", "always"]
"""Which containers stay after their job has ended."""

LABEL = "aiodockerpy.jobs"
"""The pool of a container."""
ATTEMPT = "aiodockerpy.jobs.attempt"
"""The attempt that created a container; its name may be that of a container of others."""
PATIENCE = 60.0
"""Seconds for which an engine that was reached before may be away."""
STOPPED_SECONDS = 5.0
"""Seconds to wait for the end of a container that was killed."""
UNREAD_SECONDS = 0.25
"""Seconds for which the output of a job is left in its connection: that of a short one is read at its end, at once."""
LOOK_SECONDS = 1.0
"""Seconds between two looks at a container that the engine refuses to wait for."""
_FAILED = (*AWAY, errors.APIError)
"""What a call about a container raises: nothing of it is the job's own."""
_SIGNALLED = 128
_KILL = 9
_SIGNALS = range(1, 65)
_CERTAIN = frozenset({"exited", "oom", "signalled", "timed_out"})
_REMOVALS = frozenset({"removing", "dead"})
"""What a container is while it is removed: dead at last, which an inspection sees that has found it before."""
_REMOVED = "the container was removed while the job ran"
_UNSEEN = "the engine's events were missed: it may also have been killed through the engine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What holds for all jobs of a pool.

    Attributes:
        starts: Containers that are being created and started at once.
        stop_grace: Seconds between SIGTERM and SIGKILL.
        max_output: Bytes to keep of each output stream.
        keep: Which containers stay.
    """

    starts: int
    stop_grace: int
    max_output: int
    keep: Keep


class LocalRunner:
    """Runs attempts of jobs on the client's engine."""

    def __init__(self, client: DockerClient, settings: Settings) -> None:
        self.client = client
        self.api = unchecked(client.api.containers)
        self.settings = settings
        self.id = secrets.token_hex(6)
        self.attempts = itertools.count()
        self.starts = asyncio.Semaphore(settings.starts)
        self.ends = Ends(client, f"{LABEL}={self.id}")
        self.where = ""
        self.pulled: set[tuple[str, str | None]] = set()
        """Images and platforms that were pulled for all jobs."""
        self.proxies: dict[str, str] | None = None
        self._reading = asyncio.Lock()

    async def open(self) -> None:
        """Subscribe to the ends of the containers of this pool."""
        await self.ends.open()
        self.where = self.client.host.url

    def prepare(self, words: Mapping[str, Any]) -> RunSpec:
        """Validate the keywords of ``containers.run``."""
        options = dict(words)
        image, command = read(ID, options.pop("image"), "image"), options.pop("command", None)
        for fixed in ("remove", "auto_remove"):  # the pool removes what has ended: see `keep`
            options.pop(fixed, None)
        if options.pop("detach", False):
            raise errors.InvalidArgument(
                "detach cannot be used: a job is awaited by its pool; use containers.run(detach=True)"
            )
        stdout, stderr = (bool(options.pop(name, True)) for name in ("stdout", "stderr"))
        spec = run_spec(image, command, cast("Any", options), stdout=stdout, stderr=stderr, function="submit")
        policy = spec.keywords.given.get("restart_policy")
        if policy is not None and policy.name not in {None, "", "no"}:
            raise errors.InvalidArgument(
                f"restart_policy cannot be {policy.name!r}: a job ends with its command; use retry of client.jobs()"
            )
        return spec

    async def run(self, job: Job, spec: RunSpec, put_off: Callable[..., Awaitable[object]]) -> JobResult:
        """Run one attempt."""
        return await _Attempt(self, job, spec, put_off).run()

    async def read_proxies(self) -> None:
        """Read the configured proxies, once for all jobs."""
        async with self._reading:
            if self.proxies is None:
                self.proxies = await self.client.proxies()

    def completed(self, spec: RunSpec, attempt: str) -> RunSpec:
        """Add a name, labels, and the configured proxies."""
        given = spec.keywords.given
        added: dict[str, object] = {"labels": {**given.get("labels", {}), LABEL: self.id, ATTEMPT: attempt}}
        if self.proxies and spec.config_proxy:
            added["environment"] = with_variables(given.get("environment", ()), self.proxies)
        keywords = spec.keywords._replace(given={**given, **added})
        name = spec.name or f"aiodockerpy-job-{attempt}"
        return spec._replace(name=name, keywords=keywords, config_proxy=False)

    async def close(self) -> None:
        """Close the subscription."""
        await self.ends.close()


class _Attempt:
    """One container of a job, from its creation to its removal."""

    def __init__(self, runner: LocalRunner, job: Job, spec: RunSpec, put_off: Callable[..., Awaitable[object]]) -> None:
        self._put_off = put_off
        self._client = runner.client
        self._api = runner.api
        self._runner = runner
        self._job = job
        self._earlier, job.container_id = job.container_id, ""
        self._spec = spec
        self._attempt = f"{runner.id}-{job.number}-{next(runner.attempts)}"
        self._uncertain = False
        self._output = Output(runner.settings.max_output)
        self._patience = Patience(PATIENCE + runner.settings.stop_grace, (*AWAY, errors.ServerError))
        self._stream: Any = None
        self._end: End | None = None
        self._unseen_since: float | None = None
        self._broken = False
        self._output_whole = False
        self._started = False
        self._left_behind = ""

    # ---- the course of an attempt

    async def run(self) -> JobResult:
        """Return how it ended, whatever happened; the container is removed then, unless it is kept."""
        try:
            result = await self._course()
        except asyncio.CancelledError:
            result = await self._cancelled()
        except Exception as error:
            with noted(error, f"the container {self._job.container_id[:12]}".rstrip()):
                await uncancelled(self._remove())
            raise error from None
        else:
            result = await self._settle(result)
        finally:
            self._close()
        return result

    async def _course(self) -> JobResult:
        await raise_if_cancelled()
        try:
            await self._start()
        except errors.DockerException as error:
            if not self._started or not isinstance(error, AWAY) or isinstance(error, errors.EngineUnreachable):
                return self._not_started(error)
            self._note_break()
        ending: Ending = "exited"
        limit = asyncio.timeout(self._job.timeout)
        try:
            async with limit:
                with suppress(*_FAILED):  # how it has ended is judged in any case
                    await self._to_end()
        except TimeoutError:
            if not limit.expired():
                raise
            ending = "timed_out"
            await self._stop()
        return await self._judge(ending)

    async def _start(self) -> None:
        """Start the container once the engine can be reached and has its image.

        The container of the attempt before, which was kept until now, is removed first. A pull keeps no other job from
        being started.
        """
        if self._spec.config_proxy and self._runner.proxies is None:
            await self._patience.reach(self._runner.read_proxies)
        self._spec = self._runner.completed(self._spec, self._attempt)
        if self._earlier:
            await uncancelled(self._remove())
        wanted = self._spec.image, self._spec.platform
        spec = self._spec._replace(pull="missing") if wanted in self._runner.pulled else self._spec
        await self._patience.reach(lambda: create_pulled(self._client, spec, self._start_pulled))

    async def _start_pulled(self, prepared: Prepared) -> None:
        spec = self._spec
        if spec.pull in {"always", "changed"}:
            self._runner.pulled.add((spec.image, spec.platform))
        async with self._runner.starts:
            await self._patience.reach(lambda: self._put_off(self._create(prepared), within=self._patience.left))
            await self._patience.reach(self._attach)
            self._started = True
            await self._patience.reach(lambda: self._api.start(self._job.container_id))

    async def _create(self, prepared: Prepared) -> None:
        self._uncertain = True
        try:
            self._job.container_id = await create(self._client, self._spec, prepared)
        except errors.APIError as error:
            self._uncertain = isinstance(error, AWAY)  # a refusal has created nothing
            raise
        self._runner.ends.watch(self._job.container_id)

    async def _attach(self) -> None:
        spec = self._spec
        self._stream = self._api.attach(self._job.container_id, tty=spec.tty, stdout=spec.stdout, stderr=spec.stderr)
        await self._stream.__aenter__()
        self._stream._leave_unread()  # noqa: SLF001 - of no use to programs

    async def _to_end(self) -> None:
        """Read the output to its end, which is the end of most containers; if it is not, look at the container."""
        if not self._broken:
            await self._runner.ends.of(self._job.container_id, UNREAD_SECONDS)
            await self._read()
            self._note_unseen()
            self._end = await self._runner.ends.of(self._job.container_id)
        if self._end is None:
            self._output_whole = False  # its end may have been that of the connection
            await self._wait()

    async def _read(self) -> None:
        try:
            await self._output.read(self._stream)
        except AWAY:
            return  # the end of the container is reported by another connection
        self._output_whole = True

    async def _wait(self) -> None:
        """Wait until the container has ended or is gone, over any number of broken connections."""
        while True:
            found = await self._look()
            if found is None or found.state is None or not found.state.running:
                return
            try:
                await self._api.wait(self._job.container_id)
            except AWAY:
                self._note_break()
            except errors.NotFound:
                return
            except errors.APIError:
                await asyncio.sleep(LOOK_SECONDS)
            else:
                self._unseen_since = asyncio.get_running_loop().time()
                return

    def _note_break(self) -> None:
        self._broken = True
        self._output_whole = False
        self._note_unseen()

    def _note_unseen(self) -> None:
        """Record when contact with the container was lost: an exit code that a restarted engine makes up is later."""
        if self._unseen_since is None:
            self._unseen_since = asyncio.get_running_loop().time()

    async def _look(self) -> ContainerInspect | None:
        """Inspect the container as soon as the engine answers; ``None`` if it does not exist.

        Raises:
            DockerException: The engine does not answer in time, or refuses it.
        """
        try:
            return await self._patience.persist(lambda: self._api.inspect(self._job.container_id))
        except errors.NotFound:
            return None
        except errors.APIError:
            self._patience.restart()  # it answers, so that it is asked to remove the container
            raise

    async def _stop(self) -> None:
        """Stop the container and read what it still writes."""
        grace = self._runner.settings.stop_grace
        with suppress(*_FAILED):
            await self._patience.call(
                lambda: self._api.stop(self._job.container_id, stop_timeout=grace), most=grace + PATIENCE / 2
            )
        with suppress(TimeoutError, *_FAILED):
            async with asyncio.timeout(STOPPED_SECONDS):
                await self._to_end()

    # ---- the ends

    async def _cancelled(self) -> JobResult:
        await uncancelled(self._stop_and_remove())
        facts = {"error": self._left_behind, "may_still_run": self._started} if self._left_behind else {}
        return self._result("cancelled", output_complete=self._output_whole, **facts)

    async def _stop_and_remove(self) -> None:
        with self._noting_a_close():
            if self._started:
                await self._stop()
            await self._remove()

    def _not_started(self, error: errors.DockerException) -> JobResult:
        text = error.explanation if isinstance(error, errors.APIError) else str(error)
        return self._result("not_started", error=text)

    async def _judge(self, ending: Ending) -> JobResult:
        """Decide what is certain of a container that has ended; inspect it unless its reported end is enough."""
        if (end := self._end) is not None and end.by_itself and ending == "exited":
            return await self._ended_by_itself(end)
        try:
            found = await self._look()
        except _FAILED as broken:
            text = f"the engine does not answer: {broken}"
            return self._result("engine_lost", error=text, output_complete=False, may_still_run=True)
        state = found.state if found is not None else None
        if state is None:
            return self._result("removed", error=_REMOVED, output_complete=self._output_whole)
        return await self._judge_state(state, ending)

    async def _ended_by_itself(self, end: End) -> JobResult:
        return self._result(
            "exited",
            exit_code=end.exit_code,
            oom_killed=end.oom_killed,
            output_complete=self._output_whole or await self._read_logs(),
            started_at=end.started_at,
            finished_at=end.finished_at,
        )

    async def _judge_state(self, state: ContainerState, ending: Ending) -> JobResult:
        whole = self._output_whole or await self._read_logs()
        error = state.error or ""
        certain = ending != "timed_out" or not await self._is_made_up(state)
        if ending == "exited":
            ending, error = await self._kind(state, error)
        seen = self._end is not None  # an engine that was restarted has not logged what was written meanwhile
        return self._result(
            ending,
            exit_code=self._exit_code(state) if certain and ending in _CERTAIN else None,
            oom_killed=bool(state.oom_killed),
            error=error,
            output_complete=whole and (seen or ending == "not_started"),
            started_at=state.started_at,
            finished_at=state.finished_at,
            may_still_run=bool(state.running),
        )

    async def _kind(self, state: ContainerState, error: str) -> tuple[Ending, str]:
        """Return how a container that was not stopped by its pool has ended, and the text that goes with it."""
        if state.status == "created" and self._broken:
            return "engine_lost", "the engine was restarted while the job was being started: it may have run"
        if state.status == "created":
            return "not_started", error
        if state.status in _REMOVALS:
            return "removed", _REMOVED
        ends, container = self._runner.ends, self._job.container_id
        self._end = self._end or await ends.of(container, 0) or await ends.replayed(container)
        code = self._exit_code(state) or 0
        if await self._is_made_up(state):
            return "engine_lost", f"the engine was restarted while the job ran: exit code {code} is not the job's own"
        if state.oom_killed and code == _SIGNALLED + _KILL:
            return "oom", error
        if self._end is None:
            return "exited", _UNSEEN if code - _SIGNALLED in _SIGNALS else error
        return "signalled" if code - _SIGNALLED in self._end.signals else "exited", error

    async def _is_made_up(self, state: ContainerState) -> bool:
        """Return whether the exit code may be one that an engine made up when it was restarted."""
        since = self._unseen_since
        if self._end is not None or self._exit_code(state) not in INVENTED:
            return False
        return since is None or await ended_after(self._client.api, state, since)

    def _exit_code(self, state: ContainerState) -> int | None:
        reported = self._end.exit_code if self._end is not None else None
        inspected: object = None if state.running else state.exit_code  # by others it may have been started again
        return reported if reported is not None else inspected if isinstance(inspected, int) else None

    async def _read_logs(self) -> bool:
        """Read the output again from the engine's log; return whether it is all. Otherwise what was received stays."""
        spec, again = self._spec, Output(self._runner.settings.max_output)
        logs = self._api.logs(self._job.container_id, tty=spec.tty, stdout=spec.stdout, stderr=spec.stderr).chunks()
        try:
            async with logs:
                await again.read(logs)
        except errors.DockerException:
            return False
        if not again.covers(self._output):  # an engine that is killed loses output that it has not written to the log
            return False
        self._output = again
        return True

    async def _settle(self, result: JobResult) -> JobResult:
        """Remove the container unless it is kept; one that could not be stopped is killed by that."""
        keep = self._runner.settings.keep
        kept = result.ending != "not_started" and (keep == "always" or (keep == "failed" and not result.ok))
        if not kept:
            with self._noting_a_close():
                await self._remove_known()
        if self._left_behind:
            return with_error(result, self._left_behind)
        return replace(result, may_still_run=False) if result.may_still_run and not kept else result

    async def _remove_known(self) -> None:
        """Remove the container of a job whose end is known, also if it is cancelled meanwhile."""
        try:
            await self._remove()
        except asyncio.CancelledError:
            with suppress(asyncio.CancelledError):
                await uncancelled(self._remove())

    async def _remove(self) -> None:
        """Remove the container, running or not, once the engine does so; note if it does not."""
        try:
            await self._patience.persist(self._remove_once)
        except AWAY:
            self._left_behind = "the engine does not answer"
        except errors.APIError as error:
            self._left_behind = f"the container is left behind: {error.explanation}"

    @contextmanager
    def _noting_a_close(self) -> Generator[None]:
        """Note that the client was closed meanwhile, which no call of it can mend."""
        try:
            yield
        except RuntimeError:
            if not self._client.closed:
                raise
            self._left_behind = CLOSED

    async def _remove_once(self) -> None:
        own = [self._job.container_id] if self._job.container_id else await self._created()
        for id in filter(None, [self._earlier, *own]):
            await remove_container(self._api, id)
        self._earlier = ""

    async def _created(self) -> list[str]:
        """Return what a creation whose answer was lost has created."""
        if not self._uncertain:
            return []
        found = await self._api.list(all=True, filters={"label": [f"{ATTEMPT}={self._attempt}"]})
        return [str(one.id) for one in found]

    def _close(self) -> None:
        self._runner.ends.forget(self._job.container_id)
        if self._stream is not None:
            self._stream.close()

    def _result(self, ending: Ending, **facts: Any) -> JobResult:
        return self._output.result(self._job, ending, where=self._runner.where, **facts)
