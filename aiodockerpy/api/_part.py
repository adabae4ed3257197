"""The base of the classes that hold the operations of a tag."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodockerpy._transport.base import Transport


class Part:
    """The operations on one kind of object."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    if not TYPE_CHECKING:

        def __call__(self, *_: object, **__: object) -> None:
            """Raise for docker-py's ``client.api.containers(…)``, naming the method that lists."""
            kind = type(self).__name__
            part = re.sub("Api$", "", kind).lower()
            hint = f"await client.api.{part}.list()" if hasattr(self, "list") else f"call a method of client.api.{part}"
            raise TypeError(f"{kind!r} object is not callable: {hint}")
