"""``python -m aiodockerpy`` on real engines."""

from __future__ import annotations

import asyncio
import json
import os
import sys

from tests.lab.faults import FaultProxy, Faults


async def run(url, *options):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "aiodockerpy", *options), env={**os.environ, "DOCKER_HOST": url}, stdout=-1
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()


async def test_the_report_says_what_the_engine_is(engine):
    status, text = await run(engine.url)
    assert status == 0
    assert f"answer          Docker Engine {engine.version}" in text
    assert f"{engine.spoken} used" in text
    status, text = await run(engine.url, "--json")
    found = json.loads(text)["engine"]
    assert (status, found["version"], found["api_newest"]) == (0, engine.version, engine.api_version)
    assert found["image_store"] == ("containerd" if engine.containerd_store else "graph driver")
    assert found["buildkit"]
    assert found["swarm"] == "inactive"


async def test_an_engine_that_is_silent_is_reported_in_time(engine):
    async with FaultProxy(engine.url, Faults(stall_after=0)) as proxy:
        status, text = await run(proxy.url)
    assert status == 1
    assert "no answer within 3.5 s" in text
