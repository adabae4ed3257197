"""`DockerClient`: the layers put together."""

from __future__ import annotations

import asyncio
import warnings
from typing import TYPE_CHECKING, Literal, NoReturn, Self, SupportsIndex

from aiodockerpy._arguments import checks_arguments
from aiodockerpy._async_only import hints_at_async
from aiodockerpy._client.jobs import JobPools
from aiodockerpy._client.logins import Logins
from aiodockerpy._config.finder import EngineFinder
from aiodockerpy._docker_py import Hinting, Removed, refuses_keywords
from aiodockerpy._exhausted import part, reports_exhaustion
from aiodockerpy._loading import first_in_thread
from aiodockerpy._protocol.units import Duration, PositiveDuration, PositiveInt, as_seconds
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy._transport.route import SshSettings, SshWay
from aiodockerpy._transport.session import Limits, Session
from aiodockerpy.api import Api
from aiodockerpy.errors import InvalidArgument

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping, Sequence

    from aiodockerpy import models, resources
    from aiodockerpy._config.auth import AuthConfig as Credentials
    from aiodockerpy._config.hosts import Host
    from aiodockerpy._config.tls import TLSConfig
    from aiodockerpy._protocol.operations import Span
    from aiodockerpy._protocol.timestamps import TimeBound
    from aiodockerpy._transport.base import Transport
    from aiodockerpy._transport.diagnostics import Diagnostics
    from aiodockerpy._warming import WarmPart
    from aiodockerpy.buildkit import BuildKit
    from aiodockerpy.hooks import Hook
    from aiodockerpy.scope import Scope


@hints_at_async
@checks_arguments
class DockerClient(Logins, JobPools, Hinting):
    """A client of one Docker Engine.

    Making it reads no file and opens no connection: the host is worked out, and the API version negotiated, with the
    first call. It belongs to the event loop of that call, may be used by any number of tasks at once, and is closed by
    ``async with`` or `aclose`.

    Args:
        base_url: Where the engine is: ``unix://``, ``tcp://``, ``http(s)://``, ``npipe://`` or ``ssh://``. If not
            given, what the docker CLI would use: ``DOCKER_HOST``, ``DOCKER_CONTEXT``, the current context, the default
            sockets.
        version: The API version to use, for example ``"1.45"``; ``None`` or ``"auto"`` negotiates the newest that
            both sides have. ``DOCKER_API_VERSION`` applies if it is not given.
        timeout: Seconds that an ordinary call waits for its answer; ``None`` for no limit. Streams and calls that may
            take their time (``wait``, ``stop``, ``pull``, ``build`` …) have none: use ``asyncio.timeout`` for those.
        tls: How to secure TCP: ``True``, a `TLSConfig`, or a context of your own.
        user_agent: Sent with every request.
        max_pool_size: Ordinary calls at once; more wait for their turn. Streams are outside of it.
        connect_timeout: Seconds to connect in; ``None`` for no limit.
        pool_timeout: Seconds that a call waits for its turn; ``None`` for no limit.
        max_response_size: Bytes of an answer's body, of one JSON message of a stream, and of what an awaited handle
            collects (logs, output, archives, events) at most; beyond it `~aiodockerpy.errors.ResponseTooLarge` or
            `~aiodockerpy.errors.StreamParseError` is raised. What is iterated, saved or copied has no limit.
        environment: The environment variables to use instead of ``os.environ``.
        use_context: Whether the docker CLI's contexts count when no host is given.
        ssh: How to reach ``ssh://``: ``"openssh"`` by the program ``ssh``, ``"asyncssh"`` by the library of that name
            (the extra ``aiodockerpy[ssh]``). If not given, the program if there is one.
        use_ssh_client: docker-py's name for this: ``True`` is ``"openssh"``.
        credstore_env: Further variables for the credential helpers.
        headers: Further headers of every request, for a proxy in front of the engine; they replace those of the docker
            CLI's ``HttpHeaders``. The client's own, such as ``Host``, cannot be set.
        hooks: What is called for every call and stream; see `aiodockerpy.hooks`.

    Example:
        .. code-block:: python

            async with DockerClient() as client:
                print(await client.containers.run("busybox", ["echo", "hello world"]))
    """

    @refuses_keywords(num_pools=Removed("max_pool_size is the number of calls at once", harmless=(None,)))
    def __init__(
        self,
        base_url: str | None = None,
        version: str | None = None,
        timeout: Duration | None = 60,
        tls: bool | TLSConfig | ssl.SSLContext | None = None,
        user_agent: str | None = None,
        *,
        max_pool_size: PositiveInt = 32,
        connect_timeout: Duration | None = 10,
        pool_timeout: Duration | None = 60,
        max_response_size: PositiveInt = 256 << 20,
        environment: Mapping[str, str] | None = None,
        use_context: bool = True,
        ssh: SshWay | None = None,
        use_ssh_client: bool = False,
        credstore_env: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        hooks: Hook | Sequence[Hook] = (),
    ) -> None:
        self._finder = EngineFinder(base_url, tls, environment, use_context=use_context, headers=headers)
        self._session = Session(
            self._finder.load,
            version=None if version in {None, "auto"} else ApiVersion.parse(str(version)),
            limits=Limits(
                as_seconds(connect_timeout),
                as_seconds(timeout),
                max_pool_size,
                as_seconds(pool_timeout),
                max_response_size,
            ),
            user_agent=user_agent,
            ssh=SshSettings(_ssh_way(ssh, use_ssh_client=use_ssh_client), self._finder.environment),
        )
        self._credstore_env = credstore_env
        self._accepted: dict[str, tuple[Credentials, models.AuthStatus]] = {}
        self._transport = _with_hooks(self._session, hooks)
        self.api: Api = Api(self._transport)

    @classmethod
    def from_env(
        cls,
        version: str | None = None,
        timeout: Duration | None = 60,
        max_pool_size: PositiveInt = 32,
        environment: Mapping[str, str] | None = None,
        *,
        use_context: bool = True,
        user_agent: str | None = None,
        connect_timeout: Duration | None = 10,
        pool_timeout: Duration | None = 60,
        max_response_size: PositiveInt = 256 << 20,
        ssh: SshWay | None = None,
        use_ssh_client: bool = False,
        credstore_env: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        hooks: Hook | Sequence[Hook] = (),
    ) -> Self:
        """Create a client for the engine that the docker CLI would use; the arguments are the constructor's."""
        options = dict(locals())
        del options["cls"]
        return cls(**options)

    @classmethod
    def from_context(  # noqa: D417 - the others are the constructor's
        cls,
        name: str | None = None,
        version: str | None = None,
        timeout: Duration | None = 60,
        max_pool_size: PositiveInt = 32,
        *,
        tls: bool | TLSConfig | ssl.SSLContext | None = None,
        environment: Mapping[str, str] | None = None,
        user_agent: str | None = None,
        connect_timeout: Duration | None = 10,
        pool_timeout: Duration | None = 60,
        max_response_size: PositiveInt = 256 << 20,
        ssh: SshWay | None = None,
        use_ssh_client: bool = False,
        credstore_env: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        hooks: Hook | Sequence[Hook] = (),
    ) -> Self:
        """Create a client for a context of the docker CLI; the other arguments are the constructor's.

        Args:
            name: The context; the current one if not given. One that does not exist is an error of the first call
                (`~aiodockerpy.errors.ContextNotFound`), never another engine.
        """
        options = dict(locals())
        del options["cls"], options["name"]
        client = cls(**options)
        client._finder.context = name
        return client

    # ---- collections

    containers: resources.ContainerCollection = part("aiodockerpy.resources.containers.ContainerCollection")
    """Containers: run, create, get, list, prune."""
    images: resources.ImageCollection = part("aiodockerpy.resources.images.ImageCollection")
    """Images: pull, push, build, get, list, prune."""
    networks: resources.NetworkCollection = part("aiodockerpy.resources.networks.NetworkCollection")
    """Networks: create, get, list, prune."""
    volumes: resources.VolumeCollection = part("aiodockerpy.resources.volumes.VolumeCollection")
    """Volumes: create, get, list, prune."""
    swarm: resources.Swarm = part("aiodockerpy.resources.swarm.Swarm")
    """The swarm of the engine: init, join, update, leave. Empty until ``await client.swarm.reload()``."""
    nodes: resources.NodeCollection = part("aiodockerpy.resources.nodes.NodeCollection")
    """Nodes of the swarm: get, list."""
    services: resources.ServiceCollection = part("aiodockerpy.resources.services.ServiceCollection")
    """Services of the swarm: create, get, list."""
    secrets: resources.SecretCollection = part("aiodockerpy.resources.secrets.SecretCollection")
    """Secrets of the swarm: create, get, list."""
    configs: resources.ConfigCollection = part("aiodockerpy.resources.configs.ConfigCollection")
    """Configs of the swarm: create, get, list."""
    plugins: resources.PluginCollection = part("aiodockerpy.resources.plugins.PluginCollection")
    """Plugins: create, install, get, list."""
    buildkit: BuildKit = part("aiodockerpy.buildkit.BuildKit", "_transport")
    """The builder inside the engine: its workers, its cache, and what it can do."""

    # ---- scopes

    def scope(self, name: str, *, lease: PositiveDuration | None = None) -> Scope:
        """Return a client whose containers, networks, volumes, images and services are removed with its block.

        Example:
            .. code-block:: python

                async with client.scope("ci") as scope:
                    network = await scope.networks.create("ci")
                    database = await scope.containers.run("postgres:17", network=network.name, detach=True)

        Args:
            name: The name by which `reap` finds what a killed program has left. Several blocks may have it at once.
            lease: Seconds after which `reap` may remove what the scope has made although its owner may be running:
                for owners on other machines. ``None`` for no limit.

        Raises:
            TypeError: The name is not text, or the lease is not a duration.
            InvalidArgument: The name is empty, or the lease not above zero.
        """
        from aiodockerpy.scope import Scope

        if not name.strip():
            raise InvalidArgument("name: a scope needs a name")
        return Scope(self, name, as_seconds(lease))

    @reports_exhaustion
    async def reap(self, name: str) -> resources.Reaped:
        """Remove what scopes of this name have left behind, and nothing that belongs to a running owner.

        An owner is known to be dead only from the same machine and the same pid namespace, or by its container's state
        on this engine; what belongs to others is left until its lease expires.

        Args:
            name: The name given to `scope`.

        Returns:
            What was removed and what was left, each with the reason.
        """
        from aiodockerpy.resources._scopes.reap import reap

        return await reap(self.api, name)

    # ---- the engine

    @property
    def host(self) -> Host:
        """Where the engine is, and why it was chosen: ``client.host.url``, ``client.host.source``.

        Before the first call this reads the configuration files that the choice depends on.
        """
        return self._finder.endpoint().host

    async def ping(self) -> bool:
        """Check that the engine answers.

        Raises:
            EngineUnreachable: It does not.
        """
        await self.api.system.ping()
        return True

    async def info(self) -> models.SystemInfo:
        """Return information about the engine, its machine and its swarm."""
        return await self.api.system.info()

    async def version(self, api_version: bool = True) -> models.SystemVersion:
        """Return the versions of the engine and its parts.

        Args:
            api_version: Accepted and ignored, for compatibility with docker-py.
        """
        del api_version
        return await self.api.system.version()

    @refuses_keywords(decode=Removed("events are decoded: event.action, or event['Action']", harmless=(True, None)))
    def events(  # noqa: D417 - docker-py's `decode` is for type checkers
        self,
        since: TimeBound = None,
        until: TimeBound = None,
        filters: models.EventsFilters | models.Filters | None = None,
        *,
        resume: bool = True,
        max_events: PositiveInt = 10_000,
        max_bytes: PositiveInt = 16 * 1024 * 1024,
        idle_timeout: Duration | None = None,
        decode: Literal[True] | None = None,  # noqa: ARG002
    ) -> resources.EventStream:
        """Watch what happens on the engine.

        Args:
            since: Begin with what happened then, as far as the engine keeps it: a datetime, a timedelta back from
                now, unix seconds, or RFC 3339 text.
            until: End there; without it there is no end.
            filters: Which events.
            resume: Reconnect after a broken connection and continue after the last event; a
                `~aiodockerpy.resources.Resync` marks where events may be missing. Otherwise a broken connection raises.
            max_events: Most events that are queued for a slow reader; more are counted and reported as
                `~aiodockerpy.resources.EventsLost`.
            max_bytes: Size of these events together, in bytes.
            idle_timeout: Seconds without an event after which it is closed and `~aiodockerpy.errors.StreamIdle` raised;
                no limit if not given.

        Returns:
            A handle: iterated it gives events, awaited (with ``until``) the list of them. Inside ``async with`` a slow
            reader does not slow the engine.

        Raises:
            InvalidArgument: An unknown filter.
        """
        from aiodockerpy.resources._following.events import EventStream

        stream = EventStream(
            self.api.system,
            since=since,
            until=until,
            filters=filters,
            resume=resume,
            max_events=max_events,
            max_bytes=max_bytes,
            max_size=self.api.transport.max_response_size,
        )
        stream.idle_timeout = idle_timeout
        return stream

    async def df(self) -> models.SystemDataUsage:
        """Return how much disk space images, containers, volumes and the build cache use."""
        return await self.api.system.data_usage()

    async def api_version(self) -> str:
        """Return the API version in use, negotiated if it is not yet."""
        return str(await self._session.version())

    async def supports(self, what: str) -> bool:
        """Return whether the engine has an operation, a parameter or a field, as far as its API version says.

        Args:
            what: For example ``"images.attestations"``, ``"images.push.platform"`` or ``"HostConfig.Annotations"``.

        Raises:
            InvalidArgument: There is no such thing in any version.
        """

        def lookup() -> Span:
            from aiodockerpy.api._supports import lookup  # which looks through the models

            return lookup(what)

        span = await first_in_thread(lookup)
        return span.covers(await self._session.version())

    def diagnostics(self) -> Diagnostics:
        """Show what the session manager holds now: pool use, and every open stream with where it was opened."""
        return self._session.diagnostics()

    @reports_exhaustion
    async def warm(self, *parts: WarmPart) -> None:
        """Import and build in a thread what the program will use, so that no first call of it takes longer.

        Without it each part is loaded by its first use: in a thread too, while the engine is being asked, but the call
        waits for it. A server calls this when it starts. Nothing is sent to the engine.

        Args:
            parts: What the program uses: collections of this client, ``"uploads"`` (archives to the engine, imports and
                loads), ``"builds"`` (by BuildKit) or ``"jobs"``; everything if none is named.

        Example:
            .. code-block:: python

                await client.warm("containers", "images")
        """
        from aiodockerpy._warming import load

        await asyncio.to_thread(load, parts)

    # ---- the end

    @property
    def closed(self) -> bool:
        """Whether the client was closed."""
        return self._session.closed

    async def aclose(self) -> None:
        """End every stream and close every connection, without waiting for the engine. May be called again."""
        await self._session.aclose()

    async def close(self) -> None:
        """Close the client; docker-py's name for `aclose`."""
        await self.aclose()

    async def __aenter__(self) -> Self:
        if self.closed:
            raise RuntimeError("the client is closed")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a DockerClient cannot be pickled or copied: make one in each process and event loop")

    def __del__(self, _warn: Callable[..., None] = warnings.warn) -> None:
        session = getattr(self, "_session", None)
        if session is not None and session.connected and not session.closed:
            _warn(f"{self!r} was not closed: use 'async with' or aclose()", ResourceWarning, stacklevel=2, source=self)

    def __repr__(self) -> str:
        return f"<DockerClient {self._finder.describe()}{' closed' if self.closed else ''}>"


def _with_hooks(session: Session, hooks: object) -> Transport:
    """Return a transport that calls the hooks; without hooks it is the session itself."""
    if hooks == ():
        return session
    from aiodockerpy._transport.hooked import Hooked
    from aiodockerpy.hooks import read_hooks

    found = read_hooks(hooks)
    return Hooked(session, found) if found else session


def _ssh_way(ssh: SshWay | None, *, use_ssh_client: bool) -> SshWay | None:
    if ssh not in {None, "openssh", "asyncssh"}:
        raise InvalidArgument(f"ssh: {ssh!r} is neither 'openssh' nor 'asyncssh'")
    if use_ssh_client and ssh == "asyncssh":
        raise InvalidArgument("ssh='asyncssh' and use_ssh_client=True contradict each other")
    return "openssh" if use_ssh_client else ssh


from_env = DockerClient.from_env
from_context = DockerClient.from_context
