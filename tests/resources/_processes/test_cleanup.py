"""Removing what was made."""

from __future__ import annotations

import asyncio

import pytest

from aiodockerpy import errors
from aiodockerpy.resources._processes.cleanup import remove_container


async def test_a_container_that_others_are_removing_is_gone_afterwards(engine, connected):
    container = await connected.containers.create("busybox:latest")
    engine.fail("containers.remove", status=409, times=1)
    removal = asyncio.create_task(remove_container(connected.api.containers, container.id))
    while not any(call.operation == "containers.wait" for call in engine.calls):
        await asyncio.sleep(0)
    assert not removal.done()
    await container.remove()
    await removal
    await remove_container(connected.api.containers, container.id)  # gone before
    with pytest.raises(errors.NotFound):
        await container.reload()
