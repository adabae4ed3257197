"""docker-py keywords and methods that were removed or have moved, and what to write instead."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

_REMOVED: Final = "removed_keywords"

F = TypeVar("F", bound="Callable[..., Any]")

_OF_PARTS: Final = {
    "build": "prune_builds:prune",
    "configs": "create_config:create inspect_config:inspect remove_config:remove",
    "containers": (
        "attach attach_socket:attach create_container:create create_container_from_config:create diff:changes "
        "export get_archive:archive inspect_container:inspect kill logs pause prune_containers:prune put_archive "
        "remove_container:remove rename resize restart start stats stop top unpause update_container:update wait"
    ),
    "distribution": "inspect_distribution:inspect",
    "exec": "exec_create:create exec_inspect:inspect exec_resize:resize exec_start:start",
    "images": (
        "commit get_image:get history import_image import_image_from_data:import_image "
        "import_image_from_file:import_image import_image_from_image:pull import_image_from_stream:import_image "
        "import_image_from_url:import_image inspect_image:inspect load_image:load prune_images:prune pull push "
        "remove_image:remove search tag"
    ),
    "networks": (
        "connect_container_to_network:connect create_network:create disconnect_container_from_network:disconnect "
        "inspect_network:inspect prune_networks:prune remove_network:remove"
    ),
    "nodes": "inspect_node:inspect remove_node:remove update_node:update",
    "plugins": (
        "configure_plugin:set create_plugin:create disable_plugin:disable enable_plugin:enable "
        "inspect_plugin:inspect plugin_privileges:privileges pull_plugin:pull push_plugin:push remove_plugin:remove "
        "upgrade_plugin:upgrade"
    ),
    "secrets": "create_secret:create inspect_secret:inspect remove_secret:remove",
    "services": (
        "create_service:create inspect_service:inspect remove_service:remove service_logs:logs update_service:update"
    ),
    "swarm": (
        "get_unlock_key:unlock_key init_swarm:init inspect_swarm:inspect join_swarm:join leave_swarm:leave "
        "unlock_swarm:unlock update_swarm:update"
    ),
    "system": "df:data_usage events info ping version",
    "tasks": "inspect_task:inspect",
    "volumes": "create_volume:create inspect_volume:inspect prune_volumes:prune remove_volume:remove",
}
"""Part of ``client.api`` to the methods of docker-py's ``APIClient`` that are there; ``a:b`` is ``b`` here."""

MOVED: Final = {
    "api_version": "client.api_version",
    "create_container_config": "aiodockerpy.types.ContainerConfig",
    "create_endpoint_config": "aiodockerpy.types.EndpointConfig",
    "create_host_config": "aiodockerpy.types.HostConfig",
    "create_networking_config": "aiodockerpy.types.NetworkingConfig",
    "create_swarm_spec": "aiodockerpy.types.SwarmSpec",
    "login": "client.login",
    "port": "container.ports",
    "reload_config": "client.credentials.reload",
    **{
        name: f"client.api.{part}.{here or name}"
        for part, methods in _OF_PARTS.items()
        for name, _, here in (method.partition(":") for method in methods.split())
    },
}
"""Flat methods of docker-py's ``APIClient``, and the expression that replaces each here."""


_SNAPSHOT: Final = "info and attrs have the snapshot, after reload() as it is now"
_ALIASES: Final = {
    **dict.fromkeys(("all", "ls", "ps"), "list"),
    **dict.fromkeys(("delete", "rm", "rmi"), "remove"),
    **dict.fromkeys(("add", "new"), "create"),
    "exec": "exec_run",
    "log": "logs",
    "port": "ports",
    "set": "configure",
}
"""What the docker CLI, aiodocker and others call a method."""
_RESULT: Final = "await the handle first: what it returns has it, '(await handle).{name}'"

_KINDS: Final = "config container image network node plugin secret service volume"

# Attributes that docker-py, aiodocker or asyncio have and this library has not, by the class that is asked.
DICT_METHODS: Final = frozenset({"clear", "pop", "popitem", "setdefault", "update"})
"""Methods that change a dict, which docker-py's types and results are."""

_ATTRIBUTES: Final[dict[str, dict[str, str]]] = {
    "Model": dict.fromkeys(
        DICT_METHODS, "it is no dict: set its attributes, or change the dict that dict(…) makes of it"
    ),
    "Api": {
        "base_url": "client.host.url is the engine's address",
        "cert": "the argument tls= of DockerClient",
        "headers": "the arguments headers= and user_agent= of DockerClient set headers, and HttpHeaders of config.json",
        "timeout": "the argument timeout= of DockerClient",
        "verify": "the argument tls= of DockerClient",
    },
    "Collection": {
        **dict.fromkeys(("container", "inspect"), "get(id)"),
        "exists": "get(id), which raises NotFound if there is none",
        "find": "list(filters={{…}})",
    },
    "ContainerCollection": {
        "cp": "get the container first, then its copy_in(source, path) or copy_out(path, target)",
    },
    "ImageCollection": {
        "import": "client.api.images.import_image(source)",
        "import_image": "client.api.images.import_image(source)",
    },
    "NodeCollection": {"ps": "client.api.tasks.list(filters={{'node': [id]}})", "rm": "client.api.nodes.remove(id)"},
    "ServiceCollection": {"ps": "get the service first, '(await client.services.get(id)).tasks()'"},
    "DockerClient": {
        "build": "client.images.build",
        **{kind: f"client.{kind}s" for kind in _KINDS.split()},
        "context": "aiodockerpy.ContextAPI",
        "cp": "copy_in(source, path) and copy_out(path, target) of a container",
        "create": "client.containers.create",
        "disk_usage": "client.df()",
        "exec": "container.exec_run(command)",
        "import": "client.api.images.import_image(source)",
        "inspect": "get(id) of client.containers, images, networks, volumes",
        "load": "client.images.load",
        "prune": "prune() of client.containers, images, networks, volumes",
        "ps": "client.containers.list()",
        "rm": "remove() of a container",
        "rmi": "client.images.remove",
        "run": "client.containers.run",
        "save": "save() of an image",
        "update": "update() of a container or service",
        "system": "client.info(), version(), df() and events(); client.api.system has its operations",
    },
    "EngineResponse": {
        **dict.fromkeys(("content", "json", "text"), "error.explanation is the engine's text"),
        "url": "error.response.path",
    },
    "Container": {
        **dict.fromkeys(("command", "created", "env", "image_id", "mounts", "networks", "volumes"), _SNAPSHOT),
        **dict.fromkeys(("State", "is_running", "running", "state"), "status or info.state, after reload()"),
        **dict.fromkeys(("exit_code", "returncode"), "(await container.wait()).status_code"),
        **dict.fromkeys(("ip", "ip_address"), "info.network_settings, after reload()"),
        **dict.fromkeys(("copy", "cp"), "copy_in(source, path) and copy_out(path, target)"),
        **dict.fromkeys(("copy_from", "get_file"), "copy_out(path, target), or read_bytes(path)"),
        **dict.fromkeys(("copy_to", "put_file"), "copy_in(source, path), or write_bytes(path, data)"),
        **dict.fromkeys(("exec_create", "exec_start"), "exec_run(command)"),
        "events": "client.events(filters={{'container': container.id}})",
        "healthy": "health, after reload(), or await wait_healthy()",
        "attach_socket": "'async with container.attach(stdin=True) as process' reads and writes",
        "log": "container.logs()",
        "websocket": "container.attach(ws=True)",
    },
    "ProcessHandle": {"read": "process.stdout.read(), inside 'async with'", "write": "process.stdin.write(data)"},
    "Image": {"pull": "client.images.pull(name)", "push": "client.images.push(name)"},
    "Node": {"ps": "client.api.tasks.list(filters={{'node': [id]}})", "remove": "client.api.nodes.remove(id)"},
    "Service": {"ps": "tasks()"},
    "Swarm": {"unlock_key": "get_unlock_key()"},
    "Resource": {
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
    """Return the exception for an attribute that does not exist, with a hint if there is one."""
    classes = [kind.__name__ for kind in type(owner).__mro__]
    hints = (_ATTRIBUTES[kind][name] for kind in classes if name in _ATTRIBUTES.get(kind, ()))
    hint = next(hints, "").format(name=name) or _method(type(owner), classes, _ALIASES.get(name, name))
    if not hint and name in MOVED and type(owner).__name__ in {"Api", "DockerClient"}:
        hint = f"docker-py's APIClient.{name} is {MOVED[name]} here"
    message = f"{type(owner).__name__!r} object has no attribute {name!r}"
    return AttributeError(f"{message}: {hint}" if hint else message, name=name, obj=owner)


class Hinting:
    """The base of classes whose missing attributes are reported with a hint."""

    if not TYPE_CHECKING:  # a type checker would take any attribute for one that exists

        def __getattr__(self, name: str) -> object:
            raise missing_attribute(self, name)


def _method(kind: type, classes: Sequence[str], name: str) -> str:
    """Return where a method is: in the collection or object that is asked, or in the objects of the collection."""
    if name.startswith("_") or not {"Collection", "Resource"}.intersection(classes):
        return ""
    if hasattr(kind, name):
        return f"use {_written(kind, name)}"
    collection = next((found for found in classes if found.endswith("Collection")), "")
    if not collection or collection == "Collection":
        return ""
    objects = collection.removesuffix("Collection")
    of_objects = getattr(import_module("aiodockerpy.resources"), objects)
    if not hasattr(of_objects, name):
        return ""
    what = objects.lower()
    return f"get the {what} first, '(await client.{what}s.get(id)).{_written(of_objects, name)}'"


def _written(kind: type, name: str) -> str:
    return f"{name}()" if callable(getattr(kind, name)) else name


_STREAMED: Final[dict[str, str]] = dict.fromkeys(("decode", "stream"), "'async for item in …:' over the call")

# Keywords of docker-py, the docker CLI, Compose and aiodocker, by function: what they are here. "" is any function.
_KEYWORDS: Final[dict[str, dict[str, str]]] = {
    "": {
        "env_file": "environment=aiodockerpy.utils.parse_env_file(path)",
        "cpus": "nano_cpus (in billionths)",
        "mount": "mounts",
        "restart": "restart_policy",
        "rm": "remove",
        "ulimit": "ulimits",
        "add_host": "extra_hosts",
        "label": "labels",
        "d": "detach",
        "t": "tty",
        "it": "stdin_open=True, tty=True",
        "u": "user",
        "h": "hostname",
        "a": "all",
        "f": "force",
        "s": "signal",
        "auth": "auth_config",
        "filter": "filters",
        "health_cmd": "healthcheck",
        "host_config": "'mem_limit', 'volumes' and the like, each as a keyword",
        "ipc": "ipc_mode",
        "memory_swap": "memswap_limit",
        "pid": "pid_mode",
        "shell": "command=['sh', '-c', …]",
        "userns": "userns_mode",
        "uts": "uts_mode",
        "timeout": "'async with asyncio.timeout(seconds):' around the call",
        **dict.fromkeys(("memory", "m"), "mem_limit"),
        **dict.fromkeys(("volume", "v"), "volumes"),
        **dict.fromkeys(("env", "e"), "environment"),
        **dict.fromkeys(("cmd", "args"), "command"),
        **dict.fromkeys(("expose", "publish", "p"), "ports"),
        **dict.fromkeys(("net", "network_name"), "network"),
        **dict.fromkeys(("workdir", "cwd", "w"), "working_dir"),
        **dict.fromkeys(("interactive", "i"), "stdin_open"),
        **dict.fromkeys(("aliases", "network_alias"), "networks={name: {'aliases': […]}}"),
        **dict.fromkeys(("ip", "ipv4_address"), "networks={name: {'ipv4_address': …}}"),
        **dict.fromkeys(("log_driver", "log_opt"), "log_config"),
        **dict.fromkeys(("opt", "opts"), "driver_opts"),
    },
    "create": {
        "remove": "auto_remove",
        "rm": "auto_remove",
        "environment": "env",
        "image": "request=ContainerCreateRequest(image=…)",
        "ipv6": "enable_ipv6",
        "memory": "mem_limit",
        "name": "request, a model with that name",
        "opt": "options",
        "ports": "endpoint_spec",
        "replicas": "mode=ServiceMode('replicated', …)",
        "size": "driver_opts",
        "subnet": "ipam=IPAMConfig(pool_configs=[IPAMPool(subnet=…)])",
    },
    "build": {
        **dict.fromkeys(("dockerfile_path", "f", "file"), "dockerfile"),
        **dict.fromkeys(("context", "remote"), "path"),
        **dict.fromkeys(("decode", "progress", "stream"), "'async for item in client.images.build(…):'"),
        "build_context": "contexts",
        "path": "'client.images.build(path=…)'",
        "t": "tag",
    },
    "pull": {"all": "all_tags", "from_image": "repository", "image": "repository"} | _STREAMED,
    "push": _STREAMED,
    "events": _STREAMED,
    "stats": _STREAMED,
    "list": {
        "label": "filters={'label': …}",
        "name": "filters={'name': …}",
        "status": "filters={'status': …}",
    },
    "logs": {"f": "follow", "lines": "tail", "n": "tail"} | _STREAMED,
    "start": {"detach": "'client.api.exec.start_detached(id)'"} | _STREAMED,
    "stop": {"t": "timeout", "time": "timeout", "timeout": "stop_timeout"},
    "restart": {"t": "timeout", "time": "timeout", "timeout": "stop_timeout"},
    "remove": {"volumes": "v"},
    "connect": {"ip": "ipv4_address", "ipv4": "ipv4_address"},
    "DockerClient": dict.fromkeys(("docker_host", "host", "url"), "base_url") | {"tls_verify": "tls"},
    "from_env": {
        "base_url": "'DockerClient(base_url)', or environment={'DOCKER_HOST': base_url}",
        "host": "'DockerClient(base_url)', or environment={'DOCKER_HOST': base_url}",
    },
    "exec_run": {
        **dict.fromkeys(("i", "interactive"), "stdin"),
        "it": "stdin=True, tty=True",
        "input": "stdin=True, and 'await process.communicate(data)' inside 'async with'",
        "w": "workdir",
        "shell": "cmd=['sh', '-c', …]",
        "timeout": "kill_after, or 'async with asyncio.timeout(seconds):' around the call",
        "command": "cmd",
        "env": "environment",
        "working_dir": "workdir",
        "cwd": "workdir",
    },
}


def _fits(hint: str, names: Sequence[str]) -> bool:
    """Return whether a hint begins with a keyword that there is, or with a quoted expression."""
    return hint.startswith("'") or (bool(hint) and hint.partition("=")[0].split()[0].rstrip(",") in names)


def unknown_keyword(function: str, name: str, known: Iterable[str]) -> TypeError:
    """Return the exception for a keyword that a function does not have, with the one that was probably meant."""
    names = list(known)
    hints = (_KEYWORDS.get(group, {}).get(name, "") for group in (function, ""))
    meant = next((hint for hint in hints if _fits(hint, names)), "")
    if not meant:
        import difflib

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


class Removed(NamedTuple):
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
