"""Files of containers, without an engine."""

from __future__ import annotations

import base64
import gc
import io
import json
import tarfile

import pytest

from aiodockerpy import errors
from aiodockerpy._transport.base import Reply
from aiodockerpy.streams.content import pieces
from tests.resources.conftest import Body, not_found
from tests.together import together

DIRECTORY = 1 << 31 | 0o755


def described(name, *, mode=0o644, size=0, link=""):
    value = {"name": name, "size": size, "mode": mode, "mtime": "2026-01-01T00:00:00Z", "linkTarget": link}
    return {"X-Docker-Container-Path-Stat": base64.b64encode(json.dumps(value).encode()).decode()}


def archive(**files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


@pytest.fixture
async def container(client, fake):
    fake.answers = {"ContainerInspect": {"Id": "c"}, "PutContainerArchive": {}}
    return await client.containers.get("c")


async def test_a_file_is_read_over_a_link(fake, container):
    infos = {"/a": described("a", mode=1 << 27 | 0o777, link="/b"), "/b": described("b", size=3)}
    fake.answers["ContainerArchiveInfo"] = lambda call: Reply(200, infos[dict(call.query)["path"]])
    body = fake.answers["ContainerArchive"] = Body([archive(b=b"123")[n : n + 100] for n in range(0, 10240, 100)])
    assert await container.read_bytes("/a") == b"123"
    assert dict(fake.calls[-1].query)["path"] == "/b"
    assert body.closed


async def test_links_in_a_circle_end(fake, container):
    fake.answers["ContainerArchiveInfo"] = Reply(200, described("a", mode=1 << 27 | 0o777, link="/a"))
    with pytest.raises(errors.InvalidArgument, match="circle"):
        await container.read_bytes("/a")


async def test_an_archive_that_is_no_file_is_refused(fake, container):
    fake.answers["ContainerArchiveInfo"] = Reply(200, described("a"))
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        info = tarfile.TarInfo("a")
        info.type = tarfile.FIFOTYPE
        tar.addfile(info)
    fake.answers["ContainerArchive"] = lambda call: Body(out.getvalue())
    with pytest.raises(errors.InvalidArgument, match="not a regular file"):
        await container.read_bytes("/a")
    fake.answers["ContainerArchive"] = lambda call: Body(archive(a=b"123")[:600])
    with pytest.raises(errors.ProtocolError, match="ended before"):
        await container.read_bytes("/a")


async def test_an_archive_without_the_file_is_not_an_empty_file(fake, container):
    fake.answers["ContainerArchiveInfo"] = Reply(200, described("a", size=3))
    fake.answers["ContainerArchive"] = lambda call: Body(archive())
    with pytest.raises(errors.ProtocolError, match="the archive of the file /a holds none"):
        await container.read_bytes("/a")


async def test_a_name_that_is_no_unicode_is_read_and_can_be_told(fake, container):
    fake.answers["ContainerArchiveInfo"] = Reply(200, described("a", size=1))
    fake.answers["ContainerArchive"] = lambda call: Body(archive(a=b"1"))
    assert await container.read_bytes("/a\udcff") == b"1"
    assert [dict(call.query)["path"] for call in fake.calls[-2:]] == ["/a\udcff"] * 2
    fake.answers["ContainerArchiveInfo"] = not_found()
    for call in (container.read_bytes, container.stat):
        with pytest.raises(errors.NotFound) as caught:
            await call("/a\udcff")
        assert str(caught.value).encode().endswith(rb'container: /a\udcff")')


async def test_the_limit_counts_all_members(fake, container):
    fake.answers["ContainerArchiveInfo"] = Reply(200, described("a", size=10))
    fake.answers["ContainerArchive"] = lambda call: Body(archive(**{f"f{number}": b"1" * 10 for number in range(1000)}))
    with pytest.raises(errors.InvalidArgument, match="max_size"):
        await container.read_bytes("/a", max_size=10)
    with pytest.raises(errors.ProtocolError, match="several members"):
        await container.read_bytes("/a")


@pytest.mark.parametrize(
    ("source", "inside"),
    [
        ("/x/..", ""), ("..", ""), ("/etc/../..", ""), ("/x/../", ""), ("/", ""), ("/x/.", ""), (".", ""), ("/x/./", ""),
        ("/x/y/..", "x"), ("/x/y/../", "x"), ("/x/y/../.", ""), ("../../x", "x"), ("/x/../y", "y"), ("/..a", "..a"),
    ],
)  # fmt: skip
async def test_nothing_is_written_beside_the_target_whatever_the_source_is_called(
    fake, container, tmp_path, source, inside
):
    fake.answers["ContainerArchiveInfo"] = Reply(200, described("/", mode=DIRECTORY))
    fake.answers["ContainerArchive"] = lambda call: Body(archive(f=b"1"))
    target = tmp_path / "deep/dst"
    target.mkdir(parents=True)
    assert await container.copy_out(source, target) == target / inside
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [target / inside / "f"]


@pytest.mark.parametrize(
    "call",
    [
        lambda box, path: box.stat(path),
        lambda box, path: box.exists(path),
        lambda box, path: box.read_bytes(path),
        lambda box, path: box.write_bytes(path, b"1"),
        lambda box, path: box.get_archive(path),
        lambda box, path: box.put_archive(path, b""),
        lambda box, path: box.copy_in(__file__, path),
        lambda box, path: box.copy_in(path, "/tmp"),
        lambda box, path: box.copy_out("/etc/hosts", path),
        lambda box, path: box.copy_out(path, "/nowhere"),
    ],
)
async def test_paths_that_cannot_be_are_refused_before_anything_is_sent(fake, container, call):
    sent = len(fake.calls)
    for path in (3, b"/bytes", None):
        with pytest.raises(TypeError):
            await call(container, path)
    for path in ("", "/a\0b"):
        with pytest.raises(errors.InvalidArgument):
            await call(container, path)
    assert len(fake.calls) == sent


@pytest.mark.parametrize("owner", [-1, 2**32 - 1, 2**32])
async def test_owners_that_an_engine_would_take_for_others_are_refused(fake, container, owner):
    sent = len(fake.calls)
    for name in ("uid", "gid"):
        with pytest.raises(
            errors.InvalidValue, match=f"{name} must be a whole number, 0 to 4,294,967,294, not {owner}"
        ):
            await container.write_bytes("/a", b"1", **{name: owner})
        with pytest.raises(errors.InvalidValue, match=f"{name} must be a whole number"):
            await container.copy_in(__file__, "/a", **{name: owner})
    assert len(fake.calls) == sent


@pytest.mark.parametrize("data", [3, "text", None, [1]])
async def test_only_bytes_are_written(fake, container, data):
    sent = len(fake.calls)
    with pytest.raises(TypeError, match="bytes"):
        await container.write_bytes("/a", data)
    assert len(fake.calls) == sent


async def test_a_copy_that_breaks_leaves_no_half_file(fake, container, tmp_path):
    fake.answers["ContainerArchiveInfo"] = Reply(200, described("a", size=5000))
    whole = archive(a=b"1" * 5000)
    body = fake.answers["ContainerArchive"] = Body([whole[:1024], whole[1024:3000], errors.StreamInterrupted("cut")])
    with pytest.raises(errors.StreamInterrupted):
        await container.copy_out("/a", tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
    assert body.closed


async def test_a_hostile_container_is_refused(fake, container, tmp_path):
    fake.answers["ContainerArchiveInfo"] = Reply(200, described("d", mode=DIRECTORY))
    fake.answers["ContainerArchive"] = Body(archive(**{"../evil": b"1"}))
    with pytest.raises(errors.UnsafeArchive):
        await container.copy_out("/d", tmp_path / "target")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["target"]


async def test_a_file_that_vanishes_on_the_way_is_told_as_it_is(fake, container, tmp_path):
    (tmp_path / "a").write_bytes(b"1" * (1 << 20))
    (tmp_path / "z").write_bytes(b"2")

    def looked(call):
        return Reply(200, described("d", mode=DIRECTORY))

    async def cut(call):
        if call.content is None:
            return looked(call)
        source = pieces(call.content)
        await anext(source)
        (tmp_path / "z").unlink()
        try:
            async for _ in source:
                pass
        except OSError:
            raise errors.ConnectionFailed("the body could not be sent") from None

    fake.request = cut
    with pytest.raises(FileNotFoundError, match="z"):
        await container.copy_in(tmp_path, "/d")


async def test_nothing_is_sent_when_there_is_nowhere_to_put_it(fake, container, tmp_path):
    (tmp_path / "f").write_bytes(b"1")
    fake.answers["ContainerArchiveInfo"] = not_found("")
    with pytest.raises(errors.NotFound, match="/no/such"):
        await container.copy_in(tmp_path / "f", "/no/such/f")
    with pytest.raises(FileNotFoundError):
        await container.copy_in(tmp_path / "missing", "/x")
    assert fake.named("PutContainerArchive") == []


async def test_bits_hold_the_connection_until_they_are_closed(fake, container):
    body = fake.answers["ContainerArchive"] = Body(archive(a=b"1"), described("a", size=1))
    bits, found = await container.get_archive("/a", chunk_size=100)
    assert found["size"] == found.size == 1
    assert "linkTarget" in found
    assert max([len(piece) async for piece in bits]) == 100
    assert body.closed
    body = fake.answers["ContainerArchive"] = Body(archive(a=b"1"), described("a", size=1))
    bits, _ = await container.get_archive("/a")
    bits.close()
    assert body.closed


async def test_an_answer_without_a_description_is_an_error(fake, container):
    body = fake.answers["ContainerArchive"] = Body(archive(a=b"1"))
    with pytest.raises(errors.ProtocolError, match="describe"):
        await container.get_archive("/a")
    assert body.closed


async def test_bits_that_are_dropped_warn_and_give_the_connection_up(fake, container):
    body = fake.answers["ContainerArchive"] = Body(archive(a=b"1"), described("a", size=1))
    bits, _ = await container.get_archive("/a")
    with pytest.warns(RuntimeWarning, match="never awaited or iterated"):
        del bits
        gc.collect()
    assert body.closed


async def bits_of(container):
    bits, _ = await container.get_archive("/a")
    return bits


async def ready(handle):
    return handle


ARCHIVES = {
    "bits": bits_of,
    "get_archive": lambda container: ready(container.get_archive("/a")),
    "export": lambda container: ready(container.export()),
    "save": lambda container: ready(container.client.images.prepare_model({"Id": "i"}).save()),
    "save several": lambda container: ready(container.client.api.images.get_all(["a", "b"])),
}


@together("name", ARCHIVES)
async def test_an_answer_without_an_archive_is_an_error(fake, container, tmp_path, name):
    """An archive is never empty: it has closing zeros, or the error of an engine that failed on its way."""
    ways = {"save": lambda handle: handle.save(tmp_path / "a"), "iterate": iterated}
    if name != "get_archive":  # which returns the handle on them
        ways["await"] = lambda handle: handle
    for way in ways.values():
        for body, error in ((b"", errors.UnexpectedResponse), (b'{"message":"gone"}\n', errors.OperationFailed)):
            for operation in ("ContainerArchive", "ContainerExport", "ImageGet", "ImageGetAll"):
                fake.answers[operation] = Body(body, described("a"))
            with pytest.raises(error, match="is empty" if not body else "gone"):
                await way(await ARCHIVES[name](container))
    assert not (tmp_path / "a").exists()


async def iterated(handle):
    return [piece async for piece in handle]
