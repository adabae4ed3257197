"""Operations on the engine itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._exhausted import reports_exhaustion
from aiodockerpy._protocol.operations import call
from aiodockerpy._protocol.timestamps import TimeBound, bound
from aiodockerpy.api._part import Part
from aiodockerpy.streams.source import all_items

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodockerpy._protocol.ping import Ping
    from aiodockerpy.streams.stream import Stream

DataUsageType: TypeAlias = Literal["container", "image", "volume", "build-cache"]
"""What `SystemApi.data_usage` can be limited to."""


@checks_arguments
class SystemApi(Part):
    """The engine itself.

    Example:
        .. code-block:: python

            print((await client.api.system.version()).version)
    """

    async def auth(self, request: models.AuthConfig) -> models.AuthStatus:
        """Check credentials with a registry.

        Operation: ``SystemAuth``, ``POST /auth``.

        Args:
            request: User name, password or token, and the registry.

        Returns:
            The registry's answer, with an identity token if it gives one.

        Raises:
            APIError: The registry refuses: 401, or 500 from registries with basic authentication.
        """
        return await self._fetch(call("SystemAuth", json=request), lambda: models.AuthStatus)

    async def info(self) -> models.SystemInfo:
        """Return information about the engine, its machine and its swarm.

        Operation: ``SystemInfo``, ``GET /info``.
        """
        return await self._fetch(call("SystemInfo"), lambda: models.SystemInfo)

    async def version(self) -> models.SystemVersion:
        """Return the versions of the engine and its parts.

        Operation: ``SystemVersion``, ``GET /version``.
        """
        return await self._fetch(call("SystemVersion"), lambda: models.SystemVersion)

    @reports_exhaustion
    async def ping(self) -> Ping:
        """Check that the engine answers.

        Operation: ``SystemPing``, ``GET /_ping``.

        Returns:
            What the headers of the answer report.
        """
        from aiodockerpy._protocol.ping import Ping

        return Ping.from_headers((await self._transport.request(call("SystemPing"))).headers)

    @reports_exhaustion
    async def ping_head(self) -> Ping:
        """Check that the engine answers, without a body in the answer.

        Operation: ``SystemPingHead``, ``HEAD /_ping``.

        Returns:
            What the headers of the answer report.
        """
        from aiodockerpy._protocol.ping import Ping

        return Ping.from_headers((await self._transport.request(call("SystemPingHead"))).headers)

    def events(
        self,
        *,
        since: TimeBound = None,
        until: TimeBound = None,
        filters: models.EventsFilters | models.Filters | None = None,
    ) -> Stream[models.EventMessage, list[models.EventMessage]]:
        """Watch what happens on the engine, for as long as the connection lasts.

        Operation: ``SystemEvents``, ``GET /events``.

        Args:
            since: Begin with what happened then, as far as the engine keeps it (256 events): a datetime, a
                timedelta back from now, unix seconds, or RFC 3339 text.
            until: End there; without it the stream has no end. The same forms.
            filters: Which events.

        Returns:
            A handle: iterated it gives events, awaited (with ``until``) the list of them.

        Raises:
            InvalidArgument: An unknown filter.
            StreamInterrupted: The connection ended.
        """
        values = {"since": bound(since), "until": bound(until), "filters": filters}
        return self._json_stream(call("SystemEvents", values=values), lambda: models.EventMessage, all_items)

    async def data_usage(
        self, *, type: Sequence[DataUsageType] | None = None, verbose: bool | None = None
    ) -> models.SystemDataUsage:
        """Return how much disk space images, containers, volumes and the build cache use.

        Operation: ``SystemDataUsage``, ``GET /system/df``.

        Args:
            type: Only these kinds: ``"container"``, ``"image"``, ``"volume"``, ``"build-cache"``. API 1.42+.
            verbose: With the single objects, in the newer form of the answer only. API 1.52+.
        """
        values = {"type": type, "verbose": verbose}
        return await self._fetch(call("SystemDataUsage", values=values), lambda: models.SystemDataUsage)
