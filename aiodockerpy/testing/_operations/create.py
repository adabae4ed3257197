"""``POST /containers/create``."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any

from aiodockerpy.models import ContainerCreateRequest
from aiodockerpy.testing._core import CPUS, operation
from aiodockerpy.testing._http.messages import Refusal, answer_json
from aiodockerpy.testing._lifecycle import emit
from aiodockerpy.testing._state.files import Files
from aiodockerpy.testing._state.normal import (
    CONFIG,
    CONFIG_OPTIONAL,
    HOST_CONFIG,
    HOST_CONFIG_OPTIONAL,
    as_go,
    body,
    items,
    mapping,
)
from aiodockerpy.testing._state.objects import Container, Endpoint, Mount
from aiodockerpy.testing._state.output import Output
from aiodockerpy.testing._state.world import new_id

if TYPE_CHECKING:
    from aiodockerpy.testing._core import Core
    from aiodockerpy.testing._http.messages import Reply, Request
    from aiodockerpy.testing._state.objects import Image

__all__ = ["check_memory", "check_name", "make_endpoint"]

_NAME = re.compile(r"/?[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_SMALLEST_MEMORY = 6 * 1024 * 1024
_POLICIES = frozenset({"", "no", "always", "unless-stopped", "on-failure"})
VOLUMES = "/var/lib/docker/volumes"


@operation("ContainerCreate")
async def create(core: Core, request: Request) -> Reply:
    """Create a container."""
    given = body(ContainerCreateRequest, request.body).to_dict()
    if not given or (set(given) <= {"HostConfig", "NetworkingConfig"}):
        raise Refusal(400, "config cannot be empty in order to create a container")
    host = as_go(mapping(given.get("HostConfig")), HOST_CONFIG, HOST_CONFIG_OPTIONAL)
    config = as_go(given, CONFIG, CONFIG_OPTIONAL)
    _check_host(host)
    name = request.text("name").removeprefix("/")
    if request.text("name"):
        check_name(core, request.text("name"))
    if not config["Image"]:
        raise Refusal(400, "invalid reference format")
    image = core.world.image(config["Image"])
    _merge_image(config, image)
    id = new_id()
    config["Hostname"] = config["Hostname"] or id[:12]
    container = Container(
        id, name or core.world.new_name(), core.clock.now(), image, config, host,
        Output(core.clock, logged=host["LogConfig"]["Type"] != "none"), Files(dict(image.tree)),
    )  # fmt: skip
    _add_networks(core, container, mapping(mapping(given.get("NetworkingConfig")).get("EndpointsConfig")))
    _add_mounts(core, container)
    container.mount_all()
    if config["WorkingDir"]:
        container.files.mkdir(config["WorkingDir"], parents=True)
    core.world.containers[id] = container
    emit(core, container, "create")
    return answer_json({"Id": id, "Warnings": _warnings(host)}, 201)


def check_name(core: Core, name: str) -> None:
    """Refuse an invalid name, or one that a container has.

    Raises:
        Refusal: So it is.
    """
    if not _NAME.fullmatch(name):
        raise Refusal(400, f"Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
    other = core.world.named(name.removeprefix("/"))
    if other is not None:
        raise Refusal(
            409,
            f'Conflict. The container name "/{other.name}" is already in use by container "{other.id}". You have to '
            "remove (or rename) that container to be able to reuse that name.",
        )


def check_memory(limit: int) -> None:
    """Refuse a limit of memory that is too small.

    Raises:
        Refusal: So it is.
    """
    if 0 < limit < _SMALLEST_MEMORY:
        raise Refusal(400, "Minimum memory limit allowed is 6MB")


def _check_host(host: dict[str, Any]) -> None:
    policy = host["RestartPolicy"]
    name, retries = policy.get("Name") or "no", policy.get("MaximumRetryCount") or 0
    if name not in _POLICIES:
        raise Refusal(
            400,
            f"invalid restart policy: unknown policy '{name}'; "
            "use one of 'no', 'always', 'on-failure', or 'unless-stopped'",
        )
    if retries and name != "on-failure":
        raise Refusal(400, "invalid restart policy: maximum retry count can only be used with 'on-failure'")
    if name != "no" and host["AutoRemove"]:
        raise Refusal(400, "can't create 'AutoRemove' container with restart policy")
    host["RestartPolicy"] = {"Name": name, "MaximumRetryCount": retries}
    host["LogConfig"] = {
        "Type": host["LogConfig"].get("Type") or "json-file",
        "Config": host["LogConfig"].get("Config") or {},
    }
    mode = host["NetworkMode"]
    host["NetworkMode"] = "bridge" if mode == "default" else mode
    memory, swap = host["Memory"], host["MemorySwap"]
    check_memory(memory)
    if host["NanoCpus"] > CPUS * 10**9:
        raise Refusal(400, f"range of CPUs is from 0.01 to {CPUS:.2f}, as there are only {CPUS} CPUs available")
    if memory and 0 < swap < memory:
        raise Refusal(400, "Minimum memoryswap limit should be larger than memory limit, see usage")
    if memory and not swap:
        host["MemorySwap"] = 2 * memory
    if host["Privileged"]:
        host["MaskedPaths"], host["ReadonlyPaths"] = None, None
        host["SecurityOpt"] = host["SecurityOpt"] or ["label=disable"]
    for key, bindings in mapping(host["PortBindings"]).items():
        host["PortBindings"][key] = [
            {"HostIp": binding.get("HostIp") or "", "HostPort": binding.get("HostPort") or ""}
            for binding in items(bindings)
        ]


def _warnings(host: dict[str, Any]) -> list[str]:
    found: list[str] = []
    if host["OomKillDisable"] and not host["Memory"]:
        found.append(
            "OOM killer is disabled for the container, but no memory limit is set, this can "
            "result in the system running out of resources."
        )
    return found


def _merge_image(config: dict[str, Any], image: Image) -> None:
    """Fill in from the image what was not given."""
    theirs = image.config
    if config["Entrypoint"] is None and theirs["Entrypoint"]:
        config["Entrypoint"] = theirs["Entrypoint"]
        config["Cmd"] = theirs["Cmd"] if config["Cmd"] is None else config["Cmd"]
    elif config["Entrypoint"] is None and not config["Cmd"]:
        config["Cmd"] = theirs["Cmd"]
    if config["Entrypoint"] == [""]:
        config["Entrypoint"] = None
    if not [*(config["Entrypoint"] or []), *(config["Cmd"] or [])]:
        raise Refusal(400, "no command specified")
    for name in ("User", "WorkingDir", "StopSignal", "Shell"):
        if not config.get(name) and theirs.get(name):
            config[name] = theirs[name]
    given = {line.partition("=")[0] for line in items(config["Env"])}
    inherited = [line for line in items(theirs["Env"]) if line.partition("=")[0] not in given]
    if inherited or config["Env"] is not None:
        config["Env"] = [*items(config["Env"]), *inherited]
    config["Labels"] = {**(theirs["Labels"] or {}), **config["Labels"]}
    ports = {**mapping(theirs.get("ExposedPorts")), **mapping(config.get("ExposedPorts"))}
    if ports:
        config["ExposedPorts"] = ports
    if theirs["Volumes"]:
        config["Volumes"] = {**theirs["Volumes"], **(config["Volumes"] or {})}
    if not config.get("Healthcheck") and theirs.get("Healthcheck"):
        config["Healthcheck"] = theirs["Healthcheck"]


def make_endpoint(network: str, given: dict[str, Any]) -> Endpoint:
    """Create an endpoint from its settings.

    Raises:
        Refusal: An address is none.
    """
    ipam = mapping(given.get("IPAMConfig"))
    for name in ("IPv4Address", "IPv6Address"):
        address = ipam.get(name)
        try:
            ipaddress.ip_address(address or "::")
        except ValueError:
            version = "4" if "4" in name else "6"
            raise Refusal(400, f"invalid endpoint settings:\ninvalid IPv{version} address: {address}") from None
    return Endpoint(
        network, given.get("Aliases") or None, given.get("Links") or None, ipam or None,
        given.get("DriverOpts") or None, given.get("MacAddress") or "", given.get("GwPriority") or 0,
    )  # fmt: skip


def _add_networks(core: Core, container: Container, given: dict[str, Any]) -> None:
    mode = container.host["NetworkMode"]
    given = {"bridge" if name == "default" else name: settings for name, settings in given.items()}
    if container.config.get("NetworkDisabled"):
        return
    if mode.startswith("container:"):
        core.world.container(mode.partition(":")[2])
        container.host["NetworkMode"] = f"container:{core.world.container(mode.partition(':')[2]).id}"
        return
    names = list(given)
    if mode not in names:
        names = names if names and mode == "bridge" and "HostConfig" not in given else [mode, *names]
    if mode == "bridge" and given and "bridge" not in given:
        names = list(given)
        container.host["NetworkMode"] = names[0]
    for name in names:
        network = core.world.find_network(name)
        shown = network.name if network is not None else name
        settings = mapping(given.get(name))
        if network is not None and settings.get("IPAMConfig", None) and network.name in {"bridge", "host", "none"}:
            raise Refusal(
                400,
                "invalid config for network bridge: invalid endpoint settings:\n"
                "user specified IP address is supported on user defined networks only",
            )
        container.endpoints[shown] = make_endpoint(shown, settings)


# ---- mounts


def _add_mounts(core: Core, container: Container) -> None:
    for other in items(container.host["VolumesFrom"]):
        name, _, mode = other.partition(":")
        for mount in core.world.container(name).mounts:
            kept = Mount(
                mount.type,
                mount.destination,
                mount.tree,
                mount.name,
                mount.source,
                mode,
                mode != "ro" and mount.writable,
                mount.propagation,
            )
            _put(container, kept)
    for bind in items(container.host["Binds"]):
        _put(container, _of_bind(core, bind))
    for given in items(container.host.get("Mounts")):
        _put(container, _of_mount(core, given))
    for path in mapping(container.host.get("Tmpfs")):
        container.files.mkdir(path, parents=True)
    taken = {mount.destination for mount in container.mounts}
    for path in mapping(container.config["Volumes"]):
        if path not in taken:
            _put(container, _volume_mount(core, "", path, "", writable=True, image=container))


def _put(container: Container, mount: Mount) -> None:
    if any(other.destination == mount.destination for other in container.mounts) and (mount.mode or mount.type):
        raise Refusal(400, f"Duplicate mount point: {mount.destination}")
    container.mounts.append(mount)


def _of_bind(core: Core, bind: str) -> Mount:
    parts = bind.split(":")
    if len(parts) == 1:
        return _volume_mount(core, "", parts[0], "", writable=True)
    if len(parts) > 3 or not parts[1].startswith("/"):
        raise Refusal(400, f"invalid volume specification: '{bind}'")
    source, destination, mode = parts[0], parts[1], parts[2] if len(parts) == 3 else ""
    options = mode.split(",")
    if source.startswith("/"):
        return Mount(
            "bind", destination, core.world.bind_source(source), source=source, mode=mode,
            writable="ro" not in options, propagation="rprivate",
        )  # fmt: skip
    return _volume_mount(core, source, destination, mode or "z", writable="ro" not in options)


def _volume_mount(
    core: Core, name: str, destination: str, mode: str, *, writable: bool, image: Container | None = None
) -> Mount:
    if name and not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+", name):
        raise Refusal(
            400, f'create {name}: "{name}" includes invalid characters for a local volume name, only '
            '"[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path'
        )  # fmt: skip
    fresh = name not in core.world.volumes
    volume = core.world.make_volume(name)
    if fresh and image is not None:
        below = destination.rstrip("/") + "/"
        volume.tree.update(
            {"/" + path[len(below) :]: node for path, node in image.files.root.items() if path.startswith(below)}
        )
    return Mount("volume", destination, volume.tree, volume.name, f"{VOLUMES}/{volume.name}/_data", mode, writable)


def _of_mount(core: Core, given: dict[str, Any]) -> Mount:
    kind, source, target = given.get("Type"), given.get("Source") or "", given.get("Target") or ""
    writable = not given.get("ReadOnly")
    if kind not in {"bind", "volume", "tmpfs", "image"}:
        raise Refusal(400, f'invalid mount config: mount type unknown: "{kind or ""}"')
    if not target:
        raise Refusal(400, f'invalid mount config for type "{kind}": field Target must not be empty')
    if kind == "bind":
        if not source:
            raise Refusal(400, 'invalid mount config for type "bind": field Source must not be empty')
        return Mount(
            "bind", target, core.world.bind_source(source), source=source, writable=writable, propagation="rprivate"
        )
    if kind == "tmpfs":
        if source:
            raise Refusal(400, 'invalid mount config for type "tmpfs": field Source must not be specified')
        return Mount("tmpfs", target, {"/": core.world.bind_source("")["/"]}, writable=writable)
    if kind == "image":
        return Mount("image", target, dict(core.world.image(source).tree), source=source, writable=False)
    options = mapping(given.get("VolumeOptions"))
    volume_name = source
    if options.get("Labels") or options.get("DriverConfig"):
        volume_name = core.world.make_volume(source, options.get("Labels")).name
    return _volume_mount(core, volume_name, target, "z", writable=writable)
