"""The console of ``examples/``, by hand and in a browser: Debian's Chromium, without a window."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import subprocess
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import expect

import aiodockerpy
from tests.docs import pictures
from tests.integration.browser import chromium
from tests.integration.conftest import GIVEN_HOST
from tests.lab.private import PrivateEngine

EXAMPLE = Path(__file__).parents[2] / "examples" / "console"
PICTURE = os.environ.get("AIODOCKERPY_CONSOLE_PICTURE")
"""Where to keep the picture that the documentation shows; ``make picture`` sets it."""
IMAGE = "busybox:1"
BUSY = "i=0; while true; do i=$((i+1)); [ $((i % 60000)) = 0 ] && sleep 0.5 && echo order $i is packed; done"
SHOP = {
    "backup": "echo 412 files are copied",
    "cache": "i=0; while sleep 1; do i=$((i+1)); echo $i keys; done",
    "queue": "yes x | head -c 9000000 | sort > /dev/null; while sleep 0.4; do echo delivered; done",
    "web": "while sleep 0.7; do echo GET / 200; done",
}


@pytest.fixture
def console():
    """The module of the example."""
    found = importlib.util.spec_from_file_location("console", EXAMPLE / "server.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@asynccontextmanager
async def serving(console, engine_url):
    """Serve the console; yields its application and its address."""
    app = console.console(engine_url, frozenset({"127.0.0.1"}))
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield app, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_others_are_refused_and_what_is_missing_is_404(console, engine, client, prefix):
    stopped = await client.containers.create(IMAGE, name=f"{prefix}stopped")
    async with serving(console, engine.url) as (_, address), aiohttp.ClientSession() as session:

        async def status(method, path, **headers):
            async with session.request(method, address + path, headers=headers) as answer:
                return answer.status, await answer.text()

        assert (await status("GET", "/"))[0] == 200
        assert (await status("GET", "/", Host="evil.example"))[0] == 403
        for origin in ("http://evil.example", "null", address + "1"):
            assert (await status("POST", f"/containers/{stopped.id}/remove", Origin=origin))[0] == 403
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await session.ws_connect(f"{address}/containers/{stopped.id}/terminal", origin=origin)
        for path in ("/containers/no-such/logs", "/containers/no-such/terminal"):
            found, reason = await status("GET", path)
            assert (found, "No such container: no-such" in reason) == (404, True)
        with pytest.raises(aiohttp.WSServerHandshakeError, match="409"):
            await session.ws_connect(f"{address}/containers/{stopped.id}/terminal", origin=address)
        assert (await status("POST", f"/containers/{stopped.id}/paint", Origin=address))[0] == 404
        assert (await status("POST", f"/containers/{stopped.id}/remove", Origin=address))[0] == 204
    assert await client.containers.list(all=True, filters={"id": stopped.id}) == []


async def test_a_bad_message_closes_the_terminal_with_its_reason(console, engine, client, prefix):
    box = await client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}box", detach=True, init=True)
    async with serving(console, engine.url) as (app, address), aiohttp.ClientSession() as session:
        for message, code, reason in (
            ('{"type":"resize","cols":0,"rows":9}', 1007, "bad resize: cols must be a whole number from 1 to 1000"),
            ("x" * (1024 * 1024 + 1), 1009, "a message is longer than 1048576 bytes"),
        ):
            async with session.ws_connect(f"{address}/containers/{box.id}/terminal", origin=address) as terminal:
                await terminal.send_str(message)
                while (answer := await terminal.receive(30)).type is aiohttp.WSMsgType.BINARY:
                    pass
                assert (answer.type, answer.data, answer.extra) == (aiohttp.WSMsgType.CLOSE, code, reason)
        await nothing_open(app, console)


async def test_an_engine_that_is_away_is_503_with_its_reason(console, tmp_path):
    async with serving(console, f"unix://{tmp_path}/none.sock") as (_, address), aiohttp.ClientSession() as session:
        for path in ("/live", "/containers/x/logs"):
            async with session.get(address + path) as answer:
                assert answer.status == 503
                assert "none.sock" in await answer.text()


@pytest.fixture
def xterm(console):
    """xterm.js, fetched by the example's own setup."""
    if not console.XTERM.is_dir():
        subprocess.run([EXAMPLE / "setup.sh"], check=True)


async def chart_moves(row):
    """Wait until the drawing of the CPU changes."""
    canvas = row.locator(".cpu-chart")
    before = await canvas.evaluate("canvas => canvas.toDataURL()")
    async with asyncio.timeout(30):
        while await canvas.evaluate("canvas => canvas.toDataURL()") == before:
            await asyncio.sleep(0.1)


async def nothing_open(app, console):
    """Wait until the console holds no stream."""
    async with asyncio.timeout(30):
        while app[console.CLIENT].diagnostics().streams:
            await asyncio.sleep(0.05)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(GIVEN_HOST is not None, reason="needs an engine that may be restarted")
@pytest.mark.usefixtures("xterm")
async def test_the_page_in_chromium(console, chromium_packages, tmp_path, monkeypatch):
    async with PrivateEngine("new") as engine, aiodockerpy.DockerClient(engine.url) as client:

        async def run(name, script):
            image = await client.images.get(IMAGE)
            await image.tag("shop/" + name, "1.4")
            return await client.containers.run(
                f"shop/{name}:1.4", ["sh", "-c", script], name=name, detach=True, init=True
            )

        for name, script in SHOP.items():
            await run(name, script)
        async with (
            serving(console, engine.url) as (app, address),
            chromium(chromium_packages, tmp_path) as (open_page, complaints),
        ):
            page = await open_page(address)
            row = {name: page.locator(f"[data-name={name}]") for name in (*SHOP, "worker")}
            await expect(row["web"].locator(".state")).to_have_text("running")

            worker = await run("worker", BUSY)  # appears without a reload
            await expect(row["worker"].locator(".state")).to_have_text("running")
            await chart_moves(row["worker"])

            await row["web"].get_by_text("Logs").click()
            await expect(page.locator("#logs")).to_contain_text("GET / 200")

            await row["worker"].get_by_text("Terminal").click()
            rows = page.locator("#terminal .xterm-rows")
            await expect(rows).to_contain_text("/ #")
            await page.keyboard.type(r"printf 'gr\303\274\303\237e, %s\n' $((6*7))" + "\n")
            await expect(rows).to_contain_text("grüße, 42")
            if PICTURE:
                await page.keyboard.type("clear; ps; df -h /\n")
                await asyncio.sleep(50)  # for charts of some length
                await page.mouse.move(0, 0)
                await page.screenshot(path=PICTURE)
                Path(PICTURE).with_suffix(".sha256").write_text(pictures.console_page())

            await row["worker"].get_by_text("Stop").click()
            await expect(row["worker"].locator(".state")).to_have_text("exited", timeout=15_000)
            assert (await worker.reload()).status == "exited"
            await expect(page.locator("#terminal")).to_contain_text("the process ended with exit code")

            await engine.stop()
            await expect(page.locator("#away")).to_contain_text("docker.sock", timeout=15_000)
            await engine.start()
            await expect(page.locator("#away")).to_be_hidden(timeout=15_000)
            await expect(row["web"].locator(".state")).to_have_text("exited", timeout=15_000)
            await row["web"].get_by_text("Start").click()
            await expect(row["web"].locator(".state")).to_have_text("running", timeout=15_000)
            await chart_moves(row["web"])
            await row["cache"].get_by_text("Remove").click()
            await expect(row["cache"]).to_have_count(0)
            await page.close()
            await nothing_open(app, console)

            monkeypatch.setattr(console, "XTERM", tmp_path / "none")
            plain = await open_page(address)
            await plain.locator("[data-name=web]").get_by_text("Terminal").click()
            await expect(plain.locator("#line")).to_contain_text("examples/console/setup.sh")
            await plain.keyboard.type("echo $((6*7))\n")
            await expect(plain.locator("#output")).to_contain_text("42")
            await plain.close()
            await nothing_open(app, console)
        assert complaints == []
