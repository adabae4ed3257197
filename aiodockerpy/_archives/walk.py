"""Walk a directory that is sent: depth first, names in the order of their bytes, links as links."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

State = TypeVar("State")


class Verdict(Enum):
    """What becomes of an entry."""

    KEEP = auto()
    LOOK_BELOW = auto()
    """A directory that is not sent by itself, but in which an entry may be."""
    SKIP = auto()


class Choice(Protocol[State]):
    """Decides which entries are sent; it keeps a state for each directory."""

    @property
    def top(self) -> State:
        """The state of the root."""
        ...

    def judge(self, path: str, name: str, above: State, *, is_directory: bool) -> tuple[Verdict, State]:
        """Return whether one entry is sent, skipped or searched.

        Args:
            path: The entry's path.
            name: The last part of it.
            above: The state of its directory.
            is_directory: Whether the entry is a directory.

        Returns:
            The verdict, and the state of this directory.
        """
        ...


class StoppedError(Exception):
    """A walk was stopped by another thread."""


class Stop:
    """Lets one thread stop a walk that another thread takes entries from."""

    __slots__ = ("_set",)

    def __init__(self) -> None:
        self._set = False

    def set(self) -> None:
        """Stop the walk at its next entry."""
        self._set = True

    def check(self) -> None:
        """Raise if the walk is to end.

        Raises:
            StoppedError: `set` was called.
        """
        if self._set:
            raise StoppedError


class Found(NamedTuple):
    """One entry of a walk.

    Attributes:
        path: Relative to the root, with slashes.
        place: Where it is here.
        info: What `os.lstat` returns for it.
        target: Where a symbolic link points to, with slashes.
        same_as: Path of the entry that came first of those that are hard links to the same file.
    """

    path: str
    place: str
    info: os.stat_result
    target: str = ""
    same_as: str = ""


@dataclass(slots=True)
class _Directory(Generic[State]):
    """A directory that is being walked.

    Attributes:
        entries: Those that are left.
        prefix: The path in front of their names.
        state: The state that the choice keeps for it.
        implied: Whether it is only looked into.
    """

    entries: Iterator[os.DirEntry[str]]
    prefix: str
    state: State
    implied: bool = False


def walk(root: Path, choice: Choice[State], stop: Stop, *, with_parents: bool) -> Iterator[Found]:
    """Walk a directory; the root is not an entry itself.

    Args:
        root: The directory.
        choice: Which entries are sent.
        stop: Ends the walk from another thread, between two entries.
        with_parents: Whether a directory that is only looked into comes before the first entry below it that is kept;
            otherwise it does not come at all.

    Raises:
        OSError: Something cannot be read.
        StoppedError: The walk was stopped.
    """
    links: dict[tuple[int, int], str] = {}
    pending: list[Found] = []
    open_directories = [_Directory(iter(_sorted(root, stop)), "", choice.top)]
    while open_directories:
        directory = open_directories[-1]
        entry = next(directory.entries, None)
        if entry is None:
            open_directories.pop()
            if directory.implied and pending:
                pending.pop()
            continue
        stop.check()
        path = directory.prefix + entry.name
        is_directory = entry.is_dir(follow_symlinks=False)
        verdict, state = choice.judge(path, entry.name, directory.state, is_directory=is_directory)
        if verdict is Verdict.SKIP:
            continue
        implied = verdict is Verdict.LOOK_BELOW
        if not implied:
            yield from pending
            pending.clear()
            yield _found(path, entry, links)
        elif with_parents:
            pending.append(_found(path, entry, links))
        if is_directory:
            below = iter(_sorted(entry.path, stop))
            open_directories.append(_Directory(below, f"{path}/", state, implied=implied and with_parents))


def _sorted(directory: str | Path, stop: Stop) -> list[os.DirEntry[str]]:
    found: list[os.DirEntry[str]] = []
    with os.scandir(directory) as entries:
        for entry in entries:
            stop.check()
            found.append(entry)
    found.sort(key=lambda entry: os.fsencode(entry.name))
    return found


def _found(path: str, entry: os.DirEntry[str], links: dict[tuple[int, int], str]) -> Found:
    info = entry.stat(follow_symlinks=False)
    if stat.S_ISLNK(info.st_mode):
        target = os.readlink(entry.path).replace(os.sep, "/")  # noqa: PTH115 - a Path for each would cost
        return Found(path, entry.path, info, target)
    if stat.S_ISREG(info.st_mode) and info.st_nlink > 1:
        first = links.setdefault((info.st_dev, info.st_ino), path)
        return Found(path, entry.path, info, same_as="" if first == path else first)
    return Found(path, entry.path, info)
