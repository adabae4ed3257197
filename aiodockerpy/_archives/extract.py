"""Writing the members of a tar stream below a directory, and nowhere else.

Nothing that arrives is trusted: the files of a container may be anybody's. Each part of each name is opened by itself
and never through a symbolic link, so that a link, whether it came with the archive or was there before, leads nowhere.
Files are made exclusively under a name of ours and take their own name when they are complete.
"""

from __future__ import annotations

import os
import secrets
import stat
import sys
import tarfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from aiodockerpy._protocol.tar import TarReader
from aiodockerpy.errors import InvalidArgument, UnsafeArchive

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MAX_MEMBERS", "MAX_SIZE", "Extraction", "OutsideLinks", "Policy"]

OutsideLinks: TypeAlias = Literal["refuse", "skip", "keep"]
"""What becomes of symbolic links that point out of the target."""

MAX_SIZE: Final = 64 << 30
MAX_MEMBERS: Final = 1_000_000

_DEEPEST: Final = 200
_WINDOWS: Final = os.name == "nt"
_ANCHORED: Final = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_DIRECTORY: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | getattr(os, "O_BINARY", 0)
_DROPPED: Final = frozenset({tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE})


@dataclass(frozen=True, slots=True)
class Policy:
    """What an extraction allows itself.

    Attributes:
        outside_links: What becomes of symbolic links that point out of the target.
        max_size: Bytes that may be written; ``None`` for no limit.
        max_members: Members that may come; ``None`` for no limit.
        keep_owners: Give files the owner and group of the archive, which takes privileges.
    """

    outside_links: OutsideLinks = "refuse"
    max_size: int | None = MAX_SIZE
    max_members: int | None = MAX_MEMBERS
    keep_owners: bool = False

    def __post_init__(self) -> None:
        if self.keep_owners and _WINDOWS:
            raise InvalidArgument("keep_owners: files have no such owners on Windows")


class _Folder:
    """A directory that is held open, so that nothing can be put in its place; where the system cannot, its path."""

    def __init__(self, path: str, fd: int | None) -> None:
        self.path = path
        self.fd = fd

    @classmethod
    def root(cls, path: str, *, anchored: bool) -> _Folder:
        return cls(path, os.open(path, _DIRECTORY) if anchored else None)

    def at(self, name: str) -> str:
        """What to call an entry together with ``dir_fd=self.fd``."""
        return name if self.fd is not None else os.path.join(self.path, name)  # noqa: PTH118 - text for the os functions

    def mode(self, name: str) -> int | None:
        """Return kind and permissions of an entry, of a link itself, or ``None`` if there is none."""
        try:
            found = os.stat(self.at(name), dir_fd=self.fd, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if getattr(found, "st_reparse_tag", 0):  # a junction is no directory of this tree
            return stat.S_IFLNK
        return found.st_mode

    def enter(self, name: str) -> _Folder:
        """Open a directory in it, which is made if it is missing; a link is none."""
        mode = self.mode(name)
        if mode is None:
            os.mkdir(self.at(name), 0o700, dir_fd=self.fd)
        elif not stat.S_ISDIR(mode):
            what = "a symbolic link" if stat.S_ISLNK(mode) else "something that is no directory"
            raise UnsafeArchive(f"a member of the archive leads through {what}: {os.path.join(self.path, name)}")  # noqa: PTH118
        path = os.path.join(self.path, name)  # noqa: PTH118
        if self.fd is None:
            return _Folder(path, None)
        return _Folder(path, os.open(name, _DIRECTORY | _NO_FOLLOW, dir_fd=self.fd))

    def close(self) -> None:
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None


class Extraction:
    """One archive on its way into one directory. `feed` blocks, so it is called in a thread.

    Args:
        target: An existing directory.
        policy: What is allowed.
        alone: The name that the only member, a regular file, gets; ``None`` for an archive of a directory.
        anchored: ``False`` works by paths, as on systems that cannot open relative to a directory.

    Attributes:
        size: Bytes written.
        members: Members that came.
    """

    def __init__(self, target: Path, policy: Policy, *, alone: str | None = None, anchored: bool = _ANCHORED) -> None:
        self.size = 0
        self.members = 0
        self._policy = policy
        self._alone = alone
        self._reader = TarReader()
        self._stack: list[tuple[str, _Folder]] = [("", _Folder.root(str(target), anchored=anchored))]
        self._directories: dict[tuple[str, ...], tarfile.TarInfo] = {}
        self._file: _File | None = None
        self._lock = threading.Lock()

    def feed(self, data: bytes) -> None:
        """Write what the next bytes complete.

        Raises:
            UnsafeArchive: A member would be written outside the target, or there is too much.
            ProtocolError: This is no tar stream.
            OSError: Something cannot be written.
        """
        with self._lock:
            for event in self._reader.feed(data):
                if isinstance(event, tarfile.TarInfo):
                    self._begin(event)
                elif self._file is not None:
                    if event is None:
                        self._file.complete(self._policy)
                        self._file = None
                    else:
                        self._file.write(event)

    def finish(self) -> None:
        """Note that the stream has ended: set what writing into directories has changed.

        Raises:
            ProtocolError: The archive was cut.
            UnsafeArchive: It does not hold what it should.
        """
        with self._lock:
            self._reader.close()
            if self._alone is not None and self.members != 1:
                raise UnsafeArchive("the archive of a single file holds none")
            for parts in sorted(self._directories, reverse=True):
                self._set_directory(parts, self._directories[parts])

    def close(self) -> None:
        """Take away what is not complete; waits for a `feed` in another thread."""
        with self._lock:
            if self._file is not None:
                self._file.discard()
                self._file = None
            while self._stack:
                self._stack.pop()[1].close()

    # ---- members

    def _begin(self, head: tarfile.TarInfo) -> None:
        self._count(head)
        if self._alone is not None:
            self._begin_alone(head, self._alone)
            return
        parts = _parts(head.name)
        if head.isdir():
            self._make_directory(parts, head)
        elif not parts:
            raise UnsafeArchive(f"a member of the archive that is no directory has the empty name {head.name!r}")
        elif head.isreg():
            folder = self._folder(parts[:-1])
            self._file = _File(folder, parts[-1], head)
        elif head.issym():
            self._make_symlink(parts, head)
        elif head.islnk():
            self._make_hard_link(parts, head)
        elif head.type not in _DROPPED:
            raise UnsafeArchive(f"a member of the archive is of an unknown kind: {head.name!r}")

    def _count(self, head: tarfile.TarInfo) -> None:
        policy = self._policy
        self.members += 1
        if policy.max_members is not None and self.members > policy.max_members:
            raise UnsafeArchive(f"the archive has more than {policy.max_members} members (max_members)")
        if head.isreg():
            self.size += head.size
        if policy.max_size is not None and self.size > policy.max_size:
            raise UnsafeArchive(f"the archive holds more than {policy.max_size} bytes (max_size)")

    def _begin_alone(self, head: tarfile.TarInfo, name: str) -> None:
        if not head.isreg() or self.members > 1:
            raise UnsafeArchive(f"the archive of a single file holds something else: {head.name!r}")
        self._file = _File(self._folder(()), name, head)

    def _make_directory(self, parts: tuple[str, ...], head: tarfile.TarInfo) -> None:
        self._folder(parts)
        self._directories[parts] = head

    def _make_symlink(self, parts: tuple[str, ...], head: tarfile.TarInfo) -> None:
        _check_text(head.linkname, f"the link {head.name!r} has no target that can be")
        if not _stays_inside(parts, head.linkname) and self._policy.outside_links != "keep":
            if self._policy.outside_links == "skip":
                return
            raise UnsafeArchive(
                f"the symbolic link {head.name!r} points out of the target, to {head.linkname!r} (outside_links)"
            )
        folder = self._folder(parts[:-1])
        temporary = _temporary_name()
        os.symlink(head.linkname, folder.at(temporary), dir_fd=folder.fd)
        try:
            with suppress(OSError, OverflowError, NotImplementedError):
                os.utime(folder.at(temporary), (head.mtime, head.mtime), dir_fd=folder.fd, follow_symlinks=False)
            _rename(folder, temporary, parts[-1])
        except BaseException:
            os.unlink(folder.at(temporary), dir_fd=folder.fd)
            raise

    def _make_hard_link(self, parts: tuple[str, ...], head: tarfile.TarInfo) -> None:
        _check_text(head.linkname, f"the link {head.name!r} has no target that can be")
        source_parts = _parts(head.linkname)
        if not source_parts:
            raise UnsafeArchive(f"the hard link {head.name!r} has an empty target")
        temporary = _temporary_name()
        source = self._folder(source_parts[:-1])
        mode = source.mode(source_parts[-1])
        if mode is None or not stat.S_ISREG(mode):
            raise UnsafeArchive(f"the hard link {head.name!r} points to no regular file: {head.linkname!r}")
        root = self._stack[0][1]
        # By way of the target itself: only one chain of directories is held open.
        _link(source, source_parts[-1], root, temporary)
        try:
            folder = self._folder(parts[:-1])
            _rename(folder, temporary, parts[-1], source=root)
        except BaseException:
            os.unlink(root.at(temporary), dir_fd=root.fd)
            raise
        with suppress(FileNotFoundError):  # renaming onto another link of the same file leaves both
            os.unlink(root.at(temporary), dir_fd=root.fd)

    # ---- directories

    def _folder(self, parts: tuple[str, ...]) -> _Folder:
        """Open a directory below the target part by part; what is common with the last one stays open."""
        if len(parts) > _DEEPEST:
            raise UnsafeArchive(f"a member of the archive is nested more than {_DEEPEST} directories deep")
        same = 0
        while same < min(len(parts), len(self._stack) - 1) and self._stack[same + 1][0] == parts[same]:
            same += 1
        while len(self._stack) > same + 1:
            self._stack.pop()[1].close()
        for name in parts[same:]:
            self._stack.append((name, self._stack[-1][1].enter(name)))
        return self._stack[-1][1]

    def _set_directory(self, parts: tuple[str, ...], head: tarfile.TarInfo) -> None:
        if not parts:
            return  # the target is the caller's
        folder = self._folder(parts)
        where = folder.fd if folder.fd is not None else folder.path
        if self._policy.keep_owners:
            _set_owner(where, head)
        os.chmod(where, head.mode & 0o777)  # noqa: PTH101 - an open directory has no Path
        with suppress(OSError, OverflowError):
            os.utime(where, (head.mtime, head.mtime))


class _File:
    """A regular file that is being written under a name of ours."""

    def __init__(self, folder: _Folder, name: str, head: tarfile.TarInfo) -> None:
        # The folder may be closed by then, if a chain of directories was left: hold it open by ourselves.
        self._folder = _Folder(folder.path, os.dup(folder.fd) if folder.fd is not None else None)
        self._name = name
        self._head = head
        self._temporary = _temporary_name()
        try:
            self._fd = os.open(folder.at(self._temporary), _NEW_FILE, 0o600, dir_fd=folder.fd)
        except BaseException:
            self._folder.close()
            raise

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]

    def complete(self, policy: Policy) -> None:
        """Set the attributes and give the file its name."""
        head = self._head
        try:
            if policy.keep_owners:
                _set_owner(self._place(), head)
            os.chmod(self._place(), head.mode & 0o777)  # noqa: PTH101 - nor has an open file
            with suppress(OSError, OverflowError):
                os.utime(self._place(), (head.mtime, head.mtime))
            os.close(self._fd)
            self._fd = -1
            _rename(self._folder, self._temporary, self._name)
        except BaseException:
            self.discard()
            raise
        self._folder.close()

    def discard(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        with suppress(FileNotFoundError):
            os.unlink(self._folder.at(self._temporary), dir_fd=self._folder.fd)
        self._folder.close()

    def _place(self) -> int | str:
        return self._folder.at(self._temporary) if _WINDOWS else self._fd


def _set_owner(where: int | str, head: tarfile.TarInfo) -> None:
    if sys.platform != "win32":
        os.chown(where, head.uid, head.gid)


def _rename(folder: _Folder, temporary: str, name: str, *, source: _Folder | None = None) -> None:
    """Give an entry its name; what is there is replaced, but a directory never."""
    source = source or folder
    mode = folder.mode(name)
    if mode is not None and stat.S_ISDIR(mode):
        raise IsADirectoryError(f"a directory is in the way: {os.path.join(folder.path, name)}")  # noqa: PTH118
    os.replace(source.at(temporary), folder.at(name), src_dir_fd=source.fd, dst_dir_fd=folder.fd)


def _link(source: _Folder, name: str, target: _Folder, new_name: str) -> None:
    if source.fd is None:
        os.link(source.at(name), target.at(new_name))
        return
    os.link(name, new_name, src_dir_fd=source.fd, dst_dir_fd=target.fd, follow_symlinks=False)


def _temporary_name() -> str:
    return f".aiodockerpy-{secrets.token_hex(8)}"


def _parts(name: str) -> tuple[str, ...]:
    """Split the name of a member; the target itself is ``()``."""
    _check_text(name or ".", f"a member of the archive has a name that cannot be: {name!r}")
    if name.startswith("/"):
        raise UnsafeArchive(f"a member of the archive has an absolute name: {name!r}")
    parts = tuple(part for part in name.split("/") if part not in {"", "."})
    if ".." in parts:
        raise UnsafeArchive(f"a member of the archive leads out of the target: {name!r}")
    if _WINDOWS and any(set(part) & set('\\:*?"<>|') or part[-1] in " ." for part in parts):
        raise UnsafeArchive(f"a member of the archive has a name that means something else here: {name!r}")
    return parts


def _check_text(text: str, problem: str) -> None:
    if not text or "\0" in text:
        raise UnsafeArchive(problem)


def _stays_inside(parts: tuple[str, ...], target: str) -> bool:
    """Whether a link of this name cannot lead out of the target.

    ``..`` may only stand at the beginning, where it means the real directories above the link: behind a name it would
    be taken from wherever that name, which may be another link, leads to.
    """
    if target.startswith("/") or (_WINDOWS and set(target) & set("\\:")):
        return False
    steps = [step for step in target.split("/") if step not in {"", "."}]
    ups = next((number for number, step in enumerate(steps) if step != ".."), len(steps))
    return ".." not in steps[ups:] and ups < len(parts)
