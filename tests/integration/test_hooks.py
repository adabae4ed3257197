"""Hooks on real engines: everything that was begun has ended, whatever it was."""

from __future__ import annotations

import asyncio

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy.hooks import Hook


class Balance(Hook):
    """Counts how each call has ended."""

    def __init__(self):
        self.calls = []
        self.ends = {}

    def begin(self, call):
        self.calls.append(call)

    def end(self, call):
        self.ends.setdefault(call, []).append("end")

    def error(self, call, error):
        self.ends.setdefault(call, []).append(type(error).__name__)

    def outcome(self, operation):
        return [self.ends.get(call) for call in self.calls if call.operation == operation]


async def test_everything_that_was_begun_ends_once(engine, prefix, tmp_path):
    hook = Balance()
    (tmp_path / "Dockerfile").write_text("FROM busybox:1\nCOPY Dockerfile /\n")
    async with aiodockerpy.DockerClient(engine.url, hooks=hook) as client:
        image = (await client.images.build(path=str(tmp_path), tag=f"{prefix}a:1")).image
        container = await client.containers.run(image, ["cat"], name=f"{prefix}a", stdin_open=True, detach=True)
        async with container.exec_run(["cat"], stdin=True) as process:
            await process.communicate(b"x" * 1000)
        async with await client.api.containers.attach_websocket(container.id) as duplex:
            await duplex.write(b"hello\n")
            assert b"hello" in await duplex.read()
        async with container.logs(follow=True) as lines:
            await anext(lines)
        with pytest.raises(errors.NotFound):
            await client.api.containers.stop("none-such")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await container.wait()
        await container.remove(force=True)
        await client.images.remove(image.id, force=True)
    assert {len(hook.ends.get(call, [])) for call in hook.calls} == {1}
    kinds = {call.kind for call in hook.calls}
    assert kinds >= {"call", "stream", "upgrade", "websocket"}
    assert hook.outcome("containers.stop") == [["NotFound"]]
    assert hook.outcome("containers.wait") == [["end"]]
    assert next(call for call in hook.calls if call.operation == "containers.wait").closed_early
    assert all(call.status == 101 for call in hook.calls if call.kind == "upgrade" and call.operation == "exec.start")
    built = [call for call in hook.calls if call.operation in {"build.grpc", "build.session"}]
    assert built
    assert all(call.sent and call.received for call in built)
    assert all(call.attempts == 1 for call in hook.calls)
