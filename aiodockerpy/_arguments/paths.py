"""Paths on this machine that are written to."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from aiodockerpy.errors import InvalidArgument

DEVICE = "a device"
DIRECTORY = "a directory"
FIFO = "a FIFO"
SOCKET = "a socket"
_KINDS = {
    stat.S_IFCHR: DEVICE,
    stat.S_IFBLK: DEVICE,
    stat.S_IFDIR: DIRECTORY,
    stat.S_IFIFO: FIFO,
    stat.S_IFSOCK: SOCKET,
}


def behind_links(path: Path) -> Path:
    """Return what a link leads to, so that a file that is replaced is that one, and the link stays; else the path."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def special(path: Path) -> str:
    """Return what a path is, or leads to by links, if it is not a file; empty for a file, and for what is not there."""
    try:
        return _KINDS.get(stat.S_IFMT(path.stat().st_mode), "")
    except (OSError, ValueError):  # the attempt to write to it reports what is wrong
        return ""


def refuse_special(path: Path, name: str, *, only: str = "") -> None:
    """Refuse what is there if it is not a file, since the completed file would replace it.

    Args:
        path: Where a file is to be written.
        name: The parameter that it was given for.
        only: What is refused, for example `DEVICE`; everything that is not a file if empty.

    Raises:
        InvalidArgument: It is a directory, a device, a FIFO or a socket, or leads to one.
    """
    kind = special(path)
    if kind and only in {"", kind}:
        raise InvalidArgument(f"{name}: {path} is {kind}: give the name of a file")
