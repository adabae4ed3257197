"""Attempts: the pauses between them, and whether an image has no ``cat``, by what the engine says."""

from __future__ import annotations

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy.resources._processes.exec import ExecResult
from aiodockerpy.resources._readiness.attempts import _has_no_cat
from aiodockerpy.testing import FakeEngine
from tests.together import together

IMAGE = "busybox:latest"


@together(
    ("code", "output", "expected"),
    [
        (0, b"  sl  local_address\n", False),
        (1, b"  sl  local_address\ncat: can't open '/proc/net/tcp6': No such file or directory\n", False),
        (1, b"cat: can't open '/proc/net/tcp': No such file or directory\n", True),
        (126, b'OCI runtime exec failed: exec: "cat": executable file not found in $PATH: unknown\r\n', True),
        (127, b"executable file `cat` not found in $PATH: No such file or directory", True),
        (126, b"OCI runtime exec failed: cannot exec in a stopped container: unknown", False),
        (137, b"", False),
    ],
)
def test_an_ending_container_is_not_taken_for_one_without_cat(code, output, expected):
    assert _has_no_cat(ExecResult(code, output)) is expected


async def test_the_end_of_an_attempt_does_not_begin_the_next_one():
    async with FakeEngine(images=[IMAGE]) as engine, aiodockerpy.DockerClient(engine.url) as client:
        box = await client.containers.run(IMAGE, ["sleep", "1000"], detach=True)
        with pytest.raises(errors.DeadlineExceeded, match="exited with 1"):
            await box.wait_exec(["false"], interval=0.3, timeout=1)
        attempts = [call for call in engine.calls if call.operation == "exec.start"]
        await box.remove(force=True)
    assert 1 <= len(attempts) <= 4
