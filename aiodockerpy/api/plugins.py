"""Operations on the plugins that the engine manages."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._protocol.operations import call
from aiodockerpy.api._credentials import NOBODY, Credentials, auth_header
from aiodockerpy.api._part import Part
from aiodockerpy.api._results import finish
from aiodockerpy.errors import PullError, PushError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodockerpy._protocol.query import IdOrName
    from aiodockerpy._protocol.units import Seconds
    from aiodockerpy.streams.content import Content
    from aiodockerpy.streams.stream import Stream


@checks_arguments
class PluginsApi(Part):
    """Plugins managed by the engine.

    Every ``plugin`` is an id or a name; tag ``latest`` if the name has none.

    Example:
        .. code-block:: python

            wanted = await client.api.plugins.privileges("vieux/sshfs")
            await client.api.plugins.pull("vieux/sshfs", wanted)
            await client.api.plugins.enable("vieux/sshfs")
    """

    def pull(
        self,
        remote: str,
        privileges: Sequence[models.PluginPrivilege] = (),
        *,
        name: str | None = None,
        auth: Credentials | None = None,
    ) -> Stream[models.JSONMessage, None]:
        """Install a plugin from a registry; it is not enabled.

        Operation: ``PluginPull``, ``POST /plugins/pull``.

        Args:
            remote: Its name in the registry.
            privileges: What it is allowed: all that `privileges` returned, or the engine refuses.
            name: Its name on this engine, if another.
            auth: Credentials for the registry.

        Returns:
            A handle: iterated it gives the progress, awaited it waits for the end.

        Raises:
            NotFound: The registry has no such plugin.
            Conflict: A plugin of that name is installed.
            PullError: Pulling failed after it had begun.
            StreamInterrupted: The connection ended before the pull did.
        """
        values = {"remote": remote, "name": name}
        request = call("PluginPull", values=values, headers=auth_header(auth), json=list(privileges))
        return self._progress_stream(request, finish, PullError)

    async def inspect(self, plugin: IdOrName) -> models.Plugin:
        """Return all details of a plugin.

        Operation: ``PluginInspect``, ``GET /plugins/{name}/json``.

        Raises:
            NotFound: No such plugin.
        """
        return await self._fetch(call("PluginInspect", {"name": plugin}), lambda: models.Plugin)

    async def remove(self, plugin: IdOrName, *, force: bool | None = None) -> None:
        """Remove a plugin.

        Operation: ``PluginDelete``, ``DELETE /plugins/{name}``.

        Args:
            plugin: Name or id.
            force: Remove it even if it is enabled or in use.

        Raises:
            NotFound: No such plugin.
            APIError: It is enabled or in use.
        """
        await self._transport.request(call("PluginDelete", {"name": plugin}, {"force": force}))

    async def enable(self, plugin: IdOrName, *, timeout: Seconds = 30) -> None:
        """Start a plugin.

        Operation: ``PluginEnable``, ``POST /plugins/{name}/enable``.

        Args:
            plugin: Name or id.
            timeout: Seconds that the engine waits for the plugin; ``0`` for no limit.

        Raises:
            NotFound: No such plugin.
            APIError: It is enabled already, or does not start.
        """
        await self._transport.request(call("PluginEnable", {"name": plugin}, {"timeout": cast("int", timeout)}))

    async def disable(self, plugin: IdOrName, *, force: bool | None = None) -> None:
        """Stop a plugin.

        Operation: ``PluginDisable``, ``POST /plugins/{name}/disable``.

        Args:
            plugin: Name or id.
            force: Disable it even if it is in use.

        Raises:
            NotFound: No such plugin.
            APIError: It is disabled already, or in use.
        """
        await self._transport.request(call("PluginDisable", {"name": plugin}, {"force": force}))

    def upgrade(
        self,
        plugin: IdOrName,
        remote: str,
        privileges: Sequence[models.PluginPrivilege] = (),
        *,
        auth: Credentials | None = None,
    ) -> Stream[models.JSONMessage, None]:
        """Replace a disabled plugin by another version of it; its settings stay.

        Operation: ``PluginUpgrade``, ``POST /plugins/{name}/upgrade``.

        Args:
            plugin: Name or id.
            remote: The other version's name in the registry.
            privileges: What it is allowed: all that `privileges` returned for ``remote``.
            auth: Credentials for the registry.

        Returns:
            A handle: iterated it gives the progress, awaited it waits for the end.

        Raises:
            NotFound: No such plugin, here or in the registry.
            APIError: It is enabled.
            PullError: Pulling failed after it had begun.
            StreamInterrupted: The connection ended before the upgrade did.
        """
        request = call(
            "PluginUpgrade", {"name": plugin}, {"remote": remote}, headers=auth_header(auth), json=list(privileges)
        )
        return self._progress_stream(request, finish, PullError)

    async def create(self, name: str, content: Content) -> None:
        """Create a plugin from an archive with its ``config.json`` and its root file system in ``rootfs``.

        Operation: ``PluginCreate``, ``POST /plugins/create``.

        Args:
            name: Its name, with or without tag.
            content: The tar archive: bytes, a path, a file object or an (async) iterable of bytes.

        Raises:
            BadRequest: The name or the archive is malformed.
            Conflict: The name is taken.
        """
        await self._transport.request(call("PluginCreate", values={"name": name}, content=content))

    def push(self, plugin: IdOrName, *, auth: Credentials | None = None) -> Stream[models.JSONMessage, None]:
        """Push a plugin to the registry that its name begins with.

        Operation: ``PluginPush``, ``POST /plugins/{name}/push``.

        Args:
            plugin: Name.
            auth: Credentials for the registry.

        Returns:
            A handle: iterated it gives the progress, awaited it waits for the end.

        Raises:
            NotFound: No such plugin.
            PushError: The push failed after it had begun.
            StreamInterrupted: The connection ended before the push did.
        """
        request = call("PluginPush", {"name": plugin}, headers=auth_header(auth or NOBODY))
        return self._progress_stream(request, finish, PushError)

    async def set(self, plugin: IdOrName, settings: Sequence[str]) -> None:
        """Change the settings of a disabled plugin.

        Operation: ``PluginSet``, ``POST /plugins/{name}/set``.

        Args:
            plugin: Name or id.
            settings: For example ``["DEBUG=1", "mymount.source=/srv"]``.

        Raises:
            NotFound: No such plugin.
            APIError: It is enabled, or the setting is unknown or fixed.
        """
        await self._transport.request(call("PluginSet", {"name": plugin}, json=list(settings)))

    # These come last: in a class body the name `list` hides the type from what follows.
    async def privileges(self, remote: str, *, auth: Credentials | None = None) -> list[models.PluginPrivilege]:
        """Request the privileges that a plugin needs, from its registry.

        Operation: ``GetPluginPrivileges``, ``GET /plugins/privileges``.

        Args:
            remote: Its name in the registry.
            auth: Credentials for the registry.

        Raises:
            NotFound: The registry has no such plugin.
        """
        request = call("GetPluginPrivileges", values={"remote": remote}, headers=auth_header(auth))
        return await self._fetch_list(request, lambda: models.PluginPrivilege)

    async def list(self, *, filters: models.PluginListFilters | models.Filters | None = None) -> list[models.Plugin]:
        """List plugins.

        Operation: ``PluginList``, ``GET /plugins``.

        Args:
            filters: Which plugins.

        Raises:
            InvalidArgument: An unknown filter.
        """
        return await self._fetch_list(call("PluginList", values={"filters": filters}), lambda: models.Plugin)
