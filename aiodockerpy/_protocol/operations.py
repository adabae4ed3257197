"""The operations of the Engine API as data: every operation with its method, path, query parameters and versions.

This is the only place that states which API versions have what. A row reads::

    _row("ContainerStop", "containers.stop", "POST /containers/{id}/stop", "t signal>=1.42", lasting=True)

``signal>=1.42`` is a parameter that was added in 1.42, ``keep-storage<=1.51`` one removed after 1.51; a bare name exists in
every version from 1.41 on. Fields of request bodies stand in `aiodockerpy._protocol.fields`.

Source of the facts: the Engine API's specification, ``api/docs/v1.41.yaml`` to ``v1.56.yaml`` of moby, and for what it
leaves out the daemon's router.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aiodockerpy._protocol import query
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy.errors import InvalidArgument

if TYPE_CHECKING:
    from aiodockerpy._protocol.query import IdOrName, QueryValue


@dataclass(frozen=True, slots=True)
class Span:
    """The API versions that have something.

    Attributes:
        since: The first one; ``None`` if 1.41, the oldest supported, has it.
        until: The last one; ``None`` if the newest known has it.
    """

    since: ApiVersion | None = None
    until: ApiVersion | None = None

    @classmethod
    def of(cls, since: str = "", until: str = "") -> Span:
        """Parse the bounds; an empty one sets no bound."""
        return (
            ALWAYS
            if not (since or until)
            else cls(ApiVersion.parse(since) if since else None, ApiVersion.parse(until) if until else None)
        )

    @classmethod
    def parse(cls, text: str) -> tuple[str, Span]:
        """Read ``name``, ``name>=1.42`` or ``name<=1.51``."""
        name, newer, since = text.partition(">=")
        if newer:
            return name, cls.of(since)
        name, older, until = text.partition("<=")
        return name, cls.of(until=until if older else "")

    def covers(self, version: ApiVersion) -> bool:
        """Return whether a version lies in this span."""
        return (self.since is None or version >= self.since) and (self.until is None or version <= self.until)


ALWAYS: Final = Span()
"""The versions from 1.41 on."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the Engine API.

    Attributes:
        id: The specification's operationId, for example ``"ContainerStop"``; an own name where it has none.
        name: Where it is reached in `aiodockerpy.api`, for example ``"containers.stop"``.
        method: The HTTP method.
        path: The path without version, with ``{name}`` for each part that is filled in.
        span: The API versions that have it.
        parameters: The query parameters and the versions that have each.
        filters: Names that ``filters`` may hold.
        body: The model of its JSON body, or of each item where that is a list; empty without one.
        older: What a parameter was called in versions before its own, for those that were renamed.
        lasting: The answer may take any time: no deadline for its first byte, no slot of the call pool.
        versioned: Sent under ``/v1.NN``.
    """

    id: str
    name: str
    method: str
    path: str
    span: Span
    parameters: Mapping[str, Span]
    filters: frozenset[str]
    body: str = ""
    older: Mapping[str, str] = field(default_factory=dict[str, str])
    lasting: bool = False
    versioned: bool = True


@dataclass(slots=True)  # as all values made for each call: frozen ones take several times as long to make
class Call:
    """The request value: one operation with everything that is sent for it.

    Attributes:
        operation: What is called.
        path: The path filled in and quoted, without version.
        query: The query in order.
        headers: Headers of this call only.
        json: The body as a request model (or a list of them); ``None`` sends none.
        content: The body as bytes, a path, a file object or an (async) iterable of bytes, sent as it is.
        watch: Notes how it is sent, for the hooks of the client; ``None`` without hooks.
    """

    operation: Operation
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    json: object = field(default=None, repr=False)
    content: object = field(default=None, repr=False)
    watch: object = field(default=None, repr=False)


def call(
    operation: str,
    parts: Mapping[str, IdOrName] | None = None,
    values: Mapping[str, QueryValue] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    json: object = None,
    content: object = None,
) -> Call:
    """Build the request value of an operation.

    Args:
        operation: The operationId.
        parts: What is filled into the path; ids and names, unquoted.
        values: The query by parameter name; ``None`` is not sent, a mapping under ``filters`` is encoded as the engine takes it.
        headers: Headers of this call only.
        json: The body as a request model.
        content: The body as bytes or a source of bytes.

    Raises:
        NullResource: A part of the path is empty.
        InvalidArgument: A filter that the operation does not have.
    """
    found = OPERATIONS[operation]
    return Call(
        operation=found,
        path=query.expand(found.path, parts) if parts else found.path,
        query=_query(found, values) if values else (),
        headers=headers or {},
        json=json,
        content=content,
    )


def _query(operation: Operation, values: Mapping[str, QueryValue]) -> tuple[tuple[str, str], ...]:
    filters = values.get("filters")
    if filters is not None and isinstance(filters, Mapping):
        check_filters(operation.id, filters)
        values = {**values, "filters": query.filters(filters)}
    return tuple(query.pairs(values))


def check_filters(operation: str, filters: Mapping[str, object] | None) -> None:
    """Refuse filters that an operation does not have; one whose filters are not known may have any.

    Raises:
        InvalidArgument: A filter is unknown; the message names the nearest known one.
    """
    found = OPERATIONS[operation]
    for name in filters or () if found.filters else ():
        if name not in found.filters:
            import difflib

            near = difflib.get_close_matches(name, found.filters, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(sorted(found.filters))}"
            raise InvalidArgument(f"filters: {found.name} has no filter {name!r}: {hint}")


def _row(
    id: str, name: str, request: str, parameters: str = "", *, filters: str = "", body: str = "", older: str = "",
    since: str = "", lasting: bool = False, versioned: bool = True,
) -> Operation:  # fmt: skip
    method, path = request.split()
    return Operation(
        id, name, method, path, Span.of(since), dict(map(Span.parse, parameters.split())),
        frozenset(filters.split()), body, dict(pair.split("=") for pair in older.split()), lasting, versioned,
    )  # fmt: skip


_ROWS = (
    # ---- containers
    _row("ContainerList", "containers.list", "GET /containers/json", "all limit size filters",
         filters="ancestor before expose exited health id is-task isolation label name network publish since status volume"),
    _row("ContainerCreate", "containers.create", "POST /containers/create", "name platform",
         body="ContainerCreateRequest"),
    _row("ContainerInspect", "containers.inspect", "GET /containers/{id}/json", "size"),
    _row("ContainerTop", "containers.top", "GET /containers/{id}/top", "ps_args"),
    _row("ContainerLogs", "containers.logs", "GET /containers/{id}/logs",
         "follow stdout stderr since until timestamps tail details", lasting=True),
    _row("ContainerChanges", "containers.changes", "GET /containers/{id}/changes", lasting=True),
    _row("ContainerExport", "containers.export", "GET /containers/{id}/export", lasting=True),
    _row("ContainerStats", "containers.stats", "GET /containers/{id}/stats", "stream one-shot", lasting=True),
    _row("ContainerResize", "containers.resize", "POST /containers/{id}/resize", "h w"),
    _row("ContainerStart", "containers.start", "POST /containers/{id}/start", "detachKeys checkpoint checkpoint-dir",
         lasting=True),
    _row("ContainerStop", "containers.stop", "POST /containers/{id}/stop", "t signal>=1.42", lasting=True),
    _row("ContainerRestart", "containers.restart", "POST /containers/{id}/restart", "t signal>=1.42", lasting=True),
    _row("ContainerKill", "containers.kill", "POST /containers/{id}/kill", "signal"),
    _row("ContainerUpdate", "containers.update", "POST /containers/{id}/update", body="ContainerUpdateRequest"),
    _row("ContainerRename", "containers.rename", "POST /containers/{id}/rename", "name"),
    _row("ContainerPause", "containers.pause", "POST /containers/{id}/pause"),
    _row("ContainerUnpause", "containers.unpause", "POST /containers/{id}/unpause"),
    _row("ContainerAttach", "containers.attach", "POST /containers/{id}/attach",
         "detachKeys logs stream stdin stdout stderr", lasting=True),
    _row("ContainerAttachWebsocket", "containers.attach_websocket", "GET /containers/{id}/attach/ws",
         "detachKeys logs stream stdin>=1.42 stdout>=1.42 stderr>=1.42", lasting=True),
    _row("ContainerWait", "containers.wait", "POST /containers/{id}/wait", "condition", lasting=True),
    _row("ContainerDelete", "containers.remove", "DELETE /containers/{id}", "v force link", lasting=True),
    _row("ContainerArchiveInfo", "containers.archive_info", "HEAD /containers/{id}/archive", "path"),
    _row("ContainerArchive", "containers.archive", "GET /containers/{id}/archive", "path", lasting=True),
    _row("PutContainerArchive", "containers.put_archive", "PUT /containers/{id}/archive",
         "path noOverwriteDirNonDir copyUIDGID", lasting=True),
    _row("ContainerPrune", "containers.prune", "POST /containers/prune", "filters", filters="label label! until",
         lasting=True),
    _row("CheckpointList", "containers.checkpoints", "GET /containers/{id}/checkpoints", "dir"),
    _row("CheckpointCreate", "containers.create_checkpoint", "POST /containers/{id}/checkpoints",
         body="CheckpointCreateRequest", lasting=True),
    _row("CheckpointDelete", "containers.remove_checkpoint", "DELETE /containers/{id}/checkpoints/{checkpoint}", "dir"),
    # ---- exec
    _row("ContainerExec", "exec.create", "POST /containers/{id}/exec", body="ExecCreateRequest"),
    _row("ExecStart", "exec.start", "POST /exec/{id}/start", body="ExecStartRequest", lasting=True),
    _row("ExecResize", "exec.resize", "POST /exec/{id}/resize", "h w"),
    _row("ExecInspect", "exec.inspect", "GET /exec/{id}/json"),
    # ---- images
    _row("ImageList", "images.list", "GET /images/json",
         "all filters digests shared-size>=1.42 manifests>=1.47 identity>=1.54",
         filters="before dangling label label! reference since until"),
    _row("ImageCreate", "images.create", "POST /images/create",
         "fromImage fromSrc repo tag message changes platform", lasting=True),
    _row("ImageInspect", "images.inspect", "GET /images/{name}/json", "manifests>=1.48 platform>=1.49"),
    _row("ImageAttestations", "images.attestations", "GET /images/{name}/attestations", "platform type statement",
         since="1.55"),
    _row("ImageHistory", "images.history", "GET /images/{name}/history", "platform>=1.48"),
    _row("ImagePush", "images.push", "POST /images/{name}/push", "tag platform>=1.46", lasting=True),
    _row("ImageTag", "images.tag", "POST /images/{name}/tag", "repo tag"),
    _row("ImageDelete", "images.remove", "DELETE /images/{name}", "force noprune platforms>=1.50", lasting=True),
    _row("ImageSearch", "images.search", "GET /images/search", "term limit filters",
         filters="is-automated is-official stars", lasting=True),
    _row("ImagePrune", "images.prune", "POST /images/prune", "filters", filters="dangling label label! until",
         lasting=True),
    _row("ImageCommit", "images.commit", "POST /commit", "container repo tag comment author pause changes",
         body="ContainerConfig", lasting=True),
    _row("ImageGet", "images.get", "GET /images/{name}/get", "platform>=1.48", lasting=True),
    _row("ImageGetAll", "images.get_all", "GET /images/get", "names platform>=1.48", lasting=True),
    _row("ImageLoad", "images.load", "POST /images/load", "quiet platform>=1.48", lasting=True),
    # ---- build
    _row("ImageBuild", "build.build", "POST /build",
         "dockerfile t extrahosts remote q nocache cachefrom pull rm forcerm memory memswap cpushares cpusetcpus "
         "cpuperiod cpuquota buildargs shmsize squash labels networkmode platform target outputs version session buildid "
         "cgroupparent cpusetmems isolation ulimits securityopt", lasting=True),
    _row("BuildPrune", "build.prune", "POST /build/prune",
         "keep-storage<=1.51 all filters reserved-space>=1.48 max-used-space>=1.48 min-free-space>=1.48",
         filters="description id inuse parent private shared type unused-for until",
         older="reserved-space=keep-storage", lasting=True),
    _row("BuildCancel", "build.cancel", "POST /build/cancel", "id"),
    _row("Session", "build.session", "POST /session", lasting=True, versioned=False),
    _row("Grpc", "build.grpc", "POST /grpc", lasting=True, versioned=False),
    # ---- distribution
    _row("DistributionInspect", "distribution.inspect", "GET /distribution/{name}/json", lasting=True),
    # ---- networks
    _row("NetworkList", "networks.list", "GET /networks", "filters",
         filters="dangling driver id label name scope type"),
    _row("NetworkInspect", "networks.inspect", "GET /networks/{id}", "verbose scope"),
    _row("NetworkDelete", "networks.remove", "DELETE /networks/{id}"),
    _row("NetworkCreate", "networks.create", "POST /networks/create", body="NetworkCreateRequest"),
    _row("NetworkConnect", "networks.connect", "POST /networks/{id}/connect", body="NetworkConnectRequest"),
    _row("NetworkDisconnect", "networks.disconnect", "POST /networks/{id}/disconnect", body="NetworkDisconnectRequest"),
    _row("NetworkPrune", "networks.prune", "POST /networks/prune", "filters", filters="label label! until",
         lasting=True),
    # ---- volumes
    _row("VolumeList", "volumes.list", "GET /volumes", "filters", filters="dangling driver label name"),
    _row("VolumeCreate", "volumes.create", "POST /volumes/create", body="VolumeCreateRequest"),
    _row("VolumeInspect", "volumes.inspect", "GET /volumes/{name}"),
    _row("VolumeDelete", "volumes.remove", "DELETE /volumes/{name}", "force"),
    _row("VolumeUpdate", "volumes.update", "PUT /volumes/{name}", "version", body="VolumeUpdateRequest", since="1.42"),
    _row("VolumePrune", "volumes.prune", "POST /volumes/prune", "filters", filters="all label label!", lasting=True),
    # ---- swarm
    _row("SwarmInspect", "swarm.inspect", "GET /swarm"),
    _row("SwarmInit", "swarm.init", "POST /swarm/init", body="SwarmInitRequest", lasting=True),
    _row("SwarmJoin", "swarm.join", "POST /swarm/join", body="SwarmJoinRequest", lasting=True),
    _row("SwarmLeave", "swarm.leave", "POST /swarm/leave", "force", lasting=True),
    _row("SwarmUpdate", "swarm.update", "POST /swarm/update",
         "version rotateWorkerToken rotateManagerToken rotateManagerUnlockKey", body="SwarmSpec"),
    _row("SwarmUnlockkey", "swarm.unlock_key", "GET /swarm/unlockkey"),
    _row("SwarmUnlock", "swarm.unlock", "POST /swarm/unlock", body="SwarmUnlockRequest", lasting=True),
    # ---- nodes
    _row("NodeList", "nodes.list", "GET /nodes", "filters", filters="id label membership name node.label role"),
    _row("NodeInspect", "nodes.inspect", "GET /nodes/{id}"),
    _row("NodeDelete", "nodes.remove", "DELETE /nodes/{id}", "force"),
    _row("NodeUpdate", "nodes.update", "POST /nodes/{id}/update", "version", body="NodeSpec"),
    # ---- services
    _row("ServiceList", "services.list", "GET /services", "filters status", filters="id label mode name runtime"),
    _row("ServiceCreate", "services.create", "POST /services/create", body="ServiceCreateRequest", lasting=True),
    _row("ServiceInspect", "services.inspect", "GET /services/{id}", "insertDefaults"),
    _row("ServiceDelete", "services.remove", "DELETE /services/{id}"),
    _row("ServiceUpdate", "services.update", "POST /services/{id}/update", "version registryAuthFrom rollback",
         body="ServiceUpdateRequest", lasting=True),
    _row("ServiceLogs", "services.logs", "GET /services/{id}/logs",
         "details follow stdout stderr since timestamps tail", lasting=True),
    # ---- tasks
    _row("TaskList", "tasks.list", "GET /tasks", "filters",
         filters="desired-state id label name node runtime service _up-to-date"),
    _row("TaskInspect", "tasks.inspect", "GET /tasks/{id}"),
    _row("TaskLogs", "tasks.logs", "GET /tasks/{id}/logs", "details follow stdout stderr since timestamps tail",
         lasting=True),
    # ---- secrets
    _row("SecretList", "secrets.list", "GET /secrets", "filters", filters="id label name names"),
    _row("SecretCreate", "secrets.create", "POST /secrets/create", body="SecretCreateRequest"),
    _row("SecretInspect", "secrets.inspect", "GET /secrets/{id}"),
    _row("SecretDelete", "secrets.remove", "DELETE /secrets/{id}"),
    _row("SecretUpdate", "secrets.update", "POST /secrets/{id}/update", "version", body="SecretSpec"),
    # ---- configs
    _row("ConfigList", "configs.list", "GET /configs", "filters", filters="id label name"),
    _row("ConfigCreate", "configs.create", "POST /configs/create", body="ConfigCreateRequest"),
    _row("ConfigInspect", "configs.inspect", "GET /configs/{id}"),
    _row("ConfigDelete", "configs.remove", "DELETE /configs/{id}"),
    _row("ConfigUpdate", "configs.update", "POST /configs/{id}/update", "version", body="ConfigSpec"),
    # ---- plugins
    _row("PluginList", "plugins.list", "GET /plugins", "filters", filters="capability enabled"),
    _row("GetPluginPrivileges", "plugins.privileges", "GET /plugins/privileges", "remote", lasting=True),
    _row("PluginPull", "plugins.pull", "POST /plugins/pull", "remote name", body="PluginPrivilege", lasting=True),
    _row("PluginInspect", "plugins.inspect", "GET /plugins/{name}/json"),
    _row("PluginDelete", "plugins.remove", "DELETE /plugins/{name}", "force"),
    _row("PluginEnable", "plugins.enable", "POST /plugins/{name}/enable", "timeout", lasting=True),
    _row("PluginDisable", "plugins.disable", "POST /plugins/{name}/disable", "force"),
    _row("PluginUpgrade", "plugins.upgrade", "POST /plugins/{name}/upgrade", "remote", body="PluginPrivilege",
         lasting=True),
    _row("PluginCreate", "plugins.create", "POST /plugins/create", "name", lasting=True),
    _row("PluginPush", "plugins.push", "POST /plugins/{name}/push", lasting=True),
    _row("PluginSet", "plugins.set", "POST /plugins/{name}/set"),
    # ---- system
    _row("SystemAuth", "system.auth", "POST /auth", body="AuthConfig", lasting=True),
    _row("SystemInfo", "system.info", "GET /info"),
    _row("SystemVersion", "system.version", "GET /version"),
    _row("SystemPing", "system.ping", "GET /_ping", versioned=False),
    _row("SystemPingHead", "system.ping_head", "HEAD /_ping", versioned=False),
    _row("SystemEvents", "system.events", "GET /events", "since until filters", lasting=True,
         filters="config container daemon event image label network node plugin scope secret service type volume"),
    _row("SystemDataUsage", "system.data_usage", "GET /system/df", "type>=1.42 verbose>=1.52", lasting=True),
)  # fmt: skip

OPERATIONS: Mapping[str, Operation] = {operation.id: operation for operation in _ROWS}
