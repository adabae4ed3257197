"""The engine itself."""

from __future__ import annotations

from typing import Any

from aiodockerpy.testing._core import CPUS, HOSTNAME, Core, operation
from aiodockerpy.testing._http.messages import Answer, Refusal, Reply, Request, answer_json
from aiodockerpy.testing._operations import shapes
from aiodockerpy.testing._operations.listing import newest

_NO_CACHE = {"Cache-Control": "no-cache, no-store, must-revalidate", "Pragma": "no-cache"}
_TEXT = "text/plain; charset=utf-8"
_BUILT = "2026-01-01T00:00:00.000000000+00:00"
_KINDS = frozenset({"container", "image", "volume", "build-cache"})


def _ping_headers() -> dict[str, str]:
    return {**_NO_CACHE, "Builder-Version": "2", "Swarm": "inactive"}


@operation("SystemPing")
async def ping(core: Core, request: Request) -> Reply:
    """Answer a ping."""
    del core, request
    return Answer(200, b"OK", _TEXT, _ping_headers())


@operation("SystemPingHead")
async def ping_head(core: Core, request: Request) -> Reply:
    """Answer a ping without a body."""
    del core, request
    return Answer(200, b"", _TEXT, _ping_headers())


@operation("SystemVersion")
async def version(core: Core, request: Request) -> Reply:
    """Show versions."""
    del request
    common = {"ApiVersion": str(core.api), "MinAPIVersion": "1.24", "GitCommit": "fake", "GoVersion": "go1.24.9",
              "Os": "linux", "Arch": "amd64", "KernelVersion": "6.12.0-fake", "BuildTime": _BUILT}  # fmt: skip
    details = {**common, "Experimental": "false"}
    components = [
        {"Name": "Engine", "Version": core.version, "Details": dict(sorted(details.items()))},
        {"Name": "containerd", "Version": "fake", "Details": {"GitCommit": ""}},
        {"Name": "runc", "Version": "fake", "Details": {"GitCommit": ""}},
        {"Name": "docker-init", "Version": "fake", "Details": {"GitCommit": ""}},
    ]
    return answer_json({"Platform": {"Name": ""}, "Components": components, "Version": core.version, **common})


@operation("SystemInfo")
async def info(core: Core, request: Request) -> Reply:
    """Show the engine."""
    del request
    containers = core.world.containers.values()
    paused = sum(container.paused for container in containers)
    running = sum(container.running or container.restarting for container in containers) - paused
    commit = {"ID": ""}
    value: dict[str, Any] = {
        "ID": "00000000-0000-4000-8000-000000000000", "Containers": len(containers), "ContainersRunning": running,
        "ContainersPaused": paused, "ContainersStopped": len(containers) - running - paused,
        "Images": len(core.world.images), "Driver": "overlay2",
        "DriverStatus": [["Backing Filesystem", "extfs"], ["Supports d_type", "true"], ["Using metacopy", "false"],
                         ["Native Overlay Diff", "true"], ["userxattr", "false"]],
        "Plugins": {"Volume": ["local"], "Network": ["bridge", "host", "ipvlan", "macvlan", "null", "overlay"],
                    "Authorization": None, "Log": ["json-file", "local", "none"]},
        "MemoryLimit": True, "SwapLimit": True, "KernelMemoryTCP": True, "CpuCfsPeriod": True, "CpuCfsQuota": True,
        "CPUShares": True, "CPUSet": True, "PidsLimit": True, "IPv4Forwarding": True, "Debug": False, "NFd": 20,
        "OomKillDisable": True, "NGoroutines": 40, "SystemTime": core.clock.text(), "LoggingDriver": "json-file",
        "CgroupDriver": "cgroupfs", "CgroupVersion": "1", "NEventsListener": core.world.events.listeners,
        "KernelVersion": "6.12.0-fake", "OperatingSystem": "aiodockerpy fake engine", "OSVersion": "1",
        "OSType": "linux", "Architecture": "x86_64", "IndexServerAddress": "https://index.docker.io/v1/",
        "RegistryConfig": {
            "IndexConfigs": {"docker.io": {"Mirrors": [], "Name": "docker.io", "Official": True, "Secure": True}},
            "InsecureRegistryCIDRs": ["::1/128", "127.0.0.0/8"], "Mirrors": None,
        },
        "NCPU": CPUS, "MemTotal": 8 * 1024**3, "GenericResources": None, "DockerRootDir": "/var/lib/docker",
        "HttpProxy": "", "HttpsProxy": "", "NoProxy": "", "Name": HOSTNAME, "Labels": [], "ExperimentalBuild": False,
        "ServerVersion": core.version,
        "Runtimes": {"io.containerd.runc.v2": {"path": "runc"}, "runc": {"path": "runc"}},
        "DefaultRuntime": "runc",
        "Swarm": {"NodeID": "", "NodeAddr": "", "LocalNodeState": "inactive", "ControlAvailable": False, "Error": "",
                  "RemoteManagers": None},
        "LiveRestoreEnabled": False, "Isolation": "", "InitBinary": "docker-init", "ContainerdCommit": commit,
        "RuncCommit": commit, "InitCommit": commit, "SecurityOptions": ["name=seccomp,profile=builtin"],
        "FirewallBackend": {"Driver": "iptables"}, "CDISpecDirs": ["/etc/cdi", "/var/run/cdi"],
        "Containerd": {"Address": "/run/containerd/containerd.sock",
                       "Namespaces": {"Containers": "moby", "Plugins": "plugins.moby"}},
        "Warnings": None,
    }  # fmt: skip
    return answer_json(value)


@operation("SystemDataUsage")
async def data_usage(core: Core, request: Request) -> Reply:
    """Return the disk usage."""
    kinds = set(request.query.get("type", []))
    for kind in kinds - _KINDS:
        raise Refusal(400, f"unknown object type: {kind}")
    kinds = kinds or set(_KINDS)
    world = core.world
    images = [{**shapes.image_summary(core, image, count=True), "SharedSize": 0} for image in world.images.values()]
    for image in images:
        image["RepoDigests"] = image["RepoDigests"] or None
    volumes = [
        shapes.volume(volume, {
            "RefCount": len(world.users_of(volume.name)), "Size": sum(len(node.data) for node in volume.tree.values()),
        })
        for volume in world.volumes.values()
    ]  # fmt: skip
    containers = [shapes.container_summary(core, found, size=True) for found in newest(world.containers)]
    layers = {layer.diff_id: len(layer.tar) for image in world.images.values() for layer in image.layers}
    return answer_json({
        "LayersSize": sum(layers.values()) if "image" in kinds else 0, "Images": images if "image" in kinds else None,
        "Containers": containers if "container" in kinds else None, "Volumes": volumes if "volume" in kinds else None,
        "BuildCache": [] if "build-cache" in kinds else None,
    })  # fmt: skip
