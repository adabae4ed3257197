"""Files on their way between this machine and a container; loaded with the first of them."""

from __future__ import annotations

import asyncio
import os
import stat
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from aiodockerpy import errors
from aiodockerpy._archives.extract import Extraction
from aiodockerpy._archives.walk import Stop
from aiodockerpy._archives.write import Attributes, Member, Pieces, member_of_bytes, member_of_file, tar_pieces, tree
from aiodockerpy._arguments.paths import DEVICE, behind_links, refuse_special
from aiodockerpy._protocol.tar import TarReader
from aiodockerpy.resources._processes.cleanup import clean_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiodockerpy._archives.policy import Policy
    from aiodockerpy.resources.files import ContainerPath
    from aiodockerpy.streams.archives import ArchiveStream

_BATCH = 1 << 20


def archive_of_bytes(name: str, data: bytes, *, mode: int, mtime: float, uid: int, gid: int) -> Pieces:
    """Return the archive of one file with this content."""
    return Pieces(tar_pieces([member_of_bytes(name, data, mode=mode, mtime=mtime, uid=uid, gid=gid)]))


def archive_of(source: Path, name: str, attributes: Attributes, *, is_directory: bool) -> Pieces:
    """Return the archive of a file or directory of this machine; with no name, of what is in the directory."""
    stop = Stop()
    return Pieces(tar_pieces(_members(source, name, attributes, stop, is_directory=is_directory)), stop)


def _members(source: Path, name: str, attributes: Attributes, stop: Stop, *, is_directory: bool) -> Iterator[Member]:
    if not is_directory:
        yield member_of_file(source, name, attributes)
        return
    if name:
        yield member_of_file(source, name, attributes)
    yield from tree(source, attributes, prefix=f"{name}/" if name else "", stop=stop)


def described(source: Path) -> tuple[str, bool]:
    """Return the name of a file or directory, and whether it is a directory; raises if it cannot be copied."""
    mode = source.stat().st_mode
    if stat.S_ISSOCK(mode):
        raise errors.InvalidArgument(f"{source} is a socket: archives cannot hold one")
    name = source.name if source.name not in {"", ".."} else source.resolve().name
    return name, stat.S_ISDIR(mode)


def target_of(dst: str | os.PathLike[str], name: str, *, is_directory: bool) -> Path:
    """Decide where a copy goes, and make the directory for a directory."""
    place = Path(dst)
    target = place / name if name and place.is_dir() else place
    if is_directory:
        target.mkdir(exist_ok=True)
        return target
    refuse_special(target, "dst", only=DEVICE)
    if target.is_dir():
        raise IsADirectoryError(f"a directory is in the way: {target}")
    target = behind_links(target)
    missing = place if os.fspath(dst).endswith(("/", os.sep)) and not place.is_dir() else target.parent
    if not missing.is_dir():
        raise FileNotFoundError(f"no such directory: {missing}")
    return target


async def extract(archive: ArchiveStream, target: Path, policy: Policy, *, is_directory: bool) -> None:
    """Write an archive as it comes; pieces are gathered for the thread that writes, and never copied."""
    extraction = Extraction(target, policy) if is_directory else Extraction(target.parent, policy, alone=target.name)
    held: list[bytes] = []
    size = 0
    try:
        async with archive:
            async for piece in archive:
                held.append(piece)
                size += len(piece)
                if size >= _BATCH:
                    await asyncio.to_thread(extraction.feed, *held)
                    held.clear()
                    size = 0
        await asyncio.to_thread(extraction.feed, *held)
        await asyncio.to_thread(extraction.finish)
    finally:
        await clean_up(asyncio.to_thread(extraction.close))


class FileContent:
    """The content of one file, read from its archive."""

    def __init__(self, path: ContainerPath, max_size: int | None) -> None:
        self._path = path
        self._max_size = max_size
        self._size = self._members = 0
        self._reader = TarReader()
        self._content = bytearray()

    def feed(self, data: bytes) -> None:
        """Read a piece of the archive.

        Raises:
            InvalidArgument: It is not a regular file, or too large.
            ProtocolError: The archive is damaged, or holds more.
        """
        for event in self._reader.feed(data):
            if isinstance(event, tarfile.TarInfo):
                self._begin(event)
            elif event is not None:
                self._content += event

    def _begin(self, head: tarfile.TarInfo) -> None:
        self._members += 1
        self._size += head.size
        if not head.isreg():
            raise errors.InvalidArgument(f"{self._path} is not a regular file")
        check_size(self._path, self._size, self._max_size)
        if self._members > 1:
            raise errors.ProtocolError(f"the archive of the file {self._path} holds several members")

    def whole(self) -> bytes:
        """Return the content at the end of the archive.

        Raises:
            ProtocolError: The archive is cut, or empty, since the engine leaves out what it cannot pack.
        """
        self._reader.close()
        if not self._members:
            raise errors.ProtocolError(f"the archive of the file {self._path} holds none")
        return bytes(self._content)


def check_size(path: ContainerPath, size: int, most: int | None) -> None:
    """Raise `InvalidArgument` if a file is too large."""
    if most is not None and size > most:
        raise errors.InvalidArgument(f"{path} has {size} bytes, more than {most} (max_size)")
