"""Output as it goes over the wire: in frames, or as it is for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aiodockerpy.testing._http.messages import Request
    from aiodockerpy.testing._state.output import StreamName

RAW: Final = "application/vnd.docker.raw-stream"
MULTIPLEXED: Final = "application/vnd.docker.multiplexed-stream"
_NUMBERS: Final = {"stdout": b"\1\0\0\0", "stderr": b"\2\0\0\0"}
_LARGEST: Final = 32 * 1024


def frame(stream: StreamName, data: bytes, *, tty: bool) -> bytes:
    """Frame what was written, in pieces as large as the engine's; a terminal's output stays as it is."""
    if tty:
        return data
    head = _NUMBERS[stream]
    pieces = (data[start : start + _LARGEST] for start in range(0, len(data), _LARGEST))
    return b"".join([head + len(piece).to_bytes(4, "big") + piece for piece in pieces])


def content_type(request: Request, *, tty: bool) -> str:
    """Return the content type of output, which API 1.42 changed."""
    return RAW if tty or not request.at_least("1.42") else MULTIPLEXED
