"""What type checkers say of programs that use the library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRONG = """
import aiodockerpy as docker


async def use(client: docker.DockerClient) -> None:
    await client.containers.run("x", nmae="web")
    await client.containers.create("x", nmae="web")
    await client.containers.list(filter={})
    docker.Containr
"""


PORTED = sorted((ROOT / "tests/typing").glob("*.py"))
"""Programs as they are ported."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "right"), [(("mypy", "--strict"), PORTED), (("pyright",), [])], ids=["mypy", "pyright"]
)
def test_a_wrong_name_is_reported_in_a_short_line_and_nothing_else(tmp_path, command, right):
    """All in one run: the checkers take most of the time to read the library."""
    file = tmp_path / "wrong.py"
    file.write_text(WRONG)
    files = [file, *right]
    done = subprocess.run(
        [sys.executable, "-m", *command, *map(str, files)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    found = [line.strip() for line in done.stdout.splitlines() if "error:" in line]
    errors = [line.partition("/wrong.py")[2] for line in found]  # mypy's cache may show it in the folder of another run

    assert [line for line in found if "/wrong.py:" not in line] == []
    assert {line.split(":")[1] for line in errors} == {"6", "7", "8", "9"}
    assert max(map(len, errors)) < 200
    assert any("nmae" in line for line in errors)
    assert any("Containr" in line for line in errors)
