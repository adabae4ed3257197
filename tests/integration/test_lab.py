"""What the other tests of this folder take for granted about the lab."""

from __future__ import annotations

import asyncio
import shutil

import pytest

from tests.lab import network, parts, rest
from tests.lab.faults import FaultProxy, Faults
from tests.lab.private import PrivateEngine
from tests.lab.sandbox import Sandbox
from tests.lab.shell import alive

ANSWER_TIMEOUT = 0.5


async def docker(engine: PrivateEngine, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        engine.docker_cli,
        "--host",
        engine.url,
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode().strip()


class TestSharedEngines:
    async def test_runs_containers_and_says_its_version(self, engine, docker_cli, prefix):
        _, out, _ = await docker_cli.run("run", "--name", f"{prefix}hello", "busybox:1", "echo", "hello")
        assert out == b"hello\n"
        _, out, _ = await docker_cli.run("version", "--format", "{{.Server.APIVersion}}")
        assert out.decode().strip() == engine.api_version

    async def test_pulls_from_the_registry(self, engine, docker_cli, registry):
        reference = f"{registry}/layers:1"
        await docker_cli.run("pull", "--quiet", reference)
        await docker_cli.run("rmi", reference)

    async def test_answers_on_tcp_and_through_the_fault_proxy(self, engine):
        if engine.tcp_url is not None:
            assert await asyncio.to_thread(rest.answers, engine.tcp_url)
        async with FaultProxy(engine.url, Faults(chunk=1)) as proxy:
            assert await asyncio.to_thread(rest.answers, proxy.url)


@pytest.mark.parametrize("role", parts.ROLES)
class TestPrivateEngines:
    async def test_containers_outlive_a_killed_daemon_with_live_restore(self, role, lab_up):
        lab_up(role)
        async with PrivateEngine(role, live_restore=True) as engine:
            await docker(engine, "run", "--detach", "--name", "lives", "busybox:1", "sleep", "1000")
            before = engine.pid
            await engine.kill()
            assert not alive(before)
            assert not await asyncio.to_thread(rest.answers, engine.url)
            await engine.start()
            assert engine.pid != before
            assert await docker(engine, "ps", "--quiet", "--filter", "name=lives")
            assert await docker(engine, "exec", "lives", "echo", "hello") == "hello"
        assert not engine.running()

    async def test_a_paused_daemon_takes_connections_and_says_nothing(self, role, lab_up):
        lab_up(role)
        async with PrivateEngine(role, busybox=False) as engine:
            engine.pause()
            reader, writer = await asyncio.open_unix_connection(engine.socket)
            writer.write(b"GET /_ping HTTP/1.1\r\nHost: engine\r\n\r\n")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(ANSWER_TIMEOUT):
                    await reader.readline()
            engine.resume()
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
            writer.close()


async def test_an_engine_that_hangs_is_restarted_and_one_that_answers_is_not(lab_up):
    lab_up("new")
    async with PrivateEngine("new", busybox=False) as private:
        before = private.pid
        assert await asyncio.to_thread(private.engine.restart_if_hung) == ""
        assert private.pid == before
        private.pause()
        found = await asyncio.to_thread(private.engine.restart_if_hung, timeout=1)
        assert "hung and was restarted" in found
        assert private.pid != before
        assert await asyncio.to_thread(rest.answers, private.url)


async def test_an_address_that_is_used_again_is_reached_at_once(lab_up):
    """Though the machine remembers for half a minute who had it."""
    lab_up("new")
    number = network.reserve()
    box = Sandbox(f"private{number}", number)
    try:
        for _ in range(3):
            await asyncio.to_thread(box.ensure)
            async with asyncio.timeout(15):
                with pytest.raises(ConnectionRefusedError):
                    await asyncio.open_connection(box.address, 9)
            await asyncio.to_thread(box.destroy)
    finally:
        await asyncio.to_thread(box.destroy)
        await asyncio.to_thread(shutil.rmtree, box.folder)
        network.release(number)
