"""The exception of the HTTP/2 layer, in a module that does not import ``h2``."""

from __future__ import annotations

from aiodockerpy.errors import StreamInterrupted

__all__ = ["StreamReset"]


class StreamReset(StreamInterrupted):
    """The peer reset one stream; the connection goes on.

    Attributes:
        code: HTTP/2's error code; 8 is CANCEL, 0 is NO_ERROR.
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"the engine reset the stream (HTTP/2 code {code})")
        self.code = code
