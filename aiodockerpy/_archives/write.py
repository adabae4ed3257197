"""Tar streams made while they are sent: files and directories in, pieces of bytes out, whatever their size."""

from __future__ import annotations

import errno
import io
import os
import stat
import tarfile
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from aiodockerpy._archives.heads import head_bytes
from aiodockerpy._archives.walk import Found, Stop, Verdict, walk
from aiodockerpy._protocol.archive import END, device_numbers, padding
from aiodockerpy.errors import DockerException

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from aiodockerpy._protocol.dockerignore import PatternMatcher, Place

PIECE: Final = 1 << 19
_ZEROS: Final = bytes(PIECE)
_CAPABILITY: Final = "security.capability"
_PERMISSIONS: Final = 0o7777
_WINDOWS: Final = os.name == "nt"


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of members that replace those of their files.

    Attributes:
        uid: The owner.
        gid: The group.
        mode: The permissions of regular files; ``None`` leaves each its own.
    """

    uid: int = 0
    gid: int = 0
    mode: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a tar stream.

    Attributes:
        head: The blocks that precede its content.
        open: Opens the content; it has exactly the size that the head says.
    """

    head: tarfile.TarInfo
    open: Callable[[], BinaryIO] | None = None


class Pieces:
    """Pieces of a body that are made while they are sent, in the thread that reads them.

    Args:
        pieces: Makes them.
        stop: Set when they are no longer needed.

    Attributes:
        error: What went wrong with making them.
    """

    def __init__(self, pieces: Iterable[bytes], stop: Stop | None = None) -> None:
        self._pieces = iter(pieces)
        self._stop = stop or Stop()
        self.error: Exception | None = None

    def __iter__(self) -> Pieces:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except StopIteration:
            raise
        except Exception as error:
            self.error = error
            raise

    @contextmanager
    def raising_own_error(self) -> Generator[None]:
        """Raise the error of making the pieces, not the one of the connection after it; stop making them at the end."""
        try:
            yield
        except DockerException:
            if self.error is not None:
                raise self.error from None
            raise
        finally:
            self._stop.set()


def tar_pieces(members: Iterable[Member]) -> Iterator[bytes]:
    """Generate the bytes of a tar stream; blocks while files are read.

    Raises:
        OSError: A file cannot be read, or has become shorter meanwhile.
    """
    held = bytearray()
    for member in members:
        held += head_bytes(member.head)
        if member.open is not None and member.head.size:
            with member.open() as file:
                for piece in _content(file, member.head):
                    if len(piece) < PIECE:
                        held += piece
                        piece = b""  # noqa: PLW2901 - taken
                    if piece or len(held) >= PIECE:
                        yield bytes(held)
                        held.clear()
                    if piece:  # as it was read: a copy would cost more than the rest
                        yield piece
            held += padding(member.head.size)
        if len(held) >= PIECE:
            yield bytes(held)
            held.clear()
    yield bytes(held) + END


def _content(file: BinaryIO, head: tarfile.TarInfo) -> Iterator[bytes]:
    left = head.size
    while left:
        piece = file.read(min(PIECE, left))
        if not piece:
            raise OSError(f"the file became shorter while it was read: {head.name}")
        left -= len(piece)
        yield piece


_SEEK_DATA: Final[int] = getattr(os, "SEEK_DATA", 0)  # Windows has neither
_SEEK_HOLE: Final[int] = getattr(os, "SEEK_HOLE", 0)


class _SparseFile(io.RawIOBase):
    """A file with holes, which read as zeros without being read."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._fd = os.open(path, os.O_RDONLY)
        self._at = self._hole_end = self._data_end = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, ``size`` of them at most; ``b""`` at the end."""
        if self._at >= max(self._hole_end, self._data_end):
            self._look()
        if self._at < self._hole_end:
            data = _ZEROS[: min(size, self._hole_end - self._at)]
        else:  # at the end there is neither
            data = os.read(self._fd, min(size, max(0, self._data_end - self._at)))
        self._at += len(data)
        return data

    def _look(self) -> None:
        """Find where the current hole or data ends, and seek to the beginning of the data."""
        try:
            self._hole_end = os.lseek(self._fd, self._at, _SEEK_DATA)
            if self._hole_end == self._at:
                self._data_end = os.lseek(self._fd, self._at, _SEEK_HOLE)
        except OSError as error:
            end = os.lseek(self._fd, 0, os.SEEK_END)
            if error.errno == errno.ENXIO:  # no more data: a hole to the end
                self._hole_end = end
            else:  # a file system that does not report it
                self._hole_end, self._data_end = self._at, end
        os.lseek(self._fd, self._hole_end, os.SEEK_SET)

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            os.close(self._fd)
        super().close()


def _opened(path: Path, found: os.stat_result) -> Callable[[], BinaryIO]:
    """Open a file by the way that suits it: holes are not read where the system reports them."""
    stored = getattr(found, "st_blocks", 0) * 512
    if _SEEK_DATA and found.st_size > PIECE and stored < found.st_size:
        return lambda: cast("BinaryIO", _SparseFile(path))
    return lambda: path.open("rb")


def gzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Compress a stream with gzip."""
    compressor = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    for piece in pieces:
        if packed := compressor.compress(piece):
            yield packed
    yield compressor.flush()


def member_of_bytes(
    name: str, content: bytes, *, mode: int = 0o644, mtime: float = 0, uid: int = 0, gid: int = 0
) -> Member:
    """Create a regular file from bytes in memory."""
    head = tarfile.TarInfo(name)
    head.size, head.mode, head.mtime, head.uid, head.gid = len(content), mode, int(mtime), uid, gid
    return Member(head, lambda: io.BytesIO(content))


def member_of_file(path: Path, name: str, attributes: Attributes) -> Member:
    """Create a member from one file; a symbolic link is followed.

    Raises:
        OSError: It cannot be read.
    """
    found = path.stat()
    return Member(_head(name, found, attributes), _opened(path, found))


def tree(
    root: Path,
    attributes: Attributes,
    *,
    prefix: str = "",
    ignored: PatternMatcher | None = None,
    stop: Stop | None = None,
) -> Iterator[Member]:
    """Walk a directory as the docker CLI does.

    Args:
        root: The directory, which is not itself a member.
        attributes: What members get.
        prefix: The path in front of each name, with its slash.
        ignored: Patterns of what is left out.
        stop: Ends the walk from another thread.

    Raises:
        OSError: Something cannot be read.
        StoppedError: The walk was stopped.
    """
    from aiodockerpy._protocol.dockerignore import PatternMatcher

    choice = _NotIgnored(ignored or PatternMatcher(()))
    for found in walk(root, choice, stop or Stop(), with_parents=False):
        if not stat.S_ISSOCK(found.info.st_mode):  # the format has no sockets
            yield _member(found, prefix, attributes)


class _NotIgnored:
    """Everything that the patterns of an ignore file do not exclude."""

    def __init__(self, patterns: PatternMatcher) -> None:
        self._patterns = patterns
        self._exceptions = [f"{pattern.text}/" for pattern in patterns.patterns if pattern.exception]
        self.top = patterns.root

    def judge(self, path: str, name: str, above: Place, *, is_directory: bool) -> tuple[Verdict, Place]:
        """Return whether one entry is sent, skipped or searched.

        An excluded directory is looked into if an exception begins with its name: so the CLI does it.
        """
        place = self._patterns.enter(above, name)
        if is_directory:
            place = self._patterns.below(place)
        if not place.excluded:
            return Verdict.KEEP, place
        below = is_directory and any(text.startswith(f"{path}/") for text in self._exceptions)
        return Verdict.LOOK_BELOW if below else Verdict.SKIP, place


def _member(found: Found, prefix: str, attributes: Attributes) -> Member:
    head = _head(prefix + found.path, found.info, attributes)
    if head.type == tarfile.SYMTYPE:
        head.linkname = found.target
    elif found.same_as:
        head.type, head.linkname, head.size = tarfile.LNKTYPE, prefix + found.same_as, 0
    elif head.type == tarfile.REGTYPE:
        _add_capability(head, found.place)
        return Member(head, _opened(Path(found.place), found.info))
    return Member(head)


_KINDS: Final = (
    (stat.S_ISDIR, tarfile.DIRTYPE),
    (stat.S_ISLNK, tarfile.SYMTYPE),
    (stat.S_ISCHR, tarfile.CHRTYPE),
    (stat.S_ISBLK, tarfile.BLKTYPE),
    (stat.S_ISFIFO, tarfile.FIFOTYPE),
)


def _head(name: str, found: os.stat_result, attributes: Attributes) -> tarfile.TarInfo:
    head = tarfile.TarInfo(name)
    head.type = next((kind for test, kind in _KINDS if test(found.st_mode)), tarfile.REGTYPE)
    head.mode = stat.S_IMODE(found.st_mode) & _PERMISSIONS
    if _WINDOWS:  # there is no bit for executable files there: all are
        head.mode = head.mode & 0o755 | 0o111
    head.mtime = int(found.st_mtime)
    head.uid, head.gid = attributes.uid, attributes.gid
    if head.type == tarfile.REGTYPE:
        head.size = found.st_size
        head.mode = head.mode if attributes.mode is None else attributes.mode & _PERMISSIONS
    elif head.type in {tarfile.CHRTYPE, tarfile.BLKTYPE}:
        head.devmajor, head.devminor = device_numbers(found)
    return head


def _add_capability(head: tarfile.TarInfo, path: str) -> None:
    """Add the capabilities of a program, the one extended attribute that the CLI sends."""
    if hasattr(os, "getxattr"):
        with suppress(OSError):
            value = os.getxattr(path, _CAPABILITY, follow_symlinks=False)
            head.pax_headers = {f"SCHILY.xattr.{_CAPABILITY}": value.decode("utf-8", "surrogateescape")}
