"""Exit codes of commands of which the engine may have made up one."""

from __future__ import annotations

import pytest

import aiodockerpy
from aiodockerpy.resources._processes import exec as executing
from aiodockerpy.testing import FakeEngine

IMAGE = "busybox:latest"


@pytest.mark.parametrize("events", ["reported", "refused", "missing"])
async def test_126_is_the_exit_code_unless_the_event_of_the_end_has_another(events, monkeypatch):
    monkeypatch.setattr(executing, "_REPORTED", 0.1 if events == "missing" else 10)
    async with FakeEngine(images=[IMAGE]) as engine, aiodockerpy.DockerClient(engine.url) as client:
        container = await client.containers.run(IMAGE, ["sleep", "1000"], detach=True)
        match events:
            case "refused":
                engine.fail("system.events", status=403)
            case "missing":
                engine.hang("system.events")
            case _:
                pass
        assert await container.exec_run(["sh", "-c", "echo x; exit 126"]) == (126, b"x\n")
        asked = [call.operation for call in engine.calls if call.operation == "system.events"]
        assert asked == ["system.events"]
