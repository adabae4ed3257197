"""A small web service that runs jobs in containers, as users write one: ``POST /jobs`` starts one, ``GET /jobs/{name}`` shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

import aiodockerpy
from aiodockerpy import errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CLIENT = web.AppKey("client", aiodockerpy.DockerClient)
IMAGE = "busybox:latest"
LABEL = "job-service"


async def _client(app: web.Application) -> AsyncIterator[None]:
    async with aiodockerpy.from_env() as client:
        app[CLIENT] = client
        yield


async def start(request: web.Request) -> web.Response:
    """Start a job: a line of shell, in a container of its own."""
    job = await request.json()
    try:
        await request.app[CLIENT].containers.run(
            IMAGE, ["sh", "-c", job["command"]], name=job["name"], detach=True, labels={LABEL: "1"}, mem_limit="64m"
        )
    except errors.Conflict:
        raise web.HTTPConflict(text=f"there is a job {job['name']}") from None
    except errors.APIError as error:
        raise web.HTTPServiceUnavailable(text=str(error.explanation)) from None
    return web.json_response({"name": job["name"]}, status=201)


async def show(request: web.Request) -> web.Response:
    """Show how a job does; with ``wait=1`` when it has ended."""
    try:
        container = await request.app[CLIENT].containers.get(request.match_info["name"])
    except errors.NotFound:
        raise web.HTTPNotFound from None
    if request.query.get("wait"):
        await container.wait()
        await container.reload()
    state = container.attrs["State"]
    output = (await container.logs()).decode()
    return web.json_response({"status": state["Status"], "exit_code": state["ExitCode"], "output": output})


async def clean(request: web.Request) -> web.Response:
    """Remove the jobs that have ended."""
    removed = await request.app[CLIENT].containers.prune(filters={"label": LABEL})
    return web.json_response({"removed": len(removed.containers_deleted or [])})


def make() -> web.Application:
    """Make the service."""
    app = web.Application()
    app.cleanup_ctx.append(_client)
    app.add_routes([web.post("/jobs", start), web.get("/jobs/{name}", show), web.delete("/jobs", clean)])
    return app
