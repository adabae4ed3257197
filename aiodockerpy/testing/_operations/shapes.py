"""Containers, images, networks and volumes as the engine shows them."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from aiodockerpy.testing._operations.filters import port_number
from aiodockerpy.testing._state.clock import rfc3339
from aiodockerpy.testing._state.tree import changes

if TYPE_CHECKING:
    from aiodockerpy.testing._core import Core
    from aiodockerpy.testing._state.objects import Container, Endpoint, Image, Mount, Network, Volume

ROOT = "/var/lib/docker"
_SECOND = 10**9


def _endpoint(container: Container, point: Endpoint, *, listed: bool = False) -> dict[str, Any]:
    dns = None
    if point.network not in {"bridge", "host", "none"} and point.named:
        dns = list(
            dict.fromkeys([container.name, *(point.aliases or []), container.id[:12], container.config["Hostname"]])
        )
    return {
        "IPAMConfig": point.ipam, "Links": point.links,
        "Aliases": None if listed else point.aliases, "MacAddress": point.mac,
        "DriverOpts": None if listed else point.driver_opts, "GwPriority": point.priority,
        "NetworkID": point.network_id,
        "EndpointID": point.id, "Gateway": point.gateway, "IPAddress": point.address, "IPPrefixLen": point.prefix,
        "IPv6Gateway": "", "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0, "DNSNames": None if listed else dns,
    }  # fmt: skip


def mount_point(mount: Mount) -> dict[str, Any]:
    """Show a mount."""
    value: dict[str, Any] = {"Type": mount.type}
    if mount.name:
        value["Name"] = mount.name
    value |= {"Source": mount.source, "Destination": mount.destination}
    if mount.type == "volume":
        value["Driver"] = "local"
    return value | {"Mode": mount.mode, "RW": mount.writable, "Propagation": mount.propagation}


def size_rw(container: Container) -> int:
    """Count the bytes that a container has written."""
    own = changes(container.image.tree, container.files.root)
    return sum(len(container.files.root[path].data) for path, kind in own if kind != 2)


def _state(container: Container) -> dict[str, Any]:
    state: dict[str, Any] = {
        "Status": container.status,
        "Running": container.running or container.restarting,
        "Paused": container.paused,
        "Restarting": container.restarting,
        "OOMKilled": container.oom_killed,
        "Dead": False,
        "Pid": container.pid,
        "ExitCode": container.exit_code,
        "Error": container.error,
        "StartedAt": rfc3339(container.started),
        "FinishedAt": rfc3339(container.finished),
    }
    if container.health is not None:
        state["Health"] = container.health
    return state


def _network_settings(container: Container) -> dict[str, Any]:
    bridge = container.endpoints.get("bridge")
    return {
        "Bridge": "", "SandboxID": container.sandbox,
        "SandboxKey": f"/var/run/docker/netns/{container.sandbox[:12]}" if container.sandbox else "",
        "Ports": container.ports, "HairpinMode": False, "LinkLocalIPv6Address": "", "LinkLocalIPv6PrefixLen": 0,
        "SecondaryIPAddresses": None, "SecondaryIPv6Addresses": None, "EndpointID": bridge.id if bridge else "",
        "Gateway": bridge.gateway if bridge else "", "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0,
        "IPAddress": bridge.address if bridge else "", "IPPrefixLen": bridge.prefix if bridge else 0,
        "IPv6Gateway": "", "MacAddress": bridge.mac if bridge else "",
        "Networks": {name: _endpoint(container, point) for name, point in container.endpoints.items()},
    }  # fmt: skip


def graph_driver(id: str) -> dict[str, Any]:
    """Return where the storage driver would keep the files."""
    place = f"{ROOT}/overlay2/{id.removeprefix('sha256:')}"
    data = {"MergedDir": f"{place}/merged", "UpperDir": f"{place}/diff", "WorkDir": f"{place}/work"}
    return {"Data": data, "Name": "overlay2"}


def container_inspect(core: Core, container: Container, *, size: bool) -> dict[str, Any]:
    """Return the full description of a container."""
    argv = container.argv
    links = [f"/{link.child.name}:{link.name}" for link in core.world.links_of(container)]
    place = f"{ROOT}/containers/{container.id}" if container.started or container.error else ""
    logged = place and container.host["LogConfig"]["Type"] == "json-file"
    driver = graph_driver(container.id)
    driver["Data"] = {
        "ID": container.id,
        "LowerDir": f"{ROOT}/overlay2/{container.image.id[7:]}/diff",
        **driver["Data"],
    }
    value: dict[str, Any] = {
        "Id": container.id, "Created": rfc3339(container.created), "Path": argv[0], "Args": argv[1:],
        "State": _state(container), "Image": container.image.id,
        "ResolvConfPath": f"{place}/resolv.conf" if place else "", "HostnamePath": f"{place}/hostname" if place else "",
        "HostsPath": f"{place}/hosts" if place else "", "LogPath": f"{place}/{container.id}-json.log" if logged else "",
        "Name": f"/{container.name}", "RestartCount": container.restarts, "Driver": "overlay2", "Platform": "linux",
        "MountLabel": "", "ProcessLabel": "", "AppArmorProfile": "",
        "ExecIDs": [id for id, one in container.execs.items() if one.exit_code is None] or None,
        "HostConfig": {**container.host, "Links": links or None}, "GraphDriver": driver,
    }  # fmt: skip
    if size:
        written = size_rw(container)
        value |= {"SizeRw": written, "SizeRootFs": container.image.size + written}
    return value | {
        "Mounts": [mount_point(mount) for mount in container.mounts],
        "Config": container.config,
        "NetworkSettings": _network_settings(container),
    }


def ports_list(container: Container) -> list[dict[str, Any]]:
    """Show ports as lists do."""
    found: list[dict[str, Any]] = []
    if not container.running:
        return found
    for key, bindings in container.ports.items():
        number, protocol = port_number(key), key.rpartition("/")[2]
        if not bindings:
            found.append({"PrivatePort": number, "Type": protocol})
        found.extend(
            {"IP": one["HostIp"], "PrivatePort": number, "PublicPort": int(one["HostPort"]), "Type": protocol}
            for one in bindings or []
        )
    return found


def _ago(nanoseconds: int) -> str:
    seconds = nanoseconds // _SECOND
    if seconds < 1:
        return "Less than a second"
    if seconds == 1:
        return "1 second"
    if seconds < 60:
        return f"{seconds} seconds"
    minutes = seconds // 60
    if minutes == 1:
        return "About a minute"
    if minutes < 60:
        return f"{minutes} minutes"
    hours = (seconds + 1800) // 3600
    if hours == 1:
        return "About an hour"
    if hours < 48:
        return f"{hours} hours"
    return f"{hours // 24} days"


def status_text(container: Container, now: int) -> str:
    """Write a container's state for people."""
    if container.status in {"created", "removing"}:
        return "Created" if container.status == "created" else "Removal In Progress"
    if container.restarting:
        return f"Restarting ({container.exit_code}) {_ago(now - container.finished)} ago"
    if not container.running:
        return f"Exited ({container.exit_code}) {_ago(now - container.finished)} ago"
    text = f"Up {_ago(now - container.started)}"
    if container.paused:
        return f"{text} (Paused)"
    if container.health is not None:
        status = container.health["Status"]
        return f"{text} ({'health: starting' if status == 'starting' else status})"
    return text


def container_summary(core: Core, container: Container, *, size: bool) -> dict[str, Any]:
    """Show a container in a list."""
    command = " ".join(word if shlex.quote(word) == word else f"'{word}'" for word in container.argv)
    image = container.config["Image"]
    found = core.world.find_image(image)
    value: dict[str, Any] = {
        "Id": container.id, "Names": core.world.names(container),
        "Image": image if found is container.image else container.image.id, "ImageID": container.image.id,
        "Command": command, "Created": container.created // _SECOND, "Ports": ports_list(container),
    }  # fmt: skip
    if size:
        written = size_rw(container)
        value |= {"SizeRw": written} if written else {}
        value |= {"SizeRootFs": container.image.size + written}
    host = {"NetworkMode": container.host["NetworkMode"]}
    if container.host.get("Annotations"):
        host["Annotations"] = container.host["Annotations"]
    networks = {name: _endpoint(container, point, listed=True) for name, point in container.endpoints.items()}
    return value | {
        "Labels": container.labels, "State": container.status, "Status": status_text(container, core.clock.now()),
        "HostConfig": host, "NetworkSettings": {"Networks": networks},
        "Mounts": [mount_point(mount) for mount in sorted(container.mounts, key=lambda mount: mount.destination)],
    }  # fmt: skip


def image_summary(core: Core, image: Image, *, count: bool) -> dict[str, Any]:
    """Show an image in a list."""
    users = sum(container.image is image for container in core.world.containers.values())
    return {
        "Containers": users if count else -1, "Created": image.created // _SECOND, "Id": image.id,
        "Labels": image.config["Labels"], "ParentId": image.parent, "RepoDigests": image.digests,
        "RepoTags": image.tags, "SharedSize": -1, "Size": image.size,
    }  # fmt: skip


def network(core: Core, found: Network, *, containers: bool) -> dict[str, Any]:
    """Show a network."""
    users: dict[str, Any] = {}
    for container in core.world.on_network(found) if containers else ():
        point = next(point for point in container.endpoints.values() if point.network_id == found.id)
        users[container.id] = {
            "Name": container.name, "EndpointID": point.id, "MacAddress": point.mac,
            "IPv4Address": f"{point.address}/{point.prefix}" if point.address else "", "IPv6Address": "",
        }  # fmt: skip
    return {
        "Name": found.name, "Id": found.id, "Created": rfc3339(found.created), "Scope": found.scope,
        "Driver": found.driver, "EnableIPv4": found.ipv4, "EnableIPv6": found.ipv6, "IPAM": found.ipam,
        "Internal": found.internal, "Attachable": found.attachable, "Ingress": False,
        "ConfigFrom": {"Network": found.config_from}, "ConfigOnly": found.config_only, "Containers": users,
        "Options": found.options, "Labels": found.labels,
    }  # fmt: skip


def volume(found: Volume, usage: dict[str, int] | None = None) -> dict[str, Any]:
    """Show a volume."""
    value: dict[str, Any] = {
        "CreatedAt": rfc3339(found.created // _SECOND * _SECOND), "Driver": found.driver, "Labels": found.labels,
        "Mountpoint": f"{ROOT}/volumes/{found.name}/_data", "Name": found.name, "Options": found.options,
        "Scope": "local",
    }  # fmt: skip
    return value | ({"UsageData": usage} if usage is not None else {})
