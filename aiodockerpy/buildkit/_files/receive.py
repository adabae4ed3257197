"""Receiving a directory: the engine's entries written below a destination, and nowhere else.

Nothing that arrives is trusted. A path must be clean and relative, its parent must be a directory that arrived before
(and which therefore is a directory here, not a link to one), a hard link's target must have arrived as a file, and
devices are left out. What was there before is replaced, except that a directory never makes room for a file.
"""

from __future__ import annotations

import asyncio
import os
import posixpath
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from aiodockerpy._protocol.archive import from_go_mode
from aiodockerpy.buildkit._messages import (
    PACKET_DATA,
    PACKET_ERR,
    PACKET_FIN,
    PACKET_REQ,
    PACKET_STAT,
    Packet,
    Stat,
)
from aiodockerpy.buildkit._rpc.framing import UNKNOWN, RpcError, frame
from aiodockerpy.buildkit._rpc.reset import StreamReset
from aiodockerpy.errors import DockerException, ProtocolError, UnsafeArchive

if TYPE_CHECKING:
    from pathlib import Path

    from aiodockerpy.buildkit._rpc.calls import ServerCall

__all__ = ["Receiver", "receive_tree"]


async def receive_tree(call: ServerCall, destination: Path) -> None:
    """Answer a ``FileSend/DiffCopy`` call of a ``local`` output.

    Raises:
        UnsafeArchive: An entry would have been written outside the destination.
        RpcError: The engine gave up.
        OSError: A file could not be written.
    """
    call.begin()
    await asyncio.to_thread(destination.mkdir, parents=True, exist_ok=True)
    receiver = Receiver(destination)
    try:
        while not receiver.finished and (batch := await call.recv_batch()):
            if answer := await asyncio.to_thread(receiver.feed, batch):
                await call.send_framed(answer)
        if not receiver.finished:
            raise RpcError(UNKNOWN, "the engine ended the transfer of files before its end")
        while await call.recv_batch():  # its FIN
            pass
    except StreamReset:
        if not receiver.finished:
            raise
        # The engine may reset the stream once it knows that everything arrived.
    except (DockerException, OSError) as error:
        await _tell(call, error)
        raise
    finally:
        receiver.close()


async def _tell(call: ServerCall, error: Exception) -> None:
    try:
        await call.send(Packet(type=PACKET_ERR, data=str(error).encode()).encode())
    except DockerException:
        return


class Receiver:
    """The state of one transfer; `feed` blocks, so it is called in a thread.

    Attributes:
        finished: Whether everything has been written.
    """

    def __init__(self, destination: Path) -> None:
        self.finished = False
        self._root = destination
        self._count = 0
        self._ended = False
        self._directories: dict[str, Stat] = {"": Stat()}
        self._files: set[str] = set()
        self._seen: set[str] = set()
        self._links: list[Stat] = []
        self._expected: dict[int, Stat] = {}
        self._open: dict[int, BinaryIO] = {}

    def feed(self, batch: list[bytes]) -> bytes:
        """Take packets; return framed packets to answer with."""
        out: list[bytes] = []
        for data in batch:
            packet = Packet.decode(data)
            if packet.type == PACKET_STAT:
                self._take_entry(packet.stat, out)
            elif packet.type == PACKET_DATA:
                self._take_data(packet.id, packet.data)
            elif packet.type == PACKET_ERR:
                raise RpcError(UNKNOWN, packet.data.decode("utf-8", "replace"))
        if self._ended and not self._expected and not self.finished:
            self._finish()
            out.append(frame(Packet(type=PACKET_FIN).encode()))
        return b"".join(out)

    def close(self) -> None:
        """Give up what is not complete."""
        for id, file in self._open.items():
            file.close()
            (self._root / self._expected[id].path).unlink(missing_ok=True)
        self._open.clear()

    # -- entries

    def _take_entry(self, entry: Stat | None, out: list[bytes]) -> None:
        if entry is None:
            self._ended = True
            return
        id, self._count = self._count, self._count + 1
        self._check(entry.path)
        kind = stat.S_IFMT(from_go_mode(entry.mode))
        place = self._root / entry.path
        if kind == stat.S_IFDIR:
            self._make_directory(place, entry)
        elif kind == stat.S_IFLNK:
            self._make_symlink(place, entry)
        elif kind == stat.S_IFREG and entry.linkname:
            self._take_link(entry)
        elif kind == stat.S_IFREG:
            self._expected[id] = entry
            self._files.add(entry.path)
            out.append(frame(Packet(type=PACKET_REQ, id=id).encode()))

    def _check(self, path: str) -> None:
        parent = posixpath.dirname(path)
        clean = path and path == posixpath.normpath(path) and not path.startswith("/") and "\0" not in path
        if not clean or path.split("/", maxsplit=1)[0] in {".", ".."} or (os.name == "nt" and set(path) & set("\\:")):
            raise UnsafeArchive(f"the engine sent a path that leads out of the output directory: {path!r}")
        if parent not in self._directories:
            raise UnsafeArchive(f"the engine sent {path!r} without its directory")
        if path in self._seen:
            raise UnsafeArchive(f"the engine sent {path!r} twice")
        self._seen.add(path)

    def _make_directory(self, place: Path, entry: Stat) -> None:
        found = _mode_of(place)
        if found is not None and not stat.S_ISDIR(found):
            place.unlink()
            found = None
        if found is None:
            place.mkdir(mode=0o700)
        else:
            place.chmod(stat.S_IMODE(found) | 0o700)
        self._directories[entry.path] = entry

    def _make_symlink(self, place: Path, entry: Stat) -> None:
        self._clear(place)
        place.symlink_to(entry.linkname)
        os.utime(place, ns=(entry.mod_time, entry.mod_time), follow_symlinks=False)

    def _take_link(self, entry: Stat) -> None:
        if entry.linkname not in self._files:
            raise UnsafeArchive(f"the engine sent a hard link to {entry.linkname!r}, which it has not sent")
        self._links.append(entry)

    def _clear(self, place: Path) -> None:
        """Make room for something that is no directory."""
        found = _mode_of(place)
        if found is not None and stat.S_ISDIR(found):
            raise IsADirectoryError(f"a directory is in the way of an output file: {place}")
        if found is not None:
            place.unlink()

    # -- content

    def _take_data(self, id: int, data: bytes) -> None:
        """Write a piece of a file; an empty one ends it."""
        entry = self._expected.get(id)
        if entry is None:
            raise ProtocolError(f"the engine sent content of file {id}, which was not asked for")
        file = self._open.get(id) or self._create(id, entry)
        if data:
            file.write(data)
            return
        file.close()
        del self._open[id], self._expected[id]
        _set_metadata(self._root / entry.path, entry)

    def _create(self, id: int, entry: Stat) -> BinaryIO:
        place = self._root / entry.path
        self._clear(place)
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        file = self._open[id] = os.fdopen(descriptor, "wb")
        return file

    # -- the end

    def _finish(self) -> None:
        """Make the hard links, whose targets are complete now, and set what writing into directories has changed."""
        for entry in self._links:
            place = self._root / entry.path
            self._clear(place)
            os.link(self._root / entry.linkname, place, follow_symlinks=False)
        for path in sorted(self._directories, reverse=True):
            if path:
                _set_metadata(self._root / path, self._directories[path])
        self.finished = True


def _mode_of(place: Path) -> int | None:
    try:
        return place.lstat().st_mode
    except FileNotFoundError:
        return None


def _set_metadata(place: Path, entry: Stat) -> None:
    """Set mode, times and extended attributes of a file or directory that was just written."""
    if hasattr(os, "setxattr"):
        for name, value in entry.xattrs.items():
            with suppress(OSError):  # the file system, or who runs this, may not have that kind
                os.setxattr(place, name, value, follow_symlinks=False)
    place.chmod(stat.S_IMODE(from_go_mode(entry.mode)))
    os.utime(place, ns=(entry.mod_time, entry.mod_time))
