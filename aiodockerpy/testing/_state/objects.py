"""Images, networks, volumes, containers and execs, as the engine keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiodockerpy.testing._state.files import Files, Mounted
from aiodockerpy.testing._state.tree import EMPTY, Tree

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from aiodockerpy.testing._programs.process import Process
    from aiodockerpy.testing._state.output import Output

Json = dict[str, Any]


@dataclass(slots=True)
class Layer:
    """A layer of an image, and how it came about."""

    tar: bytes
    diff_id: str
    created: int
    created_by: str = ""
    comment: str = ""


@dataclass(slots=True, eq=False)
class Image:
    """An image.

    Attributes:
        id: ``sha256:`` and the digest of its configuration.
        config: What containers of it run, as in the answer to an inspect.
        layers: Its layers, the oldest first.
        tree: Its files.
        tags: Its names with tags.
        digests: Its names with digests.
        docker_version: The version of the engine that made it, if it was committed or imported.
    """

    id: str
    config: Json
    layers: list[Layer]
    tree: Tree
    created: int
    size: int
    tags: list[str] = field(default_factory=list[str])
    digests: list[str] = field(default_factory=list[str])
    parent: str = ""
    comment: str = ""
    author: str = ""
    tagged: int = 0
    os: str = "linux"
    architecture: str = "amd64"
    document: bytes = b""
    docker_version: str = ""


@dataclass(slots=True)
class Endpoint:
    """The endpoint of a container on a network; addresses are empty while it does not run.

    Attributes:
        named: Whether the network resolves the names of the container.
    """

    network: str
    aliases: list[str] | None = None
    links: list[str] | None = None
    ipam: Json | None = None
    driver_opts: dict[str, str] | None = None
    wanted_mac: str = ""
    priority: int = 0
    network_id: str = ""
    named: bool = False
    id: str = ""
    address: str = ""
    gateway: str = ""
    prefix: int = 0
    mac: str = ""


@dataclass(slots=True, eq=False)
class Network:
    """A network."""

    id: str
    name: str
    created: int
    driver: str = "bridge"
    ipam: Json = field(default_factory=dict[str, Any])
    internal: bool = False
    attachable: bool = False
    ipv6: bool = False
    ipv4: bool = True
    scope: str = "local"
    options: dict[str, str] = field(default_factory=dict[str, str])
    labels: dict[str, str] = field(default_factory=dict[str, str])
    own_pool: bool = False
    config_only: bool = False
    config_from: str = ""
    taken: set[str] = field(default_factory=set[str])

    @property
    def pools(self) -> list[Json]:
        """The pools that it takes addresses from."""
        return [] if self.config_only else self.ipam.get("Config") or []


@dataclass(slots=True, eq=False)
class Volume:
    """A volume."""

    name: str
    created: int
    driver: str = "local"
    labels: dict[str, str] | None = None
    options: dict[str, str] | None = None
    tree: Tree = field(default_factory=dict[str, Any])


@dataclass(slots=True)
class Mount:
    """A mount of a container."""

    type: str
    destination: str
    tree: Tree
    name: str = ""
    source: str = ""
    mode: str = ""
    writable: bool = True
    propagation: str = ""


@dataclass(slots=True, eq=False)
class Exec:
    """A process beside a container's own.

    Attributes:
        end: Is called with the exit code when it ends.
    """

    id: str
    container: Container
    config: Json
    output: Output
    process: Process | None = None
    pid: int = 0
    exit_code: int | None = None
    started: bool = False
    console: list[int] | None = None
    end: Callable[[int], None] | None = None

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.exit_code is None


@dataclass(slots=True, eq=False)
class Container:
    """A container."""

    id: str
    name: str
    created: int
    image: Image
    config: Json
    host: Json
    output: Output
    files: Files
    endpoints: dict[str, Endpoint] = field(default_factory=dict[str, Endpoint])
    mounts: list[Mount] = field(default_factory=list[Mount])
    ports: dict[str, list[dict[str, str]] | None] = field(default_factory=dict[str, "list[dict[str, str]] | None"])
    execs: dict[str, Exec] = field(default_factory=dict[str, Exec])
    process: Process | None = None
    pid: int = 0
    exit_code: int = 0
    error: str = ""
    started: int = 0
    finished: int = 0
    paused: bool = False
    restarting: bool = False
    removing: bool = False
    oom_killed: bool = False
    stopped_by_hand: bool = False
    stopping: bool = False
    backoff: float = 0.05
    health_set_by_hand: bool = False
    restarts: int = 0
    health: Json | None = None
    health_task: asyncio.Task[None] | None = None
    restart_task: asyncio.Task[None] | None = None
    waiting: list[tuple[str, asyncio.Future[int]]] = field(default_factory=list["tuple[str, asyncio.Future[int]]"])
    sandbox: str = ""
    processes: Tree = field(default_factory=lambda: {"/": EMPTY["/"]})

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return self.process is not None

    @property
    def status(self) -> str:
        """Its state, such as ``running``."""
        if self.removing:
            return "removing"
        if self.restarting:
            return "restarting"
        if self.running:
            return "paused" if self.paused else "running"
        return "exited" if self.finished else "created"

    @property
    def argv(self) -> list[str]:
        """Program and arguments."""
        return [*(self.config.get("Entrypoint") or []), *(self.config.get("Cmd") or [])]

    @property
    def labels(self) -> dict[str, str]:
        """Its labels."""
        return self.config.get("Labels") or {}

    @property
    def tty(self) -> bool:
        """Whether it has a terminal."""
        return bool(self.config.get("Tty"))

    def mount_all(self) -> None:
        """Mount its volumes over its files."""
        self.files.mounts = [Mounted(mount.destination, mount.tree, mount.writable) for mount in self.mounts]

    def notify(self, *conditions: str, code: int) -> None:
        """Resolve the waits for one of these conditions."""
        for condition, waiter in list(self.waiting):
            if condition in conditions:
                self.waiting.remove((condition, waiter))
                if not waiter.done():
                    waiter.set_result(code)
