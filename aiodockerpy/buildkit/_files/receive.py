"""Receive a directory: write the engine's entries below a destination.

Nothing that arrives is trusted. `SafeWriter` keeps it inside the destination. Beyond that a path must be clean, its
parent must be a directory that arrived before, a hard link's target must have arrived as a file, and devices are left
out. What was there before is replaced, except that a file never replaces a directory.
"""

from __future__ import annotations

import asyncio
import stat
from typing import TYPE_CHECKING, Final

from aiodockerpy._archives.writer import Metadata, NewFile, Parts, SafeWriter, safe_parts
from aiodockerpy._protocol.archive import from_go_mode
from aiodockerpy._threads import UntilClosed
from aiodockerpy.buildkit._messages import PACKET_DATA, PACKET_ERR, PACKET_FIN, PACKET_REQ, PACKET_STAT, Packet, Stat
from aiodockerpy.buildkit._rpc.frames import StreamReset
from aiodockerpy.buildkit._rpc.framing import UNKNOWN, RpcError, frame
from aiodockerpy.errors import DockerException, ProtocolError, UnsafeArchive

if TYPE_CHECKING:
    from pathlib import Path

    from aiodockerpy.buildkit._rpc.calls import ServerCall

_DEEPEST: Final = 500


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
            with call.reading():
                answer = await asyncio.to_thread(receiver.feed, batch)
            if answer:
                await call.send_framed(answer)
        if not receiver.finished:
            raise RpcError(UNKNOWN, "the engine ended the transfer of files before its end")
        while await call.recv_batch():  # its FIN
            pass
    except StreamReset:
        if not receiver.finished:
            raise
        # The engine may reset the stream once everything has arrived.
    except (DockerException, OSError) as error:
        await _report(call, error)
        raise
    finally:
        await asyncio.shield(asyncio.to_thread(receiver.close))


async def _report(call: ServerCall, error: Exception) -> None:
    try:
        await call.send(Packet(type=PACKET_ERR, data=str(error).encode("utf-8", "replace")).encode())
    except DockerException:
        return


class Receiver:
    """The state of one transfer; `feed` blocks, so it is called in a thread.

    Attributes:
        finished: Whether everything has been written.
    """

    def __init__(self, destination: Path) -> None:
        self.finished = False
        self._writer = SafeWriter(destination, take_over=True, deepest=_DEEPEST)
        self._count = 0
        self._ended = False
        self._directories: dict[Parts, Metadata | None] = {(): None}
        self._files: set[str] = set()
        self._seen: set[Parts] = set()
        self._links: list[tuple[Parts, Parts]] = []
        self._expected: dict[int, tuple[Parts, Metadata]] = {}
        self._open: dict[int, NewFile] = {}
        self._turns = UntilClosed()

    def feed(self, batch: list[bytes]) -> bytes:
        """Write what packets hold; return framed packets to answer with.

        Raises:
            UnsafeArchive: An entry would be written outside the destination.
            ProtocolError: The packets are malformed.
            RpcError: The engine gave up.
            OSError: Something cannot be written.
        """
        return self._turns.run(self._feed, batch) or b""

    def _feed(self, batch: list[bytes]) -> bytes:
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
        """Remove what is not complete."""
        self._turns.last(self._close)

    def _close(self) -> None:
        while self._open:
            self._open.popitem()[1].discard()
        self._writer.close()

    # -- entries

    def _take_entry(self, entry: Stat | None, out: list[bytes]) -> None:
        if entry is None:
            self._ended = True
            return
        id, self._count = self._count, self._count + 1
        parts = self._checked(entry.path)
        kind = stat.S_IFMT(from_go_mode(entry.mode))
        if kind == stat.S_IFDIR:
            self._writer.make_directory(parts)
            self._directories[parts] = _metadata(entry)
        elif kind == stat.S_IFLNK:
            if not entry.linkname or "\0" in entry.linkname:
                raise UnsafeArchive(f"the engine sent a symbolic link without a target: {entry.path!r}")
            self._writer.make_symlink(parts, entry.linkname, entry.mod_time)
        elif kind == stat.S_IFREG and entry.linkname:
            if entry.linkname not in self._files:
                raise UnsafeArchive(f"the engine sent a hard link to {entry.linkname!r}, which it has not sent")
            self._links.append((parts, safe_parts(entry.linkname)))
        elif kind == stat.S_IFREG:
            self._expected[id] = parts, _metadata(entry)
            self._files.add(entry.path)
            out.append(frame(Packet(type=PACKET_REQ, id=id).encode()))

    def _checked(self, path: str) -> Parts:
        parts = safe_parts(path)
        if not parts or "/".join(parts) != path:
            raise UnsafeArchive(f"the engine sent a path that is not clean, and may lead out of the target: {path!r}")
        if parts[:-1] not in self._directories:
            raise UnsafeArchive(f"the engine sent {path!r} without its directory")
        if parts in self._seen:
            raise UnsafeArchive(f"the engine sent {path!r} twice")
        self._seen.add(parts)
        return parts

    # -- content

    def _take_data(self, id: int, data: bytes) -> None:
        """Write a piece of a file; an empty one ends it."""
        expected = self._expected.get(id)
        if expected is None:
            raise ProtocolError(f"the engine sent content of file {id}, which was not asked for")
        parts, metadata = expected
        if id not in self._open:
            self._open[id] = self._writer.new_file(parts)
        if data:
            self._open[id].write(data)
            return
        del self._expected[id]
        self._open.pop(id).complete(metadata)

    # -- the end

    def _finish(self) -> None:
        """Create the hard links, whose targets are complete now, and restore the times of directories."""
        for parts, source in self._links:
            self._writer.make_hard_link(parts, source)
        for parts in sorted(self._directories, reverse=True):
            if (metadata := self._directories[parts]) is not None:
                self._writer.set_directory(parts, metadata)
        self.finished = True


def _metadata(entry: Stat) -> Metadata:
    return Metadata(stat.S_IMODE(from_go_mode(entry.mode)), entry.mod_time, xattrs=entry.xattrs)
