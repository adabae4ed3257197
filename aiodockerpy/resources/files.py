"""The files of a container: as tar archives, as docker-py has them, and as plain files and directories."""

from __future__ import annotations

import asyncio
import errno
import os
import posixpath
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from aiodockerpy import errors
from aiodockerpy._archives.policy import MAX_MEMBERS, MAX_SIZE, OutsideLinks, Policy
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._exhausted import reporting_exhaustion
from aiodockerpy._protocol.archive import PathStat, decode_path_stat
from aiodockerpy._protocol.units import ContainerPath, Count, FileMode, Owner, PositiveInt, as_permissions
from aiodockerpy._threads import in_own_thread
from aiodockerpy.resources._base import Resource
from aiodockerpy.streams.archives import ByteHandle, join_bytes
from aiodockerpy.streams.decoding import ArchiveBytes
from aiodockerpy.streams.stream import DecodedSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodockerpy import models, streams
    from aiodockerpy._archives.write import Pieces
    from aiodockerpy.streams.content import Content

__all__ = ["ArchiveBits", "ArchiveHandle", "ContainerFiles", "ContainerPath"]

_MOST_LINKS = 16
_CANNOT_EXIST = ("not a directory", "file name too long", "too many links", "too many levels of symbolic links")
_GET_ARCHIVE = "containers.get_archive"
_ARCHIVE = "ContainerArchive"
_STAT_HEADER = "X-Docker-Container-Path-Stat"


class ArchiveBits(ByteHandle[bytes]):
    """A tar archive that has begun to come: iterated in pieces, awaited all of it, or saved to a file."""

    def __init__(self, body: streams.ByteStream, chunk_size: int | None, max_size: int | None = None) -> None:
        async def opened() -> streams.ByteStream:
            return body

        super().__init__(opened, join_bytes, name=_GET_ARCHIVE, operation=_ARCHIVE, max_size=max_size)
        self.chunk_size = chunk_size
        self._loop = asyncio.get_running_loop()
        self._stream = body
        self._source = DecodedSource(body, ArchiveBytes(_ARCHIVE, chunk_size))

    def __del__(self, _warn: Callable[..., None] = warnings.warn) -> None:
        if not self._use:
            self._finish_anywhere()
        super().__del__(_warn)


class ArchiveHandle(ByteHandle[tuple[ArchiveBits, PathStat]]):
    """A file or directory of a container as a tar archive.

    Awaited it gives ``(bits, stat)``, as docker-py does, where ``bits`` are iterated, saved or awaited. It can also be
    iterated, saved or entered with ``async with`` itself; ``stat`` is known then.
    """

    def __init__(self, archive: streams.ArchiveStream, chunk_size: int | None) -> None:
        self._most = archive.max_size
        self._open_body = archive.handed_over()
        super().__init__(self._open_body, _never, name=_GET_ARCHIVE, operation=_ARCHIVE)
        self.chunk_size = chunk_size

    @property
    def stat(self) -> PathStat:
        """What is read; known when the handle is entered with ``async with``."""
        return decode_path_stat(self.headers.get(_STAT_HEADER, ""))

    async def _gather(self) -> tuple[ArchiveBits, PathStat]:
        body = await self._open_body()
        self._finished = True
        try:
            found = decode_path_stat(body.headers.get(_STAT_HEADER, ""))
            return ArchiveBits(body, self.chunk_size, self._most), found
        except BaseException:
            body.close()
            raise


async def _never(_: object) -> tuple[ArchiveBits, PathStat]:
    raise AssertionError("archives are handed over while they come")


@checks_arguments
class ContainerFiles(Resource["models.ContainerInspect | models.ContainerSummary"]):
    """What a container can do with its files, running or not."""

    # ---- archives

    async def diff(self) -> list[models.FilesystemChange]:
        """List the files that differ from the image: ``change.path`` and ``change.kind``, or ``change["Path"]``.

        The kind is 0 for a changed file, 1 for an added one, and 2 for a removed one. Without changes the list is
        empty.

        Raises:
            NotFound: The container was removed.
        """
        return await self.client.api.containers.changes(self.id)

    def export(self, chunk_size: PositiveInt | None = None) -> streams.BytesStream:
        """Read the container's whole file system as a tar archive.

        Args:
            chunk_size: Bytes of a piece at most; as they come if not given.

        Returns:
            A handle: iterated it gives pieces, awaited all of it; ``save(path)`` writes it to a file.

        Raises:
            NotFound: The container was removed.
            StreamInterrupted: The connection ended before the archive did.
        """
        handle = self.client.api.containers.export(self.id)
        handle.chunk_size = chunk_size
        return handle

    def get_archive(
        self, path: ContainerPath, chunk_size: PositiveInt | None = None, encode_stream: bool = False
    ) -> ArchiveHandle:
        """Read a file or directory as a tar archive.

        Until the archive is read to its end or closed, engines answer nothing else about the container, lists of
        containers included. To put it into the same container, save it, or collect it, before.

        Example:
            .. code-block:: python

                bits, stat = await container.get_archive("/etc/hosts")
                async for piece in bits:
                    ...

        Args:
            path: In the container; ``directory/.`` means the content of a directory.
            chunk_size: Bytes of a piece at most; as they come if not given.
            encode_stream: Accepted and ignored, for compatibility with docker-py.

        Returns:
            A handle: awaited it gives the archive's pieces and a description of the path.

        Raises:
            NotFound: No such path.
            StreamInterrupted: The connection ended before the archive did.
        """
        del encode_stream
        return ArchiveHandle(self.client.api.containers.archive(self.id, _text(path)), chunk_size)

    async def put_archive(self, path: ContainerPath, data: Content) -> bool:
        """Extract a tar archive.

        Args:
            path: An existing directory in the container.
            data: The archive: bytes, a path, a file object or an (async) iterable of bytes; plain or compressed.

        Returns:
            ``True``.

        Raises:
            NotFound: No such directory, or the container was removed.
            APIError: The container's file system is read-only: engines answer with 400 or 500.
        """
        await self.client.api.containers.put_archive(self.id, _text(path), data)
        return True

    # ---- looking

    async def stat(self, path: ContainerPath, *, follow: bool = False) -> PathStat:
        """Inspect a path.

        Args:
            path: In the container.
            follow: Follow a symbolic link, instead of inspecting the link itself.

        Raises:
            NotFound: No such path, or the container was removed.
            ServerError: The path goes through a file, or a name in it is too long.
        """
        return (await self._look(path, follow=follow))[1]

    async def exists(self, path: ContainerPath) -> bool:
        """Return whether a path exists.

        A symbolic link exists even if what it leads to does not, unless it leads to itself.

        Raises:
            NotFound: The container was removed.
        """
        try:
            _, found = await self._find(_text(path), follow=False)
        except errors.ServerError as error:
            if any(reason in error.explanation for reason in _CANNOT_EXIST):
                return False
            raise
        if isinstance(found, errors.NotFound):
            await self._still_there()
            return False
        return True

    async def _look(self, path: ContainerPath, *, follow: bool) -> tuple[str, PathStat]:
        """Inspect a path; return also the path that the links lead to."""
        place, found = await self._find(_text(path), follow=follow)
        if isinstance(found, errors.NotFound):
            await self._still_there()
            text = f"no such path in the container: {place}"
            raise errors.NotFound(text, found.response, text, operation=found.operation)
        return place, found

    async def _find(self, path: str, *, follow: bool) -> tuple[str, PathStat | errors.NotFound]:
        """Inspect a path; return where its symbolic links lead, and the engine's refusal if nothing is there."""
        for _ in range(_MOST_LINKS):
            try:
                found = await self.client.api.containers.archive_info(self.id, path)
            except errors.NotFound as error:
                return path, error
            except errors.ServerError:
                found = await self._stat_of_archive(path)
            if not (follow and found.is_symlink and found.link_target):
                return path, found
            path = found.link_target
        raise errors.InvalidArgument(f"the symbolic links at {path} lead in a circle")

    async def _stat_of_archive(self, path: str) -> PathStat:
        """Inspect a path by its archive: a refusal of that has the engine's reason, which answers to HEAD lack.

        It succeeds where only names before a ``..`` are missing or no directories: the engine removes both.
        """
        async with self.client.api.containers.archive(self.id, path) as archive:
            return archive.stat

    async def _still_there(self) -> None:
        """Raise `NotFound` of the container if it was removed; the engine does not say which one is missing."""
        await self.client.api.containers.inspect(self.id)

    # ---- plain files

    async def read_bytes(self, path: ContainerPath, *, max_size: Count | None = None) -> bytes:
        """Return the content of a file.

        Args:
            path: In the container; symbolic links are followed.
            max_size: Bytes that it may have.

        Raises:
            NotFound: No such file, or the container was removed.
            InvalidArgument: It is not a regular file, or too large.
            ServerError: The path goes through a file, or a name in it is too long.
            StreamInterrupted: The connection ended before the file did.
            ProtocolError: The archive has no file in it: engine 20.10 leaves out names that are not UTF-8.
        """
        with reporting_exhaustion():
            from aiodockerpy.resources._copies import FileContent, check_size

        place, found = await self._look(path, follow=True)
        if found.is_dir:
            raise errors.InvalidArgument(f"{path} is a directory: copy_out() copies it")
        check_size(path, found.size, max_size)
        content = FileContent(path, max_size)
        async with self.client.api.containers.archive(self.id, place) as pieces:
            async for piece in pieces:
                content.feed(piece)
        return content.whole()

    async def write_bytes(
        self,
        path: ContainerPath,
        data: bytes | bytearray | memoryview,
        *,
        mode: FileMode = 0o644,
        uid: Owner = 0,
        gid: Owner = 0,
    ) -> None:
        """Write a file; it is created or replaced.

        Args:
            path: In the container, in a directory that exists; a symbolic link is followed.
            data: The content.
            mode: Its permissions.
            uid: Its owner.
            gid: Its group.

        Raises:
            TypeError: The data are not bytes.
            NotFound: No such directory, or the container was removed.
            InvalidArgument: The path is a directory.
            APIError: The container's file system is read-only: engines answer with 400 or 500.
        """
        with reporting_exhaustion():
            from aiodockerpy.resources._copies import archive_of_bytes

        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"write_bytes: data must be bytes, not {type(data).__name__}")
        folder, name = posixpath.split(await self._file_place(_text(path)))
        archive = archive_of_bytes(
            name, bytes(data), mode=as_permissions(mode), mtime=time.time(), uid=int(uid), gid=int(gid)
        )
        await self._put(folder or "/", archive)

    async def _file_place(self, path: str) -> str:
        """Find out where a file is written, so that it replaces neither a directory nor a link."""
        if posixpath.basename(path) in {"", ".", ".."}:
            raise errors.InvalidArgument(f"the path of a file is needed, not {path!r}")
        place, found = await self._find(path, follow=True)
        if isinstance(found, errors.NotFound):
            await self._existing_directory(posixpath.dirname(place) or "/")
        elif found.is_dir:
            raise errors.InvalidArgument(f"{path} is a directory")
        return place

    async def _existing_directory(self, path: str) -> None:
        """Raise before anything is sent if there is nowhere to put it."""
        if not (await self.stat(path, follow=True)).is_dir:
            raise errors.InvalidArgument(f"{path} is not a directory of the container")

    async def _put(self, directory: str, archive: Pieces) -> None:
        with archive.raising_own_error():
            await self.client.api.containers.put_archive(self.id, directory, archive, no_overwrite_dir_non_dir=True)

    # ---- files and directories of this machine

    async def copy_in(
        self,
        src: str | os.PathLike[str],
        dst: ContainerPath,
        *,
        uid: Owner = 0,
        gid: Owner = 0,
        mode: FileMode | None = None,
    ) -> None:
        """Copy a file or directory of this machine into the container, as ``docker cp`` does.

        Whatever its size, it is read only as fast as it is sent. Symbolic links inside a directory stay links.

        Args:
            src: The file or directory; ``directory/.`` means its content. A symbolic link is followed.
            dst: Where to: inside it if it is a directory that exists, otherwise under that name in a directory that
                exists. A link stays, and the file that it leads to is replaced.
            uid: The owner of what is made.
            gid: The group of what is made.
            mode: Permissions of the files; their own if not given.

        Raises:
            FileNotFoundError: No such file here.
            NotADirectoryError: A path that ends in ``/`` is a file.
            NotFound: There is nowhere to put it, or the container was removed; nothing was sent.
            InvalidArgument: A directory would take the place of a file, or a file that of a directory; or it is a
                socket, which archives cannot hold. Sockets in a directory are left out.
            OSError: Something cannot be read.
            APIError: The container's file system is read-only: engines answer with 400 or 500. Engine 20.10 refuses a
                link that leads out of the directory of the container that ``dst`` is in, as it does for the CLI.
        """
        with reporting_exhaustion():
            from aiodockerpy._archives.write import Attributes
            from aiodockerpy.resources._copies import archive_of, described

        source = Path(src)
        content_only = os.fspath(src).replace(os.sep, "/").endswith("/.")
        name, is_directory = await in_own_thread(described, source)
        if not is_directory and (content_only or os.fspath(src).endswith(("/", os.sep))):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), os.fspath(src))
        directory, name = await self._destination(_text(dst), name, is_directory=is_directory, inside=content_only)
        attributes = Attributes(int(uid), int(gid), None if mode is None else as_permissions(mode))
        await self._put(directory, archive_of(source, name, attributes, is_directory=is_directory))

    async def _destination(self, dst: str, name: str, *, is_directory: bool, inside: bool) -> tuple[str, str]:
        """Decide into which directory of the container something goes, and under what name (none: only its content)."""
        place, found = await self._find(dst, follow=True)
        if isinstance(found, errors.NotFound):
            parent, last = posixpath.split(place.rstrip("/") if is_directory else place)
            await self._existing_directory(parent or "/" if last else place)
            return parent or "/", last
        if found.is_dir:
            return (place, "") if inside else (place, name)
        if is_directory:
            raise errors.InvalidArgument(f"{dst} is not a directory: a directory cannot be copied to it")
        return posixpath.split(place)

    async def copy_out(
        self,
        src: ContainerPath,
        dst: str | os.PathLike[str],
        *,
        outside_links: OutsideLinks = "refuse",
        keep_owners: bool = False,
        max_size: Count | None = MAX_SIZE,
        max_members: Count | None = MAX_MEMBERS,
    ) -> Path:
        """Copy a file or directory of the container to this machine, as ``docker cp`` does.

        Whatever its size, it is written as it comes; a file that did not come whole leaves nothing. Nothing is ever
        written outside the target, whatever the container holds: devices are left out, setuid bits dropped, and no
        symbolic link is followed.

        Args:
            src: In the container; ``directory/.`` means its content. A symbolic link is followed, those inside a
                directory stay links.
            dst: Where to: inside it if it is a directory that exists, otherwise under that name in a directory that
                exists. A link stays, and the file that it leads to is replaced.
            outside_links: Symbolic links that point out of the target: ``"refuse"`` them, ``"skip"`` them, or
                ``"keep"`` them as they are: to follow one of them leads out of the target.
            keep_owners: Give the files their owner and group as numbers, which takes privileges.
            max_size: Bytes that may be written; ``None`` for no limit.
            max_members: Files and directories that may come; ``None`` for no limit.

        Returns:
            Where the copy is.

        Raises:
            NotFound: No such path in the container, or the container was removed.
            ServerError: The path goes through a file, or a name in it is too long.
            FileNotFoundError: There is nowhere to put it, or a path that ends in ``/`` is not a directory.
            InvalidArgument: ``dst`` is a device.
            OSError: Something cannot be written.
            UnsafeArchive: The container holds something that is not written here.
            ProtocolError: The archive is damaged.
            StreamInterrupted: The connection ended before the copy was whole.
        """
        with reporting_exhaustion():
            from aiodockerpy.resources._copies import extract, target_of

        src = _text(src)
        place, found = await self._look(src, follow=True)
        base = _base_name(src)
        policy = Policy(outside_links, max_size, max_members, keep_owners)
        target = await asyncio.to_thread(target_of, dst, base, is_directory=found.is_dir)
        archive = self.client.api.containers.archive(self.id, posixpath.join(place, ".") if found.is_dir else place)
        await extract(archive, target, policy, is_directory=found.is_dir)
        return target


def _text(path: ContainerPath) -> str:
    """Return the text of a path in the container.

    Raises:
        TypeError: It is not a path.
        InvalidArgument: It is empty, or holds a NUL character.
    """
    text = os.fspath(path)
    if not isinstance(text, str):
        raise TypeError(f"a path in the container must be a str or os.PathLike[str], not {type(path).__name__}")
    if not text or "\0" in text:
        raise errors.InvalidArgument(f"{text!r} is not a path")
    return text


def _base_name(src: str) -> str:
    """Return the name that a copy gets inside an existing directory; empty if only the content is copied."""
    if posixpath.basename(src.rstrip("/")) == ".":
        return ""
    return posixpath.basename(posixpath.normpath(posixpath.join("/", src)))
