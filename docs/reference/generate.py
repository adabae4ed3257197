"""Write the pages of docs/reference that come from tables: one for each part of the API, and what ran on which engine.

Run ``python docs/reference/generate.py`` after a change of the tables or of ``docs/reference/operations.json``.
"""

from __future__ import annotations

import json
import pkgutil
import re
from pathlib import Path
from typing import TYPE_CHECKING

from aiodockerpy import models, resources
from aiodockerpy._protocol.fields import FIELDS
from aiodockerpy._protocol.operations import OPERATIONS, Operation, Span
from aiodockerpy.api._supports import lookup
from aiodockerpy.models._base import Model

if TYPE_CHECKING:
    from types import ModuleType

REFERENCE = Path(__file__).parent
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
"""Operations that engines have and the specification has not."""

_TITLES = ("Method", "Operation", "Request", "API", "Parameters and fields of some versions only")


def pages() -> dict[Path, str]:
    """Make every generated page."""
    found = {REFERENCE / f"api/{part}.md": _part(part, title) for part, title in PARTS.items()}
    found |= {REFERENCE / f"models/{name}.md": _module(f"aiodockerpy.models.{name}") for name in _modules(models)}
    found[REFERENCE / "models/index.md"] = _models()
    found[REFERENCE / "objects.md"] = _objects()
    return {**found, REFERENCE / "api/index.md": _index(), REFERENCE / "operations.md": _operations()}


def _modules(package: ModuleType) -> list[str]:
    """List the public modules of a package."""
    return sorted(found.name for found in pkgutil.iter_modules(package.__path__) if not found.name.startswith("_"))


def _module(name: str) -> str:
    title = name.rpartition(".")[2].replace("_", " ").capitalize()
    return f"# {title}\n\n{_directive('automodule', name)}"


def _directive(kind: str, name: str) -> str:
    return f"```{{eval-rst}}\n.. {kind}:: {name}\n```\n"


def _models() -> str:
    names = "\n".join(_modules(models))
    return f"""# Models

Every request and every answer of the Engine API. All fields are optional; the constructor refuses a field that it does
not know, and what an engine sends beyond the fields is kept.

```{{eval-rst}}
.. autoclass:: aiodockerpy.models._base.Model
   :members: from_wire, from_value, drift, unknown, to_dict, get, keys, values, items
   :exclude-members: model_config
```

```{{toctree}}
:maxdepth: 1

{names}
```
"""


def _objects() -> str:
    parts = [
        f"## {name.capitalize()}\n\n" + _directive("automodule", f"aiodockerpy.resources.{name}")
        for name in _modules(resources)
    ]
    return "# Collections and objects\n\n" + "\n".join(parts)


def _index() -> str:
    names = "\n".join(PARTS)
    return f"""# The Engine API

`client.api` has every operation of the Engine API, one class for each part of it and one method for each operation.
[](../../howto/typed-api.md) shows how it is used. The version in use is negotiated with the engine; what that version
lacks raises [`UnsupportedByEngine`](../errors.md) before anything is sent. `client.supports` tells beforehand, by the
names in the tables of these pages.

```{{toctree}}
:maxdepth: 1

{names}
```

## Fields of bodies

These fields of requests are not in every version; all others are.

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
    return f"""# {title}

`client.api.{part}`

## Versions

{_table(_TITLES, [_row(one) for one in operations])}
{_filters(operations)}
## Methods

```{{eval-rst}}
.. autoclass:: aiodockerpy.api.{part}.{part.capitalize()}Api
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
    return f"""# What ran where

Every operation is called on real engines by `tests/integration/test_every_operation.py`, and every JSON answer is
compared with what its model gives back, field by field. This table is written from what that test has recorded: the
status of the answer, or how the engine refused.

A refusal is the right answer where the machine or the engine has no better one: checkpoints need CRIU, searching needs
the Docker Hub, cluster volumes need a driver of them.

{_table(titles, rows)}
"""


def _outcome(text: str | None) -> str:
    return text or "not called"


def _table(titles: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [titles, tuple("---" for _ in titles), *rows]
    return "\n".join("| " + " | ".join(re.sub(r"\|", r"\\|", cell) for cell in line) + " |" for line in lines)


def main() -> None:
    """Write all pages."""
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
