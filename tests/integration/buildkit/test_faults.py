"""What goes wrong around a build: cancelled, killed, cut, silent, and an agent that is lent."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess

import pytest

import aiodockerpy
from aiodockerpy import buildkit, errors
from aiodockerpy.buildkit import BuildLog, Output
from aiodockerpy.testing import FaultProxy, Faults
from tests.integration.buildkit.conftest import until
from tests.lab.parts import ROLES
from tests.lab.private import PrivateEngine

# A client of the agent's protocol for steps, which have no Python: lists the keys, tries to add one, tells both answers.
AGENT_CLIENT = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
static int ask(int s, unsigned char type, unsigned *keys) {
  unsigned char m[5] = {0, 0, 0, 1, type}, b[8192]; size_t n = 0;
  if (write(s, m, 5) != 5) return -1;
  while (n < 5 || n < 4u + (b[2] << 8 | b[3])) { ssize_t r = read(s, b + n, sizeof b - n); if (r <= 0) return -1; n += r; }
  *keys = b[8]; return b[4];
}
int main(void) {
  struct sockaddr_un a = {.sun_family = AF_UNIX}; unsigned keys = 0, ignored; int s = socket(AF_UNIX, SOCK_STREAM, 0);
  strncpy(a.sun_path, getenv("SSH_AUTH_SOCK"), sizeof a.sun_path - 1);
  if (connect(s, (struct sockaddr *)&a, sizeof a)) return 1;
  int list = ask(s, 11, &keys), lock = ask(s, 22, &ignored);
  printf("list=%d keys=%u lock=%d\n", list, keys, lock); return 0;
}
"""


class TestGivenUp:
    async def test_close_ends_a_pending_read(self, build, endless) -> None:
        handle = build(**endless.options)

        async def read() -> int:
            return len([item async for item in handle])

        reading = asyncio.create_task(read())
        await until(endless.running, 30)
        await handle.aclose()
        async with asyncio.timeout(10):
            assert await reading > 0
        await until(endless.stopped, 10)

    async def test_closing_the_client_ends_the_build(self, build, engine, endless) -> None:
        client = aiodockerpy.DockerClient(engine.url)
        options = buildkit.BuildOptions(**endless.options)
        task = asyncio.create_task(buildkit.solve(client._session, buildkit.BuildKit(client._session), options))
        await until(endless.running, 30)
        await client.aclose()
        with pytest.raises(RuntimeError, match="the client was closed"):
            await task
        await until(endless.stopped, 10)

    async def test_a_timeout_around_one_step_keeps_the_stream(self, build, context, prefix) -> None:
        handle = build(context=context(f"FROM busybox\nRUN sleep 2; echo {prefix}\n"), outputs=[Output.none()])
        text, timeouts = "", 0
        async with handle as progress:
            while True:
                try:
                    async with asyncio.timeout(0.2):
                        item = await anext(progress)
                except TimeoutError:
                    timeouts += 1
                    continue
                except StopAsyncIteration:
                    break
                text += item.text if isinstance(item, BuildLog) else ""
        assert timeouts
        assert text == f"{prefix}\n"


async def test_a_silent_step_outlives_the_health_checks(build, context, prefix) -> None:
    """20.10 drops a session that does not answer for ten seconds."""
    dockerfile = f"FROM busybox\nRUN sleep 13; echo {prefix}\n"
    result = await build(context=context(dockerfile), outputs=[Output.none()])
    assert any(isinstance(item, BuildLog) and prefix in item.text for item in result.log)


class TestAgent:
    async def test_lists_its_key_and_refuses_the_rest(
        self, build, context, prefix, agent, tmp_path, monkeypatch
    ) -> None:
        compiler = shutil.which("gcc")
        if compiler is None:
            pytest.skip("no C compiler")
        (tmp_path / "agent.c").write_text(AGENT_CLIENT)
        program = tmp_path / "program"
        subprocess.run([compiler, "-static", "-o", str(program), str(tmp_path / "agent.c")], check=True)
        ask = "/ask & /ask & /ask; wait"
        root = context(
            f"FROM busybox\nCOPY ask /ask\nRUN --mount=type=ssh echo {prefix}; {ask}\nRUN --mount=type=ssh,id=own echo {prefix}; {ask}\n",
            {"ask": program.read_bytes()},
        )
        (root / "ask").chmod(0o755)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
        result = await build(context=root, ssh={"default": None, "own": agent}, outputs=[Output.none()])
        text = "".join(item.text for item in result.log if isinstance(item, BuildLog))
        assert text.count("list=12 keys=1 lock=5") == 6  # 12 is the list of identities, 5 is failure

    async def test_an_optional_agent_that_was_not_lent(self, build, context, prefix) -> None:
        root = context(
            f'FROM busybox\nRUN --mount=type=ssh test -z "$SSH_AUTH_SOCK" -o ! -e "$SSH_AUTH_SOCK" # {prefix}\n'
        )
        assert await build(context=root, outputs=[Output.none()])

    async def test_no_agent_is_told_before_anything_is_sent(self, build, context, monkeypatch) -> None:
        monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
        with pytest.raises(errors.InvalidArgument, match="SSH_AUTH_SOCK"):
            await build(context=context("FROM busybox\n"), ssh={"default": None})


class TestControl:
    async def test_workers_usage_and_prune(self, build, context, prefix) -> None:
        [worker] = await build.kit.workers()
        assert "linux/amd64" in worker.platforms
        assert worker.containerd_store is build.engine.containerd_store
        if build.engine.api >= (1, 43):
            assert (await build.kit.info()).package == "github.com/moby/buildkit"
        else:
            with pytest.raises(errors.UnsupportedByEngine, match=r"1\.43"):
                await build.kit.info()
        await build(context=context(f"FROM busybox\nRUN echo {prefix} > /x\n"), outputs=[Output.none()])
        mine = [record for record in await build.kit.disk_usage() if prefix in record.description]
        assert len(mine) == 1
        assert mine[0].created_at is not None
        removed = await build.kit.prune(all=True, filters=[f"id=={mine[0].id}"])
        assert [record.id for record in removed.records] == [mine[0].id]
        assert removed.space_reclaimed == removed.records[0].size
        assert not [record for record in await build.kit.disk_usage() if prefix in record.description]

    async def test_a_filter_that_makes_no_sense(self, build) -> None:
        with pytest.raises(errors.APIError, match="BuildKit refused DiskUsage: ") as caught:
            await build.kit.disk_usage(filters=["==="])
        assert str(caught.value).endswith(f": {caught.value.explanation}")


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*ROLES, "containerd"])
async def test_the_engine_is_killed_in_the_middle(kind, context) -> None:
    store = {"containerd-snapshotter": True} if kind == "containerd" else {}
    role = "new" if store else kind
    async with PrivateEngine(role, features=store) as private, aiodockerpy.DockerClient(private.url) as client:
        options = buildkit.BuildOptions(context=context("FROM busybox:1\nRUN sleep 600\n"), outputs=[Output.none()])
        handle = buildkit.solve(client._session, buildkit.BuildKit(client._session), options)

        async def kill_when_running() -> None:
            async with asyncio.timeout(60), handle as progress:
                async for item in progress:
                    if isinstance(item, buildkit.BuildStep) and "RUN" in item.name and item.state == "running":
                        await private.kill()

        with pytest.raises(errors.BuildSessionLost, match=re.escape(f"{private.url} (base_url)")):
            await kill_when_running()


async def test_a_session_that_is_cut(engine, context, prefix) -> None:
    root = context(f"FROM busybox\nCOPY large /{prefix}\n", {"large": bytes(300_000)})
    async with FaultProxy(engine.url, Faults(cut_request_after=100_000)) as proxy:
        async with aiodockerpy.DockerClient(proxy.url) as client:
            options = buildkit.BuildOptions(context=root, outputs=[Output.none()])
            with pytest.raises(errors.BuildSessionLost, match=rf"^the engine at {re.escape(proxy.url)} "):
                await buildkit.solve(client._session, buildkit.BuildKit(client._session), options)


async def test_nothing_is_left_open(build, context, prefix) -> None:
    before = len(build.client.diagnostics().streams)
    for number in range(5):
        root = context(f"FROM busybox\nRUN echo {prefix}{number}; exit {number % 2}\n")
        try:
            await build(context=root, outputs=[Output.none()])
        except errors.BuildError:
            assert number % 2
    assert len(build.client.diagnostics().streams) == before
