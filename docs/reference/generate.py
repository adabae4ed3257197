"""Write the pages of docs/reference that come from tables: one for each part of the API, and what ran on which engine.

Run ``python docs/reference/generate.py`` after a change of the tables or of ``docs/reference/operations.json``.
"""

from __future__ import annotations

import ast
import json
import pkgutil
import re
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING

from aiodockerpy import models, testing
from aiodockerpy._protocol.fields import FIELDS
from aiodockerpy._protocol.operations import OPERATIONS, Operation, Span
from aiodockerpy.api._supports import lookup
from aiodockerpy.models._base import Model
from aiodockerpy.streams import Stream
from aiodockerpy.testing._core import handlers
from aiodockerpy.testing._programs.applets import APPLETS

if TYPE_CHECKING:
    from types import ModuleType

_LONGEST_VALUE = 150
REFERENCE = Path(__file__).parent.resolve()
RECORD = REFERENCE / "operations.json"
PARTS = {
    "system": "System",
    "containers": "Containers",
    "exec": "Exec",
    "images": "Images",
    "build": "Build",
    "distribution": "Distribution",
    "networks": "Networks",
    "volumes": "Volumes",
    "swarm": "Swarm",
    "nodes": "Nodes",
    "services": "Services",
    "tasks": "Tasks",
    "secrets": "Secrets",
    "configs": "Configs",
    "plugins": "Plugins",
}
ROLES = ("old", "middle", "new")
BEYOND = {
    "CheckpointList",
    "CheckpointCreate",
    "CheckpointDelete",
    "BuildCancel",
    "Grpc",
}
"""Operations of engines that the specification does not have."""

OBJECTS: dict[str, tuple[str, str, dict[str, str]]] = {
    "containers": (
        "Containers",
        "`client.containers`. [](container-options.md) has the keywords of `run` and `create`.",
        {"Collection": "resources.ContainerCollection"},
    ),
    "container": (
        "The container",
        "Its methods for files: [](container-files.md), processes: [](processes.md). [](../../howto/readiness.md).",
        {"Object": "resources.Container", "Results": "resources.Endpoint"},
    ),
    "container-files": (
        "Files of containers",
        "Methods of `~aiodockerpy.resources.Container` that read and write files.",
        {
            "Methods": "resources.ContainerFiles",
            "Results": "resources.ArchiveHandle resources.ArchiveBits streams.PathStat resources.OutsideLinks "
            "resources.ContainerPath",
        },
    ),
    "container-options": (
        "Options of containers",
        "The keywords of `client.containers.run` and `create`, and of `container.update`.",
        {"Options": "resources.ContainerOptions resources.UpdateOptions resources.PortValue resources.VolumeValue"},
    ),
    "images": (
        "Images",
        "`client.images` and the image.",
        {
            "Collection": "resources.ImageCollection",
            "Object": "resources.Image",
            "Registry": "resources.RegistryData",
        },
    ),
    "build": (
        "Builds",
        "What `client.images.build` takes and returns. [](../buildkit.md) has the parts of BuildKit.",
        {
            "Options": "resources.ImageBuildOptions resources.ClassicBuildOptions",
            "Results": "resources.ImageBuild resources.BuiltImage resources.ClassicBuild",
        },
    ),
    "networks": ("Networks", "", {"Collection": "resources.NetworkCollection", "Object": "resources.Network"}),
    "volumes": ("Volumes", "", {"Collection": "resources.VolumeCollection", "Object": "resources.Volume"}),
    "swarm": ("Swarm", "", {"Object": "resources.Swarm", "Options": "resources.SwarmOptions"}),
    "services": (
        "Services",
        "[](../../howto/services.md) shows how they are used.",
        {
            "Collection": "resources.ServiceCollection",
            "Object": "resources.Service",
            "Options": "resources.ServiceOptions",
            "Waiting": "resources.ServiceWait resources.ServiceProgress resources.ServiceOutcome",
        },
    ),
    "nodes": ("Nodes", "", {"Collection": "resources.NodeCollection", "Object": "resources.Node"}),
    "secrets": ("Secrets", "", {"Collection": "resources.SecretCollection", "Object": "resources.Secret"}),
    "configs": ("Configs", "", {"Collection": "resources.ConfigCollection", "Object": "resources.Config"}),
    "plugins": ("Plugins", "", {"Collection": "resources.PluginCollection", "Object": "resources.Plugin"}),
    "processes": (
        "Processes",
        "Methods of `~aiodockerpy.resources.Container` for its processes, and what they and `containers.run` return.",
        {
            "Methods": "resources.ContainerProcesses",
            "Run": "resources.RunStream",
            "Exec": "resources.ExecProcess resources.ExecResult resources.DetachedExec resources.DemuxedOutput",
            "Attach": "resources.AttachedProcess",
            "Input and output": "resources.ProcessHandle resources.ProcessInput resources.ProcessOutput "
            "resources.OutputName",
        },
    ),
    "terminals": (
        "Terminals in the browser",
        "A process connected to a websocket. [](../../howto/terminals.md) shows how it is used.",
        {"The bridge": "terminals.bridge terminals.TerminalEnd terminals.WebSocket"},
    ),
    "jobs": (
        "Jobs",
        "`client.jobs` and `client.swarm_jobs`. [](../../howto/fan-out.md) shows how they are used.",
        {
            "Pool": "resources.JobPool resources.Job resources.Retry resources.Keep resources.JobRunner",
            "Results": "resources.JobResult resources.Ending",
        },
    ),
    "scopes": (
        "Scopes",
        "`client.scope`, `client.reap` and `client.images.ensure`. [](../../howto/scopes.md) shows how they are used.",
        {"Scope": "Scope", "Reaping": "resources.Reaped resources.Leftover", "Pulling": "resources.PullPolicy"},
    ),
    "events-views": (
        "Events, views, followed logs and statistics",
        "Streams that continue after a broken connection.",
        {
            "Events": "resources.EventStream resources.Event resources.EventsLost resources.Resync "
            "resources.SubscriptionState",
            "Views": "resources.View resources.Change resources.WatchedKind",
            "Logs": "resources.LogFollower resources.MergedLogs resources.ContainerLine resources.LinesLost",
            "Statistics": "resources.StatsStream resources.MergedStats resources.ContainerUsage streams.Figures",
        },
    ),
    "streams": (
        "Streams",
        "A call that can stream returns a handle: await it for the whole result, iterate it for the parts.",
        {
            "Handles": "streams.Stream streams.LogStream streams.Attached streams.ProgressStream streams.BytesStream "
            "streams.ArchiveStream",
            "Items": "streams.LogLine streams.Chunk streams.StreamName streams.Progress streams.Layer streams.Phase",
            "Drawing progress": "progress.show",
            "Content to send": "streams.Content streams.Readable",
            "Connections": "streams.Duplex streams.ByteStream streams.Source",
        },
    ),
    "arguments": (
        "Arguments and small values",
        "Types of arguments and results that belong to no single object.",
        {
            "Times and platforms": "types.TimeBound types.Timestamp types.PlatformArgument types.PlatformFields",
            "Ids": "types.IdOrName types.HasId",
            "Names with values": "types.Environment types.Labels types.KeyValues",
            "Durations and counts": "types.Seconds types.Nanoseconds types.Size types.PositiveInt types.ExposedPorts",
            "Filters": "types.FilterValue",
            "Choices": "api.WaitCondition api.RegistryAuthFrom api.DataUsageType types.ServiceModeName",
            "Versions": "types.ApiVersion types.Span types.Ping",
            "Credentials": "AuthConfig types.Credentials types.CredentialResolver",
            "Connecting": "types.Host types.Scheme types.SshWay types.WarmPart types.ClientArguments types.JsonObject",
            "Diagnostics": "types.Diagnostics types.OpenStream",
        },
    ),
    "transport": (
        "The transport below the API",
        "What a replacement for the connections to the engine has to offer, for example in tests.",
        {"Transport": "api.Api api.Transport api.Call api.Operation api.Reply"},
    ),
    "../buildkit": (
        "BuildKit",
        "What `client.images.build` and `client.buildkit` are made of.",
        {
            "Options": "buildkit.BuildOptions buildkit.BuildContext buildkit.Cache buildkit.Env buildkit.Output "
            "buildkit.OutputTarget buildkit.OutputType buildkit.SecretSource buildkit.SshSource buildkit.RegistryLogin "
            "buildkit.Credentials",
            "Building": "buildkit.solve buildkit.Build buildkit.BuildResult",
            "Progress": "buildkit.BuildState buildkit.BuildStep buildkit.BuildLog buildkit.BuildTransfer "
            "buildkit.BuildWarning buildkit.StepState buildkit.BuildProgress",
            "Showing progress": "buildkit.show buildkit.Showable buildkit.PlainLines",
        },
    ),
    "../builder": (
        "The builder",
        "`client.buildkit`: the build cache, and the features of the engine's builder.",
        {
            "The builder": "buildkit.BuildKit buildkit.BuildKitInfo buildkit.CacheRecord buildkit.PruneResult "
            "buildkit.Worker",
            "Features of the engine": "buildkit.EngineFeatures buildkit.Capability buildkit.CAPABILITIES",
        },
    ),
}
"""Page to title, introduction, and heading to the public names shown there, in order."""

_HOLDS = [
    line
    for line in (REFERENCE.parents[1] / "tests/testing/holds.txt").read_text().splitlines()
    if line[:1] not in {"#", "?", ""}
]
_TITLES = ("Method", "Operation", "Request", "API", "Parameters and fields of some versions only")


def pages() -> dict[Path, str]:
    """Make every generated page."""
    found = {REFERENCE / f"api/{part}.md": _part(part, title) for part, title in PARTS.items()}
    found |= {REFERENCE / f"models/{name}.md": _module(f"aiodockerpy.models.{name}") for name in _modules(models)}
    found[REFERENCE / "models/index.md"] = _models()
    found |= {(REFERENCE / f"objects/{name}.md").resolve(): _object(*page) for name, page in OBJECTS.items()}
    found[REFERENCE / "objects/index.md"] = _object_index()
    found[REFERENCE / "fake.md"] = _fake()
    return {**found, REFERENCE / "api/index.md": _index(), REFERENCE / "operations.md": _operations()}


def _modules(package: ModuleType) -> list[str]:
    """List the public modules of a package."""
    return sorted(found.name for found in pkgutil.iter_modules(package.__path__) if not found.name.startswith("_"))


def _module(name: str) -> str:
    title = name.rpartition(".")[2].replace("_", " ")
    return f"# Models: {title}\n\n{_directive('automodule', name)}"


def _directive(kind: str, name: str, *options: str) -> str:
    lines = [f".. {kind}:: {name}", *(f"   {option}" for option in options)]
    return "\n".join(["```{eval-rst}", *lines, "```", ""])


def _models() -> str:
    names = "\n".join(_modules(models))
    return f"""# Models

Every request and every answer of the Engine API. All fields are optional. The constructor refuses unknown fields;
unknown fields of an answer are kept.

```{{eval-rst}}
.. autoclass:: aiodockerpy.models.Model
   :members: from_wire, from_value, drift, unknown, to_dict, get, keys, values, items
   :exclude-members: model_config, made

```

{_autodoc("aiodockerpy.models.Time")}
```{{toctree}}
:maxdepth: 1

{names}
```
"""


def documented() -> list[str]:
    """Return the public names that the pages of objects show."""
    return [
        f"aiodockerpy.{name}" for _, _, parts in OBJECTS.values() for names in parts.values() for name in names.split()
    ]


def _object(title: str, text: str, parts: dict[str, str]) -> str:
    shown = "\n".join(
        f"## {heading}\n\n" + "\n".join(_autodoc(f"aiodockerpy.{name}") for name in names.split())
        for heading, names in parts.items()
    )
    return f"# {title}\n\n{text + 2 * chr(10) if text else ''}{shown}"


_INTERNAL = {"aiodockerpy.buildkit.BuildState": "feed, take"}
"""Public methods that only the library calls."""


def _autodoc(path: str) -> str:
    """Show a public name; the base class of handles, and nothing of the value of a constant or an alias."""
    module, _, name = path.rpartition(".")
    found = getattr(import_module(module), name)
    if isinstance(found, FunctionType):
        return _directive("autofunction", path)
    if not isinstance(found, type):
        return _data(path, *_definition(module, name))
    options = [":show-inheritance:"] if Stream in found.__bases__ else []
    return _directive(
        "autoclass", path, *options, *([f":exclude-members: {_INTERNAL[path]}"] if path in _INTERNAL else [])
    )


def _definition(module: str, name: str) -> tuple[str, str]:
    """Return the value of a constant or a type alias as it is written, and the text below it."""
    body = ast.parse(Path(str(import_module(module).__file__)).read_text()).body
    for node in [*body, *(inner for block in body if isinstance(block, ast.If) for inner in block.body)]:
        if isinstance(node, ast.ImportFrom) and name in {alias.asname or alias.name for alias in node.names}:
            return _definition(str(node.module), name)
    for node, after in pairwise(body):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            if not isinstance(after, ast.Expr):
                raise LookupError(f"{module}.{name} has no docstring")
            return ast.unparse(node.value).strip("'"), ast.literal_eval(after.value)
    raise LookupError(f"{module}.{name} is not defined there")


def _data(path: str, value: str, text: str) -> str:
    options = [f"   :value: {value}"] if len(value) <= _LONGEST_VALUE else []
    lines = [f".. py:data:: {path}", *options, "", *(f"   {line}".rstrip() for line in text.splitlines())]
    return "\n".join(["```{eval-rst}", *lines, "```", ""])


def _object_index() -> str:
    names = "\n".join(name for name in OBJECTS if "/" not in name)
    return f"""# Collections and objects

{_directive("automodule", "aiodockerpy.resources", ":no-members:")}
One page for each kind of object: its collection, the object, the options of its methods, and their results.

Every object has its `id`, its snapshot (`info` as a typed model, `attrs` as the engine's JSON) and `reload()`, which
replaces the snapshot. Two objects are equal if they have the same class and id.

```{{toctree}}
:maxdepth: 1

{names}
```
"""


def _index() -> str:
    names = "\n".join(PARTS)
    return f"""# The Engine API

{_directive("automodule", "aiodockerpy.api", ":no-members:")}
`client.api` has every operation of the Engine API: one class for each part of it, one method for each operation.
[](../../howto/typed-api.md) shows its use. The API version is negotiated with the engine. Calling something that this
version does not have raises [`UnsupportedByEngine`](../errors.md) before anything is sent; `client.supports` answers
the question beforehand, by the names in the tables of these pages.

```{{toctree}}
:maxdepth: 1

{names}
```

## Fields of bodies

These fields of requests exist in some API versions only; all others exist in every version.

{_table(("Model", "Field", "API"), _field_rows())}
"""


def _field_rows() -> list[tuple[str, ...]]:
    return [
        (f"`{model}`", f"`{path}`", _versions(lookup(f"{model}.{path}")))
        for model, fields in FIELDS.items()
        for path in fields
    ]


def _part(part: str, title: str) -> str:
    operations = [one for one in OPERATIONS.values() if one.name.startswith(f"{part}.")]
    return f"""# client.api.{part}

{title}: one method for each operation.

## Versions

{_table(_TITLES, [_row(one) for one in operations])}
{_filters(operations)}
## Methods

```{{eval-rst}}
.. autoclass:: aiodockerpy.api.{part.capitalize()}Api
   :no-index-entry:
```
"""


def _row(operation: Operation) -> tuple[str, ...]:
    spans = [f"`{name}` ({_versions(span)})" for name, span in operation.parameters.items() if span != Span()]
    return (
        f"`{operation.name.partition('.')[2]}`",
        operation.id + ("" if operation.id not in BEYOND else " (not in the specification)"),
        f"`{operation.method} {operation.path}`",
        _versions(operation.span),
        ", ".join([*spans, *_body_fields(operation)]),
    )


def _body_fields(operation: Operation) -> list[str]:
    """The fields of the outermost model of a body; those of the models inside are in the table of all."""
    kind = getattr(models, operation.body) if operation.body else None
    if kind is None or not issubclass(kind, Model):
        return []
    names = {base.__name__ for base in kind.__mro__}
    rows = [(path, span) for model, fields in FIELDS.items() if model in names for path, span in fields.items()]
    return [f"`{path}` ({_versions(span)})" for path, span in rows]


def _filters(operations: list[Operation]) -> str:
    rows = [
        (f"`{one.name.partition('.')[2]}`", ", ".join(f"`{name}`" for name in sorted(one.filters)))
        for one in operations
        if one.filters
    ]
    return f"\n{_table(('Method', 'Filters'), rows)}\n" if rows else ""


def _versions(span: Span) -> str:
    if span.since and span.until:
        return f"{span.since} to {span.until}"
    if span.until:
        return f"up to {span.until}"
    return f"{span.since}+" if span.since else "all"


def _operations() -> str:
    book = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    engines = [book[role] for role in ROLES if role in book]
    titles = ("Operation", "Method", *(f"Engine {one['version']} (API {one['api']})" for one in engines))
    rows = [
        (one.id, f"`{one.name}`", *(_outcome(engine["operations"].get(one.id)) for engine in engines))
        for one in OPERATIONS.values()
    ]
    return f"""# Tested operations

Every operation is called on real engines by `tests/integration/test_every_operation.py`, and every JSON answer is
compared with its model, field by field. The table shows what that test recorded: the status of the answer, or the
refusal of the engine.

Some operations need what the test machines do not have: checkpoints need CRIU, searching needs Docker Hub, and cluster
volumes need a driver for them.

{_table(titles, rows)}
"""


def _outcome(text: str | None) -> str:
    return text or "not called"


def _table(titles: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [titles, tuple("---" for _ in titles), *rows]
    return "\n".join("| " + " | ".join(re.sub(r"\|", r"\\|", cell) for cell in line) + " |" for line in lines)


def _fake() -> str:
    """Write what the fake engine has: its operations, its programs, and how many integration tests hold on it."""
    lines = [
        "# What the fake engine has",
        "",
        "`aiodockerpy.testing.FakeEngine` answers these operations, in the shape of the newest engine of the project's",
        "lab. Any other answers 501 and fails the test. How to use it: see",
        "[Test programs that use Docker](../howto/testing.md).",
        "",
        f"{len(_HOLDS)} of the project's integration tests hold on it.",
        "",
        "| Operation | Request |",
        "|---|---|",
        *(f"| `{found.name}` | `{found.method} {found.path}` |" for id, found in OPERATIONS.items() if id in handlers),
        "",
        "## What it has not",
        "",
        ", ".join(f"`{found.name}`" for id, found in OPERATIONS.items() if id not in handlers) + ".",
        "",
        "## Built-in programs",
        "",
        ", ".join(f"`{name}`" for name in sorted(APPLETS)) + ".",
        "",
        "They know the options that tests use most. `sh` has lists (`;`, `&&`, `||`), pipes, redirections, variables",
        "with `$( )` and `$(( ))`, `for`, `while`, `until`, `if`, `case`, `trap`, `read`, `cd`, `set -e`, `exec`",
        "and background jobs.",
        "",
        "## Classes",
        "",
        "```{eval-rst}",
        ".. automodule:: aiodockerpy.testing",
        "   :no-members:",
        "",
        *(line for name in testing.__all__ for line in _class(name)),
        "```",
    ]
    return "\n".join(lines) + "\n"


def _class(name: str) -> list[str]:
    if name == "Program":
        return [".. autodata:: aiodockerpy.testing.Program", ""]
    made_by_the_engine = "()" if name in {"FakeContainer", "FakeRegistry", "FakeClock", "Done"} else ""
    lines = [f".. autoclass:: aiodockerpy.testing.{name}{made_by_the_engine}", "   :members:", "   :inherited-members:"]
    return [*lines, ""]


def main() -> None:
    """Write all pages."""
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
