"""What type checkers say of programs that use the library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WRONG = """
import aiodockerpy as docker


async def use(client: docker.DockerClient) -> None:
    await client.containers.run("x", nmae="web")
    await client.containers.create("x", nmae="web")
    await client.containers.list(filter={})
    docker.Containr
"""


def report(tmp_path, *command):
    file = tmp_path / "wrong.py"
    file.write_text(WRONG)
    done = subprocess.run(
        [sys.executable, "-m", *command, str(file)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=100
    )
    lines = [line.replace(str(file), "").strip() for line in done.stdout.splitlines()]
    return [line for line in lines if "error:" in line]


@pytest.mark.slow
@pytest.mark.parametrize("command", [("mypy", "--strict"), ("pyright",)], ids=lambda command: command[0])
def test_a_wrong_name_is_reported_in_a_short_line(tmp_path, command):
    errors = report(tmp_path, *command)

    assert {line.split(":")[1] for line in errors} == {"6", "7", "8", "9"}
    assert max(map(len, errors)) < 200
    assert any("nmae" in line for line in errors)
    assert any("Containr" in line for line in errors)


@pytest.mark.slow
def test_programs_as_they_are_ported_have_right_types():
    files = [str(file) for file in sorted((ROOT / "tests/typing").glob("*.py"))]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *files], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
