"""The life cycle of a container: start, stop, change, commit, remove, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack, cast

from aiodockerpy._arguments import checks_arguments
from aiodockerpy._cancelling import within
from aiodockerpy._exhausted import reporting_exhaustion
from aiodockerpy._protocol.units import Duration, Seconds, as_seconds
from aiodockerpy.resources._base import Resource, created_id

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from aiodockerpy import models, resources
    from aiodockerpy.api.containers import WaitCondition


@checks_arguments
class ContainerLifecycle(Resource["models.ContainerInspect | models.ContainerSummary"]):
    """What changes the state of a container, and waits for its end."""

    async def start(self) -> None:
        """Start the container; does nothing if it already runs.

        Raises:
            NotFound: The container was removed.
            APIError: The container cannot be started, for example since the command does not exist.
        """
        await self.client.api.containers.start(self.id)

    async def stop(self, timeout: Seconds | None = None, *, signal: str | None = None) -> None:
        """Stop the container; does nothing if it is already stopped.

        Args:
            timeout: Seconds until SIGKILL; ``-1`` waits for ever; the container's own (usually 10) if not given.
            signal: Sent first; the container's own stop signal if not given. API 1.42+.

        Raises:
            NotFound: The container was removed.
        """
        await self.client.api.containers.stop(self.id, stop_timeout=timeout, signal=signal)

    async def restart(self, timeout: Seconds | None = None, *, signal: str | None = None) -> None:
        """Stop the container and start it again; the arguments are those of `stop`.

        Raises:
            NotFound: The container was removed.
        """
        await self.client.api.containers.restart(self.id, stop_timeout=timeout, signal=signal)

    async def kill(self, signal: str | int | None = None) -> None:
        """Send a signal to the main process.

        Args:
            signal: Name or number; ``SIGKILL`` if not given.

        Raises:
            Conflict: The container does not run.
        """
        await self.client.api.containers.kill(self.id, signal=signal)

    async def pause(self) -> None:
        """Suspend all processes of the container.

        Raises:
            APIError: The container does not run, or is paused already.
        """
        await self.client.api.containers.pause(self.id)

    async def unpause(self) -> None:
        """Resume all processes of the container.

        Raises:
            APIError: The container is not paused.
        """
        await self.client.api.containers.unpause(self.id)

    async def rename(self, name: str) -> None:
        """Rename the container.

        Raises:
            Conflict: The name is taken.
        """
        await self.client.api.containers.rename(self.id, name)

    def update(self, **limits: Unpack[resources.UpdateOptions]) -> Coroutine[Any, Any, models.ContainerUpdate]:
        """Change resource limits or the restart policy; the snapshot does not change.

        Args:
            limits: See `UpdateOptions`. What is given is sent, ``0`` included; the rest does not change.

        Returns:
            The engine's warnings: ``result.warnings``, or ``result["Warnings"]``.

        Raises:
            Conflict: The limits contradict each other, or are below what the container uses.
        """
        from aiodockerpy._options.containers import update_request

        return self.client.api.containers.update(self.id, update_request(limits))

    async def commit(
        self,
        repository: str | None = None,
        tag: str | None = None,
        message: str | None = None,
        author: str | None = None,
        pause: bool = True,
        changes: str | Sequence[str] | None = None,
        conf: models.ContainerConfig | Mapping[str, Any] | None = None,
    ) -> resources.Image:
        """Create an image from the container's file system and configuration.

        Args:
            repository: The image's name; none if not given.
            tag: Its tag; ``latest`` if not given.
            message: Commit message.
            author: The author, for example ``"Ada <ada@example.com>"``.
            pause: Whether the container is paused meanwhile.
            changes: Dockerfile instructions, for example ``["CMD sh"]``, or one text with an instruction per line.
            conf: Configuration that replaces the container's own: a model, or a mapping by wire names.

        Raises:
            NotFound: The container was removed.
            BadRequest: The name or an instruction is malformed.
        """
        made = await self.client.api.images.commit(
            self.id,
            repo=repository,
            tag=tag,
            comment=message,
            author=author,
            pause=pause,
            changes=[changes] if isinstance(changes, str) else changes,
            config=cast("models.ContainerConfig | None", conf),
        )
        return await self.client.images.get(created_id(made))

    async def remove(self, *, v: bool = False, link: bool = False, force: bool = False) -> None:
        """Remove the container.

        Args:
            v: Also remove its anonymous volumes.
            link: Remove the link of that name instead.
            force: Kill the container if it runs.

        Raises:
            Conflict: The container runs.
        """
        await self.client.api.containers.remove(self.id, v=v, link=link, force=force)

    async def wait(
        self, timeout: Duration | None = None, condition: WaitCondition | None = None
    ) -> models.ContainerWait:
        """Wait until the container stops.

        If the connection breaks, the container is inspected, and waited for again if it has not ended.

        Args:
            timeout: Seconds; ``None`` for no limit.
            condition: ``"not-running"`` (the default), ``"next-exit"`` or ``"removed"``.

        Returns:
            The exit code: ``result.status_code``, or ``result["StatusCode"]`` as in docker-py.

        Raises:
            DeadlineExceeded: The timeout expired; the container continues to run.
            NotFound: The container was removed.
            StreamInterrupted: The connection broke, and the exit code was lost meanwhile: the container was removed or
                started again, or it ended while the engine was down, which then reports 137, 143 or 255.
        """
        with reporting_exhaustion():
            from aiodockerpy.resources._processes.wait import wait_for_container

        limit = as_seconds(timeout)
        async with within(limit, lambda: f"the container did not stop within {limit:g} s (timeout)"):
            return await wait_for_container(self.client.api, self.id, condition)
