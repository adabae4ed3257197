"""docker-py's types for services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Self

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._arguments.kinds import Kind
from aiodockerpy._options.mounts import mount_fields
from aiodockerpy._options.services import container_json, endpoint_json, mode_json, network_json, placement_json
from aiodockerpy._options.shapes import read
from aiodockerpy._protocol.query import IdOrName, id_of
from aiodockerpy._protocol.unfit import Unfit
from aiodockerpy._protocol.units import FileMode, Owner, as_permissions
from aiodockerpy.errors import InvalidArgument
from aiodockerpy.types._base import Wire, arguments, given

if TYPE_CHECKING:
    from aiodockerpy._options.keywords import Command, Environment, KeyValues, Labels, Nanoseconds, Size


@checks_arguments
class DriverConfig(models.Driver, Wire):
    """A driver with its options, of logs, volumes or secrets.

    Args:
        name: The driver.
        options: Its options.
    """

    def __init__(self, name: str, options: KeyValues | None = None) -> None:
        super().__init__(name=name, **given(options=options))


_MOUNT_TYPES: Final = ("bind", "cluster", "image", "npipe", "tmpfs", "volume")

# Options of a mount: the types they belong to, the field that has them, and their names there.
_MOUNT_OPTIONS: Final = {
    "propagation": {"bind": ("bind_options", "propagation")},
    "create_mountpoint": {"bind": ("bind_options", "create_mountpoint")},
    "non_recursive": {"bind": ("bind_options", "non_recursive")},
    "no_copy": {"volume": ("volume_options", "no_copy")},
    "labels": {"volume": ("volume_options", "labels")},
    "driver_config": {"volume": ("volume_options", "driver_config")},
    "subpath": {"volume": ("volume_options", "subpath"), "image": ("image_options", "subpath")},
    "tmpfs_size": {"tmpfs": ("tmpfs_options", "size_bytes")},
    "tmpfs_mode": {"tmpfs": ("tmpfs_options", "mode")},
}


@checks_arguments
class Mount(models.Mount, Wire):
    """A mount of a container or a service: ``Mount("/data", "data", read_only=True)``.

    Args:
        target: Path in the container.
        source: Name of the volume, path on the host, or image; ``None`` for a volume without a name, or a tmpfs.
        type: ``volume``, ``bind``, ``tmpfs``, ``npipe``, ``image`` or ``cluster``.
        read_only: Whether the container cannot write to it.
        consistency: ``default``, ``consistent``, ``cached`` or ``delegated``.
        propagation: Of a bind mount: whether mounts made below it later reach the other side.
        no_copy: Of a volume: do not fill it with what the image has there.
        labels: Of a volume that is made for the mount.
        driver_config: The driver of a volume that is made for the mount.
        tmpfs_size: Of a tmpfs: bytes, or text such as ``"64m"``.
        tmpfs_mode: Of a tmpfs: its permissions, for example ``0o1777``.
        subpath: Of a volume or an image: the directory inside it that is mounted.
        create_mountpoint: Of a bind mount: make the source if it does not exist. API 1.42+.
        non_recursive: Of a bind mount: leave out what is mounted below the source.

    Raises:
        InvalidArgument: An unknown type, or an option that belongs to another one.
    """

    def __init__(
        self,
        target: str,
        source: str | None,
        type: str = "volume",
        read_only: bool = False,
        consistency: str | None = None,
        propagation: str | None = None,
        no_copy: bool = False,
        labels: Labels | None = None,
        driver_config: models.Driver | Mapping[str, Any] | None = None,
        tmpfs_size: Size | None = None,
        tmpfs_mode: int | None = None,
        subpath: str | None = None,
        *,
        create_mountpoint: bool | None = None,
        non_recursive: bool | None = None,
    ) -> None:
        if type not in _MOUNT_TYPES:
            raise InvalidArgument(f'Unsupported mount type: "{type}"')
        options = arguments(locals(), "target source type read_only consistency no_copy driver_config")
        options |= given(no_copy=no_copy or None, driver_config=driver_config and dict(driver_config))
        super().__init__(
            target=target,
            source=source,
            type=type,
            read_only=read_only,
            **given(consistency=consistency),
            **_mount_options(type, options),
        )

    @classmethod
    def parse_mount_string(cls, string: str) -> Self:
        """Read ``source:target[:rw]``; with any other third part it is read-only.

        Raises:
            InvalidArgument: It cannot be read.
        """
        fields = read(Kind("'source:target[:mode]'", mount_fields), string, "string")
        return cls(fields["Target"], fields.get("Source"), type=fields["Type"], read_only=fields["ReadOnly"])


def _mount_options(kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for option, value in options.items():
        if kind not in _MOUNT_OPTIONS[option]:
            others = ", ".join(sorted(_MOUNT_OPTIONS[option]))
            raise InvalidArgument(
                f"Incompatible options have been provided for the {kind} type mount: {option} is for {others}"
            )
        group, name = _MOUNT_OPTIONS[option][kind]
        found.setdefault(group, {})[name] = value
    return found


@checks_arguments
class Resources(models.ResourceRequirements, Wire):
    """What tasks may use and must have.

    Args:
        cpu_limit: The most CPU, in billionths of a core.
        mem_limit: The most memory: bytes, or text such as ``"512m"``.
        cpu_reservation: CPU that a node must have left, in billionths of a core.
        mem_reservation: Memory that a node must have left.
        generic_resources: Other things that a node must have left: ``{"SSD": 2, "GPU": "UUID1"}``, or the JSON.
    """

    def __init__(
        self,
        cpu_limit: int | None = None,
        mem_limit: Size | None = None,
        cpu_reservation: int | None = None,
        mem_reservation: Size | None = None,
        generic_resources: Mapping[str, int | str] | Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        limits = given(nano_cpus=cpu_limit, memory_bytes=mem_limit)
        reservations = given(
            nano_cpus=cpu_reservation,
            memory_bytes=mem_reservation,
            generic_resources=_generic_resources(generic_resources) if generic_resources is not None else None,
        )
        super().__init__(**given(limits=limits or None, reservations=reservations or None))


def _generic_resources(resources: Mapping[str, int | str] | Sequence[Mapping[str, Any]]) -> list[Any]:
    if not isinstance(resources, Mapping):
        return list(resources)
    return [
        {"NamedResourceSpec" if isinstance(value, str) else "DiscreteResourceSpec": {"Kind": kind, "Value": value}}
        for kind, value in resources.items()
    ]


@checks_arguments
class ContainerSpec(models.ContainerSpec, Wire):
    """The containers of a service.

    The arguments are those of `ServiceOptions` with the same names; ``labels`` are those of the containers.
    """

    def __init__(
        self,
        image: str,
        command: Command | None = None,
        args: Sequence[str] | None = None,
        hostname: str | None = None,
        env: Environment | None = None,
        workdir: str | None = None,
        user: str | None = None,
        labels: Labels | None = None,
        mounts: Sequence[str | models.Mount | Mapping[str, Any]] | None = None,
        stop_grace_period: Nanoseconds | None = None,
        secrets: Sequence[models.SecretReference | Mapping[str, Any]] | None = None,
        tty: bool | None = None,
        groups: Sequence[str] | None = None,
        open_stdin: bool | None = None,
        read_only: bool | None = None,
        stop_signal: str | None = None,
        healthcheck: models.HealthConfig | Mapping[str, object] | None = None,
        hosts: Mapping[str, str] | Sequence[str] | None = None,
        dns_config: models.DNSConfig | Mapping[str, Any] | None = None,
        configs: Sequence[models.ServiceConfigReference | Mapping[str, Any]] | None = None,
        privileges: models.Privileges | Mapping[str, Any] | None = None,
        isolation: str | None = None,
        init: bool | None = None,
        cap_add: Sequence[str] | None = None,
        cap_drop: Sequence[str] | None = None,
        sysctls: KeyValues | None = None,
    ) -> None:
        options = arguments(locals(), "image command labels") | given(container_labels=labels)
        super().__init__(**container_json(image, command, options))


@checks_arguments
class TaskTemplate(models.TaskSpec, Wire):
    """The template of a service's tasks, for ``client.api.services``.

    Args:
        container_spec: The container to run.
        resources: What a task may use and must have.
        restart_policy: When a task that has ended is replaced.
        placement: Where tasks may run; a list are its constraints.
        log_driver: The log driver.
        networks: Networks the tasks are attached to, by name or as `NetworkAttachmentConfig`.
        force_update: A number other than the one before replaces the tasks even if nothing else changes.
    """

    def __init__(
        self,
        container_spec: models.ContainerSpec | Mapping[str, Any],
        resources: models.ResourceRequirements | Mapping[str, Any] | None = None,
        restart_policy: models.TaskRestartPolicy | Mapping[str, Any] | None = None,
        placement: models.Placement | Mapping[str, Any] | Sequence[str] | None = None,
        log_driver: models.Driver | Mapping[str, Any] | None = None,
        networks: Sequence[str | models.NetworkAttachmentConfig | Mapping[str, Any]] | None = None,
        force_update: int | None = None,
    ) -> None:
        fields = arguments(locals(), "placement networks")
        where = {"Constraints": placement} if isinstance(placement, list | tuple) else placement
        attached = [network_json(network) for network in networks] if networks is not None else None
        super().__init__(**fields, **given(placement=where, networks=attached))


class RestartConditionTypesEnum:
    """When a task that has ended is replaced."""

    NONE: ClassVar = "none"
    ON_FAILURE: ClassVar = "on-failure"
    ANY: ClassVar = "any"


@checks_arguments
class RestartPolicy(models.TaskRestartPolicy, Wire):
    """When a task that has ended is replaced; a container's ``restart_policy`` is a mapping instead.

    Args:
        condition: ``none``, ``on-failure`` or ``any``.
        delay: Nanoseconds to wait before that.
        max_attempts: How often at most within ``window``; ``0`` is any number.
        window: Nanoseconds over which attempts are counted; ``0`` counts them all.
    """

    condition_types: ClassVar[type[RestartConditionTypesEnum]] = RestartConditionTypesEnum

    def __init__(
        self, condition: str = "none", delay: Nanoseconds = 0, max_attempts: int = 0, window: Nanoseconds = 0
    ) -> None:
        if condition not in {"none", "on-failure", "any"}:
            raise TypeError(f"Invalid RestartPolicy condition {condition}")
        super().__init__(**arguments(locals()))


@checks_arguments
class UpdateConfig(models.UpdateConfig, Wire):
    """How the tasks of a service are replaced.

    Args:
        parallelism: How many at a time; ``0`` is all at once.
        delay: Nanoseconds between two such batches.
        failure_action: ``continue``, ``pause`` or ``rollback``, if too many new tasks fail.
        monitor: Nanoseconds for which a new task is watched for failure.
        max_failure_ratio: Share of new tasks that may fail, 0 to 1.
        order: ``stop-first`` or ``start-first``.

    Raises:
        InvalidArgument: A value is invalid.
    """

    def __init__(
        self,
        parallelism: int = 0,
        delay: Nanoseconds | None = None,
        failure_action: str = "continue",
        monitor: Nanoseconds | None = None,
        max_failure_ratio: float | None = None,
        order: str | None = None,
    ) -> None:
        if failure_action not in {"pause", "continue", "rollback"}:
            raise InvalidArgument("failure_action must be one of `pause`, `continue`, `rollback`")
        if max_failure_ratio is not None and not 0 <= max_failure_ratio <= 1:
            raise InvalidArgument("max_failure_ratio must be a number between 0 and 1")
        if order not in {None, "start-first", "stop-first"}:
            raise InvalidArgument("order must be either `start-first` or `stop-first`")
        super().__init__(**arguments(locals()))


class RollbackConfig(UpdateConfig):
    """How the tasks of a service are replaced in a rollback; the arguments are those of `UpdateConfig`."""


@checks_arguments
class EndpointSpec(models.EndpointSpec, Wire):
    """How a service is reached: ``EndpointSpec(ports={8080: 80, 5353: (53, "udp", "host")})``.

    Args:
        mode: ``vip`` (the default) or ``dnsrr``.
        ports: ``{published: target}`` or ``{published: (target, protocol, mode)}``, or a list in the engine's JSON.
    """

    def __init__(
        self,
        mode: str | None = None,
        ports: Mapping[int, int | tuple[int | str | None, ...]] | Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        super().__init__(**endpoint_json(given(Mode=mode, Ports=ports)))


ServiceModeName = Literal["replicated", "global", "replicated-job", "global-job"]
"""The modes of a service."""


@checks_arguments
class ServiceMode(models.ServiceMode, Wire):
    """How many tasks a service has.

    Args:
        mode: ``replicated``, ``global``, ``replicated-job`` or ``global-job``.
        replicas: How many; of a job, how many have to end well.
        concurrency: How many of a job at a time; 1 if not given.

    Raises:
        InvalidArgument: An unknown mode, or a number for a mode that has no number of tasks.
    """

    def __init__(
        self, mode: ServiceModeName | str = "replicated", replicas: int | None = None, concurrency: int | None = None
    ) -> None:
        fields: dict[str, Any] = mode_json(mode)
        if mode not in {"replicated", "replicated-job"} and replicas is not None:
            raise InvalidArgument('replicas can only be used for "replicated" or "replicated-job" mode')
        if mode != "replicated-job" and concurrency is not None:
            raise InvalidArgument('concurrency can only be used for "replicated-job" mode')
        if mode == "replicated":
            fields = {"Replicated": given(Replicas=replicas)}
        elif mode == "replicated-job" and (replicas is not None or concurrency is not None):
            fields = {"ReplicatedJob": given(MaxConcurrent=concurrency or 1, TotalCompletions=replicas)}
        super().__init__(**fields)

    @property
    def mode(self) -> str:
        """The mode as docker-py names it: ``replicated``, ``global``, ``ReplicatedJob`` or ``GlobalJob``."""
        name = next(iter(self))
        return name if name.endswith("Job") else name.lower()

    @property
    def replicas(self) -> int | None:
        """How many tasks were asked for."""
        if self.replicated is not None:
            return self.replicated.replicas
        return self.replicated_job.total_completions if self.replicated_job is not None else None


@checks_arguments
class Placement(models.Placement, Wire):
    """Where tasks may run.

    Args:
        constraints: Conditions a node must meet: ``["node.role == worker"]``.
        preferences: Preferences, the strongest first: ``[("spread", "node.labels.zone")]``.
        platforms: Architecture and system of nodes: ``[("x86_64", "linux")]``.
        maxreplicas: Tasks on one node at most.
    """

    def __init__(
        self,
        constraints: Sequence[str] | None = None,
        preferences: Sequence[tuple[str, str] | models.PlacementPreference | Mapping[str, Any]] | None = None,
        platforms: Sequence[tuple[str, str]] | None = None,
        maxreplicas: int | None = None,
    ) -> None:
        options = given(constraints=constraints, preferences=preferences, platforms=platforms, maxreplicas=maxreplicas)
        super().__init__(**placement_json(options))


@checks_arguments
class PlacementPreference(models.PlacementPreference, Wire):
    """A preference for where tasks run: ``PlacementPreference("spread", "node.labels.zone")``.

    Args:
        strategy: ``spread``.
        descriptor: The label over whose values tasks are spread.

    Raises:
        InvalidArgument: Another strategy.
    """

    def __init__(self, strategy: str, descriptor: str) -> None:
        if strategy != "spread":
            raise Unfit(strategy, "'spread'", is_type=False).error("strategy", "PlacementPreference")
        super().__init__(**placement_json({"preferences": [(strategy, descriptor)]})["Preferences"][0])


@checks_arguments
class SecretReference(models.SecretReference, Wire):
    """A secret that is mounted into the containers of a service.

    Args:
        secret_id: Its id, or an answer that has it.
        secret_name: Its name.
        filename: The file that holds it, below ``/run/secrets``; its name if not given.
        uid: Owner of the file; ``0`` if not given.
        gid: Group of the file; ``0`` if not given.
        mode: Permissions of the file.

    Raises:
        NullResource: The id is empty.
    """

    def __init__(
        self,
        secret_id: IdOrName,
        secret_name: str,
        filename: str | None = None,
        uid: Owner | None = None,
        gid: Owner | None = None,
        mode: FileMode = 0o444,
    ) -> None:
        super().__init__(
            secret_id=id_of(secret_id), secret_name=secret_name, file=_file(filename or secret_name, uid, gid, mode)
        )


@checks_arguments
class ConfigReference(models.ServiceConfigReference, Wire):
    """A config that is mounted into the containers of a service, at the top of the file system.

    The arguments are those of `SecretReference`.
    """

    def __init__(
        self,
        config_id: IdOrName,
        config_name: str,
        filename: str | None = None,
        uid: Owner | None = None,
        gid: Owner | None = None,
        mode: FileMode = 0o444,
    ) -> None:
        super().__init__(
            config_id=id_of(config_id), config_name=config_name, file=_file(filename or config_name, uid, gid, mode)
        )


def _file(name: str, uid: Owner | None, gid: Owner | None, mode: FileMode) -> models.ReferenceFileTarget:
    return models.ReferenceFileTarget(name=name, uid=str(uid or 0), gid=str(gid or 0), mode=as_permissions(mode))


@checks_arguments
class DNSConfig(models.DNSConfig, Wire):
    """Contents of ``/etc/resolv.conf`` of containers.

    Args:
        nameservers: Addresses of name servers.
        search: Domains in which short names are looked up.
        options: Options of the resolver: ``["ndots:3"]``.
    """

    def __init__(
        self,
        nameservers: Sequence[str] | None = None,
        search: Sequence[str] | None = None,
        options: Sequence[str] | None = None,
    ) -> None:
        super().__init__(**arguments(locals()))


@checks_arguments
class Privileges(models.Privileges, Wire):
    """Security options of the containers of a service.

    Args:
        credentialspec_file: Credential spec of Windows: a file below the engine's ``CredentialSpecs``.
        credentialspec_registry: Credential spec of Windows: a value in its registry.
        selinux_disable: Whether to do without SELinux.
        selinux_user: User label.
        selinux_role: Role label.
        selinux_type: Type label.
        selinux_level: Level label.

    Raises:
        InvalidArgument: Both credential specs.
    """

    def __init__(
        self,
        credentialspec_file: str | None = None,
        credentialspec_registry: str | None = None,
        selinux_disable: bool | None = None,
        selinux_user: str | None = None,
        selinux_role: str | None = None,
        selinux_type: str | None = None,
        selinux_level: str | None = None,
    ) -> None:
        credentials = given(file=credentialspec_file, registry=credentialspec_registry)
        if len(credentials) > 1:
            raise InvalidArgument("credentialspec_file and credentialspec_registry are mutually exclusive")
        labels = given(
            disable=selinux_disable, user=selinux_user, role=selinux_role, type=selinux_type, level=selinux_level
        )
        super().__init__(**given(credential_spec=credentials or None, selinux_context=labels))


@checks_arguments
class NetworkAttachmentConfig(models.NetworkAttachmentConfig, Wire):
    """A network that tasks are attached to.

    Args:
        target: Name or id of the network.
        aliases: More names of the service on this network.
        options: Options for the network's driver.
    """

    def __init__(self, target: str, aliases: Sequence[str] | None = None, options: KeyValues | None = None) -> None:
        super().__init__(target=target, **given(aliases=aliases, driver_opts=options))
