"""docker-py's types for containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, Unpack

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._options.containers import (
    HOST_OPTIONS,
    attachment,
    check_names,
    config_fields,
    host_fields,
    port_key,
    read_options,
    split,
)
from aiodockerpy._options.ports import BINDS, PORTS
from aiodockerpy._options.shapes import key_values, read
from aiodockerpy.types._base import Wire, arguments, given

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiodockerpy._options.keywords import (
        Command,
        ContainerOptions,
        Environment,
        KeyValues,
        Labels,
        PortValue,
        VolumeValue,
    )

ExposedPorts: TypeAlias = "Sequence[int | str | tuple[int | str, ...]] | Mapping[int | str, Any]"
"""Ports that a container listens on: ``[80, (53, "udp")]``, or a mapping with such keys."""


class LogConfigTypesEnum:
    """Names of log drivers."""

    JSON: ClassVar = "json-file"
    LOCAL: ClassVar = "local"
    SYSLOG: ClassVar = "syslog"
    JOURNALD: ClassVar = "journald"
    GELF: ClassVar = "gelf"
    FLUENTD: ClassVar = "fluentd"
    NONE: ClassVar = "none"


@checks_arguments
class LogConfig(models.LogConfig, Wire):
    """Where a container's output is logged: ``LogConfig(type=LogConfig.types.JSON, config={"max-size": "1m"})``.

    Args:
        type: The log driver.
        config: Its options.
        by_wire: The same by the names of the wire: ``Type``, ``Config``.
    """

    types: ClassVar[type[LogConfigTypesEnum]] = LogConfigTypesEnum

    def __init__(self, *, type: str | None = None, config: KeyValues | None = None, **by_wire: Any) -> None:
        super().__init__(**self._with_defaults(by_wire, type=type, config=key_values(config or {}, "config")))

    def set_config_value(self, key: str, value: str) -> None:
        """Set an option of the driver."""
        self.config: dict[str, str] | None = {**(self.config or {}), key: value}

    def unset_config(self, key: str) -> None:
        """Remove an option of the driver."""
        self.config = {name: value for name, value in (self.config or {}).items() if name != key}


@checks_arguments
class Ulimit(models.Ulimit, Wire):
    """A limit of a container's processes: ``Ulimit(name="nofile", soft=1024, hard=2048)``."""


@checks_arguments
class DeviceRequest(models.DeviceRequest, Wire):
    """Devices asked of a driver: ``DeviceRequest(count=-1, capabilities=[["gpu"]])``.

    Args:
        driver: The driver; any that has the capabilities if empty.
        count: How many; ``-1`` for all.
        device_ids: Which ones, instead of a count.
        capabilities: Sets of capabilities, one of which must fit.
        options: Options for the driver.
        by_wire: The same by the names of the wire: ``Driver``, ``Count``, ``DeviceIDs``, ``Capabilities``, ``Options``.
    """

    def __init__(
        self,
        *,
        driver: str | None = None,
        count: int | None = None,
        device_ids: Sequence[str] | None = None,
        capabilities: Sequence[Sequence[str]] | None = None,
        options: Mapping[str, str] | None = None,
        **by_wire: Any,
    ) -> None:
        super().__init__(
            **self._with_defaults(
                by_wire,
                driver=driver or "",
                count=count or 0,
                device_ids=list(device_ids or ()),
                capabilities=[list(one) for one in capabilities or ()],
                options=dict(options or {}),
            )
        )


@checks_arguments
class HostConfig(models.HostConfig, Wire):
    """The host configuration of a container, for ``client.api.containers.create``.

    Args:
        api_version: Accepted and ignored, for compatibility with docker-py: the client's version is used.
        binds: Volumes, as ``volumes`` of `ContainerOptions`.
        port_bindings: Published ports, as ``ports`` of `ContainerOptions`.
        options: The others of `ContainerOptions` that concern the host.

    Raises:
        TypeError: An option that does not exist, or does not concern the host.
    """

    def __init__(
        self,
        api_version: str | None = None,
        /,
        binds: Mapping[str, VolumeValue] | Sequence[str] | None = None,
        port_bindings: Mapping[str, PortValue | Sequence[PortValue]]
        | Mapping[int, PortValue | Sequence[PortValue]]
        | Mapping[int | str, PortValue | Sequence[PortValue]]
        | None = None,
        **options: Unpack[ContainerOptions],
    ) -> None:
        del api_version
        check_names(options, "HostConfig", HOST_OPTIONS)
        volumes = read(BINDS, binds, "binds") if binds is not None else None
        ports = read(PORTS, port_bindings, "port_bindings") if port_bindings is not None else None
        super().__init__(**host_fields({**read_options(options), **given(volumes=volumes, ports=ports)}))


@checks_arguments
class ContainerConfig(models.ContainerCreateRequest, Wire):
    """The configuration of a container to create, for ``client.api.containers.create``.

    Args:
        version: Accepted and ignored, for compatibility with docker-py: the client's version is used.
        image: The image to run.
        command: The command as a list, or as text that is split as a shell splits it.
        hostname: The host name.
        user: The user to run as: a name or number, optionally with ``:group``.
        detach: Record in the configuration that nothing will attach to it.
        stdin_open: Keep standard input open.
        tty: Allocate a terminal.
        ports: Ports it listens on: ``[80, (53, "udp")]``; they are published by the host configuration.
        environment: Variables as a mapping or as ``NAME=value`` texts.
        volumes: Paths that get a volume of their own; they are bound by the host configuration.
        network_disabled: Disable networking.
        entrypoint: Instead of the image's.
        working_dir: The working directory.
        domainname: The domain name.
        host_config: The host configuration.
        mac_address: The MAC address. Up to API 1.51; later in the networking configuration.
        labels: Labels as a mapping or as a list of names.
        stop_signal: The signal that asks it to stop.
        networking_config: The networks it joins.
        healthcheck: Its health check.
        stop_timeout: Seconds from the stop signal to SIGKILL.
        runtime: The OCI runtime, which goes into the host configuration.
    """

    def __init__(
        self,
        version: str | None = None,
        image: str | None = None,
        command: Command | None = None,
        hostname: str | None = None,
        user: str | int | None = None,
        detach: bool = False,
        stdin_open: bool = False,
        tty: bool = False,
        ports: ExposedPorts | None = None,
        environment: Environment | None = None,
        volumes: Sequence[str] | Mapping[str, Any] | None = None,
        network_disabled: bool = False,
        entrypoint: Command | None = None,
        working_dir: str | None = None,
        domainname: str | None = None,
        host_config: models.HostConfig | None = None,
        mac_address: str | None = None,
        labels: Labels | None = None,
        stop_signal: str | None = None,
        networking_config: models.NetworkingConfig | None = None,
        healthcheck: models.HealthConfig | Mapping[str, object] | None = None,
        stop_timeout: int | None = None,
        runtime: str | None = None,
    ) -> None:
        options = arguments(
            locals(), "version image command detach ports volumes host_config networking_config runtime"
        )
        fields = given(
            image=image,
            cmd=split(command),
            exposed_ports=_exposed(ports),
            volumes=_paths(volumes),
            host_config=_host(host_config, runtime),
            networking_config=networking_config,
        )
        fields.update(config_fields(read_options(options)))
        super().__init__(**fields, **attachment(fields.get("open_stdin"), detach=detach))


def _exposed(ports: ExposedPorts | None) -> dict[str, Mapping[str, Any]] | None:
    return {port_key(port): {} for port in ports} if ports is not None else None


def _paths(volumes: Sequence[str] | Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {path: {} for path in volumes} if volumes is not None else None


def _host(host_config: models.HostConfig | None, runtime: str | None) -> models.HostConfig | None:
    if runtime is None:
        return host_config
    return (host_config or models.HostConfig()).model_copy(update={"runtime": runtime})
