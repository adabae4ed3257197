"""Nothing that an engine sends is written outside the destination."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiodockerpy.buildkit import _messages as pb
from aiodockerpy.buildkit._files.receive import Receiver
from aiodockerpy.buildkit._grpc import MessageSplitter, RpcError
from aiodockerpy.errors import DockerException, ProtocolError, UnsafeArchive

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
    asked = [pb.Packet.decode(item) for item in MessageSplitter().feed(answer)]
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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
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
