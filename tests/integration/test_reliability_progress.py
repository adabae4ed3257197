"""Progress as state, and failures inside answers that began well."""

from __future__ import annotations

import asyncio
import io
import tarfile
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


FAILING = io.BytesIO(b"FROM busybox:1\nRUN echo told; exit 3\n").getvalue()
FAILURES = {
    "pull": (
        lambda client, registry: client.images.pull(f"{registry}/platforms:1", platform="linux/s390x"),
        errors.PullError,
        "no matching manifest for linux/s390x",
    ),
    "push": (
        lambda client, registry: client.images.push(f"{registry.rpartition(':')[0]}:1/nobody", tag="1"),
        errors.PushError,
        "refused|connect",
    ),
    "load": (
        lambda client, registry: client.images.load(b"this is no archive"),
        errors.ImageLoadError,
        "unexpected EOF",
    ),
    "import": (
        lambda client, registry: client.api.images.import_image(b"this is no archive" * 1000),
        errors.APIError,
        "invalid tar header",
    ),
    "build": (
        lambda client, registry: client.images.build(fileobj=io.BytesIO(FAILING), rm=True),
        errors.BuildError,
        "exit code: 3",
    ),
    "classic build": (
        lambda client, registry: client.images.build(fileobj=io.BytesIO(FAILING), builder="classic", rm=True),
        errors.BuildError,
        "returned a non-zero code: 3",
    ),
}


@pytest.mark.parametrize("kind", FAILURES)
async def test_promise_22_a_failure_inside_an_answer_is_raised_with_the_engines_text(client, registry, kind):
    act, error, text = FAILURES[kind]
    nobody = f"{registry.rpartition(':')[0]}:1/nobody"
    await client.api.images.tag("busybox:1", repo=nobody, tag="1")
    try:
        with pytest.raises(error, match=text):
            await act(client, registry)
        if kind in {"pull", "push", "load"}:
            with pytest.raises(error, match=text):
                async for _ in act(client, registry):
                    pass
    finally:
        await client.api.images.remove(f"{nobody}:1", noprune=True)


def built(client, registry):
    return client.images.build(
        fileobj=io.BytesIO(b"FROM busybox:1\nLABEL a=b\n"), builder="classic", rm=True, tag=f"{registry}/cut:1"
    )


WHOLE = {
    "pull": lambda client, registry, archive: client.images.pull(f"{registry}/layers:1"),
    "push": lambda client, registry, archive: client.images.push(f"{registry}/pushed", tag="1"),
    "load": lambda client, registry, archive: client.images.load(archive),
    "import": lambda client, registry, archive: client.api.images.import_image(root(), repo=f"{registry}/cut", tag="1"),
    "classic build": lambda client, registry, archive: built(client, registry),
}


def root() -> bytes:
    """A root file system with one file."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("file"), io.BytesIO())
    return whole.getvalue()


class CutAtTheEnd:
    """Drops the last bytes of an answer in chunks, so that all messages come but for the end."""

    def __init__(self) -> None:
        self.cut = False

    def __call__(self, block: bytes) -> bytes:
        if block.endswith(b"0\r\n\r\n"):
            self.cut = True
            return block[:-5]
        return block


@pytest.mark.parametrize("kind", WHOLE)
async def test_promise_22_a_cut_stream_is_no_success(engine, client, registry, kind):
    """Every message comes, and then the connection ends instead of the answer."""
    archive = await client.api.images.get("busybox:1")
    await client.api.images.tag("busybox:1", repo=f"{registry}/pushed", tag="1")
    await forget(client, f"{registry}/layers:1")
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        await cut.version()
        tamper = CutAtTheEnd()
        proxy.faults = Faults(tamper=tamper)
        watching = asyncio.create_task(proxy.until(lambda proxy: tamper.cut))
        acting = asyncio.create_task(_awaited(WHOLE[kind](cut, registry, archive)))
        await asyncio.wait_for(watching, 60)
        await asyncio.sleep(0.05)
        await proxy.cut_all()
        with pytest.raises(errors.ConnectionFailed):
            await asyncio.wait_for(acting, 60)
    for reference in (f"{registry}/pushed:1", f"{registry}/cut:1"):
        await forget(client, reference)


async def _awaited(handle):
    return await handle
