"""Sending, and receiving what was sent, over our own connection; and an engine that behaves badly."""

from __future__ import annotations

import asyncio
import os
import stat

import pytest

from aiodockerpy.buildkit import _messages as pb
from aiodockerpy.buildkit._files.filters import Filter
from aiodockerpy.buildkit._files.receive import Receiver
from aiodockerpy.buildkit._files.send import send_tree
from aiodockerpy.buildkit._files.walk import MemoryTree, Walk
from aiodockerpy.buildkit._rpc import calls, framing
from tests.buildkit.memory import rpc

METHOD = "/moby.filesync.v1.FileSync/DiffCopy"


async def fetch(tree, receiver: Receiver, piece: int = 1 << 20) -> None:
    """Play the engine: take everything the sender has."""

    async def send(call: calls.ServerCall) -> None:
        await send_tree(call, tree)

    async with rpc({METHOD: send}, piece) as channel, channel.call(METHOD) as call:
        while batch := await call.recv_batch():
            answer = receiver.feed(batch)
            if answer:
                await call.send_framed(answer)


def snapshot(root):
    found = {}
    for place in sorted(root.rglob("*")):
        info = place.lstat()
        content = os.readlink(place) if place.is_symlink() else place.read_bytes() if place.is_file() else b""
        found[str(place.relative_to(root))] = (stat.filemode(info.st_mode), info.st_mtime_ns, content)
    return found


@pytest.mark.parametrize("piece", [64, 1 << 20])
async def test_a_tree_arrives_as_it_was(tmp_path, piece) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    target.mkdir()
    for number in range(30):
        place = source / f"d{number % 4}" / f"f{number}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(os.urandom(number * 1000))
    (source / "large").write_bytes(os.urandom(3_000_000 if piece > 64 else 100_000))
    (source / "link").symlink_to("large")
    (source / "empty").mkdir(mode=0o700)
    os.link(source / "large", source / "zz-hard")
    (source / "d1" / "f1").chmod(0o4711)
    (source / "d2").chmod(0o555)
    os.utime(source / "d3", ns=(10**18, 10**18 + 1))
    await fetch(Walk(source, Filter()), Receiver(target), piece)
    assert snapshot(target) == snapshot(source)


async def test_from_memory(tmp_path) -> None:
    await fetch(MemoryTree({"Dockerfile": b"FROM scratch"}), Receiver(tmp_path))
    assert (tmp_path / "Dockerfile").read_bytes() == b"FROM scratch"


async def play(tree, *packets: pb.Packet, pause: float = 0):
    """Send packets to a sender and read to the end of the call."""

    async def send(call: calls.ServerCall) -> None:
        await send_tree(call, tree)

    seen = []
    async with rpc({METHOD: send}) as channel, channel.call(METHOD) as call:
        async with asyncio.timeout(10):
            await call.recv()
            for packet in packets:
                await call.send(packet.encode())
            await asyncio.sleep(pause)
            try:
                while (data := await call.recv()) is not None:
                    seen.append(pb.Packet.decode(data))
            except framing.RpcError as error:
                return seen, error
    return seen, None


async def test_a_file_is_sent_once() -> None:
    request = pb.Packet(type=pb.PACKET_REQ, id=0)
    seen, error = await play(MemoryTree({"a": b"x"}), request, request)
    assert "may not (again)" in error.message
    assert seen[-1].type == pb.PACKET_ERR


async def test_a_file_that_went_away(tmp_path) -> None:
    (tmp_path / "a").write_text("x")
    tree = list(Walk(tmp_path, Filter()))
    (tmp_path / "a").unlink()
    seen, error = await play(tree, pb.Packet(type=pb.PACKET_REQ, id=0))
    assert seen[-1].type == pb.PACKET_ERR
    assert b"No such file" in seen[-1].data
    assert error is not None


async def test_a_file_that_went_away_cuts_no_message_before_it(tmp_path) -> None:
    """It is noticed while much is still to be sent of what was read before."""
    (tmp_path / "a").write_bytes(bytes(6 << 20))  # more than the engine takes while it does not read
    (tmp_path / "b").write_text("x")
    tree = list(Walk(tmp_path, Filter()))
    (tmp_path / "b").unlink()
    seen, _ = await play(tree, *(pb.Packet(type=pb.PACKET_REQ, id=id) for id in range(2)), pause=0.3)
    assert seen[-1].type == pb.PACKET_ERR
    assert b"No such file" in seen[-1].data
    assert sum(len(packet.data) for packet in seen[:-1]) >= 5 << 20


async def test_a_link_that_took_a_file_s_place_is_not_followed(tmp_path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "secret").write_text("secret")
    tree = list(Walk(tmp_path, Filter(["a"])))
    (tmp_path / "a").unlink()
    (tmp_path / "a").symlink_to("secret")
    seen, error = await play(tree, pb.Packet(type=pb.PACKET_REQ, id=0))
    assert not any(packet.type == pb.PACKET_DATA for packet in seen)
    assert error is not None


async def test_the_engine_s_error_is_kept() -> None:
    _, error = await play(MemoryTree({"a": b"x"}), pb.Packet(type=pb.PACKET_ERR, data=b"disk full"))
    assert error.message == "disk full"


async def test_no_file_stays_open_when_the_engine_goes_away(tmp_path) -> None:
    (tmp_path / "large").write_bytes(bytes(50_000_000))
    before = len(os.listdir("/proc/self/fd"))

    async def send(call: calls.ServerCall) -> None:
        await send_tree(call, Walk(tmp_path, Filter()))

    async with rpc({METHOD: send}) as channel, channel.call(METHOD) as call:
        await call.recv()
        await call.send(pb.Packet(type=pb.PACKET_REQ, id=0).encode())
        await call.recv()
        await call.recv()
    async with asyncio.timeout(5):
        while len(os.listdir("/proc/self/fd")) > before:
            await asyncio.sleep(0.01)
