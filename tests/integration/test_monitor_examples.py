"""The examples of monitors, each with its failure: the engine restarted, a container removed, the receiver gone."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

import aiodockerpy
from tests.integration.conftest import GIVEN_HOST
from tests.lab.private import PrivateEngine

EXAMPLES = Path(__file__).parents[2] / "examples"
IMAGE = "busybox:1"
needs_engines = pytest.mark.skipif(GIVEN_HOST is not None, reason="needs engines that may be killed")


class Example:
    """An example that runs; what it prints is kept."""

    def __init__(self, process):
        self.process = process
        self.lines: list[str] = []

    async def read(self):
        while line := await self.process.stdout.readline():
            self.lines.append(line.decode().rstrip())

    async def until(self, look):
        """Wait until a condition on the printed lines holds."""
        async with asyncio.timeout(60):
            while not (found := look(self.lines)):
                if self.process.returncode is not None:
                    raise AssertionError("it has ended: " + "\n".join(self.lines))
                await asyncio.sleep(0.05)
        return found


@asynccontextmanager
async def running(name, url, *words):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(EXAMPLES / name),
        *map(str, words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "DOCKER_HOST": url},
    )
    example = Example(process)
    reading = asyncio.create_task(example.read())
    try:
        yield example
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(20):
                await process.wait()
        except TimeoutError:
            process.kill()
            raise
        await reading
        process._transport.close()


async def start(client, name, script, **options):
    options = {"network_mode": "none", "init": True, **options}
    return await client.containers.run(IMAGE, ["sh", "-c", script], name=name, detach=True, **options)


def said(lines, action, name):
    return [line for line in map(json.loads, lines) if (line["action"], line["container"]) == (action, name)]


@needs_engines
@pytest.mark.timeout(150)
async def test_the_monitor_misses_nothing_over_a_restart_of_the_engine_and_of_itself(tmp_path, unused_tcp_port):
    state = tmp_path / "monitor.json"
    async with PrivateEngine("new") as engine, aiodockerpy.DockerClient(engine.url) as client:
        words = ("--state", state, "--metrics-port", unused_tcp_port)
        kept = await start(client, "kept", "sleep 1000")
        async with running("monitor.py", engine.url, *words) as monitor:
            await monitor.until(lambda lines: said(lines, "running", "kept"))
            gone = await start(client, "gone", "sleep 1000")
            await monitor.until(lambda lines: said(lines, "start", "gone"))
            await engine.kill()
            await engine.start()
            await monitor.until(lambda lines: said(lines, "exited", "gone") and said(lines, "exited", "kept"))
            assert said(monitor.lines, "exited", "gone")[0]["found"]
            async with aiohttp.ClientSession() as http:
                async with http.get(f"http://127.0.0.1:{unused_tcp_port}/metrics") as answer:
                    assert 'monitor_resyncs_total{reason="resync"} 1.0' in await answer.text()
        await gone.remove()
        await client.containers.create(IMAGE, ["true"], name="made-meanwhile")
        await engine.kill()  # which forgets its events
        await engine.start()
        async with running("monitor.py", engine.url, *words) as monitor:
            await monitor.until(
                lambda lines: said(lines, "destroy", "gone") and said(lines, "created", "made-meanwhile")
            )
            assert not said(monitor.lines, "exited", "kept")  # that was reported
            await kept.remove()
            (last,) = await monitor.until(lambda lines: said(lines, "destroy", "kept"))
            assert "found" not in last


@needs_engines
@pytest.mark.timeout(150)
async def test_the_exporter_says_when_the_engine_is_away_and_is_right_again(unused_tcp_port):
    address = f"http://127.0.0.1:{unused_tcp_port}"
    async with PrivateEngine("old", live_restore=True) as engine, aiohttp.ClientSession() as http:

        async def get(path):
            try:
                async with http.get(address + path) as answer:
                    return answer.status, await answer.text()
            except aiohttp.ClientConnectorError:
                return 0, ""

        async def until(look):
            async with asyncio.timeout(60):
                while not look((await get("/metrics"))[1]):
                    await asyncio.sleep(0.1)

        async with aiodockerpy.DockerClient(engine.url) as client:
            await start(client, "busy", "while :; do :; done", cpu_quota=5000)
            async with running("exporter.py", engine.url, "--port", unused_tcp_port):
                used = re.compile(r'container_cpu_percent\{container="busy",id="\w{12}",image="busybox:1"\} [1-9]')
                await until(used.search)
                assert "docker_up 1.0" in (await get("/metrics"))[1]
                assert (await get("/healthz"))[0] == 200
                await engine.kill()
                await until(lambda text: "docker_up 0.0" in text and 'container="busy"' not in text)
                assert (await get("/healthz"))[0] == 503
                await engine.start()
                await until(used.search)


@pytest.mark.timeout(150)
async def test_autoheal_restarts_what_is_unhealthy_and_waits_longer_each_time(engine, client, prefix):
    label = f"heal={prefix}"
    check = {"test": ["CMD-SHELL", "[ ! -e /sick ]"], "interval": 300_000_000, "retries": 1}
    async with running("autoheal.py", engine.url, "--label", label, "--first", 0.5, "--stop-timeout", 0) as autoheal:
        await autoheal.until(lambda lines: "watching" in lines)
        sick = await start(
            client, f"{prefix}sick", "touch /sick; sleep 1000", labels={"heal": prefix}, healthcheck=check
        )
        await start(client, f"{prefix}other", "touch /sick; sleep 1000", healthcheck=check)

        def restarts(lines):
            return [line for line in lines if "was restarted" in line]

        await autoheal.until(lambda lines: len(restarts(lines)) == 2)
        await sick.reload()
        started = [line for line in autoheal.lines if "restart in" in line]
        assert started[:2] == [f"{prefix}sick is unhealthy: restart in {pause} s" for pause in ("0", "0.5")]
        await autoheal.until(lambda lines: f"{prefix}sick is unhealthy: restart in 1 s" in lines)
        await sick.remove(force=True)  # while it waits
        gone = {f"{prefix}sick is no longer unhealthy", f"{prefix}sick was removed"}
        await autoheal.until(lambda lines: gone & set(lines))
        assert not any("other" in line for line in autoheal.lines)


class Receiver:
    """Takes batches as the page says: one whose number it has seen is left out."""

    def __init__(self, port):
        self.port = port
        self.records: list[dict] = []
        self.last = 0
        self.fail_after_receiving = False

    @asynccontextmanager
    async def listening(self):
        app = web.Application(client_max_size=1 << 24)
        app.add_routes([web.post("/", self.receive)])
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        try:
            yield
        finally:
            await runner.cleanup()

    async def receive(self, request):
        body = await request.text()
        if int(request.headers["Batch"]) > self.last:
            self.last = int(request.headers["Batch"])
            self.records += map(json.loads, body.splitlines())
        if self.fail_after_receiving:
            request.transport.abort()
        return web.Response()

    async def until(self, look):
        async with asyncio.timeout(60):
            while not look(self.records):
                await asyncio.sleep(0.05)


@needs_engines
@pytest.mark.timeout(150)
async def test_the_shipper_loses_and_repeats_nothing_over_restarts_of_everything(tmp_path, unused_tcp_port):
    receiver = Receiver(unused_tcp_port)
    words = (f"http://127.0.0.1:{unused_tcp_port}/", "--state", tmp_path / "shipper.json")
    count = 400
    script = f"i=0; while [ $i -lt {count} ]; do echo $i; i=$((i+1)); [ $((i%20)) = 0 ] && sleep 0.2; done; sleep 1000"
    async with PrivateEngine("new", live_restore=True) as engine, aiodockerpy.DockerClient(engine.url) as client:
        box = await start(client, "counts", script)

        def numbers(records):
            return [int(record["text"]) for record in records if record.get("container") == box.id]

        async with receiver.listening(), running("log_shipper.py", engine.url, *words):
            await receiver.until(lambda records: len(numbers(records)) > 50)
            receiver.fail_after_receiving = True  # the confirmation does not arrive
            before = receiver.last
            await receiver.until(lambda records: receiver.last > before)
        receiver.fail_after_receiving = False
        async with running("log_shipper.py", engine.url, *words) as shipper:  # the receiver is gone
            await shipper.until(lambda lines: any("not confirmed" in line for line in lines))
            await engine.kill()
            await engine.start()
            async with receiver.listening():
                await receiver.until(lambda records: len(numbers(records)) >= count)
        assert numbers(receiver.records) == list(range(count))
        await box.remove(force=True)
        async with receiver.listening(), running("log_shipper.py", engine.url, *words):
            await receiver.until(lambda records: any("lost" in one and one["container"] == box.id for one in records))
