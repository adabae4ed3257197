"""Load beforehand what a program will use, so that no first use of it holds the event loop or makes a call wait."""

from __future__ import annotations

from importlib import import_module
from typing import Final, Literal, TypeAlias, get_args

from aiodockerpy._exhausted import reporting_exhaustion

WarmPart: TypeAlias = Literal[
    "containers", "images", "networks", "volumes", "system", "events", "uploads", "builds", "jobs", "swarm", "plugins"
]
"""What `DockerClient.warm` can load: a collection of the client, or a kind of work."""

_SWARM: Final = ("swarm", "nodes", "services", "tasks", "secrets", "configs")

# The modules of each part, without those of models; and the files of its models.
_MODULES: Final[dict[WarmPart, tuple[str, ...]]] = {
    "containers": (
        "resources.containers",
        "resources._copies",
        "resources._following.logs",
        "resources._following.stats",
        "resources._processes.attach",
        "resources._processes.exec",
        "resources._processes.run",
        "resources._processes.wait",
        "resources._readiness.attempts",
        "resources._readiness.logs",
        "resources._readiness.watch",
        "api.containers",
        "api.exec",
        "_protocol.dockerignore",
    ),
    "images": ("resources.images", "api.images", "api.distribution", "_config.credentials"),
    "networks": ("resources.networks", "api.networks"),
    "volumes": ("resources.volumes", "api.volumes"),
    "system": ("api.system",),
    "events": ("resources._following.view", "api.system"),
    "uploads": ("_transport.with_aiohttp.uploads", "_transport.with_aiohttp.websocket"),
    "builds": ("resources.images", "resources._builds.build", "buildkit.build", "buildkit._session", "api.build"),
    "jobs": ("resources._jobs.local", "resources._jobs.pool", "resources.containers", "api.containers"),
    "swarm": tuple(f"api.{name}" for name in _SWARM) + tuple(f"resources.{name}" for name in _SWARM if name != "tasks"),
    "plugins": ("resources.plugins", "api.plugins"),
}
_MODELS: Final[dict[WarmPart, tuple[str, ...]]] = {
    "containers": ("containers", "container_changes", "endpoints", "exec", "common", "stats"),
    "images": ("images", "progress", "distribution"),
    "networks": ("networks", "endpoints"),
    "volumes": ("volumes",),
    "system": ("system", "version", "disk_usage"),
    "events": ("events",),
    "uploads": ("progress",),
    "builds": ("build", "progress"),
    "jobs": ("containers", "container_changes", "events"),
    "swarm": (*_SWARM, "swarm_common"),
    "plugins": ("plugins",),
}


def load(parts: tuple[WarmPart, ...]) -> None:
    """Import the modules of parts, all if none is named, and build their models.

    Raises:
        ConnectionFailed: The process has no file descriptor left.
    """
    wanted: tuple[WarmPart, ...] = parts or get_args(WarmPart)
    with reporting_exhaustion():
        for name in dict.fromkeys(name for part in wanted for name in _MODULES[part]):
            import_module(f"aiodockerpy.{name}")
        for name in dict.fromkeys(name for part in wanted for name in _MODELS[part]):
            _build(name)


def _build(name: str) -> None:
    from aiodockerpy.models._base import Model

    module = import_module(f"aiodockerpy.models.{name}")
    for kind in vars(module).values():
        if isinstance(kind, type) and issubclass(kind, Model) and kind.__module__ == module.__name__:
            kind.build_all()
