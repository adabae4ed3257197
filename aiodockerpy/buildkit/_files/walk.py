"""Describe the entries of a directory that is sent, with what the engine compares them by."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from aiodockerpy._archives.walk import Found, Stop, walk
from aiodockerpy._protocol.archive import device_numbers, to_go_mode
from aiodockerpy.buildkit._messages import Stat
from aiodockerpy.errors import InvalidArgument

if TYPE_CHECKING:
    from pathlib import Path

    from .filters import Filter

DIRECTORY, SYMLINK, DEVICE, FIFO, SOCKET = 1 << 31, 1 << 27, 1 << 26, 1 << 25, 1 << 24
# Entries with one of these bits of Go's mode are never asked for.
NO_CONTENT = DIRECTORY | SYMLINK | DEVICE | FIFO

# What an entry's content is read from: a file's path, or the content itself.
Content = str | bytes
Tree = Iterable[tuple[Stat, Content]]


class MemoryTree:
    """A directory that exists in memory only, with regular files at its top.

    The files are as new as this object: engine 20.10 would take a file of the same size and time for the one it got
    from the last build, and not ask for its content.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._made = time.time_ns()

    def __iter__(self) -> Iterator[tuple[Stat, Content]]:
        for name in sorted(self._files):
            content = self._files[name]
            yield Stat(path=name, mode=0o644, size=len(content), mod_time=self._made), content


class Walk:
    """The entries of a directory to send, as `Stat` with their place in the file system.

    A directory is only sent together with something below it that is kept, or if kept itself. Owners are left out,
    since they would make the cache useless for other users. Only one thread at a time may take entries.
    """

    def __init__(self, root: Path, kept: Filter) -> None:
        self._root = root
        self._filter = kept
        self._stop = Stop()

    def stop(self) -> None:
        """Stop the walk, which may run in another thread."""
        self._stop.set()

    def __iter__(self) -> Iterator[tuple[Stat, Content]]:
        for found in walk(self._root, self._filter, self._stop, with_parents=True):
            yield _stat(found), found.place


def _stat(found: Found) -> Stat:
    try:
        found.path.encode()
    except UnicodeEncodeError:
        raise InvalidArgument(f"the engine only takes file names in UTF-8; this one is not: {found.path!r}") from None
    info = found.info
    made = Stat(path=found.path, mode=_go_mode(info.st_mode), mod_time=info.st_mtime_ns)
    made.linkname = found.target or found.same_as
    if stat.S_ISREG(info.st_mode) and not found.same_as:
        made.size = info.st_size
    elif stat.S_ISCHR(info.st_mode) or stat.S_ISBLK(info.st_mode):
        made.devmajor, made.devminor = device_numbers(info)
    made.xattrs = _xattrs(found.place)
    return made


def _go_mode(mode: int) -> int:
    """Return the mode as Go encodes it; a socket becomes a regular file."""
    made = to_go_mode(mode) & ~SOCKET
    return made & ~0o777 | 0o755 if os.name == "nt" else made


def _xattrs(path: str) -> dict[str, bytes]:
    listed, read = getattr(os, "listxattr", None), getattr(os, "getxattr", None)
    if listed is None or read is None:  # not on this platform
        return {}
    try:
        return {
            name: read(path, name, follow_symlinks=False)
            for name in listed(path, follow_symlinks=False)
            if _travels(name)
        }
    except OSError:  # the file system has none
        return {}


def _travels(name: str) -> bool:
    return not name.startswith("com.apple.")
