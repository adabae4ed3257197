"""A live page of an engine's containers: what runs, what it uses, its logs, and a terminal. Run it, and open the page.

It listens on 127.0.0.1 by default, since access to it is access to the engine and its machine: see `--listen`.
"""

import argparse
import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from aiohttp import web

import aiodockerpy as docker
from aiodockerpy import errors
from aiodockerpy.resources import Container, View
from aiodockerpy.terminals import bridge

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Say = Callable[..., Awaitable[None]]

HERE = Path(__file__).parent
XTERM = HERE / ".cache" / "node_modules" / "@xterm"
CLIENT = web.AppKey("client", docker.DockerClient)
NAMES = web.AppKey("names", frozenset[str])
TAGS = """<link rel="stylesheet" href="/xterm/xterm/css/xterm.css">
<script src="/xterm/xterm/lib/xterm.js"></script><script src="/xterm/addon-fit/lib/addon-fit.js"></script>"""
SHELL = ["sh", "-c", "command -v bash >/dev/null && exec bash || exec sh"]


@web.middleware
async def only_our_page(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse other pages: a browser lets each of them send requests here, and open websockets."""
    if re.sub(r":\d+$", "", request.host).strip("[]") not in request.app[NAMES]:
        raise web.HTTPForbidden(text=f"this console is not called {request.host}; start it with --name to call it so")
    origin = request.headers.get("Origin")
    if origin not in {None, f"http://{request.host}", f"https://{request.host}"}:
        raise web.HTTPForbidden(text=f"the page of {origin} may not use this console")
    response = await handler(request)
    if not response.prepared:
        response.headers["Content-Security-Policy"] = "default-src 'self'; style-src 'self' 'unsafe-inline'"
    return response


@web.middleware
async def explained(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what the engine refuses with its status and its reason, and an engine that is away with 503."""
    try:
        return await handler(request)
    except errors.APIError as error:
        return web.Response(status=error.status_code or 502, text=error.explanation or str(error))
    except (errors.ConnectionFailed, errors.DeadlineExceeded) as error:
        return web.Response(status=503, text=f"the engine is away: {error}")


async def live(request: web.Request) -> web.StreamResponse:
    """Send what the page draws, a line of JSON for each change, until the page is closed."""
    client = request.app[CLIENT]
    async with client.containers.watch() as view:
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson", "Cache-Control": "no-store"})
        await response.prepare(request)

        async def say(**line: object) -> None:
            await response.write(json.dumps(line).encode() + b"\n")

        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(say_engine(client, view, say))
                group.create_task(say_containers(view, say, group))
        except* ConnectionResetError:  # the page was closed
            pass
    return response


async def say_engine(client: docker.DockerClient, view: View[Container], say: Say) -> None:
    """Send whether the engine is there, every second; so a page that was closed is noticed, too."""
    while True:
        reason = ""
        if view.state != "connected":
            try:
                await client.ping()
            except errors.DockerException as error:
                reason = str(error)
        await say(kind="engine", away=reason)
        await asyncio.sleep(1)


async def say_containers(view: View[Container], say: Say, group: asyncio.TaskGroup) -> None:
    """Send each change of a container, and what those that run use."""
    charts: dict[str, asyncio.Task[None]] = {}
    async for change in view:
        item = change.item
        await say(kind=change.kind, id=item.id, name=item.name, state=item.status, image=item.attrs["Image"])
        runs = item.status == "running" and change.kind != "removed"
        if runs and item.id not in charts:
            charts[item.id] = group.create_task(say_figures(item, say))
        elif not runs and item.id in charts:
            charts.pop(item.id).cancel()


async def say_figures(container: Container, say: Say) -> None:
    """Send what a container uses, each second; go on after a restart of the engine."""
    while True:
        with suppress(errors.DockerException):
            async for sample in container.stats():
                used = sample.figures
                await say(
                    kind="figures", id=container.id, cpu=used.cpu_percent, memory=used.memory, limit=used.memory_limit
                )
        await asyncio.sleep(1)


async def logs(request: web.Request) -> web.StreamResponse:
    """Send the last lines of a container, and those that follow, across its restarts and the engine's."""
    container = await found(request)
    response = web.StreamResponse(headers={"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"})
    async with container.follow_logs(tail=500) as lines:
        await response.prepare(request)
        async for line in lines:
            await response.write(f"{line.text}\n".encode())
    return response


async def terminal(request: web.Request) -> web.StreamResponse:
    """Run a shell in a container, for the terminal of the page; it ends when the page is closed."""
    container = await found(request)
    keys = "ctrl-@,ctrl-@"  # the default would hold back ctrl-p, which shells have for the line before
    async with container.exec_run(SHELL, stdin=True, tty=True, kill_on_cancel=True, detach_keys=keys) as process:
        websocket = web.WebSocketResponse(heartbeat=20, compress=False)
        await websocket.prepare(request)
        await bridge(process, websocket)
    return websocket


async def act(request: web.Request) -> web.Response:
    """Start, stop or remove a container."""
    container = await found(request)
    match request.match_info["action"]:
        case "start":
            await container.start()
        case "stop":
            await container.stop(timeout=3)
        case "remove":
            await container.remove(force=True)
    return web.Response(status=204)


async def found(request: web.Request) -> Container:
    """Return the container that an address names."""
    return await request.app[CLIENT].containers.get(request.match_info["id"])


async def page(_: web.Request) -> web.Response:
    """Send the page, with xterm.js if it was fetched."""
    text = (HERE / "static" / "index.html").read_text()
    return web.Response(text=text.replace("<!-- xterm -->", TAGS if XTERM.is_dir() else ""), content_type="text/html")


def console(host: str | None, names: frozenset[str]) -> web.Application:
    """Make the application; its client lives as long as it does, on its loop."""

    async def client(app: web.Application) -> AsyncIterator[None]:
        async with docker.DockerClient(host) if host else docker.from_env() as app[CLIENT]:
            await app[CLIENT].warm("containers", "events")
            yield

    app = web.Application(middlewares=[only_our_page, explained])
    app[NAMES] = names
    app.cleanup_ctx.append(client)
    app.add_routes(
        [
            web.get("/", page),
            web.get("/live", live),
            web.get("/containers/{id}/logs", logs),
            web.get("/containers/{id}/terminal", terminal),
            web.post("/containers/{id}/{action:start|stop|remove}", act),
            web.static("/static", HERE / "static"),
            *([web.static("/xterm", XTERM)] if XTERM.is_dir() else []),
        ]
    )
    return app


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--engine", help="its address; the one of DOCKER_HOST or of the current context if not given")
    words.add_argument("--listen", default="127.0.0.1", help="the address to listen on (%(default)s)")
    words.add_argument("--port", type=int, default=8080, help="(%(default)s)")
    words.add_argument("--name", action="append", default=[], help="a further name of this console, behind a proxy")
    given = words.parse_args()
    ours = frozenset({"127.0.0.1", "::1", "localhost", given.listen, *given.name})
    web.run_app(
        console(given.engine, ours),
        host=given.listen,
        port=given.port,
        handler_cancellation=True,  # a page that is closed ends what was opened for it
        shutdown_timeout=1,
    )
