"""The examples, which the documentation shows, run to their end."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


async def run(path, engine, arguments=(), **environment):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-X",
        "dev",
        str(path),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "DOCKER_HOST": engine.url, "PYTHONWARNINGS": "error::ResourceWarning", **environment},
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@pytest.mark.slow
async def test_quickstart(engine, registry):
    status, out, err = await run(EXAMPLES / "quickstart.py", engine, AIODOCKERPY_DEMO_IMAGE=f"{registry}/busybox:1")
    assert status == 0, err
    for expected in (
        "Pulling from busybox",
        "hello world",
        "event: start",
        "stdout: line 3",
        "IS ANYBODY THERE? (exit code 0)",
        "all 50 answered",
        "0 containers left",
    ):
        assert expected in out
    assert "ResourceWarning" not in err


async def test_build_with_secrets(engine, registry):
    status, out, err = await run(EXAMPLES / "build_with_secrets.py", engine, AIODOCKERPY_DEMO_IMAGE="busybox:1")
    assert status == 0, err
    assert "the token had 19 bytes" in out
    assert "program:1.0.0" in out
    assert "a very secret token" not in out + err


@pytest.mark.slow
async def test_fan_out(engine, client):
    status, out, err = await run(EXAMPLES / "fan_out.py", engine, arguments=["--jobs", "50", "--image", "busybox:1"])
    assert status == 0, err
    assert "49 exited, 1 timed_out" in out
    assert "job 17: exited, exit code 3, ran on unix://" in out
    assert "job 34: timed_out" in out
    assert await client.containers.list(all=True, filters={"label": "aiodockerpy.jobs"}, sparse=True) == []
