"""The files of a container: as tar archives, as docker-py has them, and as plain files and directories."""

from __future__ import annotations

import asyncio
import os
import posixpath
import tarfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from aiodockerpy import errors
from aiodockerpy._archives.extract import MAX_MEMBERS, MAX_SIZE, Extraction, OutsideLinks, Policy
from aiodockerpy._archives.write import Attributes, Pieces, member_of_bytes, member_of_file, tar_pieces, tree
from aiodockerpy._protocol.archive import PathStat, decode_path_stat
from aiodockerpy._protocol.tar import TarReader
from aiodockerpy.models import ContainerInspect, ContainerSummary
from aiodockerpy.resources._base import Resource
from aiodockerpy.resources._processes.cleanup import clean_up
from aiodockerpy.streams.archives import ByteHandle, join_bytes
from aiodockerpy.streams.decoding import RawBytes
from aiodockerpy.streams.stream import DecodedSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiodockerpy._archives.write import Member
    from aiodockerpy._transport.base import ByteStream
    from aiodockerpy.streams.archives import ArchiveStream, BytesStream
    from aiodockerpy.streams.content import Content

__all__ = ["ArchiveBits", "ArchiveHandle", "ContainerFiles"]

_BATCH = 1 << 20
_MOST_LINKS = 16
_STAT_HEADER = "X-Docker-Container-Path-Stat"


class ArchiveBits(ByteHandle[bytes]):
    """A tar archive that has begun to come: iterated in pieces, awaited all of it, or saved to a file."""

    def __init__(self, body: ByteStream, chunk_size: int | None) -> None:
        async def opened() -> ByteStream:
            return body

        super().__init__(opened, join_bytes, name="containers.get_archive")
        self.chunk_size = chunk_size
        self._loop = asyncio.get_running_loop()
        self._stream = body
        self._source = DecodedSource(body, RawBytes(chunk_size))

    def __del__(self, _warn: Callable[..., None] = warnings.warn) -> None:
        if not self._use:
            self._finish_anywhere()
        super().__del__(_warn)


class ArchiveHandle(ByteHandle[tuple[ArchiveBits, PathStat]]):
    """A file or directory of a container as a tar archive.

    Awaited it gives ``(bits, stat)``, as docker-py does, where ``bits`` are iterated, saved or awaited. It can also be
    iterated, saved or entered with ``async with`` itself; ``stat`` is known then.
    """

    def __init__(self, archive: ArchiveStream, chunk_size: int | None) -> None:
        self._open_body = archive.handed_over()
        super().__init__(self._open_body, _never, name="containers.get_archive")
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
            return ArchiveBits(body, self.chunk_size), found
        except BaseException:
            body.close()
            raise


async def _never(_: object) -> tuple[ArchiveBits, PathStat]:
    raise AssertionError("archives are handed over while they come")


class ContainerFiles(Resource[ContainerInspect | ContainerSummary]):
    """What a container can do with its files, running or not."""

    # ---- archives

    def export(self, chunk_size: int | None = None) -> BytesStream:
        """Read its whole file system as a tar archive.

        Args:
            chunk_size: Bytes of a piece at most; as they come if not given.

        Returns:
            A handle: iterated it gives pieces, awaited all of it; ``save(path)`` writes it to a file.

        Raises:
            NotFound: It was removed.
            StreamInterrupted: The connection ended before the archive did.
        """
        handle = self.client.api.containers.export(self.id)
        handle.chunk_size = chunk_size
        return handle

    def get_archive(self, path: str, chunk_size: int | None = None, encode_stream: bool = False) -> ArchiveHandle:
        """Read a file or directory as a tar archive.

        Example:
            .. code-block:: python

                bits, stat = await container.get_archive("/etc/hosts")
                async for piece in bits:
                    ...

        Args:
            path: In the container; ``directory/.`` means the content of a directory.
            chunk_size: Bytes of a piece at most; as they come if not given.
            encode_stream: Accepted for docker-py's sake: it let the archive travel compressed.

        Returns:
            A handle: awaited it gives the archive's pieces and what the engine knows of the path.

        Raises:
            NotFound: No such path.
            StreamInterrupted: The connection ended before the archive did.
        """
        del encode_stream
        return ArchiveHandle(self.client.api.containers.archive(self.id, path), chunk_size)

    async def put_archive(self, path: str, data: Content) -> bool:
        """Extract a tar archive.

        Args:
            path: An existing directory in the container.
            data: The archive: bytes, a path, a file object or an (async) iterable of bytes; plain or compressed.

        Returns:
            ``True``.

        Raises:
            NotFound: No such directory.
            Forbidden: The file system is read-only.
        """
        await self.client.api.containers.put_archive(self.id, path, data)
        return True

    # ---- looking

    async def stat(self, path: str, *, follow: bool = False) -> PathStat:
        """Look at a path.

        Args:
            path: In the container.
            follow: Of a symbolic link, look at what it leads to.

        Raises:
            NotFound: No such path.
        """
        return (await self._look(path, follow=follow))[1]

    async def exists(self, path: str) -> bool:
        """Whether there is something of that path, a symbolic link to nothing included.

        Raises:
            NotFound: The container was removed.
        """
        try:
            await self._look(path, follow=False)
        except errors.NotFound:
            await self.client.api.containers.inspect(self.id)  # if that is what is missing
            return False
        return True

    async def _look(self, path: str, *, follow: bool) -> tuple[str, PathStat]:
        """Look at a path; return also the path that was looked at in the end."""
        for _ in range(_MOST_LINKS):
            try:
                found = await self.client.api.containers.archive_info(self.id, path)
            except errors.NotFound as error:  # the engine does not say what is missing when it answers to HEAD
                text = error.explanation if error.explanation != "Not Found" else ""
                text = text or f"no such path in the container: {path}"
                raise errors.NotFound(text, error.response, text, operation=error.operation) from None
            if not (follow and found.is_symlink and found.link_target):
                return path, found
            path = found.link_target
        raise errors.InvalidArgument(f"the symbolic links at {path} lead in a circle")

    # ---- plain files

    async def read_bytes(self, path: str, *, max_size: int | None = None) -> bytes:
        """Return the content of a file.

        Args:
            path: In the container; symbolic links are followed.
            max_size: Bytes that it may have.

        Raises:
            NotFound: No such file.
            InvalidArgument: It is no regular file, or too large.
            StreamInterrupted: The connection ended before the file did.
        """
        place, found = await self._look(path, follow=True)
        if found.is_dir:
            raise errors.InvalidArgument(f"{path} is a directory: copy_out() copies it")
        _check_size(path, found.size, max_size)
        reader = TarReader()
        content = bytearray()
        async with self.client.api.containers.archive(self.id, place) as pieces:
            async for piece in pieces:
                for event in reader.feed(piece):
                    if isinstance(event, tarfile.TarInfo):
                        _check_regular(path, event)
                        _check_size(path, event.size, max_size)
                    elif event is not None:
                        content += event
        reader.close()
        return bytes(content)

    async def write_bytes(self, path: str, data: bytes, *, mode: int = 0o644, uid: int = 0, gid: int = 0) -> None:
        """Write a file, which is made or replaced.

        Args:
            path: In the container, in a directory that exists; a symbolic link is followed.
            data: What it holds then.
            mode: Its permissions.
            uid: Its owner.
            gid: Its group.

        Raises:
            NotFound: No such directory.
            InvalidArgument: The path is a directory.
            Forbidden: The file system is read-only.
        """
        place = await self._file_place(path)
        member = member_of_bytes(posixpath.basename(place), bytes(data), mode=mode, mtime=time.time(), uid=uid, gid=gid)
        await self._put(posixpath.dirname(place) or "/", tar_pieces([member]))

    async def _file_place(self, path: str) -> str:
        """Find out where a file is written: not in place of a directory, nor of a link."""
        if not path or path.endswith("/"):
            raise errors.InvalidArgument(f"the path of a file is needed, not {path!r}")
        try:
            place, found = await self._look(path, follow=True)
        except errors.NotFound:
            await self._existing_directory(posixpath.dirname(path) or "/")
            return path
        if found.is_dir:
            raise errors.InvalidArgument(f"{path} is a directory")
        return place

    async def _existing_directory(self, path: str) -> None:
        """Tell before anything is sent that there is nowhere to put it."""
        if not (await self.stat(path, follow=True)).is_dir:
            raise errors.InvalidArgument(f"{path} is no directory of the container")

    async def _put(self, directory: str, content: Iterator[bytes]) -> None:
        pieces = Pieces(content)
        with pieces.raising_own_error():
            await self.client.api.containers.put_archive(self.id, directory, pieces, no_overwrite_dir_non_dir=True)

    # ---- files and directories of this machine

    async def copy_in(
        self, src: str | os.PathLike[str], dst: str, *, uid: int = 0, gid: int = 0, mode: int | None = None
    ) -> None:
        """Copy a file or directory of this machine into the container, as ``docker cp`` does.

        Whatever its size, it is read only as fast as it is sent. Symbolic links inside a directory stay links.

        Args:
            src: The file or directory; ``directory/.`` means its content.
            dst: Where to: inside it if it is a directory that exists, otherwise under that name in a directory that
                exists.
            uid: The owner of what is made.
            gid: The group of what is made.
            mode: Permissions of the files; their own if not given.

        Raises:
            FileNotFoundError: No such file here.
            NotFound: There is nowhere to put it; nothing was sent.
            InvalidArgument: A directory would take the place of a file, or a file that of a directory.
            Forbidden: The file system is read-only.
        """
        source = Path(src)
        content_only = os.fspath(src).replace(os.sep, "/").endswith("/.")
        name, is_directory = await asyncio.to_thread(_described, source)
        directory, name = await self._destination(dst, name, is_directory=is_directory, inside=content_only)
        attributes = Attributes(uid, gid, mode)
        await self._put(directory, tar_pieces(_members(source, name, attributes, is_directory=is_directory)))

    async def _destination(self, dst: str, name: str, *, is_directory: bool, inside: bool) -> tuple[str, str]:
        """Decide into which directory of the container something goes, and under what name (none: only its content)."""
        try:
            place, found = await self._look(dst, follow=True)
        except errors.NotFound:
            parent, last = posixpath.split(dst.rstrip("/") if is_directory else dst)
            if not last:
                raise
            await self._existing_directory(parent or "/")
            return parent or "/", last
        if found.is_dir:
            return (place, "") if inside else (place, name)
        if is_directory:
            raise errors.InvalidArgument(f"{dst} is no directory: a directory cannot be copied to it")
        return posixpath.split(place)

    async def copy_out(
        self,
        src: str,
        dst: str | os.PathLike[str],
        *,
        outside_links: OutsideLinks = "refuse",
        keep_owners: bool = False,
        max_size: int | None = MAX_SIZE,
        max_members: int | None = MAX_MEMBERS,
    ) -> Path:
        """Copy a file or directory of the container to this machine, as ``docker cp`` does.

        Whatever its size, it is written as it comes; a file that did not come whole leaves nothing. Nothing is ever
        written outside the target, whatever the container holds: devices are left out, setuid bits dropped, and no
        symbolic link is gone through.

        Args:
            src: In the container; ``directory/.`` means its content. A symbolic link is followed, those inside a
                directory stay links.
            dst: Where to: inside it if it is a directory that exists, otherwise under that name in a directory that
                exists.
            outside_links: Symbolic links that point out of the target: ``"refuse"`` them, ``"skip"`` them, or
                ``"keep"`` them as they are, for whoever goes through them later to mind.
            keep_owners: Give the files their owner and group as numbers, which takes privileges.
            max_size: Bytes that may be written; ``None`` for no limit.
            max_members: Files and directories that may come; ``None`` for no limit.

        Returns:
            Where the copy is.

        Raises:
            NotFound: No such path in the container.
            FileNotFoundError: There is nowhere to put it.
            UnsafeArchive: The container holds something that is not written here.
            StreamInterrupted: The connection ended before the copy was whole.
        """
        place, found = await self._look(src, follow=True)
        base = "" if src.endswith("/.") else posixpath.basename(src.rstrip("/"))
        policy = Policy(outside_links, max_size, max_members, keep_owners)
        target = await asyncio.to_thread(_target, Path(dst), base, is_directory=found.is_dir)
        if found.is_dir:
            extraction = await asyncio.to_thread(Extraction, target, policy)
            place = posixpath.join(place, ".")
        else:
            extraction = await asyncio.to_thread(Extraction, target.parent, policy, alone=target.name)
        await _extract(self.client.api.containers.archive(self.id, place), extraction)
        return target


async def _extract(archive: ArchiveStream, extraction: Extraction) -> None:
    held = bytearray()
    try:
        async with archive:
            async for piece in archive:
                held += piece
                if len(held) >= _BATCH:
                    await asyncio.to_thread(extraction.feed, bytes(held))
                    held.clear()
        await asyncio.to_thread(extraction.feed, bytes(held))
        await asyncio.to_thread(extraction.finish)
    finally:
        await clean_up(asyncio.to_thread(extraction.close))


def _described(source: Path) -> tuple[str, bool]:
    """Return the name of a file or directory, and whether it is a directory."""
    source.stat()  # that it is missing is told here
    name = source.name if source.name not in {"", ".."} else source.resolve().name
    return name, source.is_dir()


def _members(source: Path, name: str, attributes: Attributes, *, is_directory: bool) -> Iterator[Member]:
    if not is_directory:
        yield member_of_file(source, name, attributes)
        return
    if name:
        yield member_of_file(source, name, attributes)
    yield from tree(source, attributes, prefix=f"{name}/" if name else "")


def _target(dst: Path, name: str, *, is_directory: bool) -> Path:
    """Decide where a copy goes, and make the directory for a directory."""
    target = dst / name if name and dst.is_dir() else dst
    if is_directory:
        target.mkdir(exist_ok=True)
        return target
    if target.is_dir():
        raise IsADirectoryError(f"a directory is in the way: {target}")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"no such directory: {target.parent}")
    return target


def _check_regular(path: str, head: tarfile.TarInfo) -> None:
    if not head.isreg():
        raise errors.InvalidArgument(f"{path} is no regular file")


def _check_size(path: str, size: int, most: int | None) -> None:
    if most is not None and size > most:
        raise errors.InvalidArgument(f"{path} has {size} bytes, more than {most} (max_size)")
