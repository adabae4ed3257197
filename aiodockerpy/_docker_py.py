"""docker-py keywords and methods that were removed or have moved, and what to write instead."""

from __future__ import annotations

import difflib
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = [
    "ANY",
    "MOVED",
    "Removed",
    "missing_attribute",
    "refuses_keywords",
    "removed_keywords",
    "unknown_keyword",
    "without_removed",
]

_REMOVED: Final = "removed_keywords"

F = TypeVar("F", bound="Callable[..., Any]")

MOVED: Final = {
    "api_version": "client.api_version",
    "attach": "client.api.containers.attach",
    "attach_socket": "client.api.containers.attach",
    "commit": "client.api.images.commit",
    "configure_plugin": "client.api.plugins.set",
    "connect_container_to_network": "client.api.networks.connect",
    "create_config": "client.api.configs.create",
    "create_container": "client.api.containers.create",
    "create_container_config": "aiodockerpy.types.ContainerConfig",
    "create_container_from_config": "client.api.containers.create",
    "create_endpoint_config": "aiodockerpy.types.EndpointConfig",
    "create_host_config": "aiodockerpy.types.HostConfig",
    "create_network": "client.api.networks.create",
    "create_networking_config": "aiodockerpy.types.NetworkingConfig",
    "create_plugin": "client.api.plugins.create",
    "create_secret": "client.api.secrets.create",
    "create_service": "client.api.services.create",
    "create_swarm_spec": "aiodockerpy.types.SwarmSpec",
    "create_volume": "client.api.volumes.create",
    "df": "client.api.system.data_usage",
    "diff": "client.api.containers.changes",
    "disable_plugin": "client.api.plugins.disable",
    "disconnect_container_from_network": "client.api.networks.disconnect",
    "enable_plugin": "client.api.plugins.enable",
    "events": "client.api.system.events",
    "exec_create": "client.api.exec.create",
    "exec_inspect": "client.api.exec.inspect",
    "exec_resize": "client.api.exec.resize",
    "exec_start": "client.api.exec.start",
    "export": "client.api.containers.export",
    "get_archive": "client.api.containers.archive",
    "get_image": "client.api.images.get",
    "get_unlock_key": "client.api.swarm.unlock_key",
    "history": "client.api.images.history",
    "import_image": "client.api.images.import_image",
    "import_image_from_data": "client.api.images.import_image",
    "import_image_from_file": "client.api.images.import_image",
    "import_image_from_image": "client.api.images.pull",
    "import_image_from_stream": "client.api.images.import_image",
    "import_image_from_url": "client.api.images.import_image",
    "info": "client.api.system.info",
    "init_swarm": "client.api.swarm.init",
    "inspect_config": "client.api.configs.inspect",
    "inspect_container": "client.api.containers.inspect",
    "inspect_distribution": "client.api.distribution.inspect",
    "inspect_image": "client.api.images.inspect",
    "inspect_network": "client.api.networks.inspect",
    "inspect_node": "client.api.nodes.inspect",
    "inspect_plugin": "client.api.plugins.inspect",
    "inspect_secret": "client.api.secrets.inspect",
    "inspect_service": "client.api.services.inspect",
    "inspect_swarm": "client.api.swarm.inspect",
    "inspect_task": "client.api.tasks.inspect",
    "inspect_volume": "client.api.volumes.inspect",
    "join_swarm": "client.api.swarm.join",
    "kill": "client.api.containers.kill",
    "leave_swarm": "client.api.swarm.leave",
    "load_image": "client.api.images.load",
    "login": "client.login",
    "logs": "client.api.containers.logs",
    "pause": "client.api.containers.pause",
    "ping": "client.api.system.ping",
    "plugin_privileges": "client.api.plugins.privileges",
    "port": "container.ports",
    "prune_builds": "client.api.build.prune",
    "prune_containers": "client.api.containers.prune",
    "prune_images": "client.api.images.prune",
    "prune_networks": "client.api.networks.prune",
    "prune_volumes": "client.api.volumes.prune",
    "pull": "client.api.images.pull",
    "pull_plugin": "client.api.plugins.pull",
    "push": "client.api.images.push",
    "push_plugin": "client.api.plugins.push",
    "put_archive": "client.api.containers.put_archive",
    "reload_config": "client.credentials.reload",
    "remove_config": "client.api.configs.remove",
    "remove_container": "client.api.containers.remove",
    "remove_image": "client.api.images.remove",
    "remove_network": "client.api.networks.remove",
    "remove_node": "client.api.nodes.remove",
    "remove_plugin": "client.api.plugins.remove",
    "remove_secret": "client.api.secrets.remove",
    "remove_service": "client.api.services.remove",
    "remove_volume": "client.api.volumes.remove",
    "rename": "client.api.containers.rename",
    "resize": "client.api.containers.resize",
    "restart": "client.api.containers.restart",
    "search": "client.api.images.search",
    "service_logs": "client.api.services.logs",
    "start": "client.api.containers.start",
    "stats": "client.api.containers.stats",
    "stop": "client.api.containers.stop",
    "tag": "client.api.images.tag",
    "top": "client.api.containers.top",
    "unlock_swarm": "client.api.swarm.unlock",
    "unpause": "client.api.containers.unpause",
    "update_container": "client.api.containers.update",
    "update_node": "client.api.nodes.update",
    "update_service": "client.api.services.update",
    "update_swarm": "client.api.swarm.update",
    "upgrade_plugin": "client.api.plugins.upgrade",
    "version": "client.api.system.version",
    "wait": "client.api.containers.wait",
}
"""Flat methods of docker-py's ``APIClient``, and the expression that replaces each here."""


_RESULT: Final = "await the handle first: what it returns has it, '(await handle).{name}'"

# Attributes that docker-py, aiodocker or asyncio have and this library has not, by the class that is asked.
_ATTRIBUTES: Final[dict[str, dict[str, str]]] = {
    "Api": {
        "base_url": "client.host.url is the engine's address",
        "cert": "the argument tls= of DockerClient",
        "headers": "the arguments headers= and user_agent= of DockerClient set headers, and HttpHeaders of config.json",
        "timeout": "the argument timeout= of DockerClient",
        "verify": "the argument tls= of DockerClient",
    },
    "Container": {
        "attach_socket": "'async with container.attach(stdin=True) as process' reads and writes",
        "exec": "container.exec_run(command)",
        "log": "container.logs()",
        "websocket": "container.attach(ws=True)",
    },
    "ProcessHandle": {"read": "process.stdout.read(), inside 'async with'", "write": "process.stdin.write(data)"},
    "Resource": {
        "delete": "remove()",
        "inspect": "await reload(), then attrs or info",
        "show": "await reload(), then attrs or info",
    },
    "Stream": {
        **{name: _RESULT for name in dir(bytes) if not name.startswith("_")},
        **dict.fromkeys(("append", "exit_code", "get", "id", "items", "output", "stderr", "stdout", "tags"), _RESULT),
        "next": "await anext(handle)",
    },
}


def not_awaited(owner: object, use: str) -> TypeError:
    """Return the exception for an operation on a handle that its result has, such as ``handle[0]``."""
    return TypeError(f"{type(owner).__name__!r} object {use}: await the handle first")


def missing_attribute(owner: object, name: str) -> AttributeError:
    """Return the exception for an attribute that does not exist, with what is meant if that is known."""
    classes = (kind.__name__ for kind in type(owner).__mro__)
    hints = (_ATTRIBUTES[kind][name] for kind in classes if name in _ATTRIBUTES.get(kind, ()))
    hint = next(hints, "").format(name=name)
    if not hint and name in MOVED and type(owner).__name__ in {"Api", "DockerClient"}:
        hint = f"docker-py's APIClient.{name} is {MOVED[name]} here"
    message = f"{type(owner).__name__!r} object has no attribute {name!r}"
    return AttributeError(f"{message}: {hint}" if hint else message, name=name, obj=owner)


# Keywords of the docker CLI, of Compose and of aiodocker, by function: what they are here. "" is any function.
_KEYWORDS: Final = {
    "": {
        "memory": "mem_limit",
        "volume": "volumes",
        "env": "environment",
        "env_file": "environment=aiodockerpy.utils.parse_env_file(path)",
        "cmd": "command",
        "cpus": "nano_cpus (in billionths)",
        "expose": "ports",
        "publish": "ports",
        "mount": "mounts",
        "net": "network",
        "restart": "restart_policy",
        "rm": "remove",
        "ulimit": "ulimits",
        "workdir": "working_dir",
        "cwd": "working_dir",
        "interactive": "stdin_open",
        "add_host": "extra_hosts",
        "label": "labels",
    },
    "run": {"timeout": "'async with asyncio.timeout(seconds):' around the call"},
    "create": {"remove": "auto_remove"},
    "exec_run": {
        "timeout": "kill_after, or 'async with asyncio.timeout(seconds):' around the call",
        "command": "cmd",
        "env": "environment",
        "working_dir": "workdir",
        "cwd": "workdir",
    },
}


def unknown_keyword(function: str, name: str, known: Iterable[str]) -> TypeError:
    """Return the exception for a keyword that a function does not have, with the one that is meant."""
    names = list(known)
    meant = _KEYWORDS.get(function, {}).get(name) or _KEYWORDS[""].get(name, "")
    if meant and meant.split("=")[0].split()[0].isidentifier() and meant.split("=")[0].split()[0] not in names:
        meant = ""
    if not meant:
        near = difflib.get_close_matches(name, names, n=1)
        meant = repr(near[0]) if near else ""
    hint = f": did you mean {meant}?" if meant else ""
    return TypeError(f"{function}() got an unexpected keyword argument {name!r}{hint}")


class _Any:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = object.__hash__


ANY: Any = _Any()
"""Equal to everything."""


@dataclass(frozen=True, slots=True)
class Removed:
    """A docker-py keyword that was removed.

    Attributes:
        instead: What to write.
        harmless: Values that ask for the default behaviour; they are accepted and ignored.
    """

    instead: str
    harmless: tuple[object, ...] = ()


def refuses_keywords(**keywords: Removed) -> Callable[[F], F]:
    """Mark a function whose removed docker-py keywords `without_removed` refuses, before the function is called.

    A harmless value may be in the function's annotations, so that type checkers accept a program that runs;
    ``inspect.signature`` does not show these keywords.
    """

    def mark(function: F) -> F:
        whole = inspect.signature(function)
        shown = [one for one in whole.parameters.values() if one.name not in keywords]
        vars(function).update({_REMOVED: keywords, "__signature__": whole.replace(parameters=shown)})
        return function

    return mark


def removed_keywords(function: Callable[..., Any]) -> Mapping[str, Removed]:
    """Return the removed keywords of a function."""
    found: Mapping[str, Removed] = getattr(function, _REMOVED, {})
    return found


def without_removed(function: str, given: Mapping[str, Any], removed: Mapping[str, Removed]) -> dict[str, Any]:
    """Return the arguments given by name without removed docker-py keywords.

    Raises:
        TypeError: One asks for what was removed; the message names the replacement.
    """
    for name in removed.keys() & given.keys():
        if given[name] not in removed[name].harmless:
            raise TypeError(f"{function}() has no keyword {name!r}: {removed[name].instead}")
    return {name: value for name, value in given.items() if name not in removed}
