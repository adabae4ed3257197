"""Every module and class that a block of a page uses is imported on that page, or by the words at its top."""

from __future__ import annotations

import ast
import builtins
import re
import sys
from pathlib import Path

from tests.together import together

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("docs/howto/*.md"), *ROOT.glob("docs/tutorial/*.md"), ROOT / "docs/quickstart.md"])
ASSUMED = {"asyncio", "docker", "client"}
READERS = {"terminals.md": {"WebSocket"}, "hosts.md": {"token"}}  # what stands for a part of the reader's program
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def trees(page: Path):
    for block in BLOCK.findall(page.read_text()):
        body = "".join(f"    {line}\n" for line in block.splitlines())
        try:
            yield ast.parse(f"async def block():\n{body}")
        except SyntaxError:  # a decorator alone
            yield ast.parse(f"async def block():\n{body}    def decorated(): ...\n")


def given(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(name.asname or name.name).split(".")[0] for name in node.names}
        elif isinstance(node, ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


@together("page", PAGES, ids=lambda page: page.name)
def test_modules_and_classes_are_imported_where_they_are_used(page):
    known = ASSUMED | READERS.get(page.name, set())
    missing = set()
    for tree in trees(page):
        known |= given(tree)
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        missing |= {
            name for name in used - known - set(dir(builtins)) if name[0].isupper() or name in sys.stdlib_module_names
        }
    assert missing == set()
