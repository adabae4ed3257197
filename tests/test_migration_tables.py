"""The tables for those who come from docker-py and aiodocker: every name of theirs is there, every name of ours exists."""

from __future__ import annotations

import ast
import builtins
import functools
import importlib
import importlib.metadata
import importlib.util
import inspect
import pkgutil
import re
import textwrap
from pathlib import Path

import aiodocker
import docker
import docker.api.client
import docker.models.resource
import docker.types
import pytest

import aiodockerpy
from aiodockerpy import DockerClient, errors, models, resources
from aiodockerpy._docker_py import MOVED, removed_keywords
from aiodockerpy._options.containers import ContainerOptions, UpdateOptions
from aiodockerpy.models import progress
from aiodockerpy.resources._builds.build import ImageBuildOptions
from aiodockerpy.resources.services import ServiceOptions
from aiodockerpy.resources.swarm import SwarmOptions
from tests.together import together

PAGES = Path(__file__).parent.parent / "docs" / "migrating"
OPTIONS = {
    one.__name__: one for one in (ContainerOptions, ImageBuildOptions, ServiceOptions, SwarmOptions, UpdateOptions)
}


# ---- the tables


TABLES = {"docker-py": sorted((PAGES / "docker-py").glob("*.md")), "aiodocker": [PAGES / "aiodocker.md"]}
"""The pages with the names of each library."""


def rows(library):
    """The rows of a library's tables, as lists of cells."""
    for line in (line for page in TABLES[library] for line in page.read_text().splitlines()):
        if line.startswith("|") and not line.startswith("| ---"):
            cells = [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
            if not cells[0].endswith(("docker-py", "aiodocker")):
                yield cells


def spans(cell):
    """The code of a cell; one that begins with a dot goes on from the one before."""
    last = ""
    for code in re.findall(r"`([^`]+)`", cell):
        start = re.match(r"[\w.]*", last)[0].rpartition(".")[0] if code.startswith(".") else ""
        yield start + code
        last = (start + code).removeprefix("await ")


def told(library):
    """The names in the first column."""
    return {re.match(r"[\w.]+", code)[0] for row in rows(library) for code in spans(row[0])}


# ---- what there is to be told


@functools.cache
def modules(package):
    """A package and all its modules by name; ``None`` for those that cannot be imported here."""
    every = {package.__name__: package}
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        try:
            every[found.name] = importlib.import_module(found.name)
        except ImportError:
            every[found.name] = None
    return every


def is_public(name):
    return name == "__version__" or not name.startswith("_")


def defined(module):
    """The public names that a module defines: classes, functions, constants."""
    for name, value in vars(module).items():
        if not is_public(name) or inspect.ismodule(value):
            continue
        home = getattr(value, "__module__", None)
        if inspect.isroutine(value) or inspect.isclass(value) or isinstance(value, functools._lru_cache_wrapper):
            if home == module.__name__ or (inspect.ismethod(value) and "." not in module.__name__):
                yield name, value
        elif (name.isupper() and name != "TYPE_CHECKING") or name == "__version__":
            yield name, value


def defined_in_source(name):
    """The public classes and functions of a module that needs another system or an extra."""
    tree = ast.parse(Path(importlib.util.find_spec(name).origin).read_text())
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and is_public(node.name):
            yield node.name


@functools.cache
def members(kind, package):
    """The public members of a class that the package itself defines, whichever class of it, and its attributes."""
    own = [base for base in kind.__mro__ if base.__module__.partition(".")[0] == package.__name__]
    names = {name for name in dir(kind) if any(name in vars(base) for base in own)}
    for base in own:
        names |= attributes(base)
    return sorted(name for name in names if not name.startswith("_"))


def attributes(kind):
    """The attributes that a constructor sets."""
    make = inspect.unwrap(vars(kind).get("__init__", object.__init__))
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(make)))
    except (OSError, TypeError):  # there is none, or it is generated
        return set()
    targets = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))
    return {node.attr for node in targets if isinstance(node.value, ast.Name) and node.value.id == "self"}


def aliases(found, name, value):
    """Every path that leads to a name: a module's own, and those of the modules that show it too."""
    for where, module in found.items():
        if module is not None and name in vars(module):
            other = vars(module)[name]
            if other is value or (name.isupper() and other == value):
                yield f"{where}.{name}"


# ---- docker-py

VARIABLES = {
    "DockerClient": "client",
    "APIClient": "client.api",
    "Container": "container",
    "ContainerCollection": "client.containers",
    "Image": "image",
    "ImageCollection": "client.images",
    "RegistryData": "data",
    "Network": "network",
    "NetworkCollection": "client.networks",
    "Volume": "volume",
    "VolumeCollection": "client.volumes",
    "Swarm": "client.swarm",
    "Node": "node",
    "NodeCollection": "client.nodes",
    "Service": "service",
    "ServiceCollection": "client.services",
    "Secret": "secret",
    "SecretCollection": "client.secrets",
    "Config": "config",
    "ConfigCollection": "client.configs",
    "Plugin": "plugin",
    "PluginCollection": "client.plugins",
    "APIError": "error",
}
WHOLE = {
    "docker.api",  # the parts of APIClient, whose methods are told there
    "docker.transport",  # adapters of requests: nobody calls their methods
    "docker.utils.build",  # what a PatternMatcher is made of
}


def docker_py():
    """Every public name of docker-py, each with the ways to write it."""
    found = modules(docker)
    for where, module in found.items():
        if module is None:
            yield from ({f"{where}.{name}", f"{where.rpartition('.')[0]}.{name}"} for name in defined_in_source(where))
            continue
        for name, value in defined(module):
            if name.endswith("ApiMixin"):
                continue
            paths = set(aliases(found, name, value))
            yield paths
            if inspect.isclass(value) and (value is docker.APIClient or not where.startswith(tuple(WHOLE))):
                bases = [base.__name__ for base in value.__mro__ if base.__module__.startswith("docker")]
                owners = {*paths, *bases, *(VARIABLES.get(base, base) for base in bases)}
                yield from ({f"{owner}.{member}" for owner in owners} for member in members(value, docker))


def test_every_name_of_docker_py_is_in_the_table():
    names = told("docker-py")
    missing = sorted(min(paths, key=len) for paths in docker_py() if not paths & names)
    assert missing == []


OF_REQUESTS = {"cert", "delete", "get", "headers", "mount", "post", "put", "verify"}
"""What ported programs use of the `requests.Session` that an APIClient is."""


def test_no_name_in_the_table_is_none_of_docker_pys():
    known = {path for paths in docker_py() for path in paths} | {*modules(docker), "docker.__title__"}
    known |= {f"client.api.{name}" for name in OF_REQUESTS}
    assert told("docker-py") - known == set()
    assert all(hasattr(docker.api.client.APIClient("unix:///x", version="1.45"), name) for name in OF_REQUESTS)


def test_the_walk_finds_what_docker_py_has():
    found = {path for paths in docker_py() for path in paths}
    assert len(list(docker_py())) > 700
    assert {
        "client.containers",
        "client.containers.run",
        "container.exec_run",
        "container.reload",
        "client.api.create_container",
        "docker.types.Mount",
        "LogConfig.set_config_value",
        "docker.utils.parse_bytes",
        "docker.utils.ports.split_port",
        "docker.errors.NotFound",
        "error.status_code",
        "docker.credentials.errors.StoreError",
        "docker.constants.DEFAULT_TIMEOUT_SECONDS",
        "docker.transport.NpipeSocket",
        "docker.transport.SSHHTTPAdapter",
        "docker.context.ContextAPI",
        "ContextAPI.create_context",
    } <= found


def test_every_flat_method_is_where_an_attribute_error_says():
    table = {}
    for row in rows("docker-py"):
        for code in spans(row[0]):
            if code.startswith("client.api."):
                table[re.match(r"[\w.]+", code)[0].removeprefix("client.api.")] = " ".join(spans(row[1]))
    assert {name: path for name, path in MOVED.items() if path not in table[name]} == {}


# ---- aiodocker


def aiodocker_names():
    """Every public name of aiodocker, each with the ways to write it."""
    found = modules(aiodocker)
    for module in found.values():
        for name, value in defined(module):
            paths = {*aliases(found, name, value), name}
            yield paths
            if inspect.isclass(value):
                bases = [base.__name__ for base in value.__mro__ if base.__module__.startswith("aiodocker")]
                owners = {*paths, *bases, *(AIODOCKER.get(base, base) for base in bases)}
                yield from ({f"{owner}.{member}" for owner in owners} for member in members(value, aiodocker))


AIODOCKER = {
    "Docker": "docker",
    "DockerConfigs": "docker.configs",
    "DockerContainer": "container",
    "DockerContainers": "docker.containers",
    "DockerEvents": "docker.events",
    "DockerImages": "docker.images",
    "DockerNetwork": "network",
    "DockerNetworks": "docker.networks",
    "DockerPlugins": "docker.plugins",
    "DockerSecrets": "docker.secrets",
    "DockerServices": "docker.services",
    "DockerSwarm": "docker.swarm",
    "DockerSwarmNodes": "docker.nodes",
    "DockerSystem": "docker.system",
    "DockerTasks": "docker.tasks",
    "DockerVolume": "volume",
    "DockerVolumes": "docker.volumes",
    "Exec": "exec",
    "Stream": "stream",
}


def test_every_name_of_aiodocker_is_in_the_table():
    names = told("aiodocker")
    missing = sorted(min(paths, key=len) for paths in aiodocker_names() if not paths & names)
    assert missing == []


def test_no_name_in_the_table_is_none_of_aiodockers():
    known = {path for paths in aiodocker_names() for path in paths} | {*modules(aiodocker)}
    assert told("aiodocker") - known == set()


def test_the_walk_finds_what_aiodocker_has():
    found = {path for paths in aiodocker_names() for path in paths}
    assert {"aiodocker.Docker", "docker.containers", "docker.containers.run", "container.log", "exec.start"} <= found


# ---- ours


@pytest.fixture(scope="module")
def roots():
    """What the code of the tables begins with."""
    client = DockerClient("unix:///nowhere.sock", environment={"HOME": "/nowhere"})
    return {
        "aiodockerpy": aiodockerpy,
        "client": client,
        "chunk": aiodockerpy.Chunk,
        "config": resources.Config,
        "container": resources.Container,
        "data": resources.RegistryData,
        "error": errors.APIError("x"),
        "event": models.EventMessage,
        "handle": aiodockerpy.Stream,
        "image": resources.Image,
        "line": aiodockerpy.LogLine,
        "message": progress.JSONMessage,
        "network": resources.Network,
        "node": resources.Node,
        "plugin": resources.Plugin,
        "process": resources.ProcessHandle,
        "sample": models.ContainerStats,
        "secret": resources.Secret,
        "service": resources.Service,
        "swarm": resources.Swarm,
        "volume": resources.Volume,
    }


def parsed(code):
    """The syntax tree of a piece of code, a statement without its body included."""
    text = code.replace("…", "...")
    body = f"{text}:\n  pass" if re.match(r"(async )?(for|with) ", text) else text
    return ast.parse("async def use():\n" + "\n".join(f" {line}" for line in body.splitlines()))


def path_of(node):
    """The dotted path of a chain of attributes; ``None`` if it begins with something else than a name."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else None


def member(owner, name):
    """An attribute that can be looked at without doing anything."""
    static = inspect.getattr_static(owner, name, None)
    if isinstance(static, functools.cached_property) and not inspect.isclass(owner):
        return getattr(owner, name)
    if isinstance(static, (property, functools.cached_property)):
        return static
    if inspect.isclass(owner) and any(name in attributes(base) for base in owner.__mro__):
        return name
    fields = getattr(owner if inspect.isclass(owner) else type(owner), "model_fields", {})
    return fields[name] if name in fields else getattr(owner, name)


def resolve(roots, path):
    """What a dotted path leads to."""
    found = roots[path[0]]
    for part in path[1:]:
        found = member(found, part)
    return found


def keywords_of(function):
    """The keywords that a function takes; ``None`` if that cannot be told."""
    if inspect.isclass(function) and issubclass(function, models.Model):
        if function.__init__ is models.Model.__init__:
            return {*function.model_fields}
        function = function.__init__
    known = set()
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            options = OPTIONS.get(re.split(r"[\[.]", str(parameter.annotation))[-1].rstrip("]"))
            if options is None:
                return None
            known |= {*options.__annotations__}
        else:
            known.add(parameter.name)
    return known


def problems(roots, code):
    """What is wrong with a piece of code: names that do not exist, keywords that are not taken."""
    try:
        tree = parsed(code)
    except SyntaxError as error:
        return [f"{code}: {error}"]
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    found = []
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Attribute, ast.Name)) and id(node) not in inner and (path := path_of(node)):
            if path[0] in roots:
                try:
                    resolve(roots, path)
                except (AttributeError, KeyError):
                    found.append(f"{code}: there is no {'.'.join(path)}")
            elif len(path) > 1 and path[0] not in bound and not hasattr(builtins, path[0]):
                found.append(f"{code}: what is {path[0]}?")
        if isinstance(node, ast.Call) and (path := path_of(node.func)) and path[0] in roots:
            try:
                known = keywords_of(resolve(roots, path))
            except (AttributeError, KeyError):
                continue
            unknown = {keyword.arg for keyword in node.keywords} - (known or {keyword.arg for keyword in node.keywords})
            found += [f"{code}: no keyword {name}" for name in sorted(unknown)]
    return found


@pytest.mark.parametrize("library", TABLES)
def test_every_name_of_ours_in_the_tables_exists(roots, library):
    wrong = [problem for row in rows(library) for code in spans(row[1]) for problem in problems(roots, code)]
    assert wrong == []


def test_the_check_would_find_what_does_not_exist(roots):
    assert problems(roots, "await client.containers.run('x', memory=5)") != []
    assert problems(roots, "await client.containers.dance()") != []
    assert problems(roots, "async for line in container.logs(stream=True)") != []
    assert problems(roots, "aiodockerpy.types.Mound") != []
    assert problems(roots, "clyent.ping()") != []
    assert problems(roots, "if broken") != []
    assert problems(roots, "async for line in container.logs(follow=True)") == []
    assert problems(roots, "await client.containers.run('x', mem_limit='1g')") == []


@pytest.mark.parametrize("library", TABLES)
def test_a_name_without_a_form_here_says_why(library):
    assert [row for row in rows(library) if not list(spans(row[1])) and (len(row) < 3 or not row[2])] == []


# ---- keywords of docker-py's methods that they hand on

# Method, the flat method that gets what it hands on, and the keywords that are told to have another form.
HANDED_ON = [
    ("Container.attach", "attach", {"demux", "stream"}),
    ("Container.commit", "commit", set()),
    ("Container.logs", "logs", {"stream"}),
    ("Container.remove", "remove_container", set()),
    ("Container.restart", "restart", set()),
    ("Container.stats", "stats", {"decode", "stream"}),
    ("Container.stop", "stop", set()),
    ("Container.top", "top", set()),
    ("Container.update", "update_container", set()),
    ("Container.wait", "wait", set()),
    ("ImageCollection.build", "build", {"decode"}),  # it sets decode by itself, and refuses it
    ("ImageCollection.prune_builds", "prune_builds", set()),
    ("ImageCollection.pull", "pull", {"decode", "stream"}),
    ("ImageCollection.push", "push", {"decode", "stream"}),
    ("ImageCollection.remove", "remove_image", set()),
    ("ImageCollection.search", "search", set()),
    ("Image.tag", "tag", set()),
    ("Network.connect", "connect_container_to_network", set()),
    ("Network.disconnect", "disconnect_container_from_network", set()),
    ("NetworkCollection.create", "create_network", set()),
    ("NetworkCollection.get", "inspect_network", set()),
    ("NetworkCollection.list", "networks", set()),
    ("VolumeCollection.create", "create_volume", set()),
    ("VolumeCollection.list", "volumes", set()),
    ("Swarm.join", "join_swarm", set()),
    ("Swarm.leave", "leave_swarm", set()),
    ("NodeCollection.list", "nodes", set()),
    ("Service.logs", "service_logs", {"is_tty"}),
    ("ServiceCollection.list", "services", set()),
    ("SecretCollection.create", "create_secret", set()),
    ("SecretCollection.list", "secrets", set()),
    ("ConfigCollection.create", "create_config", set()),
    ("ConfigCollection.list", "configs", set()),
    ("DockerClient.events", "events", {"decode"}),
    ("DockerClient.info", "info", set()),
    ("DockerClient.login", "login", set()),
    ("DockerClient.ping", "ping", set()),
    ("DockerClient.version", "version", set()),
]
BOUND = {"self", "container", "net_id", "image", "service"}
"""What the object itself is in the flat method."""


def theirs_and_ours(path):
    """A class of docker-py by its name, and ours; with the method of each."""
    owner, method = path.split(".")
    homes = (
        module for where, module in modules(docker).items() if where.startswith(("docker.models.", "docker.client"))
    )
    theirs = next(vars(module)[owner] for module in homes if owner in vars(module))
    ours = DockerClient if owner == "DockerClient" else getattr(resources, owner)
    return getattr(theirs, method), getattr(ours, method)


@together(("path", "flat", "gone"), HANDED_ON, ids=[row[0] for row in HANDED_ON])
def test_every_keyword_that_docker_py_hands_on_is_taken_or_told(path, flat, gone):
    theirs, ours = theirs_and_ours(path)
    bound = BOUND - {name for name in inspect.signature(theirs).parameters if name != "self"}
    wanted = {*inspect.signature(getattr(docker.APIClient, flat)).parameters} - bound
    assert wanted - gone - {*inspect.signature(theirs).parameters} <= keywords_of(ours)
    for name in gone - {"is_tty"} if path != "ImageCollection.build" else ():
        assert name in removed_keywords(ours)


@together(("path", "flat"), [row[:2] for row in HANDED_ON], ids=[row[0] for row in HANDED_ON])
def test_what_docker_py_takes_by_position_is_taken_by_position(path, flat):
    theirs, ours = theirs_and_ours(path)
    given = list(inspect.signature(theirs).parameters.values())
    wanted = [one.name for one in given if one.kind is one.POSITIONAL_OR_KEYWORD]
    if any(one.kind is one.VAR_POSITIONAL for one in given):
        handed = [*inspect.signature(getattr(docker.APIClient, flat)).parameters]
        known = {"self", "net_id" if wanted[1:] == ["container"] or "network_id" in wanted else ""}
        wanted += [name for name in handed if name not in {*known, *wanted}]
        wanted = [name for name in wanted if name not in {"decode", "stream"}]
    ours_by_position = [
        one.name for one in inspect.signature(ours).parameters.values() if one.kind is one.POSITIONAL_OR_KEYWORD
    ]
    assert ours_by_position[: len(wanted)] == wanted


COLLECTIONS = [name for name in VARIABLES if name not in {"APIClient", "APIError", "DockerClient"}]


def test_every_named_keyword_of_docker_pys_objects_is_taken_or_told():
    missing = {}
    for name in COLLECTIONS:
        theirs = next(
            vars(module)[name]
            for where, module in modules(docker).items()
            if where.startswith("docker.models.") and name in vars(module)
        )
        ours = getattr(resources, name)
        for method in members(theirs, docker):
            if inspect.isfunction(getattr(theirs, method, None)) and hasattr(ours, method):
                given = inspect.signature(getattr(theirs, method)).parameters.values()
                wanted = {one.name for one in given if one.kind is one.POSITIONAL_OR_KEYWORD} - {"self"}
                lacking = wanted - (keywords_of(getattr(ours, method)) or wanted)
                if lacking:
                    missing[f"{name}.{method}"] = lacking
    assert missing == {"Container.exec_run": {"socket", "stream"}}


@pytest.mark.parametrize(
    ("call", "note"),
    [
        ("client.events(decode=True)", ".open()"),
        ("client.containers.run(…, stream=True)", ".open()"),
        ("container.logs(stream=True)", ".open()"),
        ("container.logs(stream=True)", "without the newline"),
    ],
)
def test_handles_that_only_iterate_say_how_they_are_opened_and_what_they_give(call, note):
    [row] = [row for row in rows("docker-py") if call in spans(row[0])]
    assert note in row[2]
