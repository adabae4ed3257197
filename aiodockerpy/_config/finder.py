"""Find out where the engine is, when it is first asked for."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from aiodockerpy._config.resolve import Endpoint
    from aiodockerpy._config.tls import TLSConfig


class EngineFinder:
    """Finds out where the engine is, once.

    Args:
        base_url: The host, if the program names it.
        tls: How TCP is secured.
        environment: The environment variables to use; ``os.environ`` if not given.
        use_context: Whether the docker CLI's contexts count.
        headers: Headers that the program adds to every request.

    Attributes:
        context: The context, if the program names it.
        environment: The environment variables to use; ``os.environ`` if not given.

    Raises:
        InvalidArgument: The host, or a header, cannot be used.
    """

    def __init__(
        self,
        base_url: str | None,
        tls: bool | TLSConfig | ssl.SSLContext | None,
        environment: Mapping[str, str] | None,
        *,
        use_context: bool,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.context: str | None = None
        self._base_url = base_url
        self._tls = tls
        self.environment = os.environ if environment is None else environment
        self._use_context = use_context
        self._headers = headers
        self._found: Endpoint | None = None
        if base_url is not None:  # an invalid host is reported at once
            from aiodockerpy._config.hosts import parse_host

            parse_host(base_url, tls=bool(tls))
        if headers:
            from aiodockerpy._config.http_headers import clients_headers

            self._headers = clients_headers(headers)

    def endpoint(self) -> Endpoint:
        """Return the endpoint; reads files the first time."""
        if self._found is None:
            from aiodockerpy._config.resolve import resolve_endpoint

            found = resolve_endpoint(
                self._base_url,
                environment=self.environment,
                tls=self._tls,
                context=self.context,
                use_context=self._use_context,
            )
            self._found = replace(found, headers={**found.headers, **self._headers}) if self._headers else found
        return self._found

    async def load(self) -> Endpoint:
        """Return the endpoint without blocking the loop."""
        return await asyncio.to_thread(self.endpoint) if self._found is None else self._found

    def describe(self) -> str:
        """Name the engine without reading anything."""
        return str(self._found) if self._found is not None else self._base_url or "not connected yet"
