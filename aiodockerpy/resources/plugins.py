"""Plugins that the engine manages, as objects, and the collection of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from aiodockerpy import models
from aiodockerpy._archives.walk import Stop
from aiodockerpy._archives.write import Attributes, Pieces, tar_pieces, tree
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._arguments.kinds import ENVIRONMENT
from aiodockerpy._options.shapes import read
from aiodockerpy.api._results import finish
from aiodockerpy.resources._base import Collection, Resource
from aiodockerpy.resources._credentials import with_credentials
from aiodockerpy.streams.progress import ProgressStream

if TYPE_CHECKING:
    import builtins
    from collections.abc import Mapping, Sequence
    from os import PathLike

    from aiodockerpy._config.auth import AuthConfig
    from aiodockerpy._protocol.query import IdOrName
    from aiodockerpy._protocol.units import Seconds
    from aiodockerpy.streams.source import Source


@checks_arguments
class Plugin(Resource["models.Plugin"]):
    """A plugin that the engine manages."""

    @property
    def name(self) -> str:
        """The name, with its tag."""
        return self._info.name or ""

    @property
    def enabled(self) -> bool:
        """Whether it ran when it was last looked at."""
        return bool(self._info.enabled)

    @property
    def settings(self) -> dict[str, Any]:
        """What is set for it, as the engine's own JSON."""
        return dict(self.attrs.get("Settings") or {})

    async def reload(self) -> Self:
        """Request the plugin's data again and replace the snapshot.

        Raises:
            NotFound: It has been removed.
        """
        self._replace(await self.client.api.plugins.inspect(self.name))
        return self

    async def configure(self, options: Mapping[str, object] | Sequence[str]) -> None:
        """Change settings of the disabled plugin, and replace the snapshot.

        Args:
            options: ``{"DEBUG": 1}``, or ``["DEBUG=1"]``.

        Raises:
            APIError: It is enabled, or a setting is unknown or fixed.
        """
        await self.client.api.plugins.set(self.name, read(ENVIRONMENT, options, "configure() options"))
        await self.reload()

    async def enable(self, timeout: Seconds = 0) -> None:
        """Start the plugin, and replace the snapshot.

        Args:
            timeout: Seconds that the engine waits for the plugin; ``0`` for no limit.

        Raises:
            APIError: It is enabled already, or does not start.
        """
        await self.client.api.plugins.enable(self.name, timeout=timeout)
        await self.reload()

    async def disable(self, force: bool = False) -> None:
        """Stop the plugin, and replace the snapshot.

        Args:
            force: Disable it even if it is in use.

        Raises:
            APIError: It is disabled already, or in use.
        """
        await self.client.api.plugins.disable(self.name, force=force)
        await self.reload()

    async def remove(self, force: bool = False) -> bool:
        """Remove the plugin.

        Args:
            force: Remove it even if it is enabled or in use.

        Returns:
            ``True``.

        Raises:
            NotFound: It was removed already.
            APIError: It is enabled or in use.
        """
        await self.client.api.plugins.remove(self.name, force=force)
        return True

    def push(self, *, auth_config: AuthConfig | Mapping[str, str | None] | None = None) -> ProgressStream[None]:
        """Push the plugin to the registry that its name begins with.

        Args:
            auth_config: Credentials for the registry; those of the docker CLI's configuration if not given.

        Returns:
            A handle: awaited it waits for the end, iterated it gives the progress.

        Raises:
            PushError: The push failed after it had begun.
            StreamInterrupted: The connection ended before the push did.
        """

        async def push(auth: AuthConfig | None) -> Source[models.JSONMessage]:
            return await self.client.api.plugins.push(self.name, auth=auth).__aenter__()

        start = with_credentials(self.client.credentials, self.name, auth_config, push)
        return ProgressStream(start, finish, name="plugins.push")

    def upgrade(
        self, remote: str | None = None, *, auth_config: AuthConfig | Mapping[str, str | None] | None = None
    ) -> ProgressStream[None]:
        """Upgrade the disabled plugin to another version, granting the privileges that it requests.

        Args:
            remote: The reference to upgrade to; the one it was installed from if not given.
            auth_config: Credentials for the registry; those of the docker CLI's configuration if not given.

        Returns:
            A handle: awaited it waits for the end and replaces the snapshot, iterated it gives the progress.

        Raises:
            NotFound: The registry has no such plugin.
            APIError: It is enabled.
            PullError: Pulling failed after it had begun.
            StreamInterrupted: The connection ended before the upgrade did.
        """
        other = remote or self._info.plugin_reference or self.name
        api = self.client.api.plugins

        async def upgrade(auth: AuthConfig | None) -> Source[models.JSONMessage]:
            wanted = await api.privileges(other, auth=auth)
            return await api.upgrade(self.name, other, wanted, auth=auth).__aenter__()

        async def upgraded(source: Source[models.JSONMessage]) -> None:
            await finish(source)
            await self.reload()

        start = with_credentials(self.client.credentials, other, auth_config, upgrade)
        return ProgressStream(start, upgraded, name="plugins.upgrade")

    def __repr__(self) -> str:
        return f"<Plugin: {self.name!r}>"


@checks_arguments
class PluginCollection(Collection):
    """The plugins that the engine manages.

    Example:
        .. code-block:: python

            sshfs = await client.plugins.install("vieux/sshfs")
            await sshfs.configure({"DEBUG": 1})
            await sshfs.enable()
    """

    async def create(self, name: str, plugin_data_dir: str | PathLike[str], gzip: bool = False) -> Plugin:
        """Create a plugin from a directory, which is sent while it is read.

        Args:
            name: Its name; tag ``latest`` if it has none.
            plugin_data_dir: The directory with its ``config.json`` and its root file system in ``rootfs``.
            gzip: Accepted and ignored, for compatibility with docker-py: engines read no
                compressed archive.

        Raises:
            OSError: The directory cannot be read.
            BadRequest: The name or the content is malformed.
            Conflict: The name is taken.
        """
        del gzip
        stop = Stop()
        content = Pieces(tar_pieces(tree(Path(plugin_data_dir), Attributes(), stop=stop)), stop)
        with content.raising_own_error():
            await self.client.api.plugins.create(name, content)
        return await self.get(name)

    def prepare_model(self, attrs: models.Plugin | Mapping[str, object]) -> Plugin:
        """Create an object from what an operation of the Engine API returned: a model, or its JSON.

        No request is sent.
        """
        return Plugin(self.client, attrs if isinstance(attrs, models.Plugin) else models.Plugin.from_value(dict(attrs)))

    async def get(self, name: IdOrName) -> Plugin:
        """Return a plugin by its name or id.

        Raises:
            NotFound: No such plugin.
            NullResource: The name is empty.
        """
        return Plugin(self.client, await self.client.api.plugins.inspect(name))

    def install(
        self,
        remote_name: str,
        local_name: str | None = None,
        *,
        auth_config: AuthConfig | Mapping[str, str | None] | None = None,
    ) -> ProgressStream[Plugin]:
        """Install a plugin from its registry and grant the privileges that it requests; it is not enabled.

        Args:
            remote_name: Its name in the registry.
            local_name: Its name on this engine, if another.
            auth_config: Credentials for the registry; those of the docker CLI's configuration if not given.

        Returns:
            A handle: awaited it gives the plugin, iterated the progress.

        Raises:
            NotFound: The registry has no such plugin.
            Conflict: A plugin of that name is installed.
            PullError: Pulling failed after it had begun.
            StreamInterrupted: The connection ended before the pull did.
        """
        api = self.client.api.plugins

        async def pull(auth: AuthConfig | None) -> Source[models.JSONMessage]:
            wanted = await api.privileges(remote_name, auth=auth)
            return await api.pull(remote_name, wanted, name=local_name, auth=auth).__aenter__()

        async def installed(source: Source[models.JSONMessage]) -> Plugin:
            await finish(source)
            return await self.get(local_name or remote_name)

        start = with_credentials(self.client.credentials, remote_name, auth_config, pull)
        return ProgressStream(start, installed, name="plugins.install")

    async def list(self, filters: models.PluginListFilters | models.Filters | None = None) -> builtins.list[Plugin]:
        """List plugins, with one request.

        Args:
            filters: Which plugins.

        Raises:
            InvalidArgument: An unknown filter.
        """
        return [Plugin(self.client, plugin) for plugin in await self.client.api.plugins.list(filters=filters)]
