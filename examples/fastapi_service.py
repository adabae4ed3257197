"""A web service that runs a container for each request, on FastAPI.

usage: python examples/fastapi_service.py [--host 127.0.0.1] [--port 8000]

It listens on 127.0.0.1 by default, since access to it is access to the engine; ``--host`` changes that.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

import aiodockerpy as docker
from aiodockerpy import errors
from aiodockerpy.models import ContainerInspect, ContainerSummary
from aiodockerpy.resources import JobResult

T = TypeVar("T")

NAME = "fastapi-example"
IMAGE = os.environ.get("EXAMPLE_IMAGE", "busybox:1")
AT_ONCE = 8
AWAY = (errors.ConnectionFailed, errors.ServiceUnavailable)
GONE = 499
"""The status that proxies log for a client that has gone; no client receives it."""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open one client for the service, in the event loop that serves; the engine may be away meanwhile."""
    async with docker.from_env() as client:
        await client.warm("containers", "jobs", "events")  # so that the first request waits for no import
        try:
            await client.reap(NAME)  # containers of a service that was killed
        except AWAY as error:
            print(f"nothing is cleaned up now: {error}")
        app.state.room = asyncio.Semaphore(AT_ONCE)
        try:
            async with client.scope(NAME) as app.state.scope:
                yield  # what still runs when the service stops is removed
        except AWAY as error:
            print(f"what is left will be removed by the next start: {error}")


def client_of(request: Request) -> docker.Scope:
    """Return the client of the service; what is made through it belongs to the service."""
    return request.app.state.scope


def room_of(request: Request) -> asyncio.Semaphore:
    """Return the room for containers that run at once."""
    return request.app.state.room


Client = Annotated[docker.Scope, Depends(client_of)]
Room = Annotated[asyncio.Semaphore, Depends(room_of)]

app = FastAPI(title="Containers", lifespan=lifespan)


class Order(BaseModel):
    """What is to be run."""

    command: list[str] = Field(min_length=1, examples=[["echo", "hello"]])
    seconds: float = Field(default=10, gt=0, le=60)


@app.post("/run", response_model=JobResult)
async def run(order: Order, request: Request, client: Client, room: Room) -> JobResult:
    """Run a command in a container of its own; it ends with its time, or when the client goes away."""
    if room.locked():
        raise NotRunError(f"{AT_ONCE} containers are running, and there is no room for another one now")
    async with room:
        result = await unless_gone(request, in_container(client, order))
    if result.ending in {"not_started", "engine_lost"}:
        raise NotRunError(result.error)
    return result


async def in_container(client: docker.DockerClient, order: Order) -> JobResult:
    """Run the command; the container is removed whatever ends this block, cancellation included."""
    async with client.jobs(concurrency=1, stop_grace=0) as jobs:
        job = await jobs.submit(
            IMAGE, order.command, timeout=order.seconds, network_mode="none", mem_limit="128m", pids_limit=64
        )
        return await job


@app.get("/containers", response_model=list[ContainerSummary])
async def containers(client: Client) -> list[ContainerSummary]:
    """List the running containers: the engine's own answer."""
    return await client.api.containers.list()


@app.get("/containers/{name}", response_model=ContainerInspect)
async def container(name: str, client: Client) -> ContainerInspect:
    """Inspect a container."""
    return await client.api.containers.inspect(name)


@app.get("/events")
async def events(client: Client) -> StreamingResponse:
    """Send what happens on the engine as server-sent events."""
    stream = await client.events().open()  # an engine that is away is a 503, not a stream that breaks

    async def lines() -> AsyncIterator[str]:
        async with stream:
            async for event in stream:
                yield f"data: {docker.utils.dumps(event)}\n\n"

    return StreamingResponse(lines(), media_type="text/event-stream")


class NotRunError(Exception):
    """The engine could not run a job to its end."""


class ClientGoneError(Exception):
    """The client has closed its connection."""


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Await something until it is there, or until the client has closed its connection.

    Servers do not cancel a handler then: it has to look by itself.
    """

    async def look() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    looking = asyncio.create_task(look())
    working = asyncio.create_task(work)
    try:
        await asyncio.wait({looking, working}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientGoneError
        return working.result()
    finally:
        looking.cancel()
        working.cancel()
        await asyncio.wait({looking, working})


def answering(status: int) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
    """Make a handler that answers an exception with a status and its text."""

    async def answer(_: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status)

    return answer


app.add_exception_handler(errors.NotFound, answering(404))
app.add_exception_handler(errors.Conflict, answering(409))
app.add_exception_handler(errors.InvalidArgument, answering(422))
app.add_exception_handler(errors.APIError, answering(502))
app.add_exception_handler(errors.ConnectionFailed, answering(503))  # the engine is away
app.add_exception_handler(errors.DeadlineExceeded, answering(503))  # no answer, or no room for another job in time
app.add_exception_handler(NotRunError, answering(503))
app.add_exception_handler(ClientGoneError, answering(GONE))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    arguments = parser.parse_args()
    uvicorn.run(app, host=arguments.host, port=arguments.port)
