"""A small file tree, in memory: of an image, a container or a volume."""

from __future__ import annotations

import io
import posixpath
import stat
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Final, TypeAlias

_KINDS: Final = {
    tarfile.REGTYPE: stat.S_IFREG,
    tarfile.AREGTYPE: stat.S_IFREG,
    tarfile.DIRTYPE: stat.S_IFDIR,
    tarfile.SYMTYPE: stat.S_IFLNK,
    tarfile.FIFOTYPE: stat.S_IFIFO,
    tarfile.CHRTYPE: stat.S_IFCHR,
    tarfile.BLKTYPE: stat.S_IFBLK,
}
_TYPES: Final = {kind: type for type, kind in _KINDS.items() if type != tarfile.AREGTYPE}


@dataclass(frozen=True, slots=True)
class Node:
    """A file, a directory or a link; never changed, only replaced.

    Attributes:
        mode: Kind and permissions, as `os.stat` gives them.
        data: The content of a file.
        target: Where a link points.
        mtime: When the content changed, in seconds since 1970.
        inode: A number that all hard links of a file have; 0 if it has one name.
        headers: Other metadata from the archive, such as extended attributes.
    """

    mode: int
    data: bytes = b""
    target: str = ""
    uid: int = 0
    gid: int = 0
    mtime: float = 0
    device: tuple[int, int] = (0, 0)
    headers: tuple[tuple[str, str], ...] = ()
    inode: int = 0

    @property
    def is_dir(self) -> bool:
        """Whether it is a directory."""
        return stat.S_ISDIR(self.mode)

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return stat.S_ISLNK(self.mode)


_inodes = count(1)


def shared(node: Node) -> Node:
    """Return a node that can have several names."""
    return node if node.inode else replace(node, inode=next(_inodes))


def directory(mode: int = 0o755, **attributes: float) -> Node:
    """Create a directory."""
    return Node(stat.S_IFDIR | mode, mtime=attributes.get("mtime", 0))


Tree: TypeAlias = dict[str, Node]
"""Nodes by absolute path; a copy of the mapping is a snapshot."""

EMPTY: Final[Tree] = {"/": directory()}


def add_parents(tree: Tree, path: str, mtime: float = 0) -> None:
    """Create the directories above a path that are missing."""
    parent = posixpath.dirname(path)
    if parent not in tree:
        add_parents(tree, parent, mtime)
        tree[parent] = directory(mtime=mtime)


def members_of(tree: Mapping[str, Node], path: str) -> Iterator[tuple[str, Node]]:
    """Iterate a path and everything below it, in order."""
    below = path.rstrip("/") + "/"
    if path in tree:
        yield path, tree[path]
    for name in sorted(name for name in tree if name.startswith(below) and name != path):
        yield name, tree[name]


def pack(members: Iterable[tuple[str, Node]]) -> bytes:
    """Write a tar of nodes by name."""
    buffer = io.BytesIO()
    first: dict[int, str] = {}
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, node in members:
            info = tarfile.TarInfo(name)
            info.type = _TYPES[stat.S_IFMT(node.mode)]
            info.mode = stat.S_IMODE(node.mode)
            info.uid, info.gid, info.linkname = node.uid, node.gid, node.target
            info.mtime = int(node.mtime) if node.mtime == int(node.mtime) else node.mtime
            info.devmajor, info.devminor = node.device
            info.pax_headers = dict(node.headers)
            if node.inode in first:
                info.type, info.linkname = tarfile.LNKTYPE, first[node.inode]
            else:
                info.size = len(node.data)
            if node.inode:
                first.setdefault(node.inode, name)
            tar.addfile(info, io.BytesIO(node.data))
    return buffer.getvalue()


def unpack(data: bytes) -> Iterator[tuple[str, Node | str]]:
    """Read a tar, compressed or not: names without leading slash, and nodes; for a hard link the name of the file.

    Raises:
        tarfile.TarError: It is not a tar archive.
    """
    if not data.strip(b"\0"):
        return
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as tar:
        for info in tar:
            name = posixpath.normpath(info.name).lstrip("/")
            if info.islnk():
                yield name, posixpath.normpath(info.linkname).lstrip("/")
            else:
                file = tar.extractfile(info) if info.isfile() else None
                kept = tuple((key, value) for key, value in info.pax_headers.items() if key.startswith("SCHILY."))
                mode = 0o777 if info.issym() else info.mode & 0o7777
                yield name, Node(
                    _KINDS[info.type if info.type in _KINDS else tarfile.REGTYPE] | mode,
                    file.read() if file else b"", info.linkname if info.issym() else "",
                    info.uid, info.gid, info.mtime, (info.devmajor, info.devminor), kept,
                )  # fmt: skip


def problem_of(error: tarfile.TarError) -> str:
    """Return the engine's message about such an archive."""
    short = any(words in str(error) for words in ("end of data", "truncated", "empty"))
    return "unexpected EOF" if short else "archive/tar: invalid tar header"


def changes(before: Mapping[str, Node], now: Mapping[str, Node]) -> list[tuple[str, int]]:
    """Compare two trees: paths with 0 for changed, 1 for added, 2 for deleted; directories above are changed."""
    found: dict[str, int] = {}
    for path, node in now.items():
        if path not in before:
            found[path] = 1
        elif before[path] != node and (not node.is_dir or _attributes(before[path]) != _attributes(node)):
            found[path] = 0
    for path in before:
        if path not in now and posixpath.dirname(path) in now:
            found[path] = 2
    for path in list(found):
        parent = posixpath.dirname(path)
        while parent != "/":
            found.setdefault(parent, 0)
            parent = posixpath.dirname(parent)
    return sorted((path, kind) for path, kind in found.items() if path != "/")


def _attributes(node: Node) -> Node:
    return replace(node, mtime=0)
