"""Operations on the tasks of the swarm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._protocol.lines import MAX_LINE
from aiodockerpy._protocol.operations import call
from aiodockerpy._protocol.timestamps import TimeBound, bound
from aiodockerpy.api._part import Part
from aiodockerpy.streams.output import LogStream

if TYPE_CHECKING:
    from aiodockerpy._protocol.query import IdOrName
    from aiodockerpy._protocol.units import PositiveInt


@checks_arguments
class TasksApi(Part):
    """The tasks of the swarm's services; only its managers answer.

    Example:
        .. code-block:: python

            for task in await client.api.tasks.list(filters={"service": "web", "desired-state": "running"}):
                print(task.node_id, task.status.state)
    """

    async def inspect(self, task: IdOrName) -> models.Task:
        """Return all details of a task.

        Operation: ``TaskInspect``, ``GET /tasks/{id}``.

        Args:
            task: ID.

        Raises:
            NotFound: No such task.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return await self._fetch(call("TaskInspect", {"id": task}), lambda: models.Task)

    def logs(
        self,
        task: IdOrName,
        *,
        tty: bool = False,
        follow: bool | None = None,
        stdout: bool = True,
        stderr: bool = True,
        since: TimeBound = None,
        timestamps: bool = False,
        tail: int | Literal["all"] | None = None,
        details: bool = False,
        max_line: PositiveInt = MAX_LINE,
    ) -> LogStream:
        """Read what a task wrote: awaited as bytes, iterated as lines.

        Operation: ``TaskLogs``, ``GET /tasks/{id}/logs``.

        Args:
            task: ID.
            tty: Whether it has a terminal (``spec.container_spec.tty`` of its inspection).
            follow: Continue with new lines.
            stdout: Standard output.
            stderr: Standard error.
            since: Only newer lines: a datetime, a timedelta back from now, unix seconds, or RFC 3339 text.
            timestamps: Whether each line has its time, in ``LogLine.time`` and (in the bytes) before the line.
            tail: Number of lines from the end; ``"all"`` if not given.
            details: Whether each line has its node, service and task, in ``LogLine.details``.
            max_line: Bytes up to which a line is kept together.

        Raises:
            NotFound: No such task.
            ServiceUnavailable: The engine is not a swarm manager.
            StreamInterrupted: The connection ended before the logs did.
        """
        values = {
            "follow": follow or None,
            "stdout": stdout,
            "stderr": stderr,
            "since": bound(since),
            "timestamps": timestamps or None,
            "tail": tail,
            "details": details or None,
        }
        request = call("TaskLogs", {"id": task}, values)
        return LogStream(self._transport, request, tty=tty, timestamps=timestamps, details=details, max_line=max_line)

    # `list` comes last: in a class body its name hides the type from what follows.
    async def list(self, *, filters: models.TaskListFilters | models.Filters | None = None) -> list[models.Task]:
        """List tasks, ended ones too.

        Operation: ``TaskList``, ``GET /tasks``.

        Args:
            filters: Which tasks.

        Raises:
            InvalidArgument: An unknown filter.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return await self._fetch_list(call("TaskList", values={"filters": filters}), lambda: models.Task)
