"""Where the program made a handle or opened a stream, for messages."""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["caller"]

_LIBRARY = str(Path(__file__).parent.parent)


def caller() -> str:
    """Return ``file:line`` of the nearest frame outside this library."""
    frame = sys._getframe(1)  # noqa: SLF001 - the documented way to look at one's callers cheaply
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_LIBRARY):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
