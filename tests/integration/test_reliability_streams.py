"""Streams: left early, closed, cut at any byte, garbled, quiet, many at once, and read slowly."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import time
import warnings
from contextlib import suppress

import pytest
import pytest_asyncio

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy._protocol.frames import Chunk, FrameDecoder
from aiodockerpy._protocol.lines import LineDecoder
from aiodockerpy._transport.sockets.connect import Target
from aiodockerpy._transport.sockets.dial import UnixAddress
from aiodockerpy.streams.output import chunk_decoder
from tests.integration.conftest import GIVEN_HOST, ROLES
from tests.integration.test_hijack import PLAIN, UPGRADE, post
from tests.lab.clock import DrivenLoop, passes, until
from tests.lab.faults import FaultProxy, Faults
from tests.lab.leaks import Snapshot, remaining
from tests.lab.private import PrivateEngine

IMAGE = "busybox:1"
MB = 1 << 20
TALKS = ["sh", "-c", "while :; do echo x; sleep 0.02; done"]
QUIET_SECONDS = float(os.environ.get("AIODOCKERPY_QUIET_SECONDS", "2"))
"""Seconds for which `test_promise_19_nothing_ends_a_quiet_stream` really waits."""


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


# ---- 3, 4: the end of a stream


EARLY = {
    "logs": lambda client, box: box.logs(follow=True),
    "chunks": lambda client, box: box.logs(follow=True).chunks(),
    "follow_logs": lambda client, box: box.follow_logs(),
    "exec": lambda client, box: box.exec_run(["sh", "-c", "echo x; echo y; sleep 0.5"]),
    "attach": lambda client, box: box.attach(),
    "websocket": lambda client, box: box.attach(ws=True, stdin=True),
    "stats": lambda client, box: box.stats(),
    "events": lambda client, box: client.events(since=1),
    "export": lambda client, box: box.export(),
    "get_archive": lambda client, box: box.get_archive("/bin"),
    "save": lambda client, box: client.api.images.get(IMAGE),
}


async def leave_early(stream, way):
    """Begin to read, and leave: by a break, by an exception, or cancelled."""
    if way == 0:
        async with stream:
            async for _ in stream:
                break
    elif way == 1:
        with suppress(ZeroDivisionError):
            async with stream:
                async for _ in stream:
                    raise ZeroDivisionError
    else:
        begun = asyncio.Event()

        async def read():
            async with stream:
                async for _ in stream:
                    begun.set()

        task = asyncio.create_task(read())
        waiting = asyncio.create_task(begun.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        task.cancel()
        waiting.cancel()
        await asyncio.wait({task, waiting})


@pytest.mark.slow
@pytest.mark.parametrize("kind", EARLY)
async def test_promise_03_left_early_nothing_stays_open(client, prefix, kind):
    """A hundred of each kind."""
    box = await start(client, f"{prefix}box", TALKS)
    await client.ping()
    before = Snapshot.take()
    for _ in range(5):
        await asyncio.gather(*(leave_early(EARLY[kind](client, box), number % 3) for number in range(20)))
    assert client.diagnostics().streams == ()
    left = await remaining(before, settle=2)
    assert [what for what in left if "docker.sock" in what or "task" in what] == []


@pytest.fixture
def no_collector():
    """No garbage collector: what is abandoned may only go because nothing refers to it."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("kind", EARLY)
async def test_promise_03_an_abandoned_iterator_warns_and_closes(client, prefix, kind, no_collector):
    box = await start(client, f"{prefix}box", TALKS)
    for _ in range(10):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            stream = EARLY[kind](client, box)
            assert await anext(stream)
            del stream
        assert "was left open" in str(
            [str(warning.message) for warning in caught if warning.category is ResourceWarning]
        )
        assert client.diagnostics().streams == ()


async def fill(client, box, streams: int):
    """Open streams that are read, one that is awaited, and processes whose input is blocked."""

    async def follow():
        async with box.logs(follow=True) as lines:
            return [line async for line in lines]

    async def write():
        async with box.exec_run(["sleep", "1000"], stdin=True) as process:
            await process.write(bytes(64 * MB))

    tasks = [asyncio.create_task(follow()) for _ in range(streams - 10)]
    tasks += [asyncio.create_task(write()) for _ in range(10)]
    tasks.append(asyncio.create_task(_awaited(box.logs(follow=True))))
    while len(client.diagnostics().streams) < streams + 1:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    return tasks


async def _awaited(stream):
    return await stream


def check_ends(ends) -> None:
    """Those who iterate see the end, those who write are refused, and a part is not the whole."""
    assert [type(end).__name__ for end in ends[-11:]] == ["StdinClosed"] * 10 + ["RuntimeError"]
    assert "closed while it was awaited" in str(ends[-1])
    assert all(isinstance(end, list) for end in ends[:-11])


async def test_promise_04_closing_the_client_ends_every_stream(engine, prefix):
    before = Snapshot.take()
    async with aiodockerpy.DockerClient(engine.url) as client:
        box = await start(client, f"{prefix}a", TALKS)
        tasks = await fill(client, box, 100)
        await asyncio.wait_for(client.close(), 10)
        check_ends(await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10))
    assert await remaining(before) == []


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
async def test_promise_04_closing_does_not_wait_for_a_frozen_engine(role):
    if GIVEN_HOST:
        pytest.skip("needs an engine that may be frozen")
    async with PrivateEngine(role) as engine:
        before = Snapshot.take()
        async with aiodockerpy.DockerClient(engine.url) as client:
            box = await start(client, "box", TALKS)
            tasks = await fill(client, box, 100)
            engine.pause()
            try:
                calls = [asyncio.create_task(client.info()) for _ in range(40)]
                await asyncio.sleep(0.2)
                assert client.diagnostics().pool_in_use == 32
                await asyncio.wait_for(client.close(), 10)
                check_ends(await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10))
                ends = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 10)
                assert all(isinstance(end, (errors.DockerException, RuntimeError)) for end in ends)
                assert await remaining(before) == []
            finally:
                engine.resume()


# ---- 13 to 16: what comes over the wire


class Garble:
    """Garbles the head of the frame that holds ``marker``, or lets nothing through after some bytes of the frame."""

    HEAD = b"\x01\0\0\0\0\0\0\x06"

    def __init__(self, new: bytes = b"", *, until: int | None = None) -> None:
        self._new = new
        self._until = until
        self._ended = False

    def __call__(self, block: bytes) -> bytes:
        if self._ended:
            return b""
        place = block.find(self.HEAD)
        if place < 0:
            return block
        if self._until is None:
            return block.replace(self.HEAD, self._new)
        self._ended = True
        return block[: place + self._until]


GARBLED = {
    "unknown type": {"new": b"\x07\0\0\0\0\0\0\x06"},
    "too long": {"new": b"\x01\0\0\0\xff\xff\xff\xff"},
    "cut inside its head": {"until": 5},
    "cut inside its data": {"until": 11},
}


@pytest.mark.parametrize(
    ("kind", "garbled"),
    [
        (kind, garbled)
        for kind in ("exec", "attach", "logs")
        for garbled in GARBLED
        if kind != "logs" or "cut" not in garbled  # chunks end before: promise 14
    ],
)
async def test_promise_13_a_broken_frame_is_told_with_its_place(engine, client, prefix, kind, garbled):
    # The last line ends, and is not the end: 20.10 may lose what comes with the end of a container whose log is followed.
    command = ["sh", "-c", "[ -e /go ] || sleep 0.5; printf 'before\\n'; sleep 0.3; printf 'marke\\n'; sleep 3"]
    box = await start(client, f"{prefix}a", command if kind != "exec" else ["sleep", "1000"])
    faults = Faults(tamper=Garble(**GARBLED[garbled]))
    async with FaultProxy(engine.url, faults) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        other = await cut.containers.get(box.id)
        streams = {
            "exec": lambda: other.exec_run(command),
            "attach": lambda: other.attach(logs=True),
            "logs": lambda: other.logs(follow=True).chunks(),
        }
        got = b""
        broken = errors.StreamInterrupted if "cut" in garbled else errors.ProtocolError
        with pytest.raises(broken, match=r"frame|header") as caught:
            async with streams[kind]() as stream:
                async for chunk in stream:
                    got += chunk.data
        assert got.replace(b"mar", b"") == b"before\n"
        place = getattr(caught.value, "offset", None) or caught.value.received
        assert place >= len(b"before\n") + 8


async def read_all(stream) -> int:
    size = 0
    async with stream:
        async for piece in stream:
            size += len(piece) if isinstance(piece, bytes) else 1
    return size


async def two_samples(box):
    async with box.stats() as samples:
        for _ in range(2):
            await anext(samples)


CUT = {
    "logs": lambda box, client, path: _awaited(box.logs()),
    "get_archive": lambda box, client, path: read_all(box.client.api.containers.archive(box.id, "/bin/busybox")),
    "copy_out": lambda box, client, path: box.copy_out("/bin/busybox", path),
    "export": lambda box, client, path: read_all(box.export()),
    "save": lambda box, client, path: client.api.images.get(IMAGE).save(path),
    "stats": lambda box, client, path: two_samples(box),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", CUT)
async def test_promise_14_a_cut_answer_is_never_whole(engine, client, prefix, kind, tmp_path):
    """Cut at 50 random places of the answer."""
    box = await start(client, f"{prefix}a", ["sh", "-c", "seq 1 60000; sleep 1000"])
    chance = random.Random(14)
    async with FaultProxy(engine.url) as whole, aiodockerpy.DockerClient(whole.url) as other:
        other_box = await other.containers.get(box.id)
        await other_box.stat("/bin/busybox")
        before = whole.bytes_to_client
        await CUT[kind](other_box, other, tmp_path / "whole")
        total = whole.bytes_to_client - before
    told = []

    async def cut(offset, number):
        async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as other:
            mine = await other.containers.get(box.id)
            await mine.stat("/bin/busybox")
            # Calls before the stream share one connection that was used already: they pass as long as it is not cut.
            proxy.faults.cut_after = offset
            with pytest.raises(errors.StreamInterrupted) as caught:
                await CUT[kind](mine, other, tmp_path / f"part{number}")
            told.append(caught.value.received)

    offsets = [chance.randrange(3_500 if kind != "stats" else 500, max(total - 1_500, 900)) for _ in range(50)]
    for begin in range(0, 50, 10):
        await asyncio.gather(*(cut(offset, number) for number, offset in enumerate(offsets[begin : begin + 10], begin)))
    assert len(told) == 50
    assert all(received < total for received in told)
    assert [path.name for path in tmp_path.iterdir() if path.name != "whole"] == []


@pytest.mark.parametrize("kind", ["chunks", "lines"])
async def test_promise_11_what_came_of_a_log_before_a_cut_is_delivered(engine, client, prefix, kind):
    """Cut at 30 random places: in headers, in lines, between them. The beginning of a line says that it goes on."""
    box = await start(client, f"{prefix}a", ["sh", "-c", "seq 1 30000; sleep 1000"])
    sent = [b"%d\n" % number for number in range(1, 30_001)]
    framed = b"".join(b"\1\0\0\0" + len(line).to_bytes(4, "big") + line for line in sent)
    while len(await box.logs(tail=1)) != len(sent[-1]):
        await asyncio.sleep(0.05)
    chance = random.Random(11)
    for _ in range(30):
        async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as other:
            mine = await other.containers.get(box.id)
            proxy.faults.cut_after = chance.randrange(3_500, len(framed))
            got = b""
            with pytest.raises(errors.StreamInterrupted) as caught:
                async with mine.logs(follow=True) if kind == "lines" else mine.logs(follow=True).chunks() as stream:
                    async for item in stream:
                        got += item.data
                        got += b"\n" if kind == "lines" and not item.partial else b""
        assert got == payload(framed[: caught.value.received])


def payload(data: bytes) -> bytes:
    """What is in frames, of which the last may be cut."""
    found = b""
    while data:
        length = int.from_bytes(data[4:8], "big")
        found += data[8 : 8 + length]
        data = data[8 + length :]
    return found


@pytest.mark.parametrize("upgrade", [UPGRADE, PLAIN], ids=["101", "200"])
@pytest.mark.parametrize("tty", [False, True], ids=["pipes", "terminal"])
@pytest.mark.parametrize(("out", "err"), [(True, True), (True, False), (False, True)], ids=["both", "out", "err"])
async def test_promise_15_the_same_bytes_on_all_engines(engine, box, upgrade, tty, out, err):
    """Whether there are frames is known from the terminal alone, whatever the engine says of its content."""
    created = await box.client.api.exec.create(
        box.id,
        aiodockerpy.models.ExecCreateRequest(
            cmd=["sh", "-c", "echo one; sleep 0.1; echo two >&2; sleep 0.1; printf '\\001\\000\\000\\000three'"],
            attach_stdout=out,
            attach_stderr=err,
            tty=tty,
        ),
    )
    body = json.dumps({"Detach": False, "Tty": tty}).encode()
    chunks: list[Chunk] = []
    for version in ("", "/v1.41"):
        if version:  # the same once more, in the words of the oldest version
            created = await box.client.api.exec.create(
                box.id,
                aiodockerpy.models.ExecCreateRequest(cmd=["printf", "three"], attach_stdout=True, tty=tty),
            )
        target = Target(UnixAddress(engine.socket), timeout=10)
        async with await post(target, f"{version}/exec/{created.id}/start", body, upgrade) as connection:
            assert connection.status == (101 if upgrade else 200)
            decoder = chunk_decoder(connection, tty=tty)
            found: list[Chunk] = []
            while piece := await connection.read():
                found += decoder.feed(piece)
            decoder.close()
        if version:
            assert b"".join(chunk.data for chunk in found) == b"three"
        else:
            chunks = found
    binary = b"\x01\0\0\0three"
    text = {name: b"".join(chunk.data for chunk in chunks if chunk.stream == name) for name in ("stdout", "stderr")}
    if tty:
        wanted = b"one\r\ntwo\r\n" + binary
        assert text == {"stdout": wanted if out else b"", "stderr": b""}
    else:
        assert text == {"stdout": b"one\n" + binary if out else b"", "stderr": b"two\n" if err else b""}


async def test_promise_16_any_split_gives_the_same(engine, box):
    """10 000 splits of what an engine really sent."""
    command = (
        "printf 'gr\\303'; sleep 0.05; printf '\\274n\\n\\342\\202' ; sleep 0.05; printf 'b\\303' >&2; sleep 0.05; "
        "printf '\\254\\n'; printf '\\245r\\n' >&2; echo; printf 'l\\360\\237'; sleep 0.05; printf '\\220\\263t'; seq 1 20"
    )
    created = await box.client.api.exec.create(
        box.id,
        aiodockerpy.models.ExecCreateRequest(cmd=["sh", "-c", command], attach_stdout=True, attach_stderr=True),
    )
    target = Target(UnixAddress(engine.socket), timeout=10)
    recorded = b""
    async with await post(target, f"/exec/{created.id}/start", b'{"Detach":false,"Tty":false}', UPGRADE) as connection:
        while piece := await connection.read():
            recorded += piece

    def decoded(pieces):
        frames, lines = FrameDecoder(), LineDecoder(FrameDecoder())
        chunks = [chunk for piece in pieces for chunk in frames.feed(piece)]
        texts = [line for piece in pieces for line in lines.feed(piece)]
        frames.close()
        texts += lines.flush()
        return chunks, texts, [line.text for line in texts]

    whole = decoded([recorded])
    assert {"grün", "€", "bår", ""} <= set(whole[2])
    assert "l🐳t1" in whole[2]
    assert len(whole[0]) >= 5
    chance = random.Random(16)
    for _ in range(10_000):
        places = sorted(chance.choices(range(len(recorded)), k=chance.randrange(1, 12)))
        pieces = [recorded[a:b] for a, b in zip([0, *places], [*places, len(recorded)], strict=True)]
        assert decoded(pieces) == whole


# ---- 17 to 19: slow readers, long lines, silence


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_promise_17_a_process_waits_for_a_slow_reader(client, box):
    """Twenty processes that write without an end, and nobody reads."""
    streams = [box.exec_run(["cat", "/dev/zero"]) for _ in range(20)]
    before = memory()
    try:
        for stream in streams:
            await stream.__aenter__()
            await anext(stream)
        pumps = [stream._stream for stream in client._session._registry.streams()]
        assert len(pumps) == 20
        await until(lambda: all(pump._paused for pump in pumps))
        held = [pump._buffered for pump in pumps]
        await asyncio.sleep(5)
        assert [pump._buffered for pump in pumps] == held
        assert max(held) <= MB
        assert memory() - before <= 20 * 2 * MB
    finally:
        for stream in streams:
            await stream.aclose()


@pytest.mark.parametrize("kind", ["exec", "logs"])
async def test_promise_18_a_long_line_comes_in_pieces_that_say_so(client, prefix, box, kind):
    command = ["sh", "-c", "head -c 10000000 /dev/zero | tr '\\0' x; echo; echo short; sleep 1000"]
    if kind == "exec":
        stream = box.exec_run(command)
    else:
        stream = (await start(client, f"{prefix}long", command)).logs(follow=True)
    lines = []
    async with asyncio.timeout(60), stream:
        async for line in stream.lines() if kind == "exec" else stream:
            lines.append(line)
            if line.text == "short":
                break
    *pieces, last, short = lines
    assert all(line.partial and len(line.data) <= MB for line in pieces)
    assert not last.partial
    assert sum(len(line.data) for line in (*pieces, last)) == 10_000_000
    assert set(b"".join(line.data for line in (*pieces, last))) == {ord("x")}
    assert (short.text, short.partial) == ("short", False)


WAITS = ["sh", "-c", "until [ -e /go ]; do sleep 0.05; done; echo x; sleep 1000"]


def quiet(client, box, **options):
    """Handles that have nothing to say until there is a file ``/go``."""
    return {
        "logs": box.logs(follow=True, **options),
        "chunks": box.logs(follow=True, **options).chunks(),
        "follow_logs": box.follow_logs(**options),
        "exec": box.exec_run(WAITS, **options),
        "attach": box.attach(**options),
        "websocket": box.attach(ws=True, stdin=True, **options),
        "events": client.events(filters={"container": [box.id], "event": ["pause"]}, **options),
    }


async def settled(client) -> None:
    """Wait until the client makes no calls."""
    calm = 0
    while calm < 40:
        await asyncio.to_thread(time.sleep, 0.01)
        calm = 0 if client.diagnostics().pool_in_use else calm + 1


async def ticks():
    """Let a driven clock go on."""
    while True:
        await asyncio.to_thread(time.sleep, 0.005)
        await passes(0.005)


def test_promise_19_no_clock_ends_a_quiet_stream(engine, prefix):
    """330 seconds by the clock of the loop: whatever limit was set somewhere would be over."""

    async def main():
        async with aiodockerpy.DockerClient(engine.url) as client:
            box = await start(client, f"{prefix}a", WAITS)
            handles = quiet(client, box)
            for handle in handles.values():
                await handle.__aenter__()
            async with client.containers.watch(filters={"id": [box.id]}) as view:
                reads = {name: asyncio.create_task(anext(handle)) for name, handle in handles.items()}
                reads["wait"] = asyncio.create_task(box.wait())
                reads["view"] = asyncio.create_task(view.until(lambda items: not items))
                await settled(client)
                for _ in range(33):
                    await passes(10)
                    assert [name for name, read in reads.items() if read.done()] == []
                ticking = asyncio.create_task(ticks())
                await box.exec_run(["touch", "/go"])
                await box.pause()
                await box.unpause()
                spoken = [reads[name] for name in handles]
                await until(lambda: all(read.done() for read in spoken))
                assert [getattr(read.result(), "data", b"x").strip() for read in spoken] == [b"x"] * len(handles)
                for handle in handles.values():
                    await handle.aclose()
                await box.remove(force=True)
                await until(lambda: reads["wait"].done() and reads["view"].done())
                assert (await reads["wait"]).status_code == 137
                ticking.cancel()

    with asyncio.Runner(loop_factory=DrivenLoop) as runner:
        runner.run(main())


def test_promise_19_a_limit_on_silence_is_kept(engine, prefix):
    async def main():
        async with aiodockerpy.DockerClient(engine.url) as client:
            box = await start(client, f"{prefix}a", WAITS)
            handles = quiet(client, box, idle_timeout=300)
            for handle in handles.values():
                await handle.__aenter__()
            reads = {name: asyncio.create_task(anext(handle)) for name, handle in handles.items()}
            reads["awaited"] = asyncio.create_task(_awaited(box.logs(follow=True, idle_timeout=300)))
            await until(lambda: len(client.diagnostics().streams) == len(reads))
            await passes(299.9)
            assert [name for name, read in reads.items() if read.done()] == []
            await passes(0.2)
            for name, read in reads.items():
                with pytest.raises(errors.StreamIdle, match=r"300 s \(idle_timeout\)"):
                    await read
                assert name == "awaited" or handles[name].closed
            for handle in handles.values():
                await handle.aclose()

    with asyncio.Runner(loop_factory=DrivenLoop) as runner:
        runner.run(main())


async def test_promise_19_bytes_that_are_no_item_are_no_silence(client, box):
    """A line that grows slowly: there is no item, but no silence either."""
    command = ["sh", "-c", "for i in $(seq 20); do printf x; sleep 0.1; done; echo; sleep 1000"]
    async with box.exec_run(command, idle_timeout=1) as process:
        lines = process.lines()
        assert (await anext(lines)).data == b"x" * 20
        with pytest.raises(errors.StreamIdle):
            await anext(lines)


@pytest.mark.timeout(500)
async def test_promise_19_nothing_ends_a_quiet_stream(client, prefix):
    """Really quiet, for as long as AIODOCKERPY_QUIET_SECONDS says."""
    box = await start(client, f"{prefix}a", WAITS)
    handles = quiet(client, box)
    try:
        for handle in handles.values():
            await handle.__aenter__()
        reads = [asyncio.create_task(anext(handle)) for handle in handles.values()]
        done, _ = await asyncio.wait(reads, timeout=QUIET_SECONDS)
        assert not done
        await box.exec_run(["touch", "/go"])
        await box.pause()
        await box.unpause()
        assert len(await asyncio.wait_for(asyncio.gather(*reads), 30)) == len(handles)
    finally:
        for handle in handles.values():
            await handle.aclose()


# ---- 23: many at once


@pytest.mark.slow
async def test_promise_23_many_streams_starve_nobody(client, box):
    streams = [box.logs(follow=True) for _ in range(500)]
    try:
        for begin in range(0, 500, 50):
            await asyncio.gather(*(stream.__aenter__() for stream in streams[begin : begin + 50]))
        now = client.diagnostics()
        assert (len(now.streams), now.pool_in_use, now.pool_waiting) == (500, 0, 0)
        reads = [asyncio.create_task(anext(stream, None)) for stream in streams]
        for _ in range(4):
            assert await asyncio.gather(*(client.ping() for _ in range(64))) == [True] * 64
        assert not any(read.done() for read in reads)
    finally:
        for stream in streams:
            stream.close()
    assert await asyncio.gather(*reads) == [None] * 500
