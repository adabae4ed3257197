"""The walk over a directory that is sent: entries in the engine's order, with what it compares them by."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from aiodockerpy._protocol.archive import device_numbers, to_go_mode
from aiodockerpy.buildkit._messages import Stat
from aiodockerpy.errors import InvalidArgument

from .filters import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .filters import Above, Filter

__all__ = ["NO_CONTENT", "MemoryTree", "Tree", "Walk"]

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
    """An iterator over the entries to send, as `Stat` with their place in the file system.

    Depth first, a directory before its content, names in ascending order of bytes; a directory is only sent together
    with something below it that is kept, or for its own sake. Owners are left out, since they would spoil the cache of
    everybody else. Only one thread at a time may take entries.
    """

    def __init__(self, root: Path, kept: Filter) -> None:
        self._root = root
        self._filter = kept
        self._links: dict[tuple[int, int], str] = {}

    def __iter__(self) -> Iterator[tuple[Stat, Content]]:
        return self._below("", self._filter.top, [])

    def _below(self, parent: str, above: Above, pending: list[tuple[Stat, Content]]) -> Iterator[tuple[Stat, Content]]:
        for entry in _sorted(self._root / parent):
            path = f"{parent}/{entry.name}" if parent else entry.name
            is_directory = entry.is_dir(follow_symlinks=False)
            verdict, state = self._filter.judge(entry.name, above, is_directory=is_directory)
            if verdict is Verdict.SKIP:
                continue
            item: tuple[Stat, Content] = (self._stat(path, entry, keep=verdict is Verdict.KEEP), entry.path)
            if verdict is Verdict.KEEP:
                yield from pending
                pending.clear()
                yield item
                if is_directory:
                    yield from self._below(path, state, [])
                continue
            pending.append(item)
            yield from self._below(path, state, pending)
            if pending:
                pending.pop()

    def _stat(self, path: str, entry: os.DirEntry[str], *, keep: bool) -> Stat:
        try:
            path.encode()
        except UnicodeEncodeError:
            raise InvalidArgument(f"the engine only takes file names in UTF-8; this one is not: {path!r}") from None
        found = entry.stat(follow_symlinks=False)
        made = Stat(path=path, mode=_go_mode(found.st_mode), mod_time=found.st_mtime_ns)
        if stat.S_ISLNK(found.st_mode):
            made.linkname = os.readlink(entry.path).replace(os.sep, "/")  # noqa: PTH115  # a Path for each would cost
        elif stat.S_ISREG(found.st_mode):
            made.size = found.st_size
            if keep and found.st_nlink > 1:
                self._hard_link(made, (found.st_dev, found.st_ino))
        elif stat.S_ISCHR(found.st_mode) or stat.S_ISBLK(found.st_mode):
            made.devmajor, made.devminor = device_numbers(found)
        made.xattrs = _xattrs(entry.path)
        return made

    def _hard_link(self, made: Stat, identity: tuple[int, int]) -> None:
        """Make an entry a link to the first one sent with the same content."""
        first = self._links.setdefault(identity, made.path)
        if first != made.path:
            made.linkname = first
            made.size = 0


def _sorted(directory: Path) -> list[os.DirEntry[str]]:
    with os.scandir(directory) as entries:
        return sorted(entries, key=lambda entry: os.fsencode(entry.name))


def _go_mode(mode: int) -> int:
    """The mode as Go writes it; a socket becomes a regular file."""
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
