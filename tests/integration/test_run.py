"""``containers.run``: nothing lost, nothing left behind."""

from __future__ import annotations

import asyncio
import contextlib
import random

import pytest

import aiodockerpy
from aiodockerpy import errors

IMAGE = "busybox:1"


async def names(client, prefix):
    found = await client.api.containers.list(all=True, filters={"name": prefix})
    return [summary.names for summary in found]


async def test_output_is_returned_and_the_container_kept(client, prefix):
    assert await client.containers.run(IMAGE, ["echo", "hello world"], name=f"{prefix}a") == b"hello world\n"
    kept = await client.containers.get(f"{prefix}a")
    assert kept.status == "exited"
    assert kept.attrs["State"]["ExitCode"] == 0


async def test_text_is_split_as_a_shell_does(client, prefix):
    assert await client.containers.run(IMAGE, "echo 'a  b' c", name=f"{prefix}a", remove=True) == b"a  b c\n"
    assert await names(client, prefix) == []


@pytest.mark.parametrize(
    ("stdout", "stderr", "expected"),
    [(True, False, b"out\n"), (False, True, b"err\n"), (True, True, {b"out\n", b"err\n"}), (False, False, b"")],
)
async def test_only_the_streams_asked_for_are_returned(client, prefix, stdout, stderr, expected):
    command = ["sh", "-c", "echo out; echo err >&2"]
    output = await client.containers.run(IMAGE, command, name=f"{prefix}a", stdout=stdout, stderr=stderr, remove=True)
    if isinstance(expected, set):
        assert {line + b"\n" for line in output.splitlines()} == expected
    else:
        assert output == expected


@pytest.mark.parametrize("auto_remove", [False, True])
async def test_a_failure_keeps_everything_that_was_written(client, prefix, auto_remove):
    with pytest.raises(errors.ContainerError) as caught:
        await client.containers.run(
            IMAGE,
            ["sh", "-c", "echo out; echo err >&2; exit 3"],
            name=f"{prefix}a",
            auto_remove=auto_remove,
            remove=True,
        )
    assert caught.value.exit_status == 3
    assert caught.value.stdout == b"out\n"
    assert caught.value.stderr == b"err\n"
    assert caught.value.image == IMAGE
    assert "returned non-zero exit status 3: b'err\\n'" in str(caught.value)
    assert await names(client, prefix) == []


async def test_no_output_is_lost_with_auto_remove(client, prefix):
    command = ["sh", "-c", "seq 1 5000"]
    for round_number in range(3):
        output = await client.containers.run(IMAGE, command, name=f"{prefix}{round_number}", auto_remove=True)
        assert output.split() == [str(n).encode() for n in range(1, 5001)]
    assert await names(client, prefix) == []


async def test_iterated_it_gives_the_output_as_it_is_written(client, prefix):
    command = ["sh", "-c", "echo first; read line; echo $line"]
    seen = b""
    stream = client.containers.run(IMAGE, command, name=f"{prefix}a", stdin_open=True, remove=True)
    async with stream, contextlib.AsyncExitStack() as stack:
        async for chunk in stream:
            assert chunk.stream == "stdout"
            seen += chunk.data
            if seen == b"first\n":  # the container still waits for its input, so this came before its end
                container = await client.containers.get(f"{prefix}a")
                assert container.status == "running"
                attached = await stack.enter_async_context(container.attach(stdin=True))
                await attached.write(b"second\n")
    assert seen == b"first\nsecond\n"
    assert await names(client, prefix) == []


async def test_left_early_it_removes_the_container(client, prefix):
    async with client.containers.run(IMAGE, ["sh", "-c", "echo x; sleep 1000"], name=f"{prefix}a") as output:
        async for _ in output:
            break
    assert await names(client, prefix) == []


async def test_detached_it_returns_a_snapshot_taken_after_the_start(client, prefix):
    container = await client.containers.run(
        IMAGE, ["sleep", "1000"], name=f"{prefix}a", detach=True, ports={"80/tcp": None}
    )
    assert container.status == "running"
    assert container.ports["80/tcp"][0]["HostPort"].isdigit()
    assert container.name == f"{prefix}a"


async def test_detach_and_remove_lets_the_engine_remove_it(client, prefix):
    container = await client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}a", detach=True, remove=True)
    assert container.attrs["HostConfig"]["AutoRemove"] is True
    waiting = client.api.containers.wait(container.id, condition="removed")
    async with waiting:
        await container.kill()
        await anext(waiting)
    assert await names(client, prefix) == []


async def test_a_missing_image_is_pulled(client, prefix, registry):
    reference = f"{registry}/busybox:1"
    with contextlib.suppress(errors.ImageNotFound):
        await client.api.images.remove(reference)
    assert await client.containers.run(reference, ["echo", "pulled"], name=f"{prefix}a", remove=True) == b"pulled\n"


async def test_an_image_that_nobody_has_is_said_so_and_leaves_nothing(client, prefix, registry):
    with pytest.raises(errors.ImageNotFound):
        await client.containers.run(f"{registry}/no-such-image:1", ["true"], name=f"{prefix}a")
    assert await names(client, prefix) == []


@pytest.mark.parametrize("detach", [False, True])
async def test_a_command_that_does_not_exist_leaves_nothing_behind(client, prefix, detach):
    with pytest.raises(errors.APIError, match="no-such-command"):
        await client.containers.run(IMAGE, ["no-such-command"], name=f"{prefix}a", detach=detach)
    assert await names(client, prefix) == []


async def test_options_that_exclude_each_other_are_refused_at_the_call(client):
    with pytest.raises(RuntimeError, match="network_mode"):
        client.containers.run(IMAGE, network="a", network_mode="host")
    with pytest.raises(RuntimeError, match="networking_config"):
        client.containers.run(IMAGE, networking_config={"a": None})
    with pytest.raises(TypeError, match=r"run\(\) got an unexpected keyword argument 'foo'"):
        client.containers.run(IMAGE, foo=1)


async def test_a_handle_is_a_coroutine_for_tasks(client, prefix):
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(client.containers.run(IMAGE, ["echo", str(n)], name=f"{prefix}{n}", remove=True))
            for n in range(5)
        ]
    assert [task.result() for task in tasks] == [f"{n}\n".encode() for n in range(5)]


async def _cancelled_after(seconds, work):
    task = asyncio.ensure_future(work)  # noqa: TID251 - takes whatever run() returns
    await asyncio.sleep(seconds)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return True
    return False


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_cancelled_at_any_moment_it_leaves_nothing_behind(engine, prefix):
    """A hundred random moments, of both kinds; no container, connection, task or descriptor is left (see the leak gate)."""
    chance = random.Random(20)
    async with aiodockerpy.DockerClient(engine.url) as client:
        await client.ping()
        cancelled = 0

        async def one(n):
            nonlocal cancelled
            detach = bool(n % 2)
            work = client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}{n}", detach=detach)
            if await _cancelled_after(chance.uniform(0, 1.5), work):
                cancelled += 1
                return
            await (await client.containers.get(f"{prefix}{n}")).remove(force=True)

        limit = asyncio.Semaphore(8)

        async def bounded(n):
            async with limit:
                await one(n)

        await asyncio.gather(*map(bounded, range(100)))
        assert cancelled >= 50
        assert await names(client, prefix) == []
        assert client.diagnostics().streams == ()
        assert client.diagnostics().pool_in_use == 0
