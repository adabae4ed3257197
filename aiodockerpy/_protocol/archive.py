"""The parts of copying around the tar stream: descriptions of paths, file modes, heads of members."""

from __future__ import annotations

import base64
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, cast

from aiodockerpy import errors
from aiodockerpy._jsonable import dumpable
from aiodockerpy._protocol.outside import read_json, read_text
from aiodockerpy._protocol.timestamps import Timestamp

_BLOCK: Final = 512

END: Final = bytes(2 * _BLOCK)
"""What ends a tar stream."""

_PERMISSIONS: Final = 0o777
# Go keeps the kind of a file in the upper bits of its mode, in another order than the kernel.
_GO_KINDS: Final = (
    (1 << 31, stat.S_IFDIR),
    (1 << 27, stat.S_IFLNK),
    (1 << 26 | 1 << 21, stat.S_IFCHR),
    (1 << 26, stat.S_IFBLK),
    (1 << 25, stat.S_IFIFO),
    (1 << 24, stat.S_IFSOCK),
)
_GO_BITS: Final = ((1 << 23, stat.S_ISUID), (1 << 22, stat.S_ISGID), (1 << 20, stat.S_ISVTX))


def from_go_mode(mode: int) -> int:
    """Convert a Go ``os.FileMode`` to what `os.stat` gives."""
    kind = next((kind for bits, kind in _GO_KINDS if mode & bits == bits), stat.S_IFREG)
    return kind | sum(bit for go, bit in _GO_BITS if mode & go) | mode & _PERMISSIONS


def to_go_mode(mode: int) -> int:
    """Convert what `os.stat` gives to a Go ``os.FileMode``."""
    kind = next((bits for bits, kind in _GO_KINDS if stat.S_IFMT(mode) == kind), 0)
    return kind | sum(go for go, bit in _GO_BITS if mode & bit) | mode & _PERMISSIONS


def device_numbers(found: os.stat_result) -> tuple[int, int]:
    """Return the major and minor number of a device file; Windows has none."""
    if sys.platform == "win32":
        return 0, 0
    else:  # noqa: RET505 - mypy takes what follows for unreachable where it is
        return os.major(found.st_rdev), os.minor(found.st_rdev)


@dumpable("is_dir")
@dataclass(frozen=True, slots=True)
class PathStat:
    """What the engine reports about a path in a container.

    It can also be read by the names of the wire, as docker-py's dict: ``stat["linkTarget"]``; there ``mode`` is Go's.

    Attributes:
        name: The last part of the path.
        size: In bytes.
        mode: Kind and permissions as in `os.stat`; see `stat.S_ISDIR` and the like.
        mtime: When it was last changed.
        link_target: Where a symbolic link points to; empty for anything else.
    """

    name: str
    size: int
    mode: int
    mtime: Timestamp | None
    link_target: str
    _wire: dict[str, object] = field(repr=False, compare=False, hash=False)

    @property
    def is_dir(self) -> bool:
        """Whether it is a directory."""
        return stat.S_ISDIR(self.mode)

    @property
    def is_symlink(self) -> bool:
        """Whether it is a symbolic link."""
        return stat.S_ISLNK(self.mode)

    def __getitem__(self, name: str) -> object:
        return self._wire[name]

    def __contains__(self, name: object) -> bool:
        return name in self._wire

    def __iter__(self) -> Iterator[str]:
        return iter(self._wire)

    def keys(self) -> list[str]:
        """Return the names of the wire, so that ``dict(stat)`` works."""
        return list(self._wire)

    def get(self, name: str, default: object = None) -> object:
        """Return a value by its name on the wire."""
        return self._wire.get(name, default)


def decode_path_stat(header: str) -> PathStat:
    """Decode the header ``X-Docker-Container-Path-Stat``.

    Raises:
        ProtocolError: The header is missing (empty) or does not describe a path.
    """
    if not header:
        raise errors.ProtocolError("the answer does not describe the path: it has no X-Docker-Container-Path-Stat")
    wire = decode_json_header(header, "X-Docker-Container-Path-Stat")
    return PathStat(
        name=read_text(wire.get("name")),
        size=_number(wire, "size"),
        mode=from_go_mode(_number(wire, "mode")),
        mtime=_time(read_text(wire.get("mtime"))),
        link_target=read_text(wire.get("linkTarget")),
        _wire=wire,
    )


def decode_json_header(header: str, name: str = "the header") -> dict[str, object]:
    """Decode a header that holds a JSON object as base64.

    Raises:
        ProtocolError: It does not; the message names the header, and does not quote it.
    """
    try:
        decoded: object = read_json(base64.b64decode(header, validate=True))
    except ValueError:
        raise errors.ProtocolError(f"{name} is not base64 of JSON") from None
    if not isinstance(decoded, dict):
        raise errors.ProtocolError(f"{name} is not a JSON object")
    return cast("dict[str, object]", decoded)


def _number(wire: dict[str, object], name: str) -> int:
    value = wire.get(name)
    return value if isinstance(value, int) else 0


def _time(text: str) -> Timestamp | None:
    try:
        return Timestamp.parse(text)
    except ValueError:
        return None


def padding(size: int) -> bytes:
    """Return the padding of a file of this size to whole blocks."""
    return bytes(-size % _BLOCK)
