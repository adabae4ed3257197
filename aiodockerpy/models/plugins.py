"""Managed plugins."""

from typing import Literal, Self

from aiodockerpy.models._base import JsonValue, LowerModel, Model, wire

PluginProtocolScheme = Literal["", "moby.plugins.http/v1"] | str
"""Protocol of a plugin; open for newer values."""


class PluginPrivilege(Model):
    """A privilege that a plugin requests."""

    name: str | None = None
    """What kind of thing: ``network``, ``mount``, ``device``, ``capabilities`` ..."""
    description: str | None = None
    """What it means."""
    value: list[str] | None = None
    """The values that it requests."""


class PluginOption(Model):
    """Something of a plugin that may be set."""

    name: str | None = None
    """Name by which its settings are changed."""
    description: str | None = None
    """What it is for."""
    settable: list[str] | None = None
    """Which of its fields may be changed: ``source`` of a mount, for example, and ``value`` of a variable."""


class PluginMount(PluginOption):
    """A mount of a plugin."""

    source: str | None = None
    """Path on the host."""
    destination: str | None = None
    """Path in the plugin."""
    type: str | None = None
    """Type of the mount, for example ``bind``."""
    options: list[str] | None = None
    """Options of the mount, for example ``rbind``."""


class PluginDevice(PluginOption):
    """A device of a plugin."""

    path: str | None = None
    """Path of the device on the host."""


class PluginEnv(PluginOption):
    """An environment variable of a plugin."""

    value: str | None = None
    """Its value if nothing is set."""


class PluginSettings(Model):
    """What is set for a plugin on this engine."""

    mounts: list[PluginMount] | None = None
    """Its mounts."""
    env: list[str] | None = None
    """Its environment as ``NAME=value``."""
    args: list[str] | None = None
    """Its arguments."""
    devices: list[PluginDevice] | None = None
    """Its devices."""


class PluginInterfaceType(Model):
    """What a plugin implements, taken apart: ``prefix.capability/version``."""

    prefix: str | None = None
    """``docker``."""
    capability: str | None = None
    """For example ``volumedriver``."""
    version: str | None = None
    """For example ``1.0``."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Split what engines send, for example ``docker.volumedriver/1.0``."""
        name, _, version = text.partition("/")
        prefix, _, capability = name.rpartition(".")
        return cls(prefix=prefix, capability=capability, version=version)


class PluginConfigInterface(Model):
    """How the engine talks to a plugin."""

    types: list[str] | None = None
    """What it implements, for example ``docker.volumedriver/1.0``."""
    socket: str | None = None
    """Name of its socket, below ``/run/docker/plugins`` in the plugin."""
    protocol_scheme: PluginProtocolScheme | None = None
    """Its protocol."""

    @property
    def capabilities(self) -> list[PluginInterfaceType]:
        """What it implements, taken apart."""
        types: JsonValue = self.get("Types")
        return [PluginInterfaceType.parse(str(text)) for text in types] if isinstance(types, list) else []


class PluginConfigUser(Model):
    """Whom a plugin runs as."""

    uid: int | None = wire("UID")
    """User id."""
    gid: int | None = wire("GID")
    """Group id."""


class PluginConfigNetwork(Model):
    """The network of a plugin."""

    type: str | None = None
    """``host``, ``bridge`` or ``none``."""


class PluginConfigLinux(Model):
    """What a plugin needs on Linux."""

    capabilities: list[str] | None = None
    """Capabilities, for example ``CAP_SYS_ADMIN``."""
    allow_all_devices: bool | None = None
    """Whether it may use every device of the host."""
    devices: list[PluginDevice] | None = None
    """Devices it needs."""


class PluginConfigArgs(PluginOption):
    """The arguments of a plugin."""

    value: list[str] | None = None
    """The arguments if nothing is set."""


class PluginConfigRootfs(LowerModel):
    """The root file system of a plugin."""

    type: str | None = None
    """``layers``."""
    diff_ids: list[str] | None = None
    """Digests of the unpacked layers."""


class PluginConfig(Model):
    """The description of a plugin."""

    description: str | None = None
    """What it does."""
    documentation: str | None = None
    """Where it is described."""
    interface: PluginConfigInterface | None = None
    """How the engine talks to it."""
    entrypoint: list[str] | None = None
    """What is started."""
    work_dir: str | None = None
    """Directory it starts in."""
    user: PluginConfigUser | None = None
    """Whom it runs as."""
    network: PluginConfigNetwork | None = None
    """Its network."""
    linux: PluginConfigLinux | None = None
    """What it needs on Linux."""
    propagated_mount: str | None = None
    """Path in the plugin whose mounts are passed on to the host."""
    ipc_host: bool | None = None
    """Whether it uses the host's IPC namespace."""
    pid_host: bool | None = None
    """Whether it uses the host's PID namespace."""
    mounts: list[PluginMount] | None = None
    """Its mounts."""
    env: list[PluginEnv] | None = None
    """Its environment variables."""
    args: PluginConfigArgs | None = None
    """Its arguments."""
    rootfs: PluginConfigRootfs | None = wire("rootfs")
    """Its root file system."""
    docker_version: str | None = None
    """Version of the engine that made it; up to API 1.51."""


class Plugin(Model):
    """A plugin that is installed."""

    id: str | None = None
    """Its id."""
    name: str | None = None
    """Its name with tag."""
    enabled: bool | None = None
    """Whether it runs."""
    settings: PluginSettings | None = None
    """What is set for it on this engine."""
    plugin_reference: str | None = None
    """The reference it was pulled from and is pushed to."""
    config: PluginConfig | None = None
    """Its own description."""
