"""Processes: terminals, containers that do not run, what is left over, and every method at every time."""

from __future__ import annotations

import asyncio
import json

import pytest
import pytest_asyncio

import aiodockerpy
from aiodockerpy import errors

IMAGE = "busybox:1"


@pytest_asyncio.fixture
async def box(client, prefix):
    return await client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}box", detach=True)


async def left(box, pattern):
    """Return how many processes with such arguments run in the container."""
    _, output = await box.exec_run(["sh", "-c", f"ps -o args | grep -c '^{pattern}'"])
    return int(output)


# ---- terminals


@pytest.mark.parametrize(
    ("input", "output"),
    [
        (b"hello\n\x04", b"hello\r\nhello\r\n"),
        (b"hello\n", b"hello\r\nhello\r\n"),
        (b"hello", b"hellohello"),
        (b"hello\x04", b"hellohello"),
        (None, b""),
    ],
)
async def test_the_input_of_a_terminal_ends_with_ctrl_d(box, input, output):
    async with box.exec_run(["sh", "-c", "cat; exit 5"], tty=True, stdin=True) as process:
        assert await process.communicate(input) == output
        assert await process.wait() == 5


async def test_a_shell_on_a_terminal_ends_with_its_input(box):
    process = box.exec_run(["sh"], tty=True, stdin=True)
    assert b"42" in await process.communicate(b"echo $((6*7))\n")
    assert process.closed


async def test_a_terminal_goes_on_after_the_end_of_its_input(client, prefix, box):
    command = ["sh", "-c", "cat; sleep 0.3; echo later; exit 4"]
    async with box.exec_run(command, tty=True, stdin=True) as process:
        await process.write(b"hello\n")
        await process.write_eof()
        assert await process.stdout.read() == b"hello\r\nhello\r\nlater\r\n"
        assert await process.wait() == 4
    main = await client.containers.create(IMAGE, command, name=f"{prefix}tty", tty=True, stdin_open=True)
    for ws in (False, True):
        async with main.attach(stdin=True, ws=ws) as process:
            await main.start()
            await process.write(b"hello\n")
            await process.write_eof()
            assert await process.stdout.read() == b"hello\r\nhello\r\nlater\r\n"
            assert await process.wait() == 4
    output = await client.containers.run(IMAGE, ["sh", "-c", "echo a; sleep 0.2; echo b"], tty=True, remove=True)
    assert output == b"a\r\nb\r\n"


async def test_the_keys_of_the_configuration_detach(engine, box, client, prefix, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"detachKeys": "ctrl-x,x"}))
    environment = {"DOCKER_CONFIG": str(tmp_path)}
    main = await client.containers.run(IMAGE, "cat", name=f"{prefix}keys", tty=True, stdin_open=True, detach=True)
    async with aiodockerpy.DockerClient(engine.url, environment=environment) as configured:
        for container in (await configured.containers.get(box.id), await configured.containers.get(main.id)):
            for keys, typed in ((None, b"\x18x"), ("ctrl-a,q", b"\x01q")):
                if container.id == box.id:
                    handle = container.exec_run("cat", tty=True, stdin=True, detach_keys=keys)
                else:
                    handle = container.attach(stdin=True, detach_keys=keys)
                async with handle as process:
                    await process.write(b"hello\n")
                    assert await process.stdout.readexactly(7) == b"hello\r\n"
                    await process.write(typed)
                    await process.stdout.read()
                    assert process.returncode is None
                    if container.id == box.id:
                        with pytest.raises(errors.StreamInterrupted, match="was detached"):
                            await process.wait()
    assert (await main.reload()).status == "running"


# ---- containers that do not run


async def test_attaching_to_a_container_that_does_not_run_ends(client, prefix):
    for tty in (False, True):
        container = await client.containers.create(
            IMAGE, ["sh", "-c", "echo hi; exit 3"], name=f"{prefix}{tty}", tty=tty
        )
        line = b"hi\r\n" if tty else b"hi\n"
        assert await container.attach() == b""
        for _ in range(2):  # created, and ended: a block attaches before the start
            async with container.attach() as process:
                await container.start()
                assert await process.stdout.read() == line
                assert await process.wait() == 3
            assert await container.attach() == b""
            assert await container.attach(ws=True) == b""
            assert (await container.attach(logs=True)).endswith(line)
            assert [chunk async for chunk in container.attach()] == []
            async with container.attach() as process:
                assert await process.communicate() == b""
                assert await process.wait() == 3
        for handle in (client.api.containers.attach(container.id, tty=tty, logs=logs) for logs in (False, True)):
            assert b"".join([chunk.data async for chunk in handle]) in {b"", line * 2}
        assert await client.api.containers.attach(container.id, tty=tty) == b""
        async with client.api.containers.attach(container.id, tty=tty) as attached:
            await container.start()
            assert b"".join([chunk.data async for chunk in attached]) == line
        await container.remove()
        for handle in (container.attach(), client.api.containers.attach(container.id)):
            with pytest.raises(errors.NotFound):
                await handle


async def test_a_container_that_is_removed_before_its_start_ends_what_is_attached(client, prefix):
    container = await client.containers.create(IMAGE, "true", name=f"{prefix}a")
    async with container.attach() as process:
        reading = asyncio.create_task(process.stdout.read())
        await asyncio.sleep(0.1)
        await container.remove()
        assert await reading == b""


async def test_a_websocket_without_input(client, prefix):
    container = await client.containers.create(IMAGE, ["sh", "-c", "echo hi"], name=f"{prefix}a")
    async with container.attach(ws=True) as process:
        await container.start()
        assert await process.stdout.read() == b"hi\n"


# ---- what is left over


SCRIPTS = [
    "env -i sleep 336; echo",
    "env -i setsid sleep 336 & sleep 1001",
    "(env -i setsid sleep 336 &); sleep 1001",
    "env -i sh -c 'sleep 336 & sleep 336'; echo",
    "env -i sh -c \"trap '' TERM; exec sleep 336\"; echo",
    "sleep 336 & echo hi",
]


async def test_children_are_ended_too_whatever_their_environment_session_and_parent(box):
    results = await asyncio.gather(*(box.exec_run(["sh", "-c", script], kill_after=1) for script in SCRIPTS))
    assert {(result.timed_out, result.still_running) for result in results} == {(True, False)}
    assert await left(box, "sleep 336") == await left(box, "sleep 1001") == 0
    assert await left(box, "sleep 1000") == 1, "the main process of the container"


async def test_what_cannot_be_found_still_runs(box):
    ended, result = await asyncio.gather(
        box.exec_run(["sh", "-c", "env -i sleep 336 & echo hi; exit 7"], kill_after=1),
        box.exec_run(["env", "-i", "sleep", "337"], kill_after=0.5),
    )
    assert (ended.exit_code, ended.output) == (7, b"hi\n")
    assert (ended.timed_out, ended.still_running) == (True, True)
    assert await left(box, "sleep 336") == 1
    assert (result.exit_code, result.timed_out, result.still_running) == (None, True, True)
    assert await left(box, "sleep 337") == 1


async def test_what_cannot_be_ended_while_the_container_is_paused_still_runs(box):
    running = asyncio.create_task(box.exec_run(["sh", "-c", "echo hi; exec sleep 336"], kill_after=1))
    async with asyncio.timeout(10):
        while not await left(box, "sleep 336"):
            await asyncio.sleep(0.05)
    await box.pause()
    result = await running
    assert (result.exit_code, result.output, result.timed_out, result.still_running) == (None, b"hi\n", True, True)
    await box.unpause()
    assert await left(box, "sleep 336") == 1


# ---- every method at every time


async def test_an_argument_that_the_kernel_does_not_take_is_an_answer_and_a_long_program_is_refused(box):
    found = await box.exec_run(["echo", "x" * 3_000_000])
    assert found.exit_code
    assert b"argument list too long" in found.output
    for wrong in ({"cmd": ["x" * 70_000]}, {"cmd": ["ls"], "workdir": "/" + "x" * 70_000}):  # never answered
        with pytest.raises(errors.InvalidValue, match="must be a path of up to 32767 characters"):
            await box.exec_run(**wrong)
    assert (await box.exec_run(["echo", "x" * 100_000])).output == b"x" * 100_000 + b"\n"


async def test_methods_before_the_start_after_the_end_and_twice(box):
    process = box.exec_run(["sh", "-c", "cat; exit 3"], stdin=True, kill_on_cancel=True)
    for call in (
        lambda: process.resize(10, 20),
        process.inspect,
        process.terminate,
        process.kill,
        process.write_eof,
        lambda: process.send_signal("TERM"),
        lambda: process.write(b"x"),
    ):
        with pytest.raises(RuntimeError, match="the process is not started"):
            await call()
    assert process.returncode is None
    for call in (lambda: process.communicate("text"), lambda: process.communicate(5)):
        with pytest.raises(TypeError, match="input must be bytes"):
            await call()
    assert await process.communicate(b"hello") == b"hello"  # starts it
    for _ in range(2):
        assert await process.wait() == 3
        assert process.returncode == 3
        assert await process.communicate(b"") == b""
        assert await process.stdout.read() == await process.stderr.read() == b""
        assert [line async for line in process.lines()] == []
        assert (await process.inspect()).exit_code == 3
        assert await process.terminate()
        assert not await process.send_signal("TERM")
        await process.stdin.aclose()
        process.close()
        await process.aclose()
    with pytest.raises((errors.StdinClosed, RuntimeError)):
        await process.write(b"x")
    with pytest.raises(errors.APIError):
        await process.resize(10, 20)
    async with box.exec_run("cat", stdin=True) as open_one:
        with pytest.raises(TypeError, match="data must be bytes"):
            await open_one.write("text")
    async with box.exec_run("cat") as without:
        with pytest.raises(RuntimeError, match="it needs stdin=True"):
            await without.communicate(b"x")


async def test_an_iterated_run_has_lines(client, prefix):
    command = ["sh", "-c", "echo one; printf tw; sleep 0.2; echo o; printf three; exit 3"]
    run = client.containers.run(IMAGE, command, name=f"{prefix}a")
    found = []
    with pytest.raises(errors.ContainerError):
        async for line in run.lines():
            found.append(line.text)
    assert found == ["one", "two", "three"]
    async with client.containers.run(IMAGE, ["echo", "hi"], name=f"{prefix}b", tty=True) as run:
        assert [line.text async for line in run.lines()] == ["hi"]


async def test_a_run_that_cannot_be_entered_leaves_nothing_behind(client, prefix):
    with pytest.raises(errors.APIError):
        async with client.containers.run(IMAGE, ["/not/there"], name=f"{prefix}a"):
            pass
    assert await client.api.containers.list(all=True, filters={"name": prefix}) == []


# ---- open before they are read


async def test_nothing_that_happens_after_a_handle_is_open_is_lost(client, prefix):
    """Fifty times the cheapest event right after the events are open, and the first output right after the start."""
    for number in range(50):
        name = f"{prefix}v{number}"
        events = await client.events(filters={"type": "volume", "event": "create"}).open()
        await client.volumes.create(name)
        async with asyncio.timeout(10):
            while (await anext(events)).actor.id != name:
                pass  # of another test
        await events.aclose()
        await (await client.volumes.get(name)).remove()
    container = await client.containers.create(IMAGE, ["sh", "-c", "seq 1 1000"], name=f"{prefix}out")
    for _ in range(5):
        output = await container.attach().open()
        await container.start()
        await container.wait()
        assert b"".join([chunk.data async for chunk in output]).split()[-1] == b"1000"
    logs = await container.logs(follow=True).open()
    assert len([line async for line in logs]) == 5000
