"""The services of a swarm."""

from typing import Literal

from aiodockerpy.models._base import Model, wire
from aiodockerpy.models._time import Time
from aiodockerpy.models.swarm_common import ObjectVersion, SwarmObject
from aiodockerpy.models.tasks import EndpointPortConfig, NetworkAttachmentConfig, TaskSpec

FailureAction = Literal["continue", "pause", "rollback"] | str
"""What happens if too many new tasks fail (a rollback cannot be rolled back); open for newer values."""

UpdateOrder = Literal["stop-first", "start-first"] | str
"""Whether the old task ends before the new one starts; open for newer values."""

UpdateState = (
    Literal["updating", "paused", "completed", "rollback_started", "rollback_paused", "rollback_completed"] | str
)
"""How far an update has come; open for newer values."""

EndpointMode = Literal["vip", "dnsrr"] | str
"""How a service is reached by its name: one virtual address or the tasks' own in turn; open for newer values."""


class ReplicatedService(Model):
    """A number of tasks that are kept running."""

    replicas: int | None = None
    """How many."""


class GlobalService(Model):
    """One task on every node, kept running; it has no fields."""


class ReplicatedJob(Model):
    """A number of tasks, each of which is completed once."""

    max_concurrent: int | None = None
    """How many at a time; 1 if not given."""
    total_completions: int | None = None
    """How many in all; as ``max_concurrent`` if not given."""


class GlobalJob(Model):
    """One task on every node, each to be completed once; it has no fields."""


class ServiceMode(Model):
    """How many tasks a service has: exactly one is set.

    Example:
        ``ServiceMode(replicated=ReplicatedService(replicas=3))`` or ``ServiceMode(global_=GlobalService())``
    """

    replicated: ReplicatedService | None = None
    """A number of tasks that are kept running."""
    global_: GlobalService | None = wire("Global")
    """One task on every node, kept running."""
    replicated_job: ReplicatedJob | None = None
    """A number of tasks, each of which is completed once."""
    global_job: GlobalJob | None = None
    """One task on every node, each to be completed once."""


class UpdateConfig(Model):
    """How the tasks of a service are replaced, in an update or a rollback."""

    parallelism: int | None = None
    """How many at a time; ``0`` is all at once."""
    delay: int | None = None
    """Nanoseconds between two such batches."""
    failure_action: FailureAction | None = None
    """What happens if too many new tasks fail."""
    monitor: int | None = None
    """Nanoseconds for which a new task is watched for failure."""
    max_failure_ratio: int | float | None = None
    """Share of new tasks that may fail, 0 to 1."""
    order: UpdateOrder | None = None
    """Whether the old task ends before the new one starts."""


class EndpointSpec(Model):
    """How a service is reached."""

    mode: EndpointMode | None = None
    """By one virtual address (the default) or by the tasks' own."""
    ports: list[EndpointPortConfig] | None = None
    """Ports it publishes; not with ``dnsrr``, unless published with mode ``host``."""


class ServiceSpec(Model):
    """Settings of a service: read them, edit them, send them back.

    Example:
        ``ServiceSpec(name="web", task_template=TaskSpec(container_spec=ContainerSpec(image="nginx:1.29")))``
    """

    name: str | None = None
    """Name of the service."""
    labels: dict[str, str] | None = None
    """Its labels; those of its containers are in the container spec."""
    task_template: TaskSpec | None = None
    """What its tasks are made from."""
    mode: ServiceMode | None = None
    """How many tasks it has; one if not given."""
    update_config: UpdateConfig | None = None
    """How tasks are replaced in an update."""
    rollback_config: UpdateConfig | None = None
    """How tasks are replaced in a rollback."""
    networks: list[NetworkAttachmentConfig] | None = None
    """Deprecated: `TaskSpec.networks` has taken its place."""
    endpoint_spec: EndpointSpec | None = None
    """How it is reached."""


class ServiceCreateRequest(ServiceSpec):
    """Makes a service."""


class ServiceUpdateRequest(ServiceSpec):
    """Changes a service; what is left out goes back to its default."""


class ServiceCreate(Model):
    """What making a service did."""

    id: str | None = wire("ID")
    """Id of the new service."""
    warnings: list[str] | None = None
    """Warnings of the engine. API 1.44+."""
    warning: str | None = None
    """The same where the specification had it; up to API 1.43."""


class ServiceUpdate(Model):
    """What changing a service did."""

    warnings: list[str] | None = None
    """Warnings of the engine, for example that the image's digest could not be found out."""


class EndpointVirtualIP(Model):
    """A virtual address of a service."""

    network_id: str | None = wire("NetworkID")
    """Id of the network it is in."""
    addr: str | None = None
    """The address, as CIDR."""


class ServiceEndpoint(Model):
    """The actual endpoint of a service."""

    spec: EndpointSpec | None = None
    """As it was asked for."""
    ports: list[EndpointPortConfig] | None = None
    """Ports it publishes, those chosen by the swarm included."""
    virtual_ips: list[EndpointVirtualIP] | None = wire("VirtualIPs")
    """Its virtual addresses."""


class ServiceUpdateStatus(Model):
    """How the last update is doing."""

    state: UpdateState | None = None
    """How far it has come."""
    started_at: Time | None = None
    """When it began."""
    completed_at: Time | None = None
    """When it ended."""
    message: str | None = None
    """What is being done or was done."""


class ServiceStatus(Model):
    """How many tasks a service has; listed only on request."""

    running_tasks: int | None = None
    """How many run."""
    desired_tasks: int | None = None
    """How many are to run."""
    completed_tasks: int | None = None
    """How many have completed; jobs only."""


class ServiceJobStatus(Model):
    """How a job is doing."""

    job_iteration: ObjectVersion | None = None
    """Which run of the job this is; rises with each, not always by one."""
    last_execution: Time | None = None
    """When the run was started."""


class Service(SwarmObject):
    """A service of the swarm."""

    spec: ServiceSpec | None = None
    """Its settings."""
    previous_spec: ServiceSpec | None = None
    """Its settings before the last update: what a rollback goes back to."""
    endpoint: ServiceEndpoint | None = None
    """How it is reached."""
    update_status: ServiceUpdateStatus | None = None
    """How the last update is doing."""
    service_status: ServiceStatus | None = None
    """How many tasks it has; listed only on request."""
    job_status: ServiceJobStatus | None = None
    """How its job is doing; jobs only."""
