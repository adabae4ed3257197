"""Extract a tar stream below a directory; `SafeWriter` ensures that nothing is written elsewhere."""

from __future__ import annotations

import os
import tarfile
from typing import TYPE_CHECKING, Final

from aiodockerpy._archives.writer import ANCHORED, Metadata, NewFile, Parts, SafeWriter, safe_parts
from aiodockerpy._protocol.tar import TarEvent, TarReader
from aiodockerpy._threads import UntilClosed
from aiodockerpy.errors import UnsafeArchive

if TYPE_CHECKING:
    from pathlib import Path

    from aiodockerpy._archives.policy import Policy

_DEEPEST: Final = 200
_LAST_OWNER: Final = 2**32 - 2
"""The largest number of a user or group; the next one means that a file keeps its owner."""
_WINDOWS: Final = os.name == "nt"
_DROPPED: Final = frozenset({tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE})


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

    def __init__(self, target: Path, policy: Policy, *, alone: str | None = None, anchored: bool = ANCHORED) -> None:
        self.size = 0
        self.members = 0
        self._policy = policy
        self._alone = safe_parts(alone) if alone is not None else None
        self._reader = TarReader()
        self._writer = SafeWriter(target, take_over=False, deepest=_DEEPEST, anchored=anchored)
        self._directories: dict[Parts, Metadata] = {}
        self._file: NewFile | None = None
        self._file_metadata = Metadata(0, 0)
        self._turns = UntilClosed()

    def feed(self, *pieces: bytes) -> None:
        """Write what the next bytes complete.

        Raises:
            UnsafeArchive: A member would be written outside the target, or there is too much.
            ProtocolError: This is not a tar stream.
            OSError: Something cannot be written.
        """
        self._turns.run(self._feed, pieces)

    def _feed(self, pieces: tuple[bytes, ...]) -> None:
        for piece in pieces:
            for event in self._reader.feed(piece):
                self._take(event)

    def _take(self, event: TarEvent) -> None:
        if isinstance(event, tarfile.TarInfo):
            self._begin(event)
        elif self._file is not None and event is not None:
            self._file.write(event)
        elif self._file is not None:
            file, self._file = self._file, None
            file.complete(self._file_metadata)

    def finish(self) -> None:
        """End the stream: set what writing into directories has changed.

        Raises:
            ProtocolError: The archive was cut.
            UnsafeArchive: It does not hold what it should.
            OSError: Something cannot be set.
        """
        self._turns.run(self._finish)

    def _finish(self) -> None:
        self._reader.close()
        if self._alone is not None and self.members != 1:
            raise UnsafeArchive("the archive of a single file holds none")
        for parts in sorted(self._directories, reverse=True):
            if parts:  # the target itself is the caller's
                self._writer.set_directory(parts, self._directories[parts])

    def close(self) -> None:
        """Remove what is not complete."""
        self._turns.last(self._close)

    def _close(self) -> None:
        if self._file is not None:
            self._file.discard()
            self._file = None
        self._writer.close()

    # ---- members

    def _begin(self, head: tarfile.TarInfo) -> None:
        self._count(head)
        if self._alone is not None:
            if not head.isreg() or self.members > 1:
                raise UnsafeArchive(f"the archive of a single file holds something else: {head.name!r}")
            self._begin_file(self._alone, head)
            return
        parts = safe_parts(head.name)
        if head.isdir():
            self._writer.make_directory(parts)
            self._directories[parts] = self._metadata(head)
        elif not parts:
            raise UnsafeArchive(f"a member of the archive that is not a directory has the empty name {head.name!r}")
        elif head.isreg():
            self._begin_file(parts, head)
        elif head.issym():
            self._make_symlink(parts, head)
        elif head.islnk():
            self._writer.make_hard_link(parts, safe_parts(head.linkname))
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

    def _begin_file(self, parts: Parts, head: tarfile.TarInfo) -> None:
        self._file_metadata = self._metadata(head)
        self._file = self._writer.new_file(parts)

    def _make_symlink(self, parts: Parts, head: tarfile.TarInfo) -> None:
        if not head.linkname or "\0" in head.linkname:
            raise UnsafeArchive(f"the symbolic link {head.name!r} has no target that can be")
        if not _stays_inside(parts, head.linkname) and self._policy.outside_links != "keep":
            if self._policy.outside_links == "skip":
                return
            raise UnsafeArchive(
                f"the symbolic link {head.name!r} points out of the target, to {head.linkname!r} (outside_links)"
            )
        self._writer.make_symlink(parts, head.linkname, _nanoseconds(head))

    def _metadata(self, head: tarfile.TarInfo) -> Metadata:
        owner = (head.uid, head.gid) if self._policy.keep_owners else None
        if owner is not None and not all(0 <= number <= _LAST_OWNER for number in owner):
            raise UnsafeArchive(f"{head.name!r} has an owner that no file can have: {owner}")
        return Metadata(head.mode & 0o777, _nanoseconds(head), owner)


def _nanoseconds(head: tarfile.TarInfo) -> int:
    return int(head.mtime * 1_000_000_000)


def _stays_inside(parts: tuple[str, ...], target: str) -> bool:
    """Return whether a link of this name cannot lead out of the target.

    ``..`` may only stand at the beginning, where it means the real directories above the link: behind a name it would
    be taken from wherever that name, which may be another link, leads to.
    """
    if target.startswith("/") or (_WINDOWS and set(target) & set("\\:")):
        return False
    steps = [step for step in target.split("/") if step not in {"", "."}]
    ups = next((number for number, step in enumerate(steps) if step != ".."), len(steps))
    return ".." not in steps[ups:] and ups < len(parts)
