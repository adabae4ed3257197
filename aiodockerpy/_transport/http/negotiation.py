"""The API version in use: negotiated once, and again when the engine turns out to have been replaced."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from aiodockerpy._protocol.versions import ApiVersion, negotiate

_HEADER = "Api-Version"
_log = logging.getLogger("aiodockerpy.transport")


class Negotiation:
    """The version in use.

    Args:
        ping: Sends ``/_ping`` and returns the headers of the answer.
        fixed: A version that was asked for; then nothing is negotiated.
    """

    def __init__(self, ping: Callable[[], Awaitable[Mapping[str, str]]], fixed: ApiVersion | None = None) -> None:
        self._ping = ping
        self._fixed = fixed
        self._agreed: ApiVersion | None = None
        self._engine: str | None = None
        self._asking = asyncio.Lock()

    @property
    def agreed(self) -> ApiVersion | None:
        """The version in use, as far as it is known without asking."""
        return self._fixed or self._agreed

    async def version(self) -> ApiVersion:
        """Return the version in use; the first caller asks, the others wait for its answer."""
        if (known := self.agreed) is not None:
            return known
        async with self._asking:  # if the caller that asks is cancelled, the next one asks
            if self._agreed is None:
                headers = await self._ping()
                self._engine = headers.get(_HEADER)
                self._agreed = negotiate(ApiVersion.parse(self._engine) if self._engine else None)
                _log.debug("the engine has API %s, %s is used", self._engine or "(unknown)", self._agreed)
            return self._agreed

    def notice(self, headers: Mapping[str, str]) -> bool:
        """Check the headers of an answer: a different Api-Version means that the engine was replaced.

        Returns:
            Whether it was; its version is asked for before the next call then.
        """
        version = headers.get(_HEADER)
        if version is None or self._engine is None or version == self._engine:
            return False
        self._agreed = None
        self._engine = None
        return True
