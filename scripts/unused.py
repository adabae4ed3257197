"""Print functions, methods and classes that nothing in the library uses and no public name leads to; fail if any."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

from vulture import Vulture

ROOT = Path(__file__).parents[1]
PUBLIC = (
    "aiodockerpy", "aiodockerpy.api", "aiodockerpy.buildkit", "aiodockerpy.errors", "aiodockerpy.hooks",
    "aiodockerpy.models", "aiodockerpy.otel", "aiodockerpy.progress", "aiodockerpy.resources", "aiodockerpy.streams",
    "aiodockerpy.testing", "aiodockerpy.types", "aiodockerpy.utils", "aiodockerpy.utils.ports",
)  # fmt: skip
CALLED_BY_OTHERS = {
    "connection_made", "data_received", "eof_received", "pause_writing", "resume_writing", "connection_lost",  # asyncio
    "create_module", "exec_module", "find_spec",  # the import system
    "_create_connection",  # aiohttp
    "pytest_addoption", "pytest_configure", "docker_engine", "docker_engine_factory",  # pytest
}  # fmt: skip
KINDS = {"function", "method", "property", "class"}


def public() -> set[str]:
    """Return the public names, and the names of their members."""
    found: set[str] = set()
    for module in map(importlib.import_module, PUBLIC):
        for name in module.__all__:
            found |= {name, *dir(getattr(module, name))}
    return found


def without_exports(code: str) -> str:
    """Blank the ``__all__`` of a module: that a name is listed there is not a use of it."""
    lines = code.splitlines(keepends=True)
    for node in ast.parse(code).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            lines[node.lineno - 1 : node.end_lineno] = ["\n"] * (int(node.end_lineno or 0) - node.lineno + 1)
    return "".join(lines)


def main() -> int:
    """Print what is unused; return how many there are."""
    vulture = Vulture(ignore_names=["_do_*"], ignore_decorators=["@operation"])  # found by name, or registered
    for path in [*sorted((ROOT / "aiodockerpy").rglob("*.py")), *ROOT.glob("*.py")]:
        vulture.scan(without_exports(path.read_text()), filename=path)
    known = public() | CALLED_BY_OTHERS
    unused = [item for item in vulture.get_unused_code() if item.typ in KINDS and item.name not in known]
    for item in unused:
        print(f"{item.filename.relative_to(ROOT)}:{item.first_lineno}: {item.typ} {item.name} is unused")
    return len(unused)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(min(main(), 1))
