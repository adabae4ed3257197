"""Sending a directory: every entry's description at once, its content only when the engine asks for it."""

from __future__ import annotations

import asyncio
import io
import os
import stat
from collections import deque
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, cast

from aiodockerpy._threads import OwnThread
from aiodockerpy.buildkit._messages import PACKET_DATA, PACKET_ERR, PACKET_FIN, PACKET_REQ, Packet, Stat
from aiodockerpy.buildkit._rpc.framing import UNKNOWN, RpcError, frame
from aiodockerpy.buildkit._rpc.protobuf import read_varint, varint
from aiodockerpy.errors import DockerException, ProtocolError

from .walk import NO_CONTENT, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiodockerpy.buildkit._rpc.calls import ServerCall

# A thread is asked for this much at a time: a hop for each file would cost more than reading it.
STATS_AT_ONCE = 1000
BYTES_AT_ONCE = 1 << 20
# Number of these that wait to be sent, so that neither the disk nor the engine waits for the other.
READ_AHEAD = 3
PIECE = 128 << 10

_DATA_HEAD = Packet(type=PACKET_DATA).encode()
# A request for a file other than the first: type and the tag of its number. Thousands come, and nothing else in them.
_REQUEST_HEAD = Packet(type=PACKET_REQ).encode() + b"\x18"


async def send_tree(call: ServerCall, tree: Tree, stop: Callable[[], None] = lambda: None) -> None:
    """Answer a ``FileSync/DiffCopy`` call with the entries of a tree.

    Args:
        call: The engine's call.
        tree: The entries, which are taken in a thread.
        stop: Called at the end: that thread may still be looking for the next entry.

    Raises:
        RpcError: The engine gave up, or a file could not be read, which was reported to the engine.
    """
    call.begin()
    try:
        await _Sender(call, tree).run()
    except (OSError, DockerException, BaseExceptionGroup) as failure:  # Python 3.11.2 groups what `except*` raises
        error = _first(failure)
        if not isinstance(error, (OSError, DockerException)):
            raise
        if isinstance(error, RpcError):
            raise error from None
        with suppress(DockerException):
            await call.send(Packet(type=PACKET_ERR, data=str(error).encode("utf-8", "replace")).encode())
        raise error from None
    finally:
        stop()


def _first(error: BaseException) -> BaseException:
    """Return the first of a group of exceptions, or one that is in none."""
    if isinstance(error, BaseExceptionGroup):
        return _first(cast("BaseExceptionGroup[BaseException]", error).exceptions[0])
    return error


class _Sender:
    def __init__(self, call: ServerCall, tree: Tree) -> None:
        self._call = call
        self._stats = _StatBatches(tree)
        self._content = _Content()
        self._wanted = asyncio.Event()
        self._read: asyncio.Queue[bytes | OSError] = asyncio.Queue(READ_AHEAD)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            working = [
                group.create_task(step) for step in (self._send_stats(), self._read_content(), self._send_content())
            ]
            await self._answer_requests()
            for task in working:
                task.cancel()
        await self._call.send(Packet(type=PACKET_FIN).encode())

    async def _send_stats(self) -> None:
        thread = OwnThread()
        try:
            while batch := await thread.run(self._stats.next):
                await self._call.send_framed(batch)
        finally:
            thread.close()

    async def _answer_requests(self) -> None:
        """Queue what the engine asks for, until it has everything."""
        while batch := await self._call.recv_batch():
            with self._call.reading():
                for data in batch:
                    if self._is_last(data):
                        return
            self._wanted.set()
        raise RpcError(UNKNOWN, "the engine ended the transfer of files before its end")

    def _is_last(self, data: bytes) -> bool:
        """Queue what one packet asks for; return whether the engine has everything."""
        if data.startswith(_REQUEST_HEAD):
            id, _ = read_varint(data, len(_REQUEST_HEAD))
            self._content.want(id, self._stats.take(id))
            return False
        packet = Packet.decode(data)
        if packet.type == PACKET_REQ:
            self._content.want(packet.id, self._stats.take(packet.id))
        elif packet.type == PACKET_ERR:
            raise RpcError(UNKNOWN, packet.data.decode("utf-8", "replace"))
        return packet.type == PACKET_FIN

    async def _read_content(self) -> None:
        """Read what is asked for, some way ahead of what is sent."""
        thread = OwnThread()
        try:
            while True:
                if data := await thread.run(self._content.next):
                    await self._read.put(data)
                else:
                    await self._wanted.wait()
                    self._wanted.clear()
        except OSError as error:
            await self._read.put(error)
        finally:
            self._content.close()
            thread.close()

    async def _send_content(self) -> None:
        """Send what was read; an error comes in its turn, so that no message before it is cut."""
        while True:
            data = await self._read.get()
            if isinstance(data, OSError):
                raise data
            await self._call.send_framed(data)


class _StatBatches:
    """The entries as framed packets; records which files may be requested."""

    def __init__(self, tree: Tree) -> None:
        self._entries: Iterator[tuple[Stat, str | bytes]] = iter(tree)
        self._files: dict[int, str | bytes] = {}
        self._count = 0
        self._ended = False

    def next(self) -> bytes:
        """Return some entries, at last the end's mark, then nothing."""
        if self._ended:
            return b""
        out: list[bytes] = []
        for found, content in self._entries:
            if not (found.mode & NO_CONTENT or found.linkname):
                self._files[self._count] = content
            self._count += 1
            out.append(frame(Packet(stat=found).encode()))
            if len(out) == STATS_AT_ONCE:
                return b"".join(out)
        self._ended = True
        out.append(frame(b""))
        return b"".join(out)

    def take(self, id: int) -> str | bytes:
        """Return the content of a requested file, once."""
        content = self._files.pop(id, None)
        if content is None:
            raise ProtocolError(f"the engine asked for file {id}, which it may not (again)")
        return content


class _Content:
    """The content of the files asked for, in framed packets. `next` runs in a thread, the rest in the event loop."""

    def __init__(self) -> None:
        self._wanted: deque[tuple[int, str | bytes]] = deque()
        self._file: BinaryIO | None = None
        self._id = 0
        self._closed = False
        self._busy = Lock()

    def want(self, id: int, content: str | bytes) -> None:
        """Queue a file."""
        self._wanted.append((id, content))

    def next(self) -> bytes:
        """Return the next megabyte or so; nothing if nothing is requested now."""
        out: list[bytes] = []
        room = BYTES_AT_ONCE
        with self._busy:
            while room > 0 and not self._closed and (self._file is not None or self._wanted):
                room -= self._read(self._file or self._begin(), out, room) + 64
        if self._closed:
            self.close()
        return b"".join(out)

    def close(self) -> None:
        """Close the file that is being read; a thread at work does it when it sees this."""
        self._closed = True
        if self._busy.acquire(blocking=False):
            self._end()
            self._busy.release()

    def _begin(self) -> BinaryIO:
        self._id, content = self._wanted.popleft()
        self._file = io.BytesIO(content) if isinstance(content, bytes) else _open(content)
        return self._file

    def _read(self, file: BinaryIO, out: list[bytes], room: int) -> int:
        """Read up to ``room`` bytes of a file; at its end close it."""
        done = 0
        while done < room:
            data = file.read(PIECE)
            out += (_data_head(self._id, len(data)), data)
            if not data:
                self._end()
                break
            done += len(data)
        return done

    def _end(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _open(path: str) -> BinaryIO:
    """Open a file, never by a link that has taken its place; a socket reads as empty."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    except OSError:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):  # a Path for each file would cost
            raise
        return io.BytesIO()
    return cast("BinaryIO", open(descriptor, "rb", buffering=0))  # noqa: PTH123  # closed at its end


def _data_head(id: int, size: int) -> bytes:
    """Return the head of a framed DATA packet; encoded by hand, since there may be thousands of them."""
    head = _DATA_HEAD + (b"\x18" + varint(id) if id else b"")
    if size:
        head += b"\x22" + varint(size)
    return b"\0" + (len(head) + size).to_bytes(4, "big") + head
