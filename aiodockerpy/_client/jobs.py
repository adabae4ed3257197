"""The pools of jobs of a client."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aiodockerpy._arguments import checks_methods
from aiodockerpy._protocol.units import Count, Duration, Grace, PositiveDuration, PositiveInt, as_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodockerpy.client import DockerClient
    from aiodockerpy.resources._jobs.local import Keep
    from aiodockerpy.resources._jobs.pool import JobPool, Retry


@checks_methods
class JobPools:
    """Pools that run many jobs, on one engine or on a swarm."""

    def jobs(
        self,
        *,
        concurrency: PositiveInt = 8,
        starts: PositiveInt = 4,
        queue_timeout: Duration | None = None,
        stop_grace: Grace = 5,
        max_output: Count = 1 << 20,
        retry: Retry | None = None,
        keep: Keep = "never",
    ) -> JobPool:
        """Return a pool that runs many containers, a limited number at once, and reports how each one ended.

        Example:
            .. code-block:: python

                async with client.jobs(concurrency=8) as jobs:
                    async for result in jobs.map({"image": "busybox", "command": ["echo", word]} for word in words):
                        print(result.check().stdout)

        Args:
            concurrency: Jobs that run at once.
            starts: Containers that are created and started at once; more make every start slower.
            queue_timeout: Seconds that ``submit`` waits for room; ``None`` for no limit.
            stop_grace: Seconds between SIGTERM and SIGKILL for a job that has run out of time or is cancelled.
            max_output: Bytes to keep of each job's standard output and of its standard error: the last ones.
            retry: Called with the result of an attempt that was not ``ok``: ``True`` tries the job again, a number does
                so after that many seconds. Nothing is tried again without it.
            keep: Which containers stay after the end of their job: ``"never"``, ``"failed"`` or ``"always"``. Of a job
                that was tried again it is that of the last attempt; those of cancelled jobs are always removed.

        Returns:
            A pool for ``async with``. Leaving the block stops and removes what still runs.

        Raises:
            TypeError: An argument has a wrong type.
            InvalidArgument: An argument is out of range.
        """
        from aiodockerpy.resources._jobs.local import LocalRunner, Settings
        from aiodockerpy.resources._jobs.pool import JobPool

        settings = Settings(starts=starts, stop_grace=stop_grace, max_output=max_output, keep=keep)
        return JobPool(
            LocalRunner(cast("DockerClient", self), settings),
            concurrency=concurrency,
            queue_timeout=as_seconds(queue_timeout),
            retry=retry,
        )

    def swarm_jobs(
        self,
        *,
        concurrency: PositiveInt = 32,
        constraints: Sequence[str] = (),
        queue_timeout: Duration | None = None,
        stop_grace: Grace = 5,
        max_output: Count = 1 << 20,
        retry: Retry | None = None,
        poll: PositiveDuration = 0.5,
        pending_timeout: Duration = 60,
        node_lost_after: Duration = 30,
        call_timeout: PositiveDuration = 10,
    ) -> JobPool:
        """Return a pool that runs many jobs on the nodes of a swarm; the engine must be a manager node.

        Each job is a service of one replica that is not restarted. A job runs at least once; ``attempts`` of its result
        says how many tasks it had. The further keywords of ``submit`` are those of ``services.create``.

        Args:
            concurrency: Jobs that run at once.
            constraints: Which nodes may run them: ``["node.role == worker"]``.
            queue_timeout: Seconds that ``submit`` waits for room; ``None`` for no limit.
            stop_grace: Seconds between SIGTERM and SIGKILL for a job that has run out of time or is cancelled.
            max_output: Bytes to keep of each job's standard output and of its standard error: the last ones.
            retry: Called with the result of an attempt that was not ``ok``: ``True`` tries the job again, a number does
                so after that many seconds. Nothing is tried again without it.
            poll: Seconds between two looks at the tasks of all jobs.
            pending_timeout: Seconds for which no node may fit; then the ending is ``"unschedulable"``.
            node_lost_after: Seconds for which a node may be down; then the ending is ``"node_lost"``.
            call_timeout: Seconds that one call to the manager may take: calls hang while the leader changes.

        Returns:
            A pool for ``async with``. Leaving the block removes what still runs, and waits until it is gone.

        Raises:
            TypeError: An argument has a wrong type.
            InvalidArgument: An argument is out of range.
        """
        from aiodockerpy.resources._jobs.pool import JobPool
        from aiodockerpy.resources._jobs.swarm import SwarmRunner, SwarmSettings

        settings = SwarmSettings(
            constraints=constraints,
            poll=as_seconds(poll),
            stop_grace=stop_grace,
            max_output=max_output,
            pending_timeout=as_seconds(pending_timeout),
            node_lost_after=as_seconds(node_lost_after),
            call_timeout=as_seconds(call_timeout),
        )
        return JobPool(
            SwarmRunner(cast("DockerClient", self), settings),
            concurrency=concurrency,
            queue_timeout=as_seconds(queue_timeout),
            retry=retry,
        )
