"""The one exception of the HTTP/2 layer; apart from it, so that nothing else imports ``h2``."""

from __future__ import annotations

from aiodockerpy.errors import DockerException

__all__ = ["StreamReset"]


class StreamReset(DockerException):  # named for what happened, like the public errors
    """The peer ended one stream before its end.

    Attributes:
        code: HTTP/2's error code; 8 is CANCEL, 0 is NO_ERROR.
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"the engine reset the stream (HTTP/2 code {code})")
        self.code = code
