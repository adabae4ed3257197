"""Operations on processes that are run in running containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._protocol.operations import call
from aiodockerpy.api._part import Part
from aiodockerpy.api._paths import refuse_long_paths
from aiodockerpy.streams.output import Attached

if TYPE_CHECKING:
    from aiodockerpy._protocol.query import IdOrName
    from aiodockerpy._protocol.units import Cells


@checks_arguments
class ExecApi(Part):
    """Processes in running containers: created, then started once.

    Example:
        .. code-block:: python

            created = await client.api.exec.create("web", ExecCreateRequest(cmd=["id"], attach_stdout=True))
            print(await client.api.exec.start(created))
    """

    async def create(self, container: IdOrName, request: models.ExecCreateRequest) -> models.IDResponse:
        """Prepare a process.

        Operation: ``ContainerExec``, ``POST /containers/{id}/exec``.

        Args:
            container: ID or name.
            request: What is run, as whom, and which of its streams are attached.

        Returns:
            The id that the other operations take.

        Raises:
            NotFound: No such container.
            Conflict: It does not run, or is paused.
        """
        refuse_long_paths(request)
        return await self._fetch(call("ContainerExec", {"id": container}, json=request), lambda: models.IDResponse)

    def start(
        self, exec_id: IdOrName, *, tty: bool = False, console_size: tuple[Cells, Cells] | None = None
    ) -> Attached:
        """Start a prepared process and connect to it.

        Operation: ``ExecStart``, ``POST /exec/{id}/start``.

        Args:
            exec_id: As `create` returned it.
            tty: Whether the process has a terminal; the same as at its creation.
            console_size: Rows and columns of the terminal. API 1.42+.

        Returns:
            A handle. A command that does not exist gives the engine's message as output, and the exit code 126 or 127.

        Raises:
            NotFound: No such process.
            Conflict: The container is paused or has stopped.
        """
        size = list(console_size) if console_size is not None else None
        body = models.ExecStartRequest(detach=False, tty=tty, console_size=size)
        request = call("ExecStart", {"id": exec_id}, json=body)
        return Attached(
            lambda: self._transport.upgrade(request),
            tty=tty,
            name=request.operation.name,
            max_size=self._transport.max_response_size,
        )

    async def start_detached(self, exec_id: IdOrName, *, tty: bool = False) -> None:
        """Start a prepared process without connecting to it.

        Operation: ``ExecStart``, ``POST /exec/{id}/start`` with ``Detach``.

        Args:
            exec_id: As `create` returned it.
            tty: Whether the process has a terminal; the same as at its creation.

        Raises:
            NotFound: No such process.
            BadRequest: The command cannot be started.
        """
        body = models.ExecStartRequest(detach=True, tty=tty)
        await self._transport.request(call("ExecStart", {"id": exec_id}, json=body))

    async def resize(self, exec_id: IdOrName, *, height: Cells, width: Cells) -> None:
        """Change the size of a process's terminal.

        Operation: ``ExecResize``, ``POST /exec/{id}/resize``.

        Args:
            exec_id: As `create` returned it.
            height: Rows.
            width: Columns.
        """
        await self._transport.request(call("ExecResize", {"id": exec_id}, {"h": height, "w": width}))

    async def inspect(self, exec_id: IdOrName) -> models.ExecInspect:
        """Return the state of a process, with its exit code once it has ended.

        Operation: ``ExecInspect``, ``GET /exec/{id}/json``.

        Raises:
            NotFound: No such process; the engine forgets it some time after its end.
        """
        return await self._fetch(call("ExecInspect", {"id": exec_id}), lambda: models.ExecInspect)
