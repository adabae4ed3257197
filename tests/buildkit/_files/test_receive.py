"""Nothing that an engine sends is written outside the destination."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from aiodockerpy.buildkit import _messages as pb
from aiodockerpy.buildkit._files.receive import Receiver, receive_tree
from aiodockerpy.buildkit._rpc.frames import StreamReset
from aiodockerpy.buildkit._rpc.framing import MessageSplitter, RpcError
from aiodockerpy.errors import DockerException, ProtocolError, UnsafeArchive
from tests.buildkit.memory import rpc

DIR, LINK = 1 << 31 | 0o755, 1 << 27 | 0o777


def entry(path: str, mode: int = 0o644, linkname: str = "", **more) -> bytes:
    return pb.Packet(stat=pb.Stat(path=path, mode=mode, linkname=linkname, **more)).encode()


def data(id: int, content: bytes = b"") -> bytes:
    return pb.Packet(type=pb.PACKET_DATA, id=id, data=content).encode()


END = b""


@pytest.mark.parametrize(
    "packets",
    [
        [entry("../x")],
        [entry("/x")],
        [entry("a/../../x")],
        [entry("a/../x")],
        [entry("./x")],
        [entry("a//x")],
        [entry("")],
        [entry(".")],
        [entry("..")],
        [entry("x\0y")],
        [entry("absent/x")],
        [entry("out", LINK, "/etc"), entry("out/x")],
        [entry("out", LINK, "/etc"), entry("out", DIR)],
        [entry("d", DIR), entry("d/x"), entry("d/x/y")],
        [entry("hard", 0o644, "/etc/passwd")],
        [entry("hard", 0o644, "../x")],
        [entry("link", LINK, "/etc/passwd"), entry("hard", 0o644, "link")],
        [entry("d", DIR), entry("hard", 0o644, "d")],
        [entry("x"), entry("x")],
    ],
)
def test_escapes_are_refused(tmp_path, packets) -> None:
    root = tmp_path / "root"
    root.mkdir()
    receiver = Receiver(root)
    with pytest.raises(UnsafeArchive):
        receiver.feed(packets)
    receiver.close()
    assert [path.name for path in tmp_path.iterdir()] == ["root"]


class TestWhatIsInTheWay:
    def test_a_link_is_replaced_not_followed(self, tmp_path) -> None:
        outside, root = tmp_path / "outside", tmp_path / "root"
        outside.mkdir()
        root.mkdir()
        (outside / "x").write_text("mine")
        (root / "d").symlink_to(outside)
        (root / "f").symlink_to(outside / "x")
        receiver = Receiver(root)
        receiver.feed([entry("d", DIR), entry("d/x"), entry("f"), END])
        receiver.feed([data(1, b"new"), data(1), data(2, b"new"), data(2)])
        assert receiver.finished
        assert (outside / "x").read_text() == "mine"
        assert (root / "d/x").read_text() == (root / "f").read_text() == "new"

    def test_a_directory_never_makes_room_for_a_file(self, tmp_path) -> None:
        (tmp_path / "f").mkdir()
        (tmp_path / "f/mine").write_text("mine")
        receiver = Receiver(tmp_path)
        receiver.feed([entry("f"), END])
        with pytest.raises(IsADirectoryError):
            receiver.feed([data(0)])
        assert (tmp_path / "f/mine").read_text() == "mine"


def test_devices_are_left_out(tmp_path) -> None:
    receiver = Receiver(tmp_path)
    receiver.feed(
        [entry("null", 1 << 26 | 1 << 21 | 0o666, devmajor=1, devminor=3), entry("pipe", 1 << 25 | 0o600), END]
    )
    assert receiver.finished
    assert not list(tmp_path.iterdir())


def test_files_are_asked_for_by_their_place(tmp_path) -> None:
    receiver = Receiver(tmp_path)
    answer = receiver.feed([entry("d", DIR), entry("d/a"), entry("l", LINK, "d/a"), entry("z"), END])
    splitter = MessageSplitter()
    splitter.feed(answer)
    asked = [pb.Packet.decode(item) for item in splitter.take(1000)]
    assert [(packet.type, packet.id) for packet in asked] == [(pb.PACKET_REQ, 1), (pb.PACKET_REQ, 3)]


def test_content_nobody_asked_for(tmp_path) -> None:
    with pytest.raises(ProtocolError):
        Receiver(tmp_path).feed([entry("d", DIR), data(0, b"x")])


def test_the_engine_s_error(tmp_path) -> None:
    with pytest.raises(RpcError, match="no space"):
        Receiver(tmp_path).feed([pb.Packet(type=pb.PACKET_ERR, data=b"no space left").encode()])


def test_what_is_not_complete_does_not_stay(tmp_path) -> None:
    receiver = Receiver(tmp_path)
    receiver.feed([entry("a"), entry("b"), END])
    receiver.feed([data(0, b"whole"), data(0), data(1, b"part")])
    receiver.close()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


names = st.sampled_from(["a", "b", "..", ".", "", "/", "a/b", "a/..", "../a", "a/b/c", "/etc", "b/../../a", "~"])
modes = st.sampled_from([0o644, DIR, LINK, 1 << 26 | 0o600])
packets = st.one_of(
    st.builds(entry, names, modes, names),
    st.builds(data, st.integers(0, 5), st.sampled_from([b"", b"x"])),
    st.just(END),
    st.binary(max_size=20),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=2 * settings.default.max_examples)
@given(st.lists(packets, max_size=12))
def test_whatever_comes_stays_inside(tmp_path, sent: list[bytes]) -> None:
    base = tmp_path / os.urandom(6).hex()
    root, canary = base / "root", base / "a"
    root.mkdir(parents=True)
    canary.write_text("mine")
    receiver = Receiver(root)
    try:
        for packet in sent:
            receiver.feed([packet])
    except (DockerException, OSError):
        pass
    receiver.close()
    assert sorted(path.name for path in base.iterdir()) == ["a", "root"]
    assert canary.read_text() == "mine"
    assert not Path("/etc/b").exists()


METHOD = "/moby.filesync.v1.FileSend/DiffCopy"


class TestCall:
    """The same as a call: the engine's part is played over our own connection."""

    async def play(self, root: Path, *sent: bytes, fin: bool) -> tuple[list[int], list[Exception]]:
        seen, failures = [], []

        async def receive(call) -> None:
            await receive_tree(call, root)

        async with rpc({METHOD: receive}, failed=lambda path, error: failures.append(error)) as channel:
            async with asyncio.timeout(5), channel.call(METHOD) as call:
                await call.send(*sent)
                while (packet := await call.recv()) is not None:
                    seen.append(pb.Packet.decode(packet).type)
                    if seen[-1] == pb.PACKET_FIN:
                        if not fin:
                            break  # leaving the block resets the call, as some engines do
                        await call.send(pb.Packet(type=pb.PACKET_FIN).encode())
                        await call.end()
            await asyncio.sleep(0.05)
        return seen, failures

    @pytest.mark.parametrize("fin", [True, False])
    async def test_success_however_the_engine_ends_it(self, tmp_path, fin) -> None:
        sent = [entry("a"), END, data(0, b"x"), data(0)]
        assert await self.play(tmp_path, *sent, fin=fin) == ([pb.PACKET_REQ, pb.PACKET_FIN], [])
        assert (tmp_path / "a").read_bytes() == b"x"

    async def test_an_escape_is_told_to_both_sides(self, tmp_path) -> None:
        with pytest.raises(RpcError, match="leads out of"):
            await self.play(tmp_path, entry("../a"), fin=True)

    async def test_an_engine_that_stops_half_way(self, tmp_path) -> None:
        failures = []

        async def receive(call) -> None:
            await receive_tree(call, tmp_path)

        async with rpc({METHOD: receive}, failed=lambda path, error: failures.append(error)) as channel:
            async with channel.call(METHOD) as call:
                await call.send(entry("a"), END, data(0, b"part"))
                await call.recv()
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.1)
        assert [type(error) for error in failures] == [StreamReset]
        assert not list(tmp_path.iterdir())
