"""The containers of a service: image, command, mounts, secrets and health check."""

from typing import Literal

from aiodockerpy.models._base import Model, wire
from aiodockerpy.models._words import Isolation
from aiodockerpy.models.containers import HealthConfig
from aiodockerpy.models.host_config import Ulimit
from aiodockerpy.models.mounts import Mount

SeccompMode = Literal["default", "unconfined", "custom"] | str
"""Which seccomp profile is used; open for newer values."""

AppArmorMode = Literal["default", "disabled"] | str
"""Whether AppArmor is used; open for newer values."""


class CredentialSpec(Model):
    """Where the credential spec of a Windows group managed service account comes from: set exactly one."""

    config: str | None = None
    """Id of a config that holds it; the config must be a reference with ``runtime`` as its target."""
    file: str | None = None
    """File below the engine's ``CredentialSpecs`` directory."""
    registry: str | None = None
    """Value in the Windows registry."""


class SELinuxContext(Model):
    """SELinux labels of a container."""

    disable: bool | None = None
    """Whether to do without SELinux."""
    user: str | None = None
    """User label."""
    role: str | None = None
    """Role label."""
    type: str | None = None
    """Type label."""
    level: str | None = None
    """Level label."""


class SeccompOpts(Model):
    """Which system calls a container may make."""

    mode: SeccompMode | None = None
    """Which profile is used. API 1.44+."""
    profile: str | None = None
    """The profile for ``custom``: base64 of its JSON. API 1.44+."""


class AppArmorOpts(Model):
    """AppArmor for a container."""

    mode: AppArmorMode | None = None
    """Whether the engine's default profile is used. API 1.44+."""


class Privileges(Model):
    """Security options of a container."""

    credential_spec: CredentialSpec | None = None
    """Group managed service account; Windows."""
    selinux_context: SELinuxContext | None = wire("SELinuxContext")
    """SELinux labels."""
    seccomp: SeccompOpts | None = None
    """Which system calls it may make. API 1.44+."""
    app_armor: AppArmorOpts | None = None
    """AppArmor. API 1.44+."""
    no_new_privileges: bool | None = None
    """Whether its processes are kept from gaining privileges. API 1.44+."""


class DNSConfig(Model):
    """Contents of ``/etc/resolv.conf`` of a container."""

    nameservers: list[str] | None = None
    """IP addresses of the name servers."""
    search: list[str] | None = None
    """Domains in which short names are looked up."""
    options: list[str] | None = None
    """Options of the resolver, for example ``ndots:3``."""


class ReferenceFileTarget(Model):
    """The file in a container that holds a secret or a config."""

    name: str | None = None
    """Its path; below ``/run/secrets`` for a secret unless absolute."""
    uid: str | None = wire("UID")
    """User id of its owner, as digits."""
    gid: str | None = wire("GID")
    """Group id of its owner, as digits."""
    mode: int | None = None
    """Its permissions as a number: ``0o444`` is readable for all."""


class ConfigRuntimeTarget(Model):
    """Marks a config as used by the engine (credential spec) and not mounted as a file; it has no fields."""


class SecretReference(Model):
    """A secret that is mounted into a container."""

    file: ReferenceFileTarget | None = None
    """The file that holds it."""
    secret_id: str | None = wire("SecretID")
    """Id of the secret; this is what counts."""
    secret_name: str | None = None
    """Name of the secret; for display, but required."""


class ServiceConfigReference(Model):
    """A config that is used by a container: set ``file`` or ``runtime``."""

    file: ReferenceFileTarget | None = None
    """The file that holds it."""
    runtime: ConfigRuntimeTarget | None = None
    """Set if it is used by the engine and not mounted."""
    config_id: str | None = wire("ConfigID")
    """Id of the config; this is what counts."""
    config_name: str | None = None
    """Name of the config; for display, but required."""


class ContainerSpec(Model):
    """The specification of a service's containers.

    Example:
        ``ContainerSpec(image="nginx:1.29", env=["TZ=UTC"], stop_grace_period=10 * 10**9)``
    """

    image: str | None = None
    """Image to run."""
    labels: dict[str, str] | None = None
    """Labels of the containers."""
    command: list[str] | None = None
    """What is started: the entrypoint, unlike the ``Cmd`` of a container."""
    args: list[str] | None = None
    """Arguments of the command."""
    hostname: str | None = None
    """Host name of the containers, templates such as ``{{.Node.Hostname}}`` allowed."""
    env: list[str] | None = wire(repr=False)
    """Environment as ``NAME=value``, templates allowed."""
    dir: str | None = None
    """Directory the command starts in."""
    user: str | None = None
    """User the command runs as."""
    groups: list[str] | None = None
    """Further groups the command runs in."""
    privileges: Privileges | None = None
    """Security options."""
    tty: bool | None = wire("TTY")
    """Whether the containers have a terminal."""
    open_stdin: bool | None = None
    """Whether their stdin is kept open."""
    read_only: bool | None = None
    """Whether their root file system can only be read."""
    mounts: list[Mount] | None = None
    """What is mounted into them, templates allowed in sources and labels."""
    stop_signal: str | None = None
    """Signal that asks them to stop."""
    stop_grace_period: int | None = None
    """Nanoseconds between that signal and SIGKILL."""
    healthcheck: HealthConfig | None = None
    """How their health is tested."""
    hosts: list[str] | None = None
    """Lines of ``/etc/hosts``: ``IP name [alias...]``."""
    dns_config: DNSConfig | None = wire("DNSConfig")
    """Contents of ``/etc/resolv.conf``."""
    secrets: list[SecretReference] | None = None
    """Secrets that are mounted into them."""
    oom_score_adj: int | None = None
    """Preference of the kernel's memory killer, -1000 (never) to 1000. API 1.46+."""
    configs: list[ServiceConfigReference] | None = None
    """Configs that they use."""
    isolation: Isolation | None = None
    """How they are kept apart; Windows."""
    init: bool | None = None
    """Whether an init process forwards signals and reaps; the engine decides if not given."""
    sysctls: dict[str, str] | None = None
    """Kernel parameters of their namespaces."""
    capability_add: list[str] | None = None
    """Capabilities beyond the default ones."""
    capability_drop: list[str] | None = None
    """Default capabilities they do without."""
    ulimits: list[Ulimit] | None = None
    """Limits of their processes."""
