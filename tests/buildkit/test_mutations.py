"""What a real exchange becomes when its bytes are changed: every call ends with its result or an error about the connection."""

from __future__ import annotations

import asyncio
import io
import random
import tarfile

import asyncssh
import pytest
from hyperframe.frame import GoAwayFrame, RstStreamFrame, SettingsFrame, WindowUpdateFrame

from aiodockerpy import buildkit, errors
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy.buildkit import _messages as pb
from aiodockerpy.buildkit._rpc.framing import RpcError
from tests.buildkit.engine import CONTROL, FakeEngine

PREFACE, HEAD = 24, 9
DATA, HEADERS = 0, 1
END_STREAM = 1
STAMP = pb.Timestamp(1_700_000_000)
NAME = "the engine at memory"


def frames_of(data: bytes) -> list[bytes]:
    found = []
    while data:
        size = HEAD + int.from_bytes(data[:3], "big")
        found.append(data[:size])
        data = data[size:]
    return found


def rebuilt(frame: bytes, payload: bytes, *, flags: int | None = None, stream: int | None = None) -> bytes:
    """The frame with another payload, whose length is right."""
    head = bytearray(frame[:HEAD])
    head[:3] = len(payload).to_bytes(3, "big")
    if flags is not None:
        head[4] = flags
    if stream is not None:
        head[5:] = stream.to_bytes(4, "big")
    return bytes(head) + payload


def stream_of(frame: bytes) -> int:
    return int.from_bytes(frame[5:HEAD], "big")


def flipped(chance: random.Random, frame: bytes) -> bytes:
    at = chance.randrange(len(frame) * 8)
    out = bytearray(frame)
    out[at // 8] ^= 1 << at % 8
    return bytes(out)


def overwritten(chance: random.Random, frame: bytes) -> bytes:
    """Some bytes of the payload become odd ones: numbers that are negative or huge, no UTF-8, other types of fields."""
    payload = bytearray(frame[HEAD:])
    odd = chance.choice(
        [b"\xff", b"\xff" * 9 + b"\x01", b"\x80" * 10, b"\xc3\x28", b"\x0b", b"\x0d", b"\x7f", bytes(4)]
    )
    at = chance.randrange(len(payload) + 1)
    payload[at : at + chance.choice([0, len(odd)])] = odd
    return rebuilt(frame, bytes(payload))


def prefixed(chance: random.Random, frame: bytes) -> bytes:
    """The first message says that it is compressed, or has another length."""
    prefix = chance.choice(
        [b"\1" + frame[HEAD + 1 : HEAD + 5], b"\0\xff\xff\xff\xff", b"\0\0\0\0\0", b"\0\0\0\0\1", b"\0\1\0\0\0"]
    )
    return rebuilt(frame, prefix + frame[HEAD + 5 :])


def moved(chance: random.Random, frame: bytes) -> bytes:
    return rebuilt(frame, frame[HEAD:], stream=chance.choice([0, 1, 2, 3, 5, 7, 99, 2**31 - 1]))


def reflagged(chance: random.Random, frame: bytes) -> bytes:
    return rebuilt(frame, frame[HEAD:], flags=frame[4] ^ chance.choice([1, 4, 8, 32, 255]))


def retyped(chance: random.Random, frame: bytes) -> bytes:
    return frame[:3] + bytes([chance.randrange(12)]) + frame[4:]


def resized(chance: random.Random, frame: bytes) -> bytes:
    return chance.choice([b"\0\0\0", b"\0\0\1", b"\0\x40\0", b"\0\x40\1", b"\xff\xff\xff"]) + frame[3:]


def shortened(chance: random.Random, frame: bytes) -> bytes:
    return rebuilt(frame, frame[HEAD : chance.randrange(HEAD, len(frame) + 1)])


CHANGES = [flipped, overwritten, prefixed, moved, reflagged, retyped, resized, shortened]


def reset(chance: random.Random, frame: bytes) -> bytes:
    return RstStreamFrame(stream_of(frame) or 1, chance.choice([0, 1, 2, 7, 8, 2**32 - 1])).serialize()


def goodbye(chance: random.Random, frame: bytes) -> bytes:
    return GoAwayFrame(0, chance.choice([0, 1, 3, 2**31 - 1]), chance.choice([0, 2, 11]), b"why").serialize()


def window(chance: random.Random, frame: bytes) -> bytes:
    return WindowUpdateFrame(chance.choice([0, stream_of(frame)]), chance.choice([1, 2**31 - 1])).serialize()


def settings(chance: random.Random, frame: bytes) -> bytes:
    return SettingsFrame(0, {chance.randrange(8): chance.choice([0, 1, 16384, 2**31, 2**32 - 1])}).serialize()


def noise(chance: random.Random, frame: bytes) -> bytes:
    return chance.randbytes(chance.randrange(1, 40))


ADDITIONS = [reset, goodbye, window, settings, noise]


class Changed:
    """The end of a connection that the library has; what comes is changed at one frame.

    Args:
        below: The end of the connection in memory.
        change: Makes of a frame, given its number, what comes instead; ``None`` ends the connection.
    """

    peer = "memory"

    def __init__(self, below, change) -> None:
        self._below = below
        self._change = change
        self._seen = 0
        self.preface = 0
        self.ended = False

    @property
    def closed_early(self) -> bool:
        return self._below.closed_early

    async def read(self) -> bytes:
        while not self.ended and (data := await self._below.read()):
            out = data[: self.preface]
            data, self.preface = data[self.preface :], max(0, self.preface - len(data))
            for frame in frames_of(data):
                changed = self._change(self._seen, frame)
                self._seen += 1
                if changed is None:
                    self.ended = True
                    break
                out += changed
            if out:
                return out
        return b""

    async def write(self, data: bytes) -> None:
        await self._below.write(data)

    async def aclose(self) -> None:
        await self._below.aclose()


class Cut:
    """The end of a connection that the library has; it breaks after so many bytes in one direction.

    Args:
        below: The end of the connection in memory.
        reads: Bytes that are read before.
        writes: Bytes that are written before.
    """

    peer = "memory"

    def __init__(self, below, reads: int, writes: int) -> None:
        self._below = below
        self._reads, self._writes = reads, writes
        self.read_so_far = self.written = 0

    @property
    def closed_early(self) -> bool:
        return self._below.closed_early

    async def read(self) -> bytes:
        data = await self._below.read() if self._reads else b""
        data = data[: self._reads]
        self._reads -= len(data)
        self.read_so_far += len(data)
        if not self._reads:
            await self._below.peer.aclose()
        return data

    async def write(self, data: bytes) -> None:
        part = bytes(data[: self._writes])
        self._writes -= len(part)
        self.written += len(part)
        await self._below.write(part)
        if not self._writes:
            await self._below.peer.aclose()
            raise errors.StdinClosed("the process no longer reads its input: Broken pipe")

    async def aclose(self) -> None:
        await self._below.aclose()


class ChangedEngine(FakeEngine):
    """An engine one of whose connections is changed on its way, or cut."""

    def __init__(self, which: str, change=None, *, cut: tuple[int, int] | None = None) -> None:
        direct = which == "Direct"
        super().__init__(play, version="1.53" if direct else "1.51", has_upgrade=not direct)
        self._which = which
        self._at = change
        self._cut = cut
        self.cut: Cut | None = None
        self.methods = {f"{CONTROL}Info": _info, f"{CONTROL}DiskUsage": _usage, f"{CONTROL}Prune": _prune}

    async def upgrade(self, call):
        return self._changed(call.operation.id, await super().upgrade(call))

    async def dial(self, call, protocol):
        return self._changed("Direct", await super().dial(call, protocol))

    def _changed(self, name: str, below) -> Changed | Cut:
        if self._cut is not None and name == self._which:
            self.cut = Cut(below, *self._cut)
            return self.cut
        changed = Changed(below, self._at if name == self._which else lambda _, frame: frame)
        changed.preface = PREFACE * (name == "Session")
        return changed


RECORDS = [pb.UsageRecord(id=f"r{number}", size=number << 40, description="é", created_at=STAMP) for number in range(3)]


async def _info(call) -> None:
    await call.answer(pb.InfoResponse(pb.BuildkitVersion("github.com/moby/buildkit", "v0.25.1", "abc")))


async def _usage(call) -> None:
    await call.answer(pb.DiskUsageResponse(RECORDS))


async def _prune(call) -> None:
    for record in RECORDS:
        await call.answer(record)


async def play(engine: FakeEngine, request: pb.SolveRequest) -> pb.SolveResponse:
    """A build that asks for a login, a secret, a directory, an upload and an agent, sends an output, and reports progress."""
    session = engine.session(request)
    engine.tell(
        vertexes=[pb.Vertex("a", name="RUN é", started=STAMP)], logs=[pb.VertexLog("a", stream=1, msg=b"one\n")]
    )
    try:
        await session.unary("/moby.filesync.v1.Auth/Credentials", pb.CredentialsRequest("r"), pb.CredentialsResponse)
        await session.unary(
            "/moby.buildkit.secrets.v1.Secrets/GetSecret", pb.GetSecretRequest("s"), pb.GetSecretResponse
        )
        async with session.call("/moby.filesync.v1.FileSync/DiffCopy", {"dir-name": ["dockerfile"]}) as call:
            while pb.Packet.decode(await call.recv() or b"").stat is not None:
                pass
            await call.send(pb.Packet(type=pb.PACKET_REQ, id=0).encode())
            while (data := await call.recv()) is not None and pb.Packet.decode(data).data:
                pass
            await call.send(pb.Packet(type=pb.PACKET_FIN).encode())
            while await call.recv() is not None:
                pass
        path = request.frontend_attrs["context"].rpartition("/")[2]
        async with session.call("/moby.upload.v1.Upload/Pull", {"urlpath": [path]}) as call:
            await call.end()
            while await call.recv() is not None:
                pass
        async with session.call("/moby.sshforward.v1.SSH/ForwardAgent", {"buildkit.ssh.id": ["default"]}) as call:
            await call.send(pb.BytesMessage(b"\0\0\0\1\x0b").encode())
            await call.recv()
            await call.end()
            while await call.recv() is not None:
                pass
        async with session.call("/moby.filesync.v1.FileSend/DiffCopy") as call:
            await call.send(pb.BytesMessage(b"tar").encode())
            await call.end()
            while await call.recv() is not None:
                pass
    except errors.DockerException as error:
        raise RpcError(2, f"the session failed: {error}") from None
    engine.tell(vertexes=[pb.Vertex("a", name="RUN é", started=STAMP, completed=STAMP)])
    return pb.SolveResponse({"containerimage.digest": "sha256:1"})


def context() -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("a"))
    return archive.getvalue()[:2048]


KEY = ""


@pytest.fixture(autouse=True, scope="module")
def _key(tmp_path_factory) -> None:
    global KEY
    KEY = str(tmp_path_factory.mktemp("key") / "key")
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(KEY)


def kit(engine: FakeEngine) -> buildkit.BuildKit:
    return buildkit.BuildKit(engine)


async def build(engine: FakeEngine):
    builder = kit(engine)
    builder._features = buildkit.EngineFeatures(ApiVersion(1, 51), containerd_store=False)
    output = []

    async def write(data: bytes) -> None:
        output.append(data)

    options = buildkit.BuildOptions(
        context=context(),
        dockerfile_text="FROM x",
        secrets={"s": b"hunter2"},
        ssh={"default": KEY},
        outputs=[buildkit.Output.tar(write)],
    )
    result = await buildkit.solve(engine, builder, options)
    return result.image_id, output


CALLS = {
    "workers": lambda engine: kit(engine).workers(),
    "info": lambda engine: kit(engine).info(),
    "disk_usage": lambda engine: kit(engine).disk_usage(),
    "prune": lambda engine: kit(engine).prune(),
    "build": build,
}
EXCHANGES = [*((name, "Grpc") for name in CALLS), ("build", "Session"), ("build", "Direct")]


async def exchange(name: str, engine: ChangedEngine):
    """Make a call over a connection that is changed; return its result or its error."""
    before = asyncio.all_tasks()
    async with engine:
        calling = asyncio.create_task(CALLS[name](engine))
        await _ended_or_idle(engine, calling)
        ends = [end for some in engine.ends.values() for end in some]
        assert not calling.done() or all(end.eof for end in ends), "a connection is left open"
        for end in ends:
            await end.aclose()  # an engine that says no more has gone away
        await asyncio.wait([calling], timeout=30)
        assert calling.done(), "the call hangs"
    async with asyncio.timeout(30):
        while asyncio.all_tasks() - before:
            await asyncio.sleep(0.001)
    return calling.exception() or calling.result()


async def _ended_or_idle(engine: ChangedEngine, calling: asyncio.Task) -> None:
    """Wait until the call has ended, or nothing has been written for long."""
    written, idle = -1, 0
    while not calling.done() and idle < 60:
        await asyncio.sleep(0 if idle < 20 else 0.001)  # a thread may be at work, and needs time instead of turns
        now = sum(end.written + end.peer.written for ends in engine.ends.values() for end in ends)
        idle = 0 if now != written else idle + 1
        written = now


async def recorded(name: str, which: str) -> tuple[object, int]:
    """Return the result of an exchange that is not changed, and how many frames the engine sends."""
    seen = []
    async with ChangedEngine(which, lambda number, frame: seen.append(number) or frame) as engine:
        result = await CALLS[name](engine)
    return result, len(seen)


def one_change(chance: random.Random, count: int):
    """Choose what happens at one of the frames; also return it in words."""
    at = chance.randrange(count)
    kind = chance.choice(["change", "change", "add", "drop", "repeat", "swap", "cut", "cut within"])
    what = chance.choice(CHANGES if kind == "change" else ADDITIONS)
    kept: list[bytes] = []

    def change(number: int, frame: bytes) -> bytes | None:
        if number != at:
            if kind == "cut within" and number > at:
                return None
            held = b"".join(kept)
            kept.clear()
            return frame + held
        if kind == "swap":
            kept.append(frame)
            return b""
        if kind == "cut":
            return None
        if kind == "change":
            return what(chance, frame)
        return {
            "add": lambda: what(chance, frame) + frame,
            "drop": lambda: b"",
            "repeat": lambda: frame + frame,
            "cut within": lambda: frame[: chance.randrange(len(frame))],
        }[kind]()

    return change, f"{kind} {what.__name__} at {at}"


@pytest.mark.parametrize(("name", "which"), EXCHANGES)
async def test_any_change(name, which) -> None:
    expected, count = await recorded(name, which)
    for seed in range(15):
        chance = random.Random(f"{name} {which} {seed}")
        change, words = one_change(chance, count)
        found = await exchange(name, ChangedEngine(which, change))
        check(found, expected, words)


def check(found, expected, words: str) -> None:
    if not isinstance(found, BaseException):
        assert found == expected or not words.startswith(("cut", "add reset", "add goodbye")), (words, found)
        return
    assert isinstance(found, errors.DockerException), (words, repr(found))
    assert not isinstance(found, RpcError), (words, repr(found))
    if isinstance(found, errors.APIError | errors.BuildError) and not isinstance(found, errors.BuildSessionLost):
        return
    assert NAME in str(found), (words, repr(found))
    assert " at 0x" not in str(found), (words, repr(found))


ALL = 1 << 40
EVERY = 23


@pytest.mark.parametrize("which", ["Grpc", "Session", "Direct"])
async def test_a_build_whose_connection_breaks_after_any_byte(which) -> None:
    whole = ChangedEngine(which, cut=(ALL, ALL))
    expected = await exchange("build", whole)
    assert expected[0] == "sha256:1"
    for count in range(0, whole.cut.read_so_far, EVERY):
        check_cut(await exchange("build", ChangedEngine(which, cut=(count, ALL))), expected)
    for count in range(1, whole.cut.written, EVERY):
        check_cut(await exchange("build", ChangedEngine(which, cut=(ALL, count))), expected)


def check_cut(found, expected) -> None:
    if isinstance(found, BaseException):
        assert isinstance(found, errors.StreamInterrupted | errors.BuildSessionLost), repr(found)
        assert NAME in str(found), repr(found)
    else:
        assert found == expected
