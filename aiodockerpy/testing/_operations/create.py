"""``POST /containers/create``."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from aiodockerpy.models import ContainerCreateRequest
from aiodockerpy.testing._core import HOSTNAME, Core, operation
from aiodockerpy.testing._http.messages import Refusal, Reply, Request, answer_json
from aiodockerpy.testing._lifecycle import emit
from aiodockerpy.testing._operations.refusals import PROPAGATIONS, check_config, check_host, mount_mode
from aiodockerpy.testing._state.files import Files
from aiodockerpy.testing._state.links import Link
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
from aiodockerpy.testing._state.objects import Container, Endpoint, Image, Mount, Network
from aiodockerpy.testing._state.output import Output
from aiodockerpy.testing._state.world import new_id

_NAME = re.compile(r"/?[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_PLATFORM_PARTS = 3
_PARTS: dict[str, dict[str, Any]] = {
    "Devices": {"PathOnHost": "", "PathInContainer": "", "CgroupPermissions": ""},
    "DeviceRequests": {"Driver": "", "Count": 0, "DeviceIDs": None, "Capabilities": None, "Options": None},
}
"""Fields of the parts of a setting, which the engine shows even if they were not given."""
VOLUMES = "/var/lib/docker/volumes"


@operation("ContainerCreate")
async def create(core: Core, request: Request) -> Reply:
    """Create a container."""
    if not request.body.strip():
        raise Refusal(400, "invalid JSON: got EOF while reading request body")
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind not in {"", "application/json"}:
        raise Refusal(400, f"unsupported Content-Type header ({kind}): must be 'application/json'")
    given = body(ContainerCreateRequest, request.body, words={"Cmd", "Entrypoint", "Shell"}).to_dict()
    if not given or (set(given) <= {"HostConfig", "NetworkingConfig"}):
        raise Refusal(400, "config cannot be empty in order to create a container")
    host = as_go(mapping(given.get("HostConfig")), HOST_CONFIG, HOST_CONFIG_OPTIONAL)
    config = as_go(given, CONFIG, CONFIG_OPTIONAL)
    check_config(config)
    check_host(config, host, core.world.container)
    _complete_host(host)
    deprecated = bool(config.get("MacAddress")) and request.at_least("1.44")
    name = request.text("name").removeprefix("/")
    if request.text("name"):
        check_name(core, request.text("name"))
    if not config["Image"]:
        raise Refusal(
            400, "invalid reference format" if config["Cmd"] or config["Entrypoint"] else "no command specified"
        )
    image = core.world.image(config["Image"])
    check_platform(image, config["Image"], request.text("platform"))
    _merge_image(config, image)
    id = new_id()
    config["Hostname"] = config["Hostname"] or (HOSTNAME if host["NetworkMode"] == "host" else id[:12])
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
    _add_links(core, container)
    emit(core, container, "create")
    return answer_json({"Id": id, "Warnings": _warnings(host, deprecated=deprecated)}, 201)


def check_name(core: Core, name: str) -> None:
    """Refuse an invalid name, or one that a container has.

    Raises:
        Refusal: The name is invalid, or taken.
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


def check_platform(image: Image, name: str, wanted: str) -> None:
    """Refuse an image of another platform than the one wanted, such as ``linux/arm64``.

    Raises:
        Refusal: The platform is another one.
    """
    parts = wanted.split("/")
    if len(parts) > _PLATFORM_PARTS:
        raise Refusal(400, f'"{wanted}": cannot parse platform specifier: invalid argument')
    os = parts[0] if len(parts) > 1 or parts[0] in {"linux", "windows"} else image.os
    architecture = parts[1] if len(parts) > 1 else ("" if parts[0] in {"linux", "windows"} else parts[0])
    own = f"{image.os}/{image.architecture}"
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(architecture, architecture) or image.architecture
    if wanted and f"{os}/{architecture}" != own:
        raise Refusal(
            404,
            f"image with reference {name} was found but its platform ({own}) does not match the specified platform "
            f"({wanted})",
        )


def _complete_host(host: dict[str, Any]) -> None:
    """Fill in what the engine makes of the settings that were given."""
    policy = host["RestartPolicy"]
    host["RestartPolicy"] = {
        "Name": policy.get("Name") or "no", "MaximumRetryCount": policy.get("MaximumRetryCount") or 0,
    }  # fmt: skip
    host["LogConfig"] = {
        "Type": host["LogConfig"].get("Type") or "json-file",
        "Config": host["LogConfig"].get("Config") or {},
    }
    mode = host["NetworkMode"]
    host["NetworkMode"] = "bridge" if mode == "default" else mode
    if host["Memory"] and not host["MemorySwap"]:
        host["MemorySwap"] = 2 * host["Memory"]
    if (host["PidsLimit"] or 0) <= 0:
        host["PidsLimit"] = None
    if host["Privileged"]:
        host["MaskedPaths"], host["ReadonlyPaths"] = None, None
    if host["Privileged"] or "host" in {host["PidMode"], host["IpcMode"]}:
        host["SecurityOpt"] = host["SecurityOpt"] or ["label=disable"]
    for key, bindings in mapping(host["PortBindings"]).items():
        host["PortBindings"][key] = (
            [{"HostIp": binding.get("HostIp") or "", "HostPort": binding.get("HostPort") or ""} for binding in bindings]
            if bindings is not None
            else None
        )
    for name, fields in _PARTS.items():
        if host[name]:
            host[name] = [{**fields, **mapping(given)} for given in host[name]]


def _warnings(host: dict[str, Any], *, deprecated: bool) -> list[str]:
    found: list[str] = []
    if deprecated:
        found.append(
            "The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead."
        )
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
        Refusal: An address is invalid.
    """
    ipam = mapping(given.get("IPAMConfig"))
    for name in ("IPv4Address", "IPv6Address"):
        address = ipam.get(name)
        try:
            ipaddress.ip_address(address or "::")
        except ValueError:
            version = "4" if "4" in name else "6"
            raise Refusal(400, f"invalid endpoint settings:\ninvalid IPv{version} address: {address}") from None
    mac = given.get("MacAddress") or ""
    if mac and not re.fullmatch(r"([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}", mac):
        raise Refusal(400, f"invalid MAC address {mac}")
    return Endpoint(
        network, given.get("Aliases") or None, given.get("Links") or None, ipam or None,
        given.get("DriverOpts") or None, mac, given.get("GwPriority") or 0, mac=mac,
    )  # fmt: skip


def check_endpoint(network: Network, endpoint: Endpoint) -> None:
    """Refuse settings that a network does not have.

    Raises:
        Refusal: It is a predefined network, or it has no subnet of the user's.
    """
    wrong: list[str] = []
    fixed = any((endpoint.ipam or {}).get(name) for name in ("IPv4Address", "IPv6Address"))
    predefined = network.name in {"bridge", "host", "none"}
    if endpoint.aliases and predefined:
        wrong.append("network-scoped alias is supported only for containers in user defined networks")
    if fixed and predefined:
        wrong.append("user specified IP address is supported on user defined networks only")
    if fixed and not network.own_pool:
        wrong.append(
            "user specified IP address is supported only when connecting to networks with user configured subnets"
        )
    address = (endpoint.ipam or {}).get("IPv4Address")
    if address and network.own_pool and not any(_within(address, pool) for pool in items(network.ipam.get("Config"))):
        wrong.append(f"no configured subnet contains IP address {address}")
    if wrong:
        lines = wrong if len(wrong) == 1 else [f"* {line}" for line in wrong]
        raise Refusal(400, "invalid endpoint settings:\n" + "\n".join(lines))


def _within(address: str, pool: dict[str, Any]) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(pool["Subnet"], strict=False)


def _add_networks(core: Core, container: Container, given: dict[str, Any]) -> None:
    mode = container.host["NetworkMode"]
    given = {"bridge" if name == "default" else name: settings for name, settings in given.items()}
    if container.config.get("NetworkDisabled"):
        return
    if mode.startswith("container:"):
        other = core.world.find_container(mode.partition(":")[2])
        if other is not None:
            container.host["NetworkMode"] = f"container:{other.id}"
        return
    names = list(given)
    if mode not in names:
        names = names if names and mode == "bridge" and "HostConfig" not in given else [mode, *names]
    if mode == "bridge" and given and "bridge" not in given:
        names = list(given)
    for name in names:
        network = core.world.find_network(name)
        shown = network.name if network is not None else name
        settings = mapping(given.get(name))
        if name == mode and container.config.get("MacAddress"):
            settings = {"MacAddress": container.config["MacAddress"], **settings}
        try:
            endpoint = make_endpoint(shown, settings)
            if network is not None:
                check_endpoint(network, endpoint)
        except Refusal as refusal:
            raise Refusal(refusal.status, f"invalid config for network {shown}: {refusal.message}") from None
        container.endpoints[shown] = endpoint
        if name == mode and endpoint.wanted_mac:
            container.config["MacAddress"] = endpoint.wanted_mac


def _add_links(core: Core, container: Container) -> None:
    """Link to others by the names that were given, which only the default network has."""
    given, container.host["Links"] = items(container.host["Links"]), None
    for name, _, alias in (link.partition(":") for link in given if "bridge" in container.endpoints):
        link = Link(container, alias or name, core.world.container(name))
        if link not in core.world.links:
            core.world.links.append(link)


# ---- mounts


def _add_mounts(core: Core, container: Container) -> None:
    for other in items(container.host["VolumesFrom"]):
        name, _, mode = other.partition(":")
        source = core.world.find_container(name)
        if source is None:
            empty = "volumes-from specification cannot be an empty string"
            raise Refusal(400, f"No such container: {name}" if other else empty)
        for mount in source.mounts:
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
        _check_target(path)
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
    if len(parts) > 3 or not parts[0]:
        raise Refusal(500, f"invalid volume specification: '{bind}'")
    source, destination, mode = ("", *parts, "", "")[:3] if len(parts) == 1 else (*parts, "")[:3]
    options = mount_mode(mode)
    try:
        _check_target(destination)
    except Refusal as refusal:
        kind = "bind" if source.startswith("/") else "volume"
        message = f"invalid volume specification: '{bind}': invalid mount config for type \"{kind}\": {refusal.message}"
        raise Refusal(500, message) from None
    if not source:
        return _volume_mount(core, "", destination, "z", writable=True)
    if source.startswith("/"):
        return Mount(
            "bind", destination, core.world.bind_source(source), source=source, mode=mode,
            writable="ro" not in options, propagation=next(iter(options & PROPAGATIONS), "rprivate"),
        )  # fmt: skip
    return _volume_mount(core, source, destination, mode or "z", writable="ro" not in options)


def _check_absolute(path: str) -> None:
    if not path.startswith("/"):
        raise Refusal(400, f"invalid mount path: '{path}' mount path must be absolute")


def _check_target(path: str) -> None:
    """Refuse where nothing can be mounted.

    Raises:
        Refusal: It is relative, or the root.
    """
    _check_absolute(path)
    if path.rstrip("/") == "":
        raise Refusal(400, "invalid specification: destination can't be '/'")


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
        raise Refusal(400, f'invalid mount config for type "{kind or ""}": mount type unknown')
    if not target:
        raise Refusal(400, f'invalid mount config for type "{kind}": field Target must not be empty')
    for name, owner in (("BindOptions", "bind"), ("VolumeOptions", "volume"), ("TmpfsOptions", "tmpfs")):
        if given.get(name) is not None and kind != owner:
            raise Refusal(400, f'{name} must not be specified on mount type "{kind}"')
    try:
        _check_target(target)
        if kind == "bind" and source:
            _check_absolute(source)
    except Refusal as refusal:
        raise Refusal(400, f'invalid mount config for type "{kind}": {refusal.message}') from None
    if kind == "bind":
        if not source:
            raise Refusal(400, 'invalid mount config for type "bind": field Source must not be empty')
        return Mount(
            "bind", target, core.world.bind_source(source), source=source, writable=writable,
            propagation=mapping(given.get("BindOptions")).get("Propagation") or "rprivate",
        )  # fmt: skip
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
