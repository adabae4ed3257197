"""Bytes between a socket and the program, both ways: bounded memory, no task, and a cancelled call that loses nothing.

asyncio's own streams do none of the following, which is why they are not used here: bytes that arrived before a
reset are delivered before the error; a cancelled `read` keeps its bytes; the end of what comes in ends a blocked
writer. (The engine half-closes when a process has ended and does not read on, so that writer would wait for ever.)
"""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
import time
import warnings
import weakref
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiodockerpy.errors import StdinClosed, StreamInterrupted

if TYPE_CHECKING:
    from aiodockerpy._transport.sockets.tls import Decrypter

PAUSE_ABOVE = 512 * 1024
"""Bytes waiting for the reader above which nothing more is taken from the socket."""
RESUME_BELOW = 128 * 1024
"""Bytes waiting for the reader below which more is taken again."""
RECEIVE = 256 * 1024
_RECEIVE_FIRST = 64 * 1024  # until there is more: for each larger piece, malloc asks the system for memory
_JOIN_BELOW = 16 * 1024
_SEND_BEFORE_YIELD = 1024 * 1024

# The engine sends each log line by itself, and a wake-up of the loop costs more than ten lines. So once small pieces
# follow each other without a pause, the socket is left alone for moments in which many of them gather.
_SMALL_PIECE = 16 * 1024
_GATHERED_ENOUGH = 64 * 1024
_GATHERED_NOTHING = 1024
_PIECES_IN_A_ROW = 16
_ROW_SECONDS = 0.001
_GATHER_SECONDS = 0.001


class Pump(ABC):
    """The rules that every kind of connection shares. A subclass moves the bytes.

    Args:
        peer: The other end, for messages.
    """

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self._loop = asyncio.get_running_loop()
        self._decoder: Decrypter | None = None
        self._chunks: deque[bytes] = deque()
        self._buffered = 0
        self._pause_above, self._resume_below = PAUSE_ABOVE, RESUME_BELOW
        self._paused = False
        self._ended = False
        self._failure: OSError | None = None
        self._reading = False
        self._arrival: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._write_lock = asyncio.Lock()
        self._refusal: str | None = None
        self._partial = False
        self._eof_sent = False
        self._closed = False
        self.received = 0

    # ---- reading

    async def read(self) -> bytes:
        """Return the next bytes; ``b""`` at the end, and after `close`.

        Raises:
            StreamInterrupted: The connection broke; everything that arrived before was returned.
            RuntimeError: Another task is reading.
        """
        if self._reading:
            raise RuntimeError(f"another task is reading from {self.peer}")
        self._reading = True
        try:
            if self._paused and not (self._chunks or self._ended):  # see `read_ahead`
                self._paused = False
                self._catch_up()
            while not self._chunks and not self._ended:
                self._arrival = self._loop.create_future()
                await self._arrival
        finally:
            self._arrival = None
            self._reading = False
        if self._chunks:
            return self._take()
        if self._failure is not None:
            raise self._interruption(self._failure)
        return b""

    def unread(self, data: bytes) -> None:
        """Put bytes back, so that the next `read` returns them first."""
        if data and not self._closed:
            self._chunks.appendleft(data)
            self._buffered += len(data)
            self.received -= len(data)
            _wake(self._arrival)

    def read_ahead(self, limit: int) -> None:
        """Limit the bytes buffered for a slow reader, roughly; the rest waits at the other end.

        With 0, nothing is taken from the connection until the next `read`; the limit stays as it is.
        """
        if limit:
            self._pause_above, self._resume_below = limit, limit // 2
        elif not (self._paused or self._ended):
            self._paused = True
            self._pause()

    def decode_with(self, decoder: Decrypter) -> None:
        """Decode everything received from now on, and what has not been read yet."""
        waiting = b"".join(self._chunks)
        self._chunks.clear()
        self._buffered = 0
        self.received = 0
        self._decoder = decoder
        was_ended, self._ended = self._ended, False
        self._feed(waiting)
        if was_ended and not self._ended:
            self._end(self._failure)
        self._resume_if_low()

    def _take(self) -> bytes:
        if len(self._chunks) > 1 and len(self._chunks[0]) < _JOIN_BELOW:
            data = b"".join(self._chunks)
            self._chunks.clear()
        else:
            data = self._chunks.popleft()
        self._buffered -= len(data)
        self.received += len(data)
        if self._paused:
            self._resume_if_low()
        return data

    def _resume_if_low(self) -> None:
        if self._paused and self._buffered <= self._resume_below and not self._ended:
            self._paused = False
            self._resume()

    def _feed(self, data: bytes) -> None:
        """Buffer received bytes; called by the subclass."""
        decoder = self._decoder
        if decoder is not None:
            data = decoder.feed(data)
        if data:
            self._chunks.append(data)
            self._buffered += len(data)
            _wake(self._arrival)
        if decoder is not None and decoder.ended:
            self._finish(decoder.failure)
        elif self._buffered > self._pause_above and not self._paused:
            self._paused = True
            self._pause()

    def _end(self, failure: OSError | None) -> None:
        """Record the end of the connection; called by the subclass."""
        if failure is None and self._decoder is not None:
            self._decoder.end()
            failure = self._decoder.failure
        self._finish(failure)

    def _finish(self, failure: OSError | None) -> None:
        """Record the end of the incoming data; the buffer stays. A peer that has finished does not read either."""
        if self._ended:
            return
        self._ended = True
        self._failure = failure and failure.with_traceback(None)  # its frames would keep this pump alive
        self._refuse("the process no longer reads its input" if failure is None else f"the connection broke: {failure}")
        self._pause()
        _wake(self._arrival)

    def _interruption(self, cause: OSError) -> StreamInterrupted:
        error = StreamInterrupted(
            f"the connection to {self.peer} broke after {self.received} bytes: {cause.strerror or cause}",
            received=self.received,
        )
        error.__cause__ = cause
        return error

    async def poll(self) -> None:
        """Read what has already arrived, without waiting for more; by default the loop delivers it."""
        await asyncio.sleep(0)

    # ---- writing

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send all of the data, of which a view has single bytes without steps; waits while the peer does not read.

        Raises:
            StdinClosed: The peer no longer reads, the input was ended or the connection closed, or an earlier write was
                cancelled half-way (``partial``).
        """
        with memoryview(data) as view:
            sent = 0 if self._write_lock.locked() else self._send_at_once(view)
            if sent < len(view):
                async with self._write_lock:
                    self.check_writable()
                    await self._send_all(view, sent)

    def check_writable(self) -> None:
        """Raise what `write` would raise at once."""
        if self._refusal is not None:
            raise StdinClosed(self._refusal, partial=self._partial)
        if self._eof_sent:
            raise StdinClosed("the input was ended before")

    def _send_at_once(self, data: memoryview) -> int:  # noqa: ARG002 - as a subclass has it
        """Send what goes at once, before anything is waited for, and return how much; by default nothing."""
        return 0

    async def _send_all(self, data: memoryview, sent: int) -> None:
        since_yield = 0
        try:
            while sent < len(data):
                if since_yield >= _SEND_BEFORE_YIELD:
                    since_yield = 0
                    await asyncio.sleep(0)
                    self.check_writable()
                count = self._send_some(data[sent:])
                sent += count
                since_yield += count
                if not count:
                    await self._until_room()
                    self.check_writable()
        except asyncio.CancelledError:
            if sent:
                self.break_off()
            raise

    async def _until_room(self) -> None:
        self._room = self._loop.create_future()
        self._watch_room()
        try:
            await self._room
        finally:
            self._room = None
            self._unwatch_room()

    def break_off(self) -> None:
        """Refuse further writes: part of a cancelled write was sent, and more would leave a gap."""
        if self._refusal is None:
            self._partial = True
            self._refuse("an earlier write was cancelled after part of its data had gone out")

    async def write_eof(self) -> None:
        """Close the outgoing direction (half-close); reading continues. Does nothing if it is already closed.

        Raises:
            StdinClosed: An earlier write was cancelled half-way: its data would look complete.
        """
        async with self._write_lock:
            if self.may_end():
                self.mark_ended()
                self._send_eof()

    def may_end(self) -> bool:
        """Return whether the outgoing direction is still open.

        Raises:
            StdinClosed: As `write_eof`.
        """
        if self._partial:
            self.check_writable()
        return self._refusal is None and not self._eof_sent

    def mark_ended(self) -> None:
        """Refuse further writes: the end of the input was sent."""
        self._eof_sent = True

    def _refuse(self, reason: str) -> None:
        if self._refusal is None:
            self._refusal = reason
        _wake(self._room)

    # ---- closing

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def quiet(self) -> bool:
        """Whether both directions are open and nothing waits to be read, as between two exchanges."""
        return not (self._ended or self._chunks or self._eof_sent) and self._refusal is None

    def close(self) -> None:
        """Close the connection at once: a pending `read` returns ``b""``, a pending `write` raises `StdinClosed`."""
        if self._closed:
            return
        self._closed = True
        self._chunks.clear()
        self._buffered = 0
        self._refuse("the connection was closed")
        self._finish(None)
        self._failure = None
        self._disconnect()

    # ---- what a subclass does

    @abstractmethod
    def _pause(self) -> None:
        """Stop taking bytes from the wire."""

    @abstractmethod
    def _resume(self) -> None:
        """Resume reading from the connection."""

    def _catch_up(self) -> None:
        """Take what has gathered in the connection, and resume reading; by default the loop takes it."""
        self._resume()

    @abstractmethod
    def _send_some(self, data: memoryview) -> int:
        """Send what goes at once and return how much; 0 if there is no room now."""

    @abstractmethod
    def _watch_room(self) -> None:
        """Call `_make_room` when there is room for more."""

    @abstractmethod
    def _unwatch_room(self) -> None:
        """Undo `_watch_room`."""

    @abstractmethod
    def _send_eof(self) -> None:
        """Close the outgoing direction (half-close)."""

    @abstractmethod
    def _disconnect(self) -> None:
        """Release the connection without waiting."""

    def _make_room(self) -> None:
        _wake(self._room)


class SocketPump(Pump):
    """A pump over a connected non-blocking socket, which it owns, for loops with ``add_reader`` (asyncio's and uvloop).

    Args:
        sock: The socket.
        peer: The other end, for messages.

    Raises:
        NotImplementedError: The running loop has no ``add_reader`` (Windows' proactor); the socket is untouched.
    """

    def __init__(self, sock: socket.socket, peer: str = "the engine") -> None:
        super().__init__(peer)
        self._sock = sock
        self._fd = sock.fileno()
        self._reset: OSError | None = None
        self._receive_at_once = _RECEIVE_FIRST
        # uvloop reports data with an error behind it only once: there everything must be received at once.
        self._tells_again = isinstance(self._loop, asyncio.BaseEventLoop)
        # The loop must not keep an abandoned pump alive: its end is noticed by __del__.
        self._on_readable = _weak_call(self, SocketPump._receive)
        self._on_gathered = _weak_call(self, SocketPump._receive_gathered)
        self._row = 0  # small pieces that followed each other
        self._row_at = 0.0
        self._on_writable = _weak_call(self, SocketPump._make_room)
        self._closed = True  # until the loop has taken the socket
        self._resume()
        self._closed = False

    async def poll(self) -> None:
        """Read what has already arrived, without waiting for more."""
        self._take_all()

    def read_ahead(self, limit: int) -> None:
        """Limit the bytes buffered for a slow reader, roughly."""
        super().read_ahead(limit)
        if limit:
            self._receive_at_once = min(self._receive_at_once, limit)

    def _receive(self) -> None:
        """Read what is there, and pause reading for a moment if small pieces keep coming."""
        if self._take_all() < _SMALL_PIECE and not self._ended and not self._paused and self._is_in_a_row():
            self._row = 0
            self._pause()
            self._loop.call_later(_GATHER_SECONDS, self._on_gathered)

    def _is_in_a_row(self) -> bool:
        """Return whether many pieces in a row came without a pause, and without anything sent in between."""
        now = time.monotonic()
        self._row = self._row + 1 if now - self._row_at < _ROW_SECONDS else 0
        self._row_at = now
        return self._row >= _PIECES_IN_A_ROW

    def _receive_gathered(self) -> None:
        """Read what has gathered; continue like this while it pays."""
        size = self._take_all()
        if self._ended or self._paused:
            return
        if _GATHERED_NOTHING <= size < _GATHERED_ENOUGH:
            self._loop.call_later(_GATHER_SECONDS, self._on_gathered)
        else:
            self._resume()

    def _take_all(self) -> int:
        """Read everything available, up to the limit."""
        size = 0
        while not self._ended and not self._paused:
            try:
                data = self._sock.recv(self._receive_at_once)
            except (BlockingIOError, InterruptedError):
                break
            except OSError as error:
                self._end(error)
                break
            if data:
                size += len(data)
                self._feed(data)
                if len(data) == self._receive_at_once:
                    self._receive_at_once = min(RECEIVE, self._pause_above)
                elif self._tells_again:
                    break  # that was all, for now
            else:
                self._end(self._reset)
        return size

    def _pause(self) -> None:
        self._loop.remove_reader(self._fd)

    def _resume(self) -> None:
        self._loop.add_reader(self._fd, self._on_readable)

    def _catch_up(self) -> None:
        while self._take_all():
            pass
        if not (self._ended or self._paused):  # most have ended: see jobs
            self._resume()

    def _send_at_once(self, data: memoryview) -> int:
        self.check_writable()
        return self._send_some(data) if data else 0

    def _send_some(self, data: memoryview) -> int:
        self._row = 0  # the next bytes may be an answer that is waited for
        try:
            return self._sock.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            # The system reports a reset once: seen by the writer only, it would be a normal end to the reader.
            if error.errno == errno.ECONNRESET:
                self._reset = error
            self._refuse("the process no longer reads its input")
            raise StdinClosed(f"the process no longer reads its input: {error.strerror}") from error

    def _watch_room(self) -> None:
        self._loop.add_writer(self._fd, self._on_writable)

    def _unwatch_room(self) -> None:
        if not self._closed:
            self._loop.remove_writer(self._fd)

    def _send_eof(self) -> None:
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            self._refuse(f"the connection broke: {error.strerror}")

    def _disconnect(self) -> None:
        if self._room is not None and not self._loop.is_closed():
            self._loop.remove_writer(self._fd)
        self._sock.close()  # it is not read any more: see `_finish`

    def __del__(self, _warn: Callable[..., None] = warnings.warn) -> None:
        if getattr(self, "_closed", True):
            return
        _warn(f"unclosed connection to {self.peer}", ResourceWarning, stacklevel=1, source=self)
        if not self._loop.is_closed() and not sys.is_finalizing():
            self._loop.call_soon_threadsafe(_release, self._loop, self._sock)
        else:
            self._sock.close()


def _release(loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
    if sock.fileno() >= 0 and not loop.is_closed():
        loop.remove_reader(sock.fileno())
        loop.remove_writer(sock.fileno())
    sock.close()


def _weak_call(pump: SocketPump, method: Callable[[SocketPump], None]) -> Callable[[], None]:
    reference = weakref.ref(pump)

    def call() -> None:
        alive = reference()
        if alive is not None:
            method(alive)

    return call


def _wake(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)
