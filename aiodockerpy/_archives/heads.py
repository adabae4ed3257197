"""Heads of tar members: those of plain files by hand, at a fraction of the cost, all others by ``tarfile``."""

from __future__ import annotations

import tarfile
from typing import Final

_NAME: Final = 100
_SMALL: Final = 0o7777777
_LARGE: Final = 0o77777777777
"""What the fields of seven and of eleven octal digits can hold."""

_AFTER_CHECKSUM: Final = tarfile.REGTYPE + bytes(100) + tarfile.POSIX_MAGIC + bytes(247)
_REST_OF_CHECKSUM: Final = sum(_AFTER_CHECKSUM) + 8 * ord(" ")
"""The checksum counts its own eight bytes as blanks."""


def head_bytes(head: tarfile.TarInfo) -> bytes:
    """Return the blocks that precede the content of a member."""
    if not _is_plain(head):
        return head.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    numbers = (head.mode & 0o7777, head.uid, head.gid, head.size, int(head.mtime))
    front = b"%b%07o\0%07o\0%07o\0%011o\0%011o\0" % (head.name.encode().ljust(_NAME, b"\0"), *numbers)
    return b"%b%06o\0 %b" % (front, sum(front) + _REST_OF_CHECKSUM, _AFTER_CHECKSUM)


def _is_plain(head: tarfile.TarInfo) -> bool:
    """Return whether it is a regular file of which everything fits one block of the oldest format."""
    return (
        head.type == tarfile.REGTYPE
        and len(head.name) <= _NAME
        and head.name.isascii()
        and not (head.linkname or head.uname or head.gname or head.pax_headers)
        and isinstance(head.mtime, int)
        and 0 <= head.mtime <= _LARGE
        and 0 <= head.size <= _LARGE
        and 0 <= head.uid <= _SMALL
        and 0 <= head.gid <= _SMALL
    )
