"""Processes in containers: input, output, terminals, ends that are confirmed, and ends that are made."""

from __future__ import annotations

import asyncio
import hashlib
import random

import pytest
import pytest_asyncio

import aiodockerpy
from aiodockerpy import errors
from tests.lab.faults import FaultProxy, Faults
from tests.lab.private import PrivateEngine

IMAGE = "busybox:1"
STUBBORN = "trap 'echo term' TERM; echo ready; while :; do sleep 0.1; done"


async def start(client, name, command, **options):
    return await client.containers.run(
        IMAGE, command, name=name, detach=True, network_mode="none", init=True, **options
    )


@pytest_asyncio.fixture
async def box(client, prefix):
    return await start(client, f"{prefix}box", ["sleep", "1000"])


async def processes(box, word):
    top = await box.top()
    return [line for line in top.processes if word in " ".join(line)]


# ---- like asyncio.subprocess.Process


async def test_input_output_and_exit_code(box):
    async with box.exec_run(["sh", "-c", "cat; echo problem >&2; exit 3"], stdin=True) as process:
        await process.stdin.write(b"first\n")
        assert await process.stdout.readline() == b"first\n"
        await process.stdin.writelines([b"se", b"cond\n"])
        await process.stdin.drain()
        assert process.returncode is None
        await process.stdin.write_eof()
        assert process.stdin.is_closing()
        assert await process.stdout.read() == b"second\n"
        assert await process.stderr.read() == b"problem\n"
        assert await process.wait() == process.returncode == 3


async def test_both_outputs_are_read_apart_whichever_is_read_first(box):
    command = ["sh", "-c", "seq 1 50000 >&2; seq 1 50000"]
    expected = b"".join(b"%d\n" % n for n in range(1, 50001))
    async with box.exec_run(command) as process:
        assert await process.stdout.read() == expected
        assert await process.stderr.read() == expected
        assert process.stdout.at_eof()


async def test_what_is_put_aside_is_bounded_and_two_readers_do_not_block_each_other(box):
    size = 3_000_000
    command = ["sh", "-c", f"head -c {size} /dev/zero >&2; head -c {size} /dev/zero"]
    async with asyncio.timeout(60), box.exec_run(command) as process:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(process.stdout.readexactly(1), 1)  # nobody reads the other one
        out, err = await asyncio.gather(process.stdout.read(), process.stderr.read())
    assert (len(out), len(err)) == (size, size)


async def test_lines_are_whole(box):
    command = ["sh", "-c", "printf 'a\\nb'; sleep 0.2; printf 'c\\nlast'"]
    async with box.exec_run(command) as process:
        assert [line.data async for line in process.lines()] == [b"a", b"bc", b"last"]
        assert await process.wait() == 0


async def test_an_incomplete_read_tells_what_there_was(box):
    async with box.exec_run(["printf", "abc"]) as process:
        with pytest.raises(asyncio.IncompleteReadError) as caught:
            await process.stdout.readexactly(10)
    assert caught.value.partial == b"abc"


async def test_a_terminal_is_one_stream_with_a_size(box):
    async with asyncio.timeout(30), box.exec_run(["sh"], stdin=True, tty=True) as process:
        await process.resize(33, 101)
        await process.write(b"stty size; exit 4\n")
        assert b"33 101" in await process.stdout.read()
        assert await process.stderr.read() == b""
        assert await process.wait() == 4


async def test_detached_it_runs_on_alone(client, box):
    result = await box.exec_run(["sh", "-c", "sleep 1000"], detach=True)
    assert (result.exit_code, result.output) == (None, b"")
    assert (await client.api.exec.inspect(result.exec_id)).running


async def test_nothing_attached_still_waits_for_the_end(box):
    code, output = await box.exec_run(["sh", "-c", "sleep 0.5; exit 5"], stdout=False, stderr=False)
    assert (code, output) == (5, b"")


async def test_a_command_that_is_not_there_has_an_exit_code(box):
    code, output = await box.exec_run(["no-such-command"])
    assert code in {126, 127}
    assert b"no-such-command" in output


async def test_the_main_process_is_used_the_same_way(client, prefix):
    container = await client.containers.create(
        IMAGE, ["sh", "-c", "cat; echo problem >&2; exit 6"], name=f"{prefix}a", stdin_open=True, network_mode="none"
    )
    async with container.attach(stdin=True) as process:
        await container.start()
        await process.stdin.write(b"hello\n")
        assert await process.stdout.readline() == b"hello\n"
        await process.stdin.aclose()
        assert await process.wait() == 6


async def test_the_main_process_by_a_websocket(client, prefix):
    container = await start(client, f"{prefix}a", ["sh", "-c", "read line; echo got $line; exit 2"], stdin_open=True)
    async with asyncio.timeout(30), container.attach(stdin=True, ws=True) as process:
        await process.stdin.write(b"this\n")
        assert await process.stdout.readline() == b"got this\n"
        assert await process.wait() == 2


# ---- ending what runs


async def test_after_its_time_it_is_ended_inside_the_container(box):
    result = await box.exec_run(["sh", "-c", "echo before; sleep 4242"], kill_after=1)
    assert result.timed_out
    assert not result.still_running
    assert result.output == b"before\n"
    assert result.exit_code == 128 + 15
    assert await processes(box, "4242") == []


async def test_what_ignores_sigterm_is_killed(box):
    async with asyncio.timeout(60), box.exec_run(["sh", "-c", STUBBORN], kill_on_cancel=True) as process:
        assert await process.stdout.readline() == b"ready\n"
        assert await process.send_signal("SIGTERM")
        assert await process.stdout.readline() == b"term\n"
        assert await process.terminate(grace=0.3)
        assert await process.wait() == 128 + 9


@pytest.mark.parametrize("user", ["", "nobody"])
async def test_cancelled_it_is_ended_with_all_it_started(box, user):
    command = ["sh", "-c", "sleep 4343 & sleep 4343; true"]
    task = asyncio.create_task(box.exec_run(command, kill_on_cancel=True, user=user))
    while len(await processes(box, "sleep 4343")) < 3:
        await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await processes(box, "4343") == []


async def test_a_block_left_early_ends_it(box):
    async with box.exec_run(["sh", "-c", "echo x; sleep 4444"], kill_on_cancel=True) as process:
        assert await process.stdout.readline() == b"x\n"
    assert await processes(box, "4444") == []


async def test_without_being_asked_it_goes_on(box):
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await box.exec_run(["sleep", "4545"])
    assert len(await processes(box, "4545")) == 1


async def test_what_cannot_be_ended_is_said_so(box):
    """Without a shell there is nobody to send the signal."""
    await box.exec_run(["cp", "/bin/busybox", "/bin/nap"])
    task = asyncio.create_task(box.exec_run(["/bin/busybox", "sleep", "8"], kill_after=0.5), name="cannot be ended")
    await asyncio.sleep(0.3)
    await box.exec_run(["rm", "/bin/sh"])
    result = await asyncio.wait_for(task, 60)
    assert result.timed_out
    assert result.still_running or result.exit_code == 0  # it may have ended by itself meanwhile


# ---- promises


async def test_promise_05_a_cancelled_read_loses_nothing(box):
    chance = random.Random(5)
    digest, size, timeouts = hashlib.sha256(), 0, 0
    expected = hashlib.sha256(b"".join(b"%d\n" % n for n in range(1, 300_001))).hexdigest()
    async with box.exec_run(["seq", "1", "300000"]) as process:
        while True:
            try:
                async with asyncio.timeout(chance.uniform(0, 0.002)):
                    chunk = await anext(process, None)
            except TimeoutError:
                timeouts += 1
                continue
            if chunk is None:
                break
            digest.update(chunk.data)
            size += len(chunk.data)
    assert digest.hexdigest() == expected, size
    assert timeouts > 0


@pytest.mark.parametrize("kind", ["tcp", "unix"])
async def test_promise_09_the_input_ends_and_all_later_output_arrives(engine, prefix, kind):
    url = engine.url if kind == "unix" else engine.tcp_url
    if url is None:
        pytest.skip("the engine is not reached by TCP")
    async with aiodockerpy.DockerClient(url) as client:
        box = await start(client, f"{prefix}a", ["sleep", "1000"])
        async with box.exec_run(["sh", "-c", "cat >/dev/null; head -c 4000000 /dev/zero"], stdin=True) as process:
            assert len(await process.communicate(b"x" * 2_000_000)) == 4_000_000
            assert await process.wait() == 0


@pytest.mark.parametrize("command", [["true"], ["head", "-c", "10"]])
async def test_promise_10_a_process_that_does_not_read_its_input(box, command):
    async with asyncio.timeout(30), box.exec_run(command, stdin=True) as process:
        output = await process.communicate(b"0123456789" * 2_600_000)
        assert output == (b"0123456789" if command[0] == "head" else b"")
        assert await process.wait() == 0
        with pytest.raises(errors.StdinClosed):
            await process.write(b"x")


async def test_promise_12_a_cut_is_not_the_end_of_a_process(engine, client, prefix):
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        box = await start(client, f"{prefix}a", ["sh", "-c", "echo x; sleep 1000"])
        box = await cut.containers.get(box.id)
        for stream in (box.exec_run(["sh", "-c", "echo x; sleep 1000"]), box.attach(logs=True)):
            async with stream as process:
                assert (await anext(process)).data == b"x\n"
                await proxy.cut_all()
                with pytest.raises(errors.StreamInterrupted) as caught:
                    await asyncio.wait_for(anext(process), 10)
            assert caught.value.received >= 2
            assert caught.value.exit is None


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("live_restore", [False, True])
async def test_promise_12_a_dead_engine_is_not_the_end_of_a_process(live_restore):
    ends = []
    async with (
        PrivateEngine("new", live_restore=live_restore) as engine,
        aiodockerpy.DockerClient(engine.url) as client,
    ):
        for number in range(4):
            box = await start(client, f"box{number}", ["sh", "-c", "echo x; sleep 1000"])
            async with box.exec_run(["sh", "-c", "echo x; sleep 1000"]) as process, box.attach(logs=True) as main:
                assert (await anext(process)).data == (await anext(main)).data == b"x\n"
                await (engine.kill if number % 2 else engine.stop)()
                for stream in (process, main):
                    try:
                        ends.append(await asyncio.wait_for(anext(stream, "a normal end"), 30))
                    except errors.StreamInterrupted as error:
                        ends.append(type(error).__name__)
            await engine.start()
    assert ends == ["StreamInterrupted"] * 8


async def test_promise_20_a_reader_and_a_writer_start_it_once(client, box):
    process = box.exec_run(["cat"], stdin=True)
    with pytest.raises(RuntimeError, match="enter it"):
        await process.write(b"x")
    async with process:
        reading = asyncio.create_task(process.stdout.read())
        for _ in range(10):
            await process.write(b"x" * 1000)
        await process.write_eof()
        assert await reading == b"x" * 10_000
    pending = box.exec_run(["cat"], stdin=True)
    async with pending:
        first = asyncio.create_task(anext(pending))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="another task is reading"):
            await anext(pending)
        await pending.write(b"y")
        assert (await first).data == b"y"


async def test_promise_21_large_input_with_large_output(box):
    data = random.Random(21).randbytes(1 << 20) * 32
    async with box.exec_run(["cat"], stdin=True) as process:
        assert hashlib.sha256(await process.communicate(data)).digest() == hashlib.sha256(data).digest()


async def test_promise_17_a_process_waits_for_a_slow_reader(engine, prefix):
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as client:
        box = await start(client, f"{prefix}a", ["sleep", "1000"])
        async with box.exec_run(["cat", "/dev/zero"]) as process:
            await anext(process)
            await asyncio.sleep(1)
            before = proxy.bytes_to_client
            await asyncio.sleep(1)
            assert proxy.bytes_to_client == before
            assert before < 4 * 1024 * 1024  # with what sockets and the proxy hold


async def test_promise_11_what_came_before_a_reset_is_delivered(engine, client, prefix):
    if engine.tcp_url is None:
        pytest.skip("the engine is not reached by TCP")
    box = await start(client, f"{prefix}a", ["sleep", "1000"])
    async with FaultProxy(engine.tcp_url, tcp=True) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        process = (await cut.containers.get(box.id)).exec_run(
            ["sh", "-c", "head -c 150000 /dev/zero; sleep 100"], stdin=True
        )
        async with process:
            await process.write(b"unread" * 1000)
            await proxy.until(lambda proxy: proxy.bytes_to_client > 150_000)
            await asyncio.sleep(0.5)  # with the heads of frames it is a little more
            await proxy.cut_all(reset=True)
            got = []

            async def read():
                async for chunk in process:
                    got.append(len(chunk.data))

            with pytest.raises(errors.StreamInterrupted):
                await read()
        assert sum(got) == 150_000


async def test_promise_03_left_early_nothing_stays_open(client, box):
    for _ in range(20):
        async with box.exec_run(["sh", "-c", "echo x; sleep 0.5"]) as process:
            async for _ in process:
                break
        async with box.attach() as main:
            assert not main.closed
    assert client.diagnostics().streams == ()


async def test_promise_04_closing_the_client_ends_every_stream(engine, prefix):
    async with aiodockerpy.DockerClient(engine.url) as client:
        box = await start(client, f"{prefix}a", ["sh", "-c", "while :; do echo x; sleep 0.01; done"])

        async def follow():
            async with box.logs(follow=True) as lines:
                return [line async for line in lines]

        tasks = [asyncio.create_task(follow()) for _ in range(50)]
        whole = asyncio.create_task(box.logs(follow=True))
        blocked = box.exec_run(["sleep", "1000"], stdin=True)
        async with blocked:
            writing = asyncio.create_task(blocked.write(b"x" * 10_000_000))
            while len(client.diagnostics().streams) < 52:
                await asyncio.sleep(0.01)
            await client.close()
            ended = await asyncio.wait_for(asyncio.gather(*tasks), 5)
            with pytest.raises(errors.StdinClosed):
                await asyncio.wait_for(writing, 5)
        assert len(ended) == 50
        with pytest.raises(RuntimeError, match="closed while it was awaited"):
            await whole  # a part is not the whole


async def test_promise_23_many_streams_starve_nobody(client, box):
    streams = [box.logs(follow=True) for _ in range(100)]
    try:
        await asyncio.gather(*(stream.__aenter__() for stream in streams))
        assert client.diagnostics().pool_in_use == 0
        await asyncio.gather(*(client.ping() for _ in range(64)))
    finally:
        for stream in streams:
            stream.close()


@pytest.mark.parametrize("offset", [200, 5_000, 60_000, 300_000])
async def test_promise_14_a_cut_answer_is_never_whole(engine, client, prefix, offset):
    box = await start(client, f"{prefix}a", ["sh", "-c", "seq 1 60000"])
    await box.wait()
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        other = await cut.containers.get(box.id)
        proxy.faults = Faults(cut_after=offset)
        with pytest.raises((errors.StreamInterrupted, errors.RequestMaybeSent)):
            await other.logs()
        with pytest.raises((errors.StreamInterrupted, errors.RequestMaybeSent)):
            await other.client.api.containers.archive(box.id, "/bin/busybox")
