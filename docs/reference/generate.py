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

from contents import OBJECTS, OF_INSPECTION, PARTS, TESTING

from aiodockerpy import models
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
ROLES = ("old", "middle", "new")
BEYOND = {
    "CheckpointList",
    "CheckpointCreate",
    "CheckpointDelete",
    "BuildCancel",
    "Grpc",
}
"""Operations of engines that the specification does not have."""

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
    found[REFERENCE / "models/containers.md"] = _module("aiodockerpy.models.containers", without=OF_INSPECTION)
    found[REFERENCE / "models/container_inspect.md"] = _inspection()
    found[REFERENCE / "models/index.md"] = _models()
    found |= {(REFERENCE / f"objects/{name}.md").resolve(): _object(*page) for name, page in OBJECTS.items()}
    found[REFERENCE / "objects/index.md"] = _object_index()
    found[REFERENCE / "fake.md"] = _fake()
    found |= {REFERENCE / f"{name}.md": _testing(*page) for name, page in TESTING.items()}
    return {**found, REFERENCE / "api/index.md": _index(), REFERENCE / "operations.md": _operations()}


def _modules(package: ModuleType) -> list[str]:
    """List the public modules of a package."""
    return sorted(found.name for found in pkgutil.iter_modules(package.__path__) if not found.name.startswith("_"))


def _module(name: str, *, without: str = "") -> str:
    title = name.rpartition(".")[2].replace("_", " ")
    options = [f":exclude-members: {', '.join(without.split())}"] if without else []
    return f"# Models: {title}\n\n{_directive('automodule', name, *options)}"


def _inspection() -> str:
    shown = "\n".join(_autodoc(f"aiodockerpy.models.containers.{name}") for name in OF_INSPECTION.split())
    return f"# Models: container inspect\n\nWhat `container.info` has.\n\n{shown}"


def _directive(kind: str, name: str, *options: str) -> str:
    lines = [f".. {kind}:: {name}", *(f"   {option}" for option in options)]
    return "\n".join(["```{eval-rst}", *lines, "```", ""])


def _models() -> str:
    names = "\n".join(sorted([*_modules(models), "container_inspect"]))
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
_WITHOUT_BASE = {
    "aiodockerpy.resources.Config": "Resource",
    "aiodockerpy.resources.Container": "ContainerFiles, ContainerProcesses, Resource",
    "aiodockerpy.resources.Secret": "Resource",
}
"""Classes whose methods stand in private bases, too, and the bases that have pages of their own."""


def _autodoc(path: str) -> str:
    """Show a public name; the base class of handles, and nothing of the value of a constant or an alias."""
    module, _, name = path.rpartition(".")
    found = getattr(import_module(module), name)
    if isinstance(found, FunctionType):
        return _directive("autofunction", path)
    if not isinstance(found, type):
        return _data(path, *_definition(module, name))
    options = [":show-inheritance:"] if Stream in found.__bases__ else []
    options += [f":inherited-members: {_WITHOUT_BASE[path]}"] if path in _WITHOUT_BASE else []
    return _directive(
        "autoclass", path, *options, *([f":exclude-members: {_INTERNAL[path]}"] if path in _INTERNAL else [])
    )


def _definition(module: str, name: str) -> tuple[str, str]:
    """Return the value of a constant or a type alias as it is written, and the text below it."""
    body = ast.parse(Path(str(import_module(module).__file__)).read_text()).body
    for node in [*body, *(inner for block in body if isinstance(block, ast.If) for inner in block.body)]:
        if isinstance(node, ast.ImportFrom) and name in _imported(node):
            return _definition(str(node.module), name)
    for node, after in pairwise(body):
        if name in _targets(node):
            if not isinstance(after, ast.Expr):
                raise LookupError(f"{module}.{name} has no docstring")
            return ast.unparse(node.value).strip("'"), ast.literal_eval(after.value)
    raise LookupError(f"{module}.{name} is not defined there")


def _targets(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _imported(node: ast.ImportFrom) -> set[str]:
    if node.names[0].name == "*":
        module = import_module(str(node.module))
        body = ast.parse(Path(str(module.__file__)).read_text()).body
        return {*getattr(module, "__all__", ()), *(name for statement in body for name in _targets(statement))}
    return {alias.asname or alias.name for alias in node.names}


def _data(path: str, value: str, text: str) -> str:
    is_shown = len(value) <= _LONGEST_VALUE and not re.search(r"\b_", value)
    options = [f"   :value: {value}"] if is_shown else []
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
   :inherited-members: Part
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
        "## What it does not have",
        "",
        ", ".join(f"`{found.name}`" for id, found in OPERATIONS.items() if id not in handlers) + ".",
        "",
        "## Built-in programs",
        "",
        ", ".join(f"`{name}`" for name in sorted(APPLETS)) + ".",
        "",
        "They have the options that tests use most. `sh` has lists (`;`, `&&`, `||`), pipes, redirections, variables",
        "with `$( )` and `$(( ))`, `for`, `while`, `until`, `if`, `case`, `trap`, `read`, `cd`, `set -e`, `exec`",
        "and background jobs.",
        "",
        "[](testing.md) and [](fake-programs.md) have the classes.",
    ]
    return "\n".join(lines) + "\n"


def _testing(title: str, text: str, names: str) -> str:
    lines = [f"# {title}", "", text, "", "```{eval-rst}", *(line for name in names.split() for line in _class(name))]
    return "\n".join([*lines[:-1], "```"]) + "\n"


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
