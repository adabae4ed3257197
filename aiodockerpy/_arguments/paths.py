"""Paths on this machine that are written to."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from aiodockerpy.errors import InvalidArgument

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["is_device", "refuse_device"]


def is_device(path: Path) -> bool:
    """Return whether a path is that of a device, or leads to one by links."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # the attempt to write to it says what is wrong
        return False
    return stat.S_ISCHR(mode) or stat.S_ISBLK(mode)


def refuse_device(path: Path, name: str) -> None:
    """Refuse a device where a file is to be written, since the file that is whole takes the place of what is there.

    Raises:
        InvalidArgument: It is a device, or leads to one.
    """
    if is_device(path):
        raise InvalidArgument(f"{name}: {path} is a device: give the name of a file")
