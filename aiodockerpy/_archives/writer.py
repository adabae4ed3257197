"""Write files below a directory, and nowhere else.

Nothing that arrives is trusted: the files of a container may come from anyone. Each part of each name is opened alone,
and never through a symbolic link, so that a link, whether it arrived or was there before, leads nowhere. Files are
created exclusively under a temporary name and get their own name when they are complete.
"""

from __future__ import annotations

import os
import secrets
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from aiodockerpy.errors import UnsafeArchive

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Parts: TypeAlias = tuple[str, ...]
"""The names of a path below the target; the target itself is ``()``."""

ANCHORED: Final = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
"""Whether this system can open files relative to an open directory."""

_WINDOWS: Final = os.name == "nt"
_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_DIRECTORY: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | getattr(os, "O_BINARY", 0)


def safe_parts(name: str) -> Parts:
    """Split the name of something that arrived.

    Raises:
        UnsafeArchive: The name would lead out of the target, or means something else on this system.
    """
    if "\0" in name:
        raise UnsafeArchive(f"an entry has a name that cannot be: {name!r}")
    if name.startswith("/"):
        raise UnsafeArchive(f"an entry has an absolute name, which leads out of the target: {name!r}")
    parts = tuple(part for part in name.split("/") if part not in {"", "."})
    if ".." in parts:
        raise UnsafeArchive(f"the name of an entry leads out of the target: {name!r}")
    if _WINDOWS and any(set(part) & set('\\:*?"<>|') or part[-1] in " ." for part in parts):
        raise UnsafeArchive(f"an entry has a name that means something else here: {name!r}")
    return parts


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is set on a file or directory when it is complete.

    Attributes:
        mode: Permissions.
        mtime_ns: Time of its last change; left alone if the file system cannot hold it.
        owner: User and group; ``None`` leaves those of this process.
        xattrs: Extended attributes; those that the file system or the user may not have are left out.
    """

    mode: int
    mtime_ns: int
    owner: tuple[int, int] | None = None
    xattrs: Mapping[str, bytes] = field(default_factory=dict[str, bytes])

    def apply(self, where: int | str) -> None:
        """Set it on an open file, or on a path that is not a link."""
        if self.owner is not None and sys.platform != "win32":
            os.chown(where, *self.owner)
        if hasattr(os, "setxattr"):
            for name, value in self.xattrs.items():
                with suppress(OSError, ValueError):
                    os.setxattr(where, name, value)
        os.chmod(where, self.mode)  # noqa: PTH101 - an open file has no Path
        with suppress(OSError, OverflowError):
            os.utime(where, ns=(self.mtime_ns, self.mtime_ns))


class SafeWriter:
    """Writes below one directory, which is opened with the first entry. One thread at a time may call its methods.

    Args:
        target: An existing directory.
        take_over: Whether a file in the place of a directory is replaced by it, and a directory that exists is
            made writable until its metadata are set; otherwise the former is refused and the latter left alone.
        deepest: How many directories may be nested; each of them is held open.
        anchored: ``False`` works by paths, as on systems that cannot open relative to a directory.
    """

    def __init__(self, target: Path, *, take_over: bool, deepest: int, anchored: bool = ANCHORED) -> None:
        self._take_over = take_over
        self._deepest = deepest
        self._target = str(target)
        self._anchored = anchored
        self._open: list[tuple[str, _Folder]] = []

    def make_directory(self, parts: Parts) -> None:
        """Create a directory, and those above it that are missing."""
        if parts and self._take_over:
            self._folder(parts[:-1]).clear_for_directory(parts[-1])
        self._folder(parts)

    def set_directory(self, parts: Parts, metadata: Metadata) -> None:
        """Set the metadata of a directory, after everything below it: writing there changes them."""
        folder = self._folder(parts)
        metadata.apply(folder.fd if folder.fd is not None else folder.path)

    def new_file(self, parts: Parts) -> NewFile:
        """Begin a regular file."""
        return NewFile(self._folder(parts[:-1]), parts[-1])

    def make_symlink(self, parts: Parts, target: str, mtime_ns: int) -> None:
        """Create a symbolic link; where it points to is not checked."""
        folder = self._folder(parts[:-1])
        temporary = _temporary_name()
        os.symlink(target, folder.at(temporary), dir_fd=folder.fd)
        try:
            with suppress(OSError, OverflowError, NotImplementedError):
                os.utime(folder.at(temporary), ns=(mtime_ns, mtime_ns), dir_fd=folder.fd, follow_symlinks=False)
            _rename(folder, temporary, parts[-1])
        except BaseException:
            os.unlink(folder.at(temporary), dir_fd=folder.fd)
            raise

    def make_hard_link(self, parts: Parts, source_parts: Parts) -> None:
        """Create a hard link to a regular file below the target.

        Raises:
            UnsafeArchive: There is no such regular file.
        """
        temporary = _temporary_name()
        source = self._folder(source_parts[:-1])
        mode = source.mode(source_parts[-1]) if source_parts else None
        if mode is None or not stat.S_ISREG(mode):
            raise UnsafeArchive(f"a hard link points to no regular file: {'/'.join(source_parts)!r}")
        # By way of the target itself: only one chain of directories is held open.
        root = self._open[0][1]
        _link(source, source_parts[-1], root, temporary)
        try:
            folder = self._folder(parts[:-1])
            _rename(folder, temporary, parts[-1], source=root)
        finally:  # renaming onto another link of the same file leaves both
            with suppress(FileNotFoundError):
                os.unlink(root.at(temporary), dir_fd=root.fd)

    def close(self) -> None:
        """Close the directories."""
        while self._open:
            self._open.pop()[1].close()

    def _folder(self, parts: Parts) -> _Folder:
        """Open a directory part by part, making what is missing; what is common with the last one stays open."""
        if len(parts) > self._deepest:
            raise UnsafeArchive(f"an entry is nested more than {self._deepest} directories deep")
        if not self._open:
            self._open.append(("", _Folder.root(self._target, anchored=self._anchored)))
        same = 0
        while same < min(len(parts), len(self._open) - 1) and self._open[same + 1][0] == parts[same]:
            same += 1
        while len(self._open) > same + 1:
            self._open.pop()[1].close()
        for name in parts[same:]:
            self._open.append((name, self._open[-1][1].enter(name)))
        return self._open[-1][1]


class NewFile:
    """A regular file that is being written under a temporary name."""

    def __init__(self, folder: _Folder, name: str) -> None:
        self._folder = folder.copy()  # the writer may leave it before the file is complete
        self._name = name
        self._temporary = _temporary_name()
        try:
            self._fd = os.open(self._folder.at(self._temporary), _NEW_FILE, 0o600, dir_fd=self._folder.fd)
        except BaseException:
            self._folder.close()
            raise

    def write(self, data: bytes) -> None:
        """Write the next bytes."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]

    def complete(self, metadata: Metadata) -> None:
        """Set the metadata and give the file its name; a directory is never replaced."""
        try:
            metadata.apply(self._folder.at(self._temporary) if _WINDOWS else self._fd)
            os.close(self._fd)
            self._fd = -1
            _rename(self._folder, self._temporary, self._name)
        except BaseException:
            self.discard()
            raise
        self._folder.close()

    def discard(self) -> None:
        """Remove what was written."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        with suppress(FileNotFoundError):
            os.unlink(self._folder.at(self._temporary), dir_fd=self._folder.fd)
        self._folder.close()


class _Folder:
    """A directory that is held open, so that nothing can take its place; where the system cannot, its path."""

    def __init__(self, path: str, fd: int | None) -> None:
        self.path = path
        self.fd = fd

    @classmethod
    def root(cls, path: str, *, anchored: bool) -> _Folder:
        return cls(path, os.open(path, _DIRECTORY) if anchored else None)

    def copy(self) -> _Folder:
        """Duplicate the directory handle."""
        return _Folder(self.path, os.dup(self.fd) if self.fd is not None else None)

    def at(self, name: str) -> str:
        """Return the name of an entry relative to ``dir_fd=self.fd``."""
        return name if self.fd is not None else self.path_of(name)

    def path_of(self, name: str) -> str:
        return os.path.join(self.path, name)  # noqa: PTH118 - text for the os functions

    def mode(self, name: str) -> int | None:
        """Return kind and permissions of an entry, of a link itself, or ``None`` if there is none."""
        try:
            found = os.stat(self.at(name), dir_fd=self.fd, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if getattr(found, "st_reparse_tag", 0):  # a junction is not a directory of this tree
            return stat.S_IFLNK
        return found.st_mode

    def clear_for_directory(self, name: str) -> None:
        """Remove a file in the place of a directory; make a directory that is there writable."""
        mode = self.mode(name)
        if mode is None:
            return
        if not stat.S_ISDIR(mode):
            os.unlink(self.at(name), dir_fd=self.fd)
        elif mode & stat.S_IRWXU != stat.S_IRWXU:
            os.chmod(self.at(name), stat.S_IMODE(mode) | stat.S_IRWXU, dir_fd=self.fd)

    def enter(self, name: str) -> _Folder:
        """Open a directory in it, which is made if it is missing; a link is not one."""
        mode = self.mode(name)
        if mode is None:
            os.mkdir(self.at(name), 0o700, dir_fd=self.fd)
        elif not stat.S_ISDIR(mode):
            what = "a symbolic link" if stat.S_ISLNK(mode) else "something that is not a directory"
            raise UnsafeArchive(f"the path of an entry leads through {what}: {self.path_of(name)}")
        fd = None if self.fd is None else os.open(name, _DIRECTORY | _NO_FOLLOW, dir_fd=self.fd)
        return _Folder(self.path_of(name), fd)

    def close(self) -> None:
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None


def _rename(folder: _Folder, temporary: str, name: str, *, source: _Folder | None = None) -> None:
    """Move an entry to its name; replaces what is there, but never a directory or a device."""
    source = source or folder
    mode = folder.mode(name) or 0
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(f"a directory is in the way: {folder.path_of(name)}")
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise FileExistsError(f"a device is in the way: {folder.path_of(name)}")
    os.replace(source.at(temporary), folder.at(name), src_dir_fd=source.fd, dst_dir_fd=folder.fd)


def _link(source: _Folder, name: str, target: _Folder, new_name: str) -> None:
    if source.fd is None:
        os.link(source.at(name), target.at(new_name))
        return
    os.link(name, new_name, src_dir_fd=source.fd, dst_dir_fd=target.fd, follow_symlinks=False)


def _temporary_name() -> str:
    return f".aiodockerpy-{secrets.token_hex(8)}"
