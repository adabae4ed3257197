"""Processes in containers: input, output, terminals, ends that are confirmed, and ends that are made."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import ssl
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy._protocol.lines import LogLine
from tests.integration.conftest import GIVEN_HOST
from tests.integration.test_ssh import HOST, home  # noqa: F401 - a fixture
from tests.lab import certs
from tests.lab.faults import FaultProxy, Faults

if TYPE_CHECKING:
    from collections.abc import Callable

MB = 1 << 20
IMAGE = "busybox:1"
STUBBORN = "trap 'echo term' TERM; echo ready; while :; do sleep 0.1; done"


async def start(client, name, command, **options):
    return await client.containers.run(
        IMAGE, command, name=name, detach=True, network_mode="none", init=True, **options
    )


@pytest_asyncio.fixture
async def box(client, prefix):
    return await start(client, f"{prefix}box", ["sleep", "1000"])


def memory() -> int:
    """The bytes of this process that are in memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


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


@pytest.mark.parametrize("user", ["", "65534:65534"])
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


class Way:
    """How an engine is reached."""

    def __init__(self, name: str, client: Callable[[], aiodockerpy.DockerClient]) -> None:
        self.name = name
        self.client = client


def _tls(lab_up, role, version) -> Callable[[], aiodockerpy.DockerClient]:
    url = lab_up(TLS_ENGINES[role]).engine(TLS_ENGINES[role]).tls_url
    folder = certs.folder()

    def client() -> aiodockerpy.DockerClient:
        context = ssl.create_default_context(cafile=folder / "ca.pem")
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        context.minimum_version = context.maximum_version = version
        return aiodockerpy.DockerClient(url, tls=context)

    return client


TLS_ENGINES = {"old": "tls-old", "middle": "tls-middle", "new": "tls"}
WAYS = ("unix", "tcp", "tls1.2", "tls1.3", "ssh")


@pytest.fixture
def way(request, engine, lab_up) -> Way:
    """Each way to each engine."""
    name = request.param
    if name == "unix":
        return Way(name, lambda: aiodockerpy.DockerClient(engine.url))
    if GIVEN_HOST:
        pytest.skip("needs the engines of the lab")
    if name == "tcp":
        return Way(name, lambda: aiodockerpy.DockerClient(engine.tcp_url))
    if name == "ssh":
        home = request.getfixturevalue("home")
        return Way(name, lambda: home.client("openssh", HOST + engine.socket))
    return Way(
        name, _tls(lab_up, engine.role, getattr(ssl.TLSVersion, name.upper().replace("TLS", "TLSv").replace(".", "_")))
    )


@pytest.fixture
def mine() -> str:
    return f"adp{uuid.uuid4().hex[:10]}-"


@asynccontextmanager
async def removed_at_last(*boxes):
    try:
        yield boxes
    finally:
        for box in boxes:
            await box.remove(force=True)


@pytest.mark.both_loops
async def test_promise_05_a_cancelled_read_loses_nothing(engine, box):
    """5000 reads that are cancelled at random moments while 3 MB come."""
    chance = random.Random(5)
    digest, size, timeouts = hashlib.sha256(), 0, 0
    async with FaultProxy(engine.url, Faults(chunk=2048, rate=50_000)) as proxy:
        async with aiodockerpy.DockerClient(proxy.url) as slow:
            box = await slow.containers.get(box.id)
            async with box.exec_run(["seq", "1", "450000"]) as process:
                while True:
                    try:
                        async with asyncio.timeout(chance.uniform(0, 0.001)):
                            chunk = await anext(process, None)
                    except TimeoutError:
                        timeouts += 1
                        if timeouts == 5000:
                            proxy.faults.rate = None
                        continue
                    if chunk is None:
                        break
                    digest.update(chunk.data)
                    size += len(chunk.data)
    expected = b"".join(b"%d\n" % n for n in range(1, 450_001))
    assert size == len(expected) >= 3_000_000
    assert digest.hexdigest() == hashlib.sha256(expected).hexdigest()
    assert timeouts >= 5000


@pytest.mark.parametrize("way", ["unix", "tcp", "tls1.3"], indirect=True)
@pytest.mark.parametrize("kind", ["exec", "attach"])
async def test_promise_06_a_cancelled_write_leaves_no_hole(way, mine, kind):
    async with way.client() as client:
        box = await start(client, f"{mine}a", ["sleep", "1000"], stdin_open=True)
        async with removed_at_last(box):
            stream = box.exec_run(["sleep", "1000"], stdin=True) if kind == "exec" else box.attach(stdin=True)
            async with stream as process:
                await process.write(b"begun")
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.3):
                        await process.write(bytes(64 * MB))
                for again in (process.write(b"x"), process.stdin.writelines([b"x"]), process.write_eof()):
                    with pytest.raises(errors.StdinClosed, match="cancelled") as caught:
                        await again
                    assert caught.value.partial


async def test_promise_06_a_cancelled_write_to_a_websocket_leaves_no_hole(client, prefix):
    box = await start(client, f"{prefix}a", ["sleep", "1000"], stdin_open=True)
    async with box.attach(stdin=True, ws=True) as process:
        await process.write(b"begun")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await process.write(bytes(64 * MB))
        with pytest.raises(errors.StdinClosed, match="cancelled") as caught:
            await process.write(b"x")
        assert caught.value.partial


async def test_promise_06_a_write_cancelled_before_its_first_byte_leaves_the_input_whole(box):
    async with box.exec_run(["cat"], stdin=True) as process:
        task = asyncio.create_task(process.write(b"never"))
        task.cancel()
        await asyncio.wait({task})
        assert await process.communicate(b"all of it") == b"all of it"


LATE = ["sh", "-c", "cat >/dev/null; echo late; head -c 4000000 /dev/zero"]
RUNS = 15


@pytest.mark.slow
@pytest.mark.both_loops
@pytest.mark.timeout(300)
@pytest.mark.parametrize("way", WAYS, indirect=True)
@pytest.mark.parametrize("kind", ["exec", "attach"])
async def test_promise_09_the_input_ends_and_all_later_output_arrives(way, mine, kind):
    """15 times: 20 MB through ``cat``, or 4 MB that are written after the end of the input."""
    data = random.Random(9).randbytes(20_000_000)
    late = b"late\n" + bytes(4_000_000)
    async with way.client() as client:
        if kind == "exec":
            boxes = [await start(client, f"{mine}a", ["sleep", "1000"])]
        else:
            boxes = [
                await client.containers.create(
                    IMAGE, command, name=f"{mine}{n}", stdin_open=True, network_mode="none", log_config={"Type": "none"}
                )
                for n, command in enumerate([["cat"], LATE])
            ]
        async with removed_at_last(*boxes):
            for run in range(RUNS):
                echoes = run % 2
                box = boxes[0] if kind == "exec" else boxes[1 - echoes]
                command = ["cat"] if echoes else LATE
                process = box.exec_run(command, stdin=True) if kind == "exec" else box.attach(stdin=True)
                async with asyncio.timeout(60), process:
                    if kind == "attach":
                        await box.start()
                    got = await process.communicate(data if echoes else data[:1_000_000])
                    assert got == (data if echoes else late), (run, len(got))
                    assert await process.wait() == 0


@pytest.mark.both_loops
@pytest.mark.parametrize("way", ["unix", "tcp", "tls1.3"], indirect=True)
@pytest.mark.parametrize("command", [["true"], ["head", "-c", "10"]], ids=lambda command: command[0])
async def test_promise_10_a_process_that_does_not_read_its_input(way, mine, command):
    async with way.client() as client:
        box = await start(client, f"{mine}a", ["sleep", "1000"])
        async with removed_at_last(box), asyncio.timeout(30), box.exec_run(command, stdin=True) as process:
            output = await process.communicate(b"0123456789" * 2_600_000)
            assert output == (b"0123456789" if command[0] == "head" else b"")
            assert await process.wait() == 0
            with pytest.raises(errors.StdinClosed) as caught:
                await process.write(b"x")
            assert not caught.value.partial


async def test_promise_10_a_main_process_that_does_not_read_its_input(client, prefix):
    box = await client.containers.create(
        IMAGE, ["head", "-c", "10"], name=f"{prefix}a", stdin_open=True, network_mode="none"
    )
    async with asyncio.timeout(30), box.attach(stdin=True) as process:
        await box.start()
        assert await process.communicate(b"0123456789" * 2_600_000) == b"0123456789"
        assert await process.wait() == 0


@pytest.mark.both_loops
@pytest.mark.parametrize("tcp", [False, True], ids=["unix", "tcp"])
@pytest.mark.parametrize("kind", ["exec", "attach"])
async def test_promise_11_what_came_before_a_reset_is_delivered(engine, client, prefix, tcp, kind):
    """150 000 bytes wait in the sockets when the connection is reset, with input that nobody has read."""
    if tcp and engine.tcp_url is None:
        pytest.skip("the engine is not reached by TCP")
    command = ["sh", "-c", "read x; head -c 149999 /dev/zero; echo; sleep 100"]  # attaching to what goes on loses some
    box = await start(client, f"{prefix}a", command if kind == "attach" else ["sleep", "1000"], stdin_open=True)
    async with FaultProxy(engine.tcp_url if tcp else engine.url, tcp=tcp) as proxy:
        async with aiodockerpy.DockerClient(proxy.url) as cut:
            box = await cut.containers.get(box.id)
            stream = box.exec_run(command, stdin=True) if kind == "exec" else box.attach(stdin=True)
            async with stream as process:
                await process.write(b"\n")
                await proxy.until(lambda proxy: proxy.bytes_to_client > 150_000)
                proxy.faults.stall_request_after = 0  # what is written from now on stays unread
                await process.write(bytes(250_000))  # more than the proxy takes from its socket
                await asyncio.sleep(0.3)
                await proxy.cut_all(reset=True)
                proxy.faults.stall_request_after = None
                got = []
                with pytest.raises(errors.StreamInterrupted):
                    async for chunk in process:
                        got.append(len(chunk.data))
            assert sum(got) == 150_000


@pytest.mark.parametrize("reset", [False, True], ids=["end", "reset"])
async def test_promise_11_the_beginning_of_a_line_is_delivered_before_a_cut(engine, box, reset):
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        mine = await cut.containers.get(box.id)
        async with mine.exec_run(["sh", "-c", "printf 'a\\nb'; sleep 1000"]) as process:
            lines = process.lines()
            assert await anext(lines) == LogLine("stdout", b"a")
            await proxy.cut_all(reset=reset)
            assert await anext(lines) == LogLine("stdout", b"b", partial=True)
            with pytest.raises(errors.StreamInterrupted):
                await anext(lines)
        async with mine.exec_run(["sh", "-c", "printf abc; sleep 1000"]) as process:
            assert await process.stdout.read(1) == b"a"
            await proxy.cut_all(reset=reset)
            for reading in (process.stdout.readline, process.stderr.read, process.stdout.read, process.communicate):
                with pytest.raises(errors.StreamInterrupted):
                    await reading()
            assert await process.stdout.read(100) == b"bc"


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


async def test_promise_12_what_the_engine_makes_up_after_a_cut_is_no_exit_code(engine, box):
    """Engine 20.10 reports 126 of a process that has ended if it could not deliver its output."""
    command = ["sh", "-c", "echo x; until [ -e /go ]; do sleep 0.05; done; seq 3; exit 7"]
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        mine = await cut.containers.get(box.id)
        async with mine.exec_run(command) as process:
            assert (await anext(process)).data == b"x\n"
            await proxy.cut_all()
            await box.write_bytes("/go", b"")
            while (await process.inspect()).running:
                await asyncio.sleep(0.01)
            ended = (await asyncio.gather(process.wait(), return_exceptions=True))[0]
            assert getattr(ended, "exit", ended) == 7
            assert await process.wait() == process.exit_code == 7


async def test_the_code_that_engines_make_up_may_be_a_process_own(box):
    """Of some of many processes, engine 20.10 reports the end two seconds late."""
    running = (box.exec_run(["sh", "-c", "echo x; exit 126"]) for _ in range(8))
    assert await asyncio.gather(*running) == [(126, b"x\n")] * 8


@pytest.mark.parametrize("kind", ["exec", "attach"])
async def test_promise_12_how_a_process_ends_is_known_though_its_output_was_cut(engine, client, prefix, kind):
    command = ["sh", "-c", "echo x; until [ -e /go ]; do sleep 0.05; done; exit 7"]
    box = await start(client, f"{prefix}a", command if kind == "attach" else ["sleep", "1000"])
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        mine = await cut.containers.get(box.id)
        async with mine.exec_run(command) if kind == "exec" else mine.attach(logs=True) as process:
            assert (await anext(process)).data == b"x\n"
            await proxy.cut_all()
            with pytest.raises(errors.StreamInterrupted):
                await anext(process)
            await box.write_bytes("/go", b"")
            while kind == "exec" and (await process.inspect()).running:
                await asyncio.sleep(0.05)
            assert await process.wait() == 7


@pytest.mark.parametrize("tty", [False, True], ids=["pipes", "terminal"])
@pytest.mark.parametrize("ws", [False, True], ids=["attach", "websocket"])
async def test_promise_12_a_cut_is_no_end_for_who_writes_either(engine, client, prefix, tty, ws):
    box = await start(client, f"{prefix}a", ["cat"], stdin_open=True, tty=tty)
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        async with (await cut.containers.get(box.id)).attach(stdin=True, ws=ws) as process:
            await process.write(b"hello\n")
            assert b"hello" in (await anext(process)).data
            await proxy.cut_all()
            with pytest.raises(errors.StreamInterrupted) as caught:
                async with asyncio.timeout(20):
                    [chunk async for chunk in process]
        assert caught.value.received >= 5
        assert caught.value.exit is None


async def test_promise_12_who_leaves_sees_an_end(client, prefix):
    """The engine ends the output for the keys to leave a terminal, and for the end of an input that others may use."""
    terminal = await start(client, f"{prefix}a", ["cat"], stdin_open=True, tty=True)
    async with asyncio.timeout(20), terminal.attach(stdin=True) as process:
        await process.write(b"hello\n\x10")
        await process.write(b"\x11")
        [chunk async for chunk in process]
    await terminal.reload()
    assert terminal.status == "running"


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


async def test_promise_20_a_race_for_the_first_use_starts_it_once(client, box):
    """The first read and the first write at the same moment, twenty times."""
    async with client.events(filters={"container": [box.id], "event": ["exec_start"]}) as events:
        for number in range(20):
            async with box.exec_run(["cat", f"/proc/{number}/none", "-"], stdin=True) as process:
                first, _ = await asyncio.gather(process.stdout.read(1), process.write(b"y"))
                assert first == b"y"
        starts = [await anext(events) for _ in range(20)]
        assert len({event.actor.attributes["execID"] for event in starts}) == 20
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(events), 0.3)


@pytest.mark.slow
async def test_promise_21_large_input_with_large_output(box):
    """256 MB through ``cat``, written and read at the same time, in memory that does not grow."""
    block, count = random.Random(21).randbytes(MB), 256
    sent, got = hashlib.sha256(), hashlib.sha256()
    size = most = 0

    async def feed(process):
        for _ in range(count):
            sent.update(block)
            await process.write(block)
        await process.write_eof()

    async with asyncio.timeout(100), box.exec_run(["cat"], stdin=True) as process:
        feeding = asyncio.create_task(feed(process))
        async for chunk in process:
            got.update(chunk.data)
            size += len(chunk.data)
            if size < 16 * MB:
                before = memory()  # buffers have their size by now
            most = max(most, memory() - before)
        await feeding
        assert await process.wait() == 0
    assert size == count * MB
    assert got.digest() == sent.digest()
    assert most <= 4 * MB


async def test_promise_21_in_one_go_too(box):
    data = random.Random(21).randbytes(MB) * 32
    async with box.exec_run(["cat"], stdin=True) as process:
        assert hashlib.sha256(await process.communicate(data)).digest() == hashlib.sha256(data).digest()
