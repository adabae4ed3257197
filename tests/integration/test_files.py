"""The files of containers on real engines."""

from __future__ import annotations

import asyncio
import io
import os
import socket
import stat
import tarfile
import tracemalloc
from pathlib import PurePosixPath

import pytest

import aiodockerpy
from aiodockerpy import errors
from tests.lab.faults import FaultProxy, Faults

IMAGE = "busybox:1"


@pytest.fixture
async def container(client, prefix):
    return await client.containers.create(IMAGE, ["sleep", "1000"], name=f"{prefix}a")


@pytest.fixture
async def running(client, prefix):
    return await client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}r", detach=True)


def tar_of(**files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


async def sh(container, script):
    code, output = await container.exec_run(["sh", "-c", script])
    assert code == 0, output
    return output


# ---- archives


async def test_an_archive_comes_in_pieces_with_its_description(container):
    """docker-py: ``bits, stat = container.get_archive(path)``."""
    await container.put_archive("/tmp", tar_of(a=b"1" * 3000))
    bits, found = await container.get_archive("/tmp/a", chunk_size=1000)
    assert dict(found).keys() == {"name", "size", "mode", "mtime", "linkTarget"}
    assert (found["name"], found["size"], found["linkTarget"]) == ("a", 3000, "")
    pieces = [piece async for piece in bits]
    assert max(map(len, pieces)) <= 1000
    with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as tar:
        assert tar.extractfile("a").read() == b"1" * 3000


async def test_an_archive_is_awaited_entered_or_saved(container, tmp_path):
    await container.put_archive("/tmp", tar_of(a=b"1"))
    bits, _ = await container.get_archive("/tmp/a")
    whole = await bits
    async with container.get_archive("/tmp/a") as archive:
        assert archive.stat["name"] == "a"
        assert b"".join([piece async for piece in archive]) == whole
    bits, _ = await container.get_archive("/tmp/a")
    async with bits:
        async for piece in bits:
            assert piece
            break
    assert await container.get_archive("/tmp/a").save(tmp_path / "a.tar") == len(whole)
    assert (tmp_path / "a.tar").read_bytes() == whole


async def test_an_archive_that_was_read_before_is_refused_and_not_taken_for_an_empty_one(container):
    file, pieces = io.BytesIO(tar_of(a=b"1")), iter([tar_of(b=b"2")])
    file.seek(0, io.SEEK_END)
    with pytest.raises(errors.InvalidValue, match=r"content to upload is empty: .* seek\(0\)"):
        await container.put_archive("/tmp", file)
    file.seek(0)
    for archive in (file, pieces):
        assert await container.put_archive("/tmp", archive) is True
    with pytest.raises(errors.InvalidValue, match=r"content to upload is empty: .* once only"):
        await container.put_archive("/tmp", pieces)
    assert [await container.read_bytes(f"/tmp/{name}") for name in "ab"] == [b"1", b"2"]


async def test_devices_are_not_replaced_as_with_the_cli(container, docker_cli, tmp_path):
    device = tmp_path / "device"
    device.symlink_to("/dev/null")
    await container.put_archive("/tmp", tar_of(device=b"1"))
    for copy in (
        lambda: container.copy_out("/tmp/device", device),
        lambda: container.copy_out("/tmp/device", tmp_path),
        lambda: container.get_archive("/tmp/device").save(device),
    ):
        with pytest.raises(errors.InvalidArgument, match=f"{device} is a device: give the name of a file"):
            await copy()
    _, _, said = await docker_cli.run("cp", f"{container.id}:/tmp/device", str(device), check=False)
    assert b"got a device" in said
    assert list(tmp_path.iterdir()) == [device]
    assert device.is_symlink()


async def test_a_link_stays_and_its_file_is_replaced_as_with_the_cli(container, docker_cli, tmp_path):
    (tmp_path / "link").symlink_to("file")
    await container.put_archive("/tmp", tar_of(a=b"1"))
    assert await container.copy_out("/tmp/a", tmp_path / "link") == (tmp_path / "file").resolve()
    assert (tmp_path / "file").read_bytes() == b"1"
    (tmp_path / "file").write_bytes(b"2")
    await docker_cli.run("cp", f"{container.id}:/tmp/a", str(tmp_path / "link"))
    assert (tmp_path / "file").read_bytes() == b"1"
    size = await container.get_archive("/tmp/a").save(tmp_path / "link")
    assert (tmp_path / "file").stat().st_size == size
    assert {place.name for place in tmp_path.iterdir()} == {"link", "file"}
    assert (tmp_path / "link").is_symlink()


async def test_bits_that_nobody_wants_are_given_up(client, container):
    bits, _ = await container.get_archive("/bin")
    bits.close()
    await asyncio.sleep(0)
    assert client.diagnostics().streams == ()
    with pytest.raises(RuntimeError):
        await bits


async def test_a_missing_path_is_told_at_the_call(container):
    with pytest.raises(errors.NotFound, match="no-such-file"):
        await container.get_archive("/no-such-file")
    with pytest.raises(errors.NotFound):
        await container.put_archive("/no-such-folder", tar_of(a=b"1"))


@pytest.mark.parametrize("shape", ["bytes", "path", "file", "iterator", "async iterator"])
async def test_archives_are_taken_in_every_shape(container, tmp_path, shape):
    data = tar_of(a=b"x" * 100_000)
    (tmp_path / "a.tar").write_bytes(data)
    parts = [data[start : start + 5000] for start in range(0, len(data), 5000)]

    async def later():
        for part in parts:
            yield part

    file = open(tmp_path / "a.tar", "rb")
    given = {
        "bytes": data,
        "path": tmp_path / "a.tar",
        "file": file,
        "iterator": iter(parts),
        "async iterator": later(),
    }
    try:
        assert await container.put_archive("/tmp", given[shape]) is True
    finally:
        file.close()
    assert await container.read_bytes("/tmp/a") == b"x" * 100_000


async def test_the_whole_file_system_is_exported(container):
    await container.put_archive("/tmp", tar_of(mark=b"here"))
    names = []
    async with container.export() as pieces:
        data = b"".join([piece async for piece in pieces])
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        names = tar.getnames()
    assert "tmp/mark" in names
    assert await container.export(chunk_size=1 << 16)


# ---- plain files


async def test_files_are_written_and_read(running):
    await running.write_bytes("/tmp/a b", b"content", mode=0o640, uid=5, gid=6)
    assert await running.read_bytes("/tmp/a b") == b"content"
    assert await sh(running, "stat -c '%a %u %g' '/tmp/a b'") == b"640 5 6\n"
    await running.write_bytes("/tmp/a b", b"")
    assert await running.read_bytes("/tmp/a b") == b""
    assert (await running.stat("/tmp/a b"))["size"] == 0


async def test_links_are_followed_and_not_replaced(running):
    await sh(running, "mkdir /d && echo 1 > /d/file && ln -s file /d/link && ln -s link /d/again && ln -s x /d/x")
    assert await running.read_bytes("/d/again") == b"1\n"
    await running.write_bytes("/d/again", b"2\n")
    assert await sh(running, "readlink /d/again; cat /d/file") == b"link\n2\n"
    assert (await running.stat("/d/link")).is_symlink
    assert not (await running.stat("/d/link", follow=True)).is_symlink


async def test_whether_something_exists(client, running):
    assert await running.exists("/bin/sh") is True
    assert await running.exists("/no/such/thing") is False
    await sh(running, "ln -s /nowhere /tmp/dangling")
    assert await running.exists("/tmp/dangling") is True
    await running.remove(force=True)
    with pytest.raises(errors.NotFound, match=running.id):
        await running.exists("/bin/sh")


async def test_what_cannot_be_is_told(running):
    with pytest.raises(errors.NotFound, match="/no-such-file"):
        await running.read_bytes("/no-such-file")
    with pytest.raises(errors.InvalidArgument, match="directory"):
        await running.read_bytes("/etc")
    with pytest.raises(errors.InvalidArgument, match="max_size"):
        await running.read_bytes("/bin/busybox", max_size=1000)
    with pytest.raises(errors.NotFound):
        await running.write_bytes("/no-such-folder/a", b"1")
    with pytest.raises(errors.InvalidArgument, match="directory"):
        await running.write_bytes("/etc", b"1")
    with pytest.raises(errors.InvalidArgument):
        await running.write_bytes("/etc/", b"1")


@pytest.mark.parametrize("engine", ["old", "new"], indirect=True)
async def test_paths_that_lead_nowhere_are_explained(client, running):
    """Through a file, with names that are too long, into links that lead nowhere, of a container that is gone."""
    await sh(
        running,
        "mkdir /d; echo 1 >/d/file; ln -s nowhere /d/dangling; ln -s dangling /d/again; ln -s /no/x /d/lost; ln -s l /d/l",
    )
    through, long = PurePosixPath("/d/file/x"), "/d/" + "é" * 128
    for path, reason in ((through, "not a directory"), ("/d/file/", "not a directory"), (long, "file name too long")):
        assert await running.exists(path) is False
        for call in (running.stat, running.read_bytes, lambda path: running.write_bytes(path + "", b"1")):
            with pytest.raises((errors.APIError, errors.InvalidArgument), match=f"{reason}|a file is needed"):
                await call(os.fspath(path))
        with pytest.raises(errors.APIError, match=reason):
            await running.copy_out(path, "/nowhere")
    assert await running.exists("/d/file/..") is True  # engines remove '..' and the name before it
    assert (await running.stat("/d/file/..")).name == "d"
    assert await running.read_bytes("/d/file/../file") == b"1\n"
    assert await running.exists("/d/dangling") is True
    assert await running.exists("/d/l/x") is False
    await running.write_bytes(PurePosixPath("/d/again"), bytearray(b"2"))
    assert await sh(running, "readlink /d/dangling; cat /d/nowhere") == b"nowhere\n2"
    assert await running.read_bytes(PurePosixPath("/d/again")) == b"2"
    with pytest.raises(errors.NotFound, match="no such path in the container: /no"):
        await running.write_bytes("/d/lost", b"1")
    await running.remove(force=True)
    for call in (running.stat("/d"), running.exists("/d"), running.read_bytes("/d"), running.write_bytes("/d", b"")):
        with pytest.raises(errors.NotFound, match=f"No such container: {running.id}"):
            await call
    with pytest.raises(errors.NotFound, match=f"No such container: {running.id}"):
        await running.copy_out("/d", "/nowhere")
    with pytest.raises(errors.NotFound, match=f"No such container: {running.id}"):
        await running.copy_in(__file__, "/d")


@pytest.mark.parametrize("engine", ["old", "new"], indirect=True)
async def test_a_read_only_file_system_is_reported(client, prefix, tmp_path):
    box = await client.containers.create(IMAGE, ["sleep", "1"], name=f"{prefix}ro", read_only=True)
    for call in (
        box.write_bytes("/x", b"1"),
        box.copy_in(__file__, "/"),
        box.put_archive("/", tar_of(a=b"1")),
    ):
        with pytest.raises(errors.APIError, match="read-only") as caught:
            await call
        assert caught.value.status_code in {400, 500}


# ---- copies


@pytest.mark.parametrize("engine", ["old", "new"], indirect=True)
async def test_special_files_are_copied_as_docker_cp_does(running, tmp_path):
    """A pipe and a device are made anew; a socket cannot be, and is left out of a directory."""
    (tmp_path / "d").mkdir()
    os.mkfifo(tmp_path / "d/pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "d/sock"))
    with pytest.raises(errors.InvalidArgument, match="socket"):
        await running.copy_in(tmp_path / "d/sock", "/tmp")
    await running.copy_in(tmp_path / "d", "/tmp")
    await running.copy_in(tmp_path / "d/pipe", "/tmp/pipe")
    await running.copy_in("/dev/null", PurePosixPath("/tmp/null"))
    assert await sh(running, "ls /tmp/d; stat -c %F /tmp/pipe /tmp/null") == b"pipe\nfifo\ncharacter special file\n"


@pytest.mark.parametrize("engine", ["old", "new"], indirect=True)
async def test_a_source_that_ends_in_dots_is_copied_inside_the_target(running, docker_cli, tmp_path):
    await sh(running, "mkdir -p /d/e/g; echo 1 > /d/e/f; ln -s /d/e/g /d/link")
    for number, source in enumerate(("/d/e/g/..", "/d/e/./", "/d/e/g/../", "/d/e/g/../.", "/d/e/g/../../e")):
        for existing in (True, False):
            ours, theirs = (tmp_path / f"{who}{number}{existing}/deep/dst" for who in ("ours", "theirs"))
            for place in (ours, theirs):
                (place if existing else place.parent).mkdir(parents=True)
            await running.copy_out(source, ours)
            await docker_cli.run("cp", f"{running.id}:{source}", str(theirs))
            assert listing(ours.parents[1]) == listing(theirs.parents[1])


def make_tree(root):
    (root / "sub/deep").mkdir(parents=True)
    (root / "empty").mkdir(mode=0o711)
    (root / "file").write_bytes(b"1" * 70_000)
    (root / "sub/run").write_bytes(b"#!/bin/sh\n")
    (root / "sub/run").chmod(0o750)
    (root / "sub/deep/ünï").write_bytes(b"2")
    (root / "link").symlink_to("sub/run")
    (root / "sub/up").symlink_to("../file")
    (root / "sub/far").symlink_to("t/" * 2000)
    for name in ("a\nb", "a\\b", "..a", "a:b", ".wh.a", "12 path=x", "é" * 127):
        (root / "sub" / name).write_bytes(b"3")
    root.joinpath(*["d" * 200] * 15).mkdir(parents=True)
    with (root / "holes").open("wb") as file:
        file.truncate(2_000_000)
    os.link(root / "file", root / "twin")
    os.utime(root / "file", (1_500_000_000, 1_500_000_000))


def listing(root):
    found = {}
    for where, folders, files in os.walk(root):
        for name in [*folders, *files]:
            path = os.path.join(where, name)
            kind = os.lstat(path)
            if stat.S_ISLNK(kind.st_mode):
                content = os.readlink(path)
            else:
                content = None if stat.S_ISDIR(kind.st_mode) else read(path)
            mode = None if stat.S_ISLNK(kind.st_mode) else stat.S_IMODE(kind.st_mode)
            found[os.path.relpath(path, root)] = (stat.S_IFMT(kind.st_mode), mode, content)
    return found


def read(path):
    with open(path, "rb") as file:
        return file.read()


async def test_a_tree_goes_there_and_back(running, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    make_tree(source)
    await running.copy_in(source, "/tmp/copy")
    assert await sh(
        running, "stat -c '%a %u %g' /tmp/copy/sub/run; cat /tmp/copy/link; cat /tmp/copy/sub/deep/ünï"
    ) == (b"750 0 0\n#!/bin/sh\n2")
    assert await sh(running, "test /tmp/copy/file -ef /tmp/copy/twin && stat -c %Y /tmp/copy/file") == b"1500000000\n"
    back = await running.copy_out("/tmp/copy", tmp_path / "back")
    assert back == tmp_path / "back"
    assert listing(back) == listing(source)
    assert (back / "file").samefile(back / "twin")
    assert (back / "file").stat().st_mtime == 1_500_000_000


@pytest.mark.parametrize("engine", ["old", "new"], indirect=True)
async def test_names_that_are_not_utf_8_go_there_and_back(running, tmp_path):
    (tmp_path / "d\udcff").mkdir()
    (tmp_path / "d\udcff/f\udcff").write_bytes(b"1")
    (tmp_path / "d\udcff/l\udcff").symlink_to("f\udcff")
    await running.copy_in(tmp_path / "d\udcff", "/tmp")
    back = await running.copy_out("/tmp/d\udcff", tmp_path / "back")
    assert listing(back) == listing(tmp_path / "d\udcff")


async def test_links_that_lead_out_of_the_directory_are_taken_or_refused_as_with_the_cli(
    engine, running, docker_cli, tmp_path
):
    """Engine 20.10 refuses the archive."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d/link").symlink_to("../../bin/sh")
    code, _, _ = await docker_cli.run("cp", str(tmp_path / "d"), f"{running.id}:/tmp/theirs", check=False)
    if code:
        with pytest.raises(errors.ServerError, match=r"invalid symlink.*\.\./\.\./bin/sh"):
            await running.copy_in(tmp_path / "d", "/tmp/ours")
    else:
        await running.copy_in(tmp_path / "d", "/tmp/ours")
        assert await sh(running, "readlink /tmp/ours/link") == b"../../bin/sh\n"
    assert bool(code) is engine.version.startswith("20.10")


async def test_places_are_chosen_as_docker_cp_does(running, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "f").write_bytes(b"1")
    await sh(running, "mkdir /d")
    await running.copy_in(source, "/d")
    await running.copy_in(source / "f", "/d")
    await running.copy_in(source / "f", "/d/g")
    await running.copy_in(f"{source}/.", "/d/flat/")
    await running.copy_in(f"{source}/.", "/d/source")
    assert await sh(running, "cd /d; find . -type f | sort") == b"./f\n./flat/f\n./g\n./source/f\n"
    (tmp_path / "out").mkdir()
    assert await running.copy_out("/d", tmp_path / "out") == tmp_path / "out/d"
    assert await running.copy_out("/d/g", tmp_path / "out") == tmp_path / "out/g"
    assert await running.copy_out("/d/g", tmp_path / "out/h") == tmp_path / "out/h"
    assert await running.copy_out("/d/flat/.", tmp_path / "out") == tmp_path / "out"
    assert sorted(listing(tmp_path / "out")) == [
        "d",
        "d/f",
        "d/flat",
        "d/flat/f",
        "d/g",
        "d/source",
        "d/source/f",
        "f",
        "g",
        "h",
    ]


async def test_owner_and_mode_are_set(running, tmp_path):
    (tmp_path / "s").mkdir(mode=0o755)
    (tmp_path / "s/f").write_bytes(b"1")
    await running.copy_in(tmp_path / "s", "/tmp/s", uid=123, gid=45, mode=0o600)
    assert await sh(running, "stat -c '%a %u %g' /tmp/s /tmp/s/f") == b"755 123 45\n600 123 45\n"


async def test_nothing_is_sent_when_there_is_nowhere_to_put_it(running, tmp_path):
    class Watched(os.PathLike):
        def __fspath__(self):
            return str(tmp_path / "f")

    (tmp_path / "f").write_bytes(b"1")
    os.truncate(tmp_path / "f", 1 << 40)  # sending it would take hours
    async with asyncio.timeout(30):
        with pytest.raises(errors.NotFound, match="no-such-folder"):
            await running.copy_in(Watched(), "/no-such-folder/deep/f")
        with pytest.raises(errors.NotFound):
            await running.copy_in(Watched(), "/tmp/no-such-folder/")
        with pytest.raises(errors.APIError):
            await running.copy_in(Watched(), "/etc/passwd/f")
    with pytest.raises(FileNotFoundError):
        await running.copy_in(tmp_path / "missing", "/tmp")
    with pytest.raises(errors.InvalidArgument, match="not a directory"):
        await running.copy_in(tmp_path, "/etc/passwd")
    with pytest.raises(NotADirectoryError):
        await running.copy_in(f"{__file__}/", "/tmp")
    for target in ("no/such/folder", "new/", "file/"):
        (tmp_path / "file").write_bytes(b"1")
        with pytest.raises(FileNotFoundError, match="no such directory"):
            await running.copy_out("/etc/passwd", f"{tmp_path}/{target}")
    assert (tmp_path / "file").read_bytes() == b"1"


async def test_links_out_of_the_target_are_refused(running, tmp_path):
    await sh(running, "mkdir /d && ln -s /etc/passwd /d/out && echo 1 > /d/zzz")
    with pytest.raises(errors.UnsafeArchive, match="outside_links"):
        await running.copy_out("/d", tmp_path / "a")
    await running.copy_out("/d", tmp_path / "b", outside_links="skip")
    assert sorted(listing(tmp_path / "b")) == ["zzz"]
    await running.copy_out("/d", tmp_path / "c", outside_links="keep")
    assert os.readlink(tmp_path / "c/out") == "/etc/passwd"


@pytest.mark.slow
async def test_large_files_take_constant_memory_both_ways(running, tmp_path):
    size = 300 << 20
    (tmp_path / "large").write_bytes(b"start")
    os.truncate(tmp_path / "large", size)
    tracemalloc.start()
    try:
        await running.copy_in(tmp_path / "large", "/tmp/large")
        await running.copy_out("/tmp/large", tmp_path / "back")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "back").stat().st_size == size
    assert peak < 30 << 20


async def test_cancelled_it_leaves_no_half_file(client, running, tmp_path):
    await sh(running, "dd if=/dev/zero of=/tmp/large bs=1M count=200 2>/dev/null")
    task = asyncio.create_task(running.copy_out("/tmp/large", tmp_path / "large"))
    while not list(tmp_path.iterdir()):
        await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(tmp_path.iterdir()) == []
    assert client.diagnostics().streams == ()


@pytest.mark.parametrize("kind", ["file", "tree"])
async def test_a_cut_connection_leaves_no_half_file(engine, client, running, tmp_path, kind):
    await sh(running, "mkdir /d; dd if=/dev/urandom of=/d/large bs=64k count=20 2>/dev/null; cp /d/large /d/zzz")
    whole = await running.read_bytes("/d/large")
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        box = await cut.containers.get(running.id)
        for number, offset in enumerate((0, 200, 700, 5_000, 65_000, 400_000, 1_000_000)):
            target = tmp_path / str(number)
            target.mkdir()
            proxy.faults = Faults()
            await box.stat("/d")  # what is looked at first is answered
            proxy.faults = Faults(cut_after=offset + 1_000)
            with pytest.raises(errors.ConnectionFailed):
                await box.copy_out(
                    "/d/large" if kind == "file" else "/d/.", target / "large" if kind == "file" else target
                )
            left = [path for path in target.rglob("*") if path.is_file()]
            assert all(path.read_bytes() == whole for path in left)
            assert len(left) <= (0 if kind == "file" else 1)
        assert cut.diagnostics().streams == ()
