"""What the docstrings of fields say about versions, against the specification."""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache

from aiodockerpy.models._base import Model, wire_names
from tests.spec.table import facts, fields
from tests.spec.test_models import VERSIONS, WRONG, model
from tests.together import together

# Where engines differ from what the specification says of versions.
EXCEPTIONS = {
    **{
        (name, field): "still sent by newer engines, for errors"
        for name in ("BuildInfo", "CreateImageInfo", "PushImageInfo")
        for field in ("error", "progress")
    },
    ("PushImageInfo", "errorDetail"): "sent long before it was specified",
    ("TaskStatus", "PortStatus"): "sent long before it was specified",
    ("Network", "Containers"): "an inspected network goes on having it",
    ("NetworkSummary", "Containers"): "an inspected network goes on having it",
}


@cache
def classes(module: str) -> dict[str, ast.ClassDef]:
    """The classes of a module, as they are written."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def docstrings(kind: type[Model]) -> dict[str, str]:
    """The docstring under each field, by wire name, with that of its class in front."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if not issubclass(base, Model) or base is Model:
            continue
        node = classes(base.__module__)[base.__name__]
        for field, text in zip(node.body, node.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
                name = wire_names(kind).get(ast.unparse(field.target))
                if name is not None:
                    found[name] = f"{base.__doc__} {ast.literal_eval(text.value)}"
    return found


@together("name", facts()["models"])
def test_newer_and_removed_fields_say_so(name: str) -> None:
    texts = docstrings(model(name))
    silent = set()
    for field, told in fields(name).items():
        if (name, field) in {*WRONG, *VERSIONS, *EXCEPTIONS}:
            continue
        text = " ".join(texts[field].split())
        if told.span.since and f"API {told.span.since}+" not in text:
            silent.add((field, told.span.since))
        if told.span.until and f"API {told.span.until}" not in text:
            silent.add((field, told.span.until))
    assert silent == set()
