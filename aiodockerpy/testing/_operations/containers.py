"""Containers: look at one, and change what it does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiodockerpy.models import ContainerUpdateRequest
from aiodockerpy.testing import _lifecycle as lifecycle
from aiodockerpy.testing._core import Core, operation
from aiodockerpy.testing._http.messages import Answer, Refusal, Reply, Request, Stream, answer_json
from aiodockerpy.testing._operations.create import check_name
from aiodockerpy.testing._operations.refusals import check_limits, check_policy
from aiodockerpy.testing._operations.shapes import container_inspect
from aiodockerpy.testing._programs.process import signal_number
from aiodockerpy.testing._signals import Signals
from aiodockerpy.testing._state.normal import HOST_CONFIG, body, mapping
from aiodockerpy.testing._state.tree import changes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiodockerpy.testing._state.objects import Container

_NO_CONTENT = Answer(204)
_REMOVAL = 0.05  # seconds in which those who ran something in a container can ask for its exit code
_CONDITIONS = frozenset({"", "not-running", "next-exit", "removed"})


def _of(core: Core, request: Request) -> Container:
    return core.world.container(request.parts["id"])


@operation("ContainerInspect")
async def inspect(core: Core, request: Request) -> Reply:
    """Show a container."""
    return answer_json(container_inspect(core, _of(core, request), size=request.flag("size")))


@operation("ContainerStart", survives=True)
async def start(core: Core, request: Request) -> Reply:
    """Start a container."""
    container = _of(core, request)
    if request.body.strip() and request.body.strip() != b"{}" and request.at_least("1.24"):
        raise Refusal(
            400, "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24"
        )
    if request.text("checkpoint"):
        raise Refusal(400, "checkpoint is only supported in experimental mode")
    if container.paused:
        raise Refusal(409, "cannot start a paused container, try unpause instead")
    if container.running or container.restarting:
        return Answer(304)
    container.restarts = 0
    container.restarting = False
    lifecycle.start(core, container)
    return _NO_CONTENT


def _stop_options(request: Request) -> tuple[int | None, str]:
    return request.number("t"), request.text("signal") if request.at_least("1.42") else ""


@operation("ContainerStop", survives=True)
async def stop(core: Core, request: Request) -> Reply:
    """Stop a container."""
    container = _of(core, request)
    if not container.running and not container.restarting:
        return Answer(304)
    try:
        await lifecycle.stop(core, container, *_stop_options(request))
    except Refusal as refusal:
        raise Refusal(500, f"cannot stop container: {request.parts['id']}: {refusal.message}") from None
    return _NO_CONTENT


@operation("ContainerRestart", survives=True)
async def restart(core: Core, request: Request) -> Reply:
    """Stop a container and start it again."""
    container = _of(core, request)
    options = _stop_options(request)
    auto, container.host["AutoRemove"] = container.host["AutoRemove"], False
    try:
        if container.running or container.restarting:
            await lifecycle.stop(core, container, *options)
        lifecycle.start(core, container)
    except Refusal as refusal:
        raise Refusal(500, f"Cannot restart container {request.parts['id']}: {refusal.message}") from None
    finally:
        container.host["AutoRemove"] = auto
    lifecycle.emit(core, container, "restart")
    return _NO_CONTENT


@operation("ContainerKill", survives=True)
async def kill(core: Core, request: Request) -> Reply:
    """Send a signal."""
    wanted = request.parts["id"]
    text = request.text("signal") or "SIGKILL"
    number = _signal(text)
    try:
        container = _of(core, request)
    except Refusal as refusal:
        raise Refusal(refusal.status, f"cannot kill container: {wanted}: {refusal.message}") from None
    if not number:
        raise Refusal(400, f"cannot kill container: {wanted}: invalid signal: {text}")
    if not 0 < number < 65:
        raise Refusal(400, f"cannot kill container: {wanted}: the linux daemon does not support signal {number}")
    if container.restarting:
        lifecycle.give_up(container)
        return _NO_CONTENT
    if not container.running:
        raise Refusal(409, f"cannot kill container: {wanted}: container {container.id} is not running")
    lifecycle.kill(core, container, number)
    if number == Signals.SIGKILL:
        await lifecycle.ended(container)
    return _NO_CONTENT


def _signal(text: str) -> int:
    """Return the number of a signal; 0 if there is no such signal."""
    try:
        return signal_number(text)
    except ValueError:
        return 0


@operation("ContainerPause")
async def pause(core: Core, request: Request) -> Reply:
    """Pause a container."""
    container = _of(core, request)
    lifecycle.check_running(container)
    if container.paused:
        raise Refusal(409, f"Container {container.id} is already paused")
    container.paused = True
    if container.process is not None:
        container.process.pause()
    lifecycle.stop_checks(container)
    lifecycle.emit(core, container, "pause")
    return _NO_CONTENT


@operation("ContainerUnpause")
async def unpause(core: Core, request: Request) -> Reply:
    """Resume a paused container."""
    container = _of(core, request)
    if not container.paused or container.process is None:
        raise Refusal(500, f"Container {container.id} is not paused")
    container.paused = False
    container.process.unpause()
    lifecycle.begin_checks(core, container)
    lifecycle.emit(core, container, "unpause")
    return _NO_CONTENT


@operation("ContainerRename")
async def rename(core: Core, request: Request) -> Reply:
    """Rename a container."""
    container, name = _of(core, request), request.text("name")
    if not name:
        raise Refusal(400, "Neither old nor new names may be empty")
    if name.removeprefix("/") == container.name:
        raise Refusal(400, "Renaming a container with the same name as its current name")
    try:
        check_name(core, f"/{name.removeprefix('/')}")
    except Refusal as refusal:
        raise Refusal(refusal.status, f"Error when allocating new name: {refusal.message}") from None
    before, container.name = container.name, name.removeprefix("/")
    lifecycle.emit(core, container, "rename", oldName=f"/{before}")
    return _NO_CONTENT


@operation("ContainerResize")
async def resize(core: Core, request: Request) -> Reply:
    """Change the size of the terminal."""
    container = _of(core, request)
    height, width = request.size()
    if not container.running or container.process is None:
        raise Refusal(409, f"container {container.id} is not running")
    lifecycle.emit(core, container, "resize", height=str(height), width=str(width))
    container.process.size = (height, width)
    container.process.kill(Signals.SIGWINCH)
    return Answer(200)


@operation("ContainerUpdate")
async def update(core: Core, request: Request) -> Reply:
    """Change limits and the restart policy."""
    container = _of(core, request)
    given: dict[str, Any] = body(ContainerUpdateRequest, request.body).to_dict()
    policy = mapping(given.pop("RestartPolicy", None))
    changed = {name: value for name, value in given.items() if value and name in container.host}
    check_policy(policy)
    check_limits({**HOST_CONFIG, **changed})
    refused = f"Cannot update container {container.id}: "
    if not changed.get("MemorySwap") and (changed.get("Memory") or 0) > container.host["MemorySwap"] >= 0:
        raise Refusal(
            409,
            f"{refused}Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the "
            "same time",
        )
    if policy.get("Name"):
        if container.host["AutoRemove"] and policy["Name"] != "no":
            raise Refusal(
                409, f"{refused}Restart policy cannot be updated because AutoRemove is enabled for the container"
            )
        container.host["RestartPolicy"] = {
            "Name": policy["Name"], "MaximumRetryCount": policy.get("MaximumRetryCount") or 0,
        }  # fmt: skip
    container.host.update(changed)
    lifecycle.emit(core, container, "update")
    return answer_json({"Warnings": None})


@operation("ContainerWait")
async def wait(core: Core, request: Request) -> Reply:
    """Wait until a container ends or is removed; the head is sent at once."""
    container, condition = _of(core, request), request.text("condition")
    if condition not in _CONDITIONS:
        raise Refusal(400, f'invalid condition: "{condition}"')
    waiter: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    entry = (condition or "not-running", waiter)
    if entry[0] == "not-running" and not container.running:
        waiter.set_result(container.exit_code)
    else:
        container.waiting.append(entry)

    async def answer() -> AsyncIterator[bytes]:
        try:
            code = await waiter
            error = {"Error": {"Message": container.error}} if container.error else {}
            yield answer_json({"StatusCode": code, **error}).body
        finally:
            if entry in container.waiting:
                container.waiting.remove(entry)

    return Stream(answer())


@operation("ContainerDelete", survives=True)
async def delete(core: Core, request: Request) -> Reply:
    """Remove a container."""
    container, wanted = _of(core, request), request.parts["id"]
    if request.flag("link"):
        if "/" not in wanted.strip("/"):
            raise Refusal(500, "Conflict, cannot remove the default link name of the container")
        core.world.links = [link for link in core.world.links if link.name != f"/{wanted}"]
        return _NO_CONTENT
    if container.running or container.restarting:
        if not request.flag("force"):
            what = "paused" if container.paused else ("restarting" if container.restarting else "running")
            hint = {
                "paused": "container is paused and must be unpaused first",
                "restarting": "container is restarting: stop the container before removing or force remove",
                "running": "container is running: stop the container before removing or force remove",
            }[what]
            raise Refusal(409, f'cannot remove container "{wanted}": {hint}')
        container.restarting = False
        if container.running:
            container.host["AutoRemove"] = False
            execs = bool(container.execs)
            lifecycle.kill(core, container, Signals.SIGKILL)
            await lifecycle.ended(container)
            if execs:
                await asyncio.sleep(_REMOVAL)
    if container.id in core.world.containers:
        lifecycle.remove(core, container, volumes=request.flag("v"))
    return _NO_CONTENT


@operation("ContainerChanges")
async def diff(core: Core, request: Request) -> Reply:
    """List changed files."""
    container = _of(core, request)
    found = changes(container.image.tree, container.files.root)
    return answer_json([{"Path": path, "Kind": kind} for path, kind in found] or None)
