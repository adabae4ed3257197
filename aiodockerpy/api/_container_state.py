"""Operations on the files and the checkpoints of containers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from aiodockerpy import models
from aiodockerpy._arguments import checks_methods
from aiodockerpy._protocol.archive import PathStat, decode_path_stat
from aiodockerpy._protocol.operations import call
from aiodockerpy.api._part import Part
from aiodockerpy.streams.archives import ArchiveStream

if TYPE_CHECKING:
    from aiodockerpy._protocol.query import IdOrName
    from aiodockerpy._protocol.units import ContainerPath
    from aiodockerpy.streams.content import Content


@checks_methods
class ContainerState(Part):
    """What a container keeps: files in its file system, and checkpoints of its processes."""

    async def archive_info(self, container: IdOrName, path: ContainerPath) -> PathStat:
        """Inspect a file or directory of a container.

        Operation: ``ContainerArchiveInfo``, ``HEAD /containers/{id}/archive``.

        Args:
            container: ID or name; it does not have to run.
            path: Inside the container.

        Raises:
            NotFound: No such container, or no such path.
        """
        reply = await self._transport.request(
            call("ContainerArchiveInfo", {"id": container}, {"path": os.fspath(path)})
        )
        return decode_path_stat(reply.headers.get("X-Docker-Container-Path-Stat", ""))

    def archive(self, container: IdOrName, path: ContainerPath) -> ArchiveStream:
        """Read a file or folder of a container as a tar archive.

        Until it is read to its end or closed, engines answer nothing else about the container.

        Operation: ``ContainerArchive``, ``GET /containers/{id}/archive``.

        Args:
            container: ID or name; it does not have to run.
            path: Inside the container; a trailing ``/.`` means the content of a folder.

        Returns:
            A handle: iterated it gives the bytes as they come, awaited all of them; ``stat`` describes what is read.

        Raises:
            NotFound: No such container, or no such path.
            StreamInterrupted: The connection ended before the archive did.
        """
        return ArchiveStream(self._transport, call("ContainerArchive", {"id": container}, {"path": os.fspath(path)}))

    async def put_archive(
        self,
        container: IdOrName,
        path: ContainerPath,
        data: Content,
        *,
        no_overwrite_dir_non_dir: bool | None = None,
        copy_uid_gid: bool | None = None,
    ) -> None:
        """Extract a tar archive inside a container.

        Operation: ``PutContainerArchive``, ``PUT /containers/{id}/archive``.

        Args:
            container: ID or name; it does not have to run.
            path: An existing folder inside the container.
            data: The archive: bytes, a path, a file object or an (async) iterable of bytes; plain or compressed.
            no_overwrite_dir_non_dir: Refuse to replace a folder by a file or a file by a folder.
            copy_uid_gid: Keep owners and groups as numbers.

        Raises:
            NotFound: No such container, or no such folder.
            APIError: The file system of the container is read-only: engines answer with 400 or 500.
        """
        values = {"path": os.fspath(path), "noOverwriteDirNonDir": no_overwrite_dir_non_dir, "copyUIDGID": copy_uid_gid}
        await self._transport.request(call("PutContainerArchive", {"id": container}, values, content=data))

    async def checkpoints(self, container: IdOrName, *, dir: str | None = None) -> list[models.Checkpoint]:
        """List the checkpoints of a container.

        Operation: ``CheckpointList``, ``GET /containers/{id}/checkpoints`` (experimental engines only).

        Args:
            container: ID or name.
            dir: Where they are, if not in the engine's own place.

        Raises:
            NotImplementedByEngine: The engine is not run as experimental.
        """
        request = call("CheckpointList", {"id": container}, {"dir": dir})
        return await self._fetch_list(request, lambda: models.Checkpoint)

    async def create_checkpoint(
        self, container: IdOrName, checkpoint: str, *, dir: str | None = None, exit: bool | None = None
    ) -> None:
        """Save the state of a running container's processes.

        Operation: ``CheckpointCreate``, ``POST /containers/{id}/checkpoints`` (experimental engines only).

        Args:
            container: ID or name.
            checkpoint: Name of the checkpoint.
            dir: Where to put it, if not in the engine's own place.
            exit: Stop the container afterwards.

        Raises:
            NotImplementedByEngine: The engine is not run as experimental.
        """
        request = models.CheckpointCreateRequest(checkpoint_id=checkpoint, checkpoint_dir=dir, exit=exit)
        await self._transport.request(call("CheckpointCreate", {"id": container}, json=request))

    async def remove_checkpoint(self, container: IdOrName, checkpoint: str, *, dir: str | None = None) -> None:
        """Remove a checkpoint.

        Operation: ``CheckpointDelete``, ``DELETE /containers/{id}/checkpoints/{checkpoint}`` (experimental engines
            only).

        Args:
            container: ID or name.
            checkpoint: Name of the checkpoint.
            dir: Where it is, if not in the engine's own place.
        """
        parts = {"id": container, "checkpoint": checkpoint}
        await self._transport.request(call("CheckpointDelete", parts, {"dir": dir}))
