"""Progress as state, and failures inside answers that began well."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest

import aiodockerpy
from aiodockerpy import errors
from tests.lab.faults import FaultProxy, Faults


async def forget(client, reference):
    with suppress(errors.ImageNotFound):
        await client.api.images.remove(reference, force=True)


async def test_snapshots_of_a_pull_never_go_back(client, registry):
    reference = f"{registry}/layers:1"
    await forget(client, reference)
    states = [state async for state in client.images.pull(reference).snapshots()]
    fractions = [state.fraction for state in states]
    assert fractions == sorted(fractions)
    assert fractions[0] < 1
    assert fractions[-1] == 1.0
    assert [state.finished for state in states[:-2]].count(True) <= 1
    assert len(states[-1].layers) == 6
    assert {layer.phase for layer in states[-1].layers} <= {"done", "present"}


async def test_the_state_stands_beside_the_raw_items(client, registry):
    reference = f"{registry}/layers:1"
    await forget(client, reference)
    async with client.images.pull(reference) as pull:
        assert pull.progress.fraction == 0
        statuses = [message.status async for message in pull]
    assert pull.progress.finished
    assert any("layers" in (status or "") or "Pull complete" in (status or "") for status in statuses)
    with pytest.raises(RuntimeError, match="once only"):
        pull.snapshots()


async def test_it_is_drawn_with_rich_and_gives_its_result(client, registry):
    from rich.console import Console

    from aiodockerpy.progress import show

    reference = f"{registry}/layers:1"
    await forget(client, reference)
    text = io.StringIO()
    image = await show(client.images.pull(reference), console=Console(file=text, force_terminal=True, width=100))
    assert reference in image.tags
    assert "100%" in text.getvalue()


async def test_promise_22_a_failure_inside_an_answer_is_raised_with_the_engines_text(client, registry):
    await client.api.images.tag("busybox:1", repo=f"{registry.rpartition(':')[0]}:1/nobody", tag="1")
    try:
        with pytest.raises(errors.DockerException) as caught:
            await client.images.push(f"{registry.rpartition(':')[0]}:1/nobody", tag="1")
        assert "refused" in str(caught.value) or "connect" in str(caught.value)
    finally:
        await client.api.images.remove(f"{registry.rpartition(':')[0]}:1/nobody:1", noprune=True)
    with pytest.raises(errors.DockerException):
        await client.images.load(b"this is no archive")


async def test_promise_22_a_cut_pull_is_no_success(engine, client, registry):
    reference = f"{registry}/layers:1"
    await forget(client, reference)
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        await cut.ping()
        proxy.faults = Faults(cut_after=600)
        with pytest.raises(errors.ConnectionFailed):
            await cut.images.pull(reference)
