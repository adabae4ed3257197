"""What a build can be told, on every engine."""

from __future__ import annotations

import asyncio
import io
import os
import stat
import tarfile

import pytest

from aiodockerpy import errors
from aiodockerpy.buildkit import BuildLog, BuildStep, BuildTransfer, Cache, Env, Output
from tests.lab import rest
from tests.lab.serving import serving

SECRET = b"hunter2-is-no-secret"


def dotfile_build(root, prefix):
    return {
        "context": root,
        "tags": [f"{prefix}program:1.0.0", f"{prefix}program:latest"],
        "target": "my-layer",
        "secrets": {"dotfile": SECRET},
        "build_args": {"WHO": prefix, "ABSENT_ANYWHERE": None},
        "labels": {"kind": "test"},
    }


DOTFILE = """\
FROM busybox AS my-layer
ARG WHO
RUN --mount=type=secret,id=dotfile,required=true test "$(wc -c < /run/secrets/dotfile)" = 20 && echo "built for $WHO" > /made
FROM my-layer AS never
RUN false
"""


async def test_the_case_known_as_impossible(build, context, prefix, caplog) -> None:
    """``docker build --secret id=dotfile,src=… --target my-layer --tag program:1.0.0 .``"""
    caplog.set_level(0)
    handle = build(**dotfile_build(context(DOTFILE), prefix))
    told = []
    async with handle as progress:
        async for item in progress:
            told.append(repr(item))
    result = handle.result
    assert result is not None
    for tag in ("1.0.0", "latest"):
        image = build.image(f"{prefix}program:{tag}")
        assert image["Id"] == result.image_id
        assert image["Config"]["Labels"] == {"kind": "test"}
    assert {name.rpartition("/")[2] for name in result.names} == {f"{prefix}program:1.0.0", f"{prefix}program:latest"}
    # The secret is in no layer, no history, no configuration and no log.
    history = rest.ask(build.engine.url, "GET", f"/images/{prefix}program:latest/history")
    status, _, archive = rest.call(build.engine.url, "GET", f"/images/{prefix}program:latest/get", timeout=60)
    assert status == 200
    assert SECRET.decode() not in repr(history)
    assert SECRET.decode() not in "".join(told)
    assert SECRET not in archive
    assert SECRET.decode() not in caplog.text


async def test_every_source_of_a_secret(build, context, prefix, tmp_path, monkeypatch) -> None:
    (tmp_path / "file").write_bytes(b"file")
    monkeypatch.setenv("A_SECRET", "env")

    async def ask() -> str:
        await asyncio.sleep(0)
        return "async"

    names = ("bytes", "file", "env", "async", "call")
    mounts = " ".join(f"--mount=type=secret,id={name}" for name in names)
    dockerfile = f"FROM busybox\nRUN {mounts} echo {prefix} && cd /run/secrets && cat {' '.join(names)}\n"
    result = await build(
        context=context(dockerfile),
        secrets={
            "bytes": b"bytes",
            "file": tmp_path / "file",
            "env": Env("A_SECRET"),
            "async": ask,
            "call": lambda: b"call",
        },
        outputs=[Output.none()],
    )
    text = "".join(item.text for item in result.log if isinstance(item, BuildLog))
    assert "bytesfileenvasynccall" in text


async def test_a_secret_that_is_not_there(build, context, prefix) -> None:
    optional = f"FROM busybox\nRUN --mount=type=secret,id=x test ! -e /run/secrets/x # {prefix}\n"
    assert await build(context=context(optional), outputs=[Output.none()])
    required = f"FROM busybox\nRUN --mount=type=secret,id=x,required=true true # {prefix}\n"
    with pytest.raises(errors.SecretNotFound, match="x"):
        await build(context=context(required))
    with pytest.raises(errors.SecretNotFound, match="x"):
        await build(context=context(required), secrets={"x": Env("SURELY_NOT_SET")})


class TestFailures:
    @pytest.mark.parametrize("size", [120_000, 600_000])
    async def test_with_a_large_dockerfile(self, build, context, prefix, size) -> None:
        filler = ("# " + "x" * 98 + "\n") * (size // 101)
        with pytest.raises(errors.BuildError) as caught:
            await build(context=context(f"{filler}FROM busybox\nRUN echo {prefix}; exit 5\n"))
        assert caught.value.exit_code == 5


class TestContexts:
    async def test_only_what_changed_is_sent(self, build, context, prefix) -> None:
        files = {f"d{number % 5}/f{number}": os.urandom(20_000) for number in range(50)}
        root = context("FROM scratch\nCOPY . /\n", files, name=f"{prefix}inc")

        async def sent() -> int:
            result = await build(context=root, outputs=[Output.none()])
            counts = [
                item for item in result.log if isinstance(item, BuildTransfer) and item.id == "transferring context:"
            ]
            return max((item.current for item in counts), default=0)

        first, second = await sent(), await sent()
        (root / "d1/f1").write_bytes(os.urandom(20_001))
        (root / "new").write_bytes(os.urandom(20_000))
        (root / "d2/f2").unlink()
        third = await sent()
        assert first > 1_000_000
        assert second < 20_000
        assert 40_000 < third < 60_000

    async def test_everything_about_the_files(self, build, context, prefix, tmp_path) -> None:
        """Modes, times, links, names that are not ASCII, empty directories, ignored files: there and back."""
        root = context(
            "FROM scratch\nCOPY . /\n", {"a/ä ö.txt": "ä", "a/run": "#!", "b": "b", "no.log": "", "keep.log": "k"}
        )
        (root / ".dockerignore").write_text("*.log\n!keep.log\n.dockerignore\nDockerfile\n")
        (root / "empty").mkdir(mode=0o750)
        (root / "a/run").chmod(0o4755)
        (root / "link").symlink_to("a/run")
        os.link(root / "b", root / "hard")
        os.utime(root / "b", (1_000_000_000, 1_000_000_000))
        target = tmp_path / "out"
        target.mkdir()
        await build(context=root, outputs=[Output.local(target)])
        names = sorted(str(path.relative_to(target)) for path in target.rglob("*"))
        assert names == ["a", "a/run", "a/ä ö.txt", "b", "empty", "hard", "keep.log", "link"]
        assert (target / "a/ä ö.txt").read_text() == "ä"
        assert stat.S_IMODE((target / "a/run").stat().st_mode) == 0o4755
        assert os.readlink(target / "link") == "a/run"
        assert (target / "b").stat().st_mtime == 1_000_000_000
        assert (target / "hard").read_text() == "b"
        assert stat.S_IMODE((target / "empty").stat().st_mode) == 0o750

    async def test_a_large_ignore_file(self, build, context, tmp_path) -> None:
        root = context("FROM scratch\nCOPY . /\n", {f"f{number}": "" for number in range(20)})
        lines = [f"nothing/like/this/{number}" for number in range(3000)]
        (root / ".dockerignore").write_text(
            "\n".join([*lines, "f1*", "!f13", "größe/*", "Dockerfile", ".dockerignore"])
        )
        target = tmp_path / "out"
        target.mkdir()
        await build(context=root, outputs=[Output.local(target)])
        assert {path.name for path in target.iterdir()} == {"f0", "f13", *(f"f{number}" for number in range(2, 10))}

    async def test_links_on_the_way_to_what_is_copied(self, build, context, tmp_path) -> None:
        root = context("FROM scratch\nCOPY way/file* /\n", {"real/file1": "1", "other/file2": "2", "unused": "x"})
        (root / "way").symlink_to("real")
        (root / "real/file2").symlink_to("../other/file2")
        target = tmp_path / "out"
        target.mkdir()
        await build(context=root, outputs=[Output.local(target)])
        assert {path.name for path in target.iterdir()} == {"file1", "file2"}

    @pytest.mark.parametrize("kind", ["bytes", "file", "async"])
    async def test_a_tar_archive(self, build, prefix, tmp_path, kind) -> None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for name, data in {"Dockerfile": b"FROM scratch\nCOPY a /\n", "a": prefix.encode()}.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))

        async def pieces():
            data = buffer.getvalue()
            for start in range(0, len(data), 100):
                yield data[start : start + 100]

        buffer.seek(0)
        source = {"bytes": buffer.getvalue(), "file": buffer, "async": pieces()}[kind]
        target = tmp_path / "out"
        target.mkdir()
        await build(context=source, outputs=[Output.local(target)])
        assert (target / "a").read_text() == prefix

    async def test_a_dockerfile_elsewhere(self, build, context, prefix, tmp_path) -> None:
        root = context("FROM nothing\n", {"a": prefix, "sub/My.Dockerfile": "FROM scratch\nCOPY a /\n"})
        target = tmp_path / "out"
        target.mkdir()
        await build(context=root, dockerfile="sub/My.Dockerfile", outputs=[Output.local(target)])
        assert (target / "a").read_text() == prefix
        with pytest.raises(errors.InvalidArgument, match=r"absent"):
            await build(context=root, dockerfile="absent")


class TestSteps:
    async def test_a_cache_mount_counts_up(self, build, context, prefix) -> None:
        async def counted(attempt: int) -> list[str]:
            seen = []
            for turn in range(2):
                mount = f"--mount=type=cache,id={prefix}{attempt},target=/c"
                step = f"RUN {mount} echo x >> /c/n; echo lines=$(wc -l < /c/n) # {prefix}{attempt}{turn}"
                result = await build(context=context(f"FROM busybox\n{step}\n"), outputs=[Output.none()])
                seen.append("".join(item.text for item in result.log if isinstance(item, BuildLog)).strip())
            return seen

        # Another test may empty the shared cache in between.
        assert ["lines=1", "lines=2"] in [await counted(attempt) for attempt in range(3)]


class TestOutputs:
    async def test_a_tar(self, build, context, prefix, tmp_path) -> None:
        root = context("FROM scratch\nCOPY a /\n", {"a": prefix})
        pieces = bytearray()

        async def take(data: bytes) -> None:
            pieces.extend(data)

        buffer = io.BytesIO()
        for target in (tmp_path / "o.tar", buffer, take):
            await build(context=root, outputs=[Output.tar(target)])
        assert (tmp_path / "o.tar").read_bytes() == buffer.getvalue() == bytes(pieces)
        with tarfile.open(tmp_path / "o.tar") as archive:
            assert archive.extractfile("a").read() == prefix.encode()

    async def test_a_fifo(self, build, context, prefix, tmp_path) -> None:
        root = context("FROM scratch\nCOPY a /\n", {"a": prefix})
        os.mkfifo(tmp_path / "fifo")
        handle = build(context=root, outputs=[f"type=tar,dest={tmp_path}/fifo"])
        _, received = await asyncio.gather(handle, asyncio.to_thread((tmp_path / "fifo").read_bytes))
        with tarfile.open(fileobj=io.BytesIO(received)) as archive:
            assert archive.extractfile("a").read() == prefix.encode()
        assert (tmp_path / "fifo").is_fifo()

    async def test_two_at_once(self, build, context, prefix, tmp_path) -> None:
        root = context("FROM scratch\nCOPY a /\n", {"a": prefix})
        (tmp_path / "dir").mkdir()
        handle = build(context=root, outputs=[Output.local(tmp_path / "dir"), f"type=tar,dest={tmp_path}/o.tar"])
        if build.engine.api < (1, 45):
            with pytest.raises(errors.UnsupportedByEngine, match="more than one output"):
                await handle
            return
        await handle
        assert (tmp_path / "dir/a").read_text() == prefix
        with tarfile.open(tmp_path / "o.tar") as archive:
            assert archive.getnames() == ["a"]

    async def test_an_existing_destination(self, build, context, prefix, tmp_path) -> None:
        """What is in the way is replaced, also a link out of the destination; the rest stays."""
        root = context("FROM scratch\nCOPY . /\n", {"a": prefix, "d/b": prefix})
        target, outside = tmp_path / "out", tmp_path / "outside"
        target.mkdir()
        outside.mkdir()
        (target / "d").symlink_to(outside)
        (target / "mine").write_text("mine")
        await build(context=root, outputs=[Output.local(target)])
        assert (target / "d/b").read_text() == prefix
        assert not list(outside.iterdir())
        assert (target / "mine").read_text() == "mine"


class TestProgress:
    async def test_steps_logs_and_the_state_agree(self, build, context, prefix) -> None:
        dockerfile = f"FROM busybox\nRUN echo {prefix}; echo err >&2\n"
        handle = build(context=context(dockerfile), outputs=[Output.none()])
        last, output = {}, {"stdout": "", "stderr": ""}
        async with handle as progress:
            async for item in progress:
                if isinstance(item, BuildStep):
                    last[item.digest] = item
                elif isinstance(item, BuildLog):
                    output[item.stream] += item.text
        assert last == handle.state.steps
        assert output == {"stdout": f"{prefix}\n", "stderr": "err\n"}
        run = next(step for step in last.values() if "RUN echo" in step.name)
        assert run.state == "done"
        assert run.started <= run.completed
        assert run.duration == run.completed - run.started
        numbers = sorted(step.number for step in last.values())
        assert numbers == list(range(1, len(numbers) + 1))

    async def test_a_consumer_that_stops_reading_does_not_stop_the_build(self, build, context, prefix) -> None:
        dockerfile = f"FROM busybox\nRUN yes {prefix} | head -c 1500000\nRUN echo last {prefix}\n"
        handle = build(context=context(dockerfile), tags=[f"{prefix}slow"])
        async with handle as progress:
            await anext(progress)
            async with asyncio.timeout(60):
                while not build.exists(f"{prefix}slow"):  # the build ends while nobody reads
                    await asyncio.sleep(0.2)
            said = b"".join([item.data async for item in progress if isinstance(item, BuildLog)])
        assert f"{prefix}\n".encode() * 1000 in said  # the engine itself drops what comes faster than 200 kB/s
        assert f"last {prefix}\n".encode() in said


async def test_ten_builds_at_once(build, context, prefix) -> None:
    """Different secrets, each seen by its own build only."""

    async def one(number: int) -> str:
        dockerfile = f"FROM busybox\nRUN --mount=type=secret,id=n echo {prefix}{number} $(cat /run/secrets/n)\n"
        result = await build(
            context=context(dockerfile, name=f"c{number}"), secrets={"n": b"%d" % number}, outputs=[Output.none()]
        )
        return "".join(item.text for item in result.log if isinstance(item, BuildLog)).strip()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(number)) for number in range(10)]
    texts = [task.result() for task in tasks]
    assert texts == [f"{prefix}{number} {number}" for number in range(10)]


class TestRegistries:
    async def test_inline_cache(self, build, context, prefix, registry, forget) -> None:
        root = context(f"FROM busybox\nRUN echo {prefix}; date +%N > /t\n")
        name = f"{registry}/{prefix}inline"
        output = Output.image(push=True)
        options = {"tags": [f"{name}:1"], "cache_to": [Cache.inline()], "outputs": [output]}
        await build(context=root, push=build.client.images.push, **options)
        rest.ask(build.engine.url, "DELETE", f"/images/{name}:1?force=1")
        await forget(prefix)
        handle = build(context=root, cache_from=[f"{name}:1"], outputs=[Output.none()])
        await handle
        assert [step.state for step in handle.state.steps.values() if "RUN echo" in step.name] == ["cached"]

    async def test_a_missing_cache_is_no_failure(self, build, context, registry) -> None:
        await build(
            context=context("FROM busybox\n"), cache_from=[f"{registry}/surely/not:there"], outputs=[Output.none()]
        )

    async def test_push_with_credentials(self, build, context, prefix, lab_up) -> None:
        known = lab_up("registry-basic").registries["basic"]
        root = context("FROM scratch\nCOPY a /\n", {"a": prefix})
        name = f"{known.address}/{prefix}pushed:1"
        asked = []

        class Login:
            username, identity_token = known.username, ""

            def __init__(self, password: str) -> None:
                self.password = password

        async def right(host: str) -> Login:
            asked.append(host)
            return Login(known.password)

        async def wrong(host: str) -> Login:
            return Login("wrong-hunter2")

        if not build.containerd:  # then the engine pushes, not its BuildKit
            pushed = []

            async def push(reference: str) -> None:
                pushed.append(reference)

            await build(context=root, tags=[name], outputs=[Output.image(push=True)], push=push)
            assert pushed == [name]
            return
        result = await build(context=root, tags=[name], outputs=[Output.image(push=True)], credentials=right)
        assert asked == [known.address]
        assert result.digest
        other = context("FROM scratch\nCOPY a /b\n", {"a": prefix + "2"}, name="other")
        with pytest.raises(errors.BuildError, match="401") as caught:
            await build(context=other, tags=[name], outputs=[Output.image(push=True)], credentials=wrong)
        assert "hunter2" not in str(caught.value)


class TestUrls:
    async def test_an_archive_by_http(self, build, prefix, lab_up, tmp_path) -> None:
        """The engine fetches it by itself; a Dockerfile as text may go with it."""
        here = lab_up("registry").registries["open"].address.partition(":")[0]
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for name, data in {"Dockerfile": b"FROM scratch\nCOPY a /\n", "a": prefix.encode()}.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            body = buffer.getvalue()
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/x-tar\r\nContent-Length: {len(body)}\r\n"
            writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
            await writer.drain()

        async with serving(serve, host=here) as server:
            url = f"http://{here}:{server.sockets[0].getsockname()[1]}/{prefix}.tar"
            for number, text in enumerate((None, "FROM scratch\nCOPY a /b\n")):
                target = tmp_path / str(number)
                target.mkdir()
                await build(context=url, dockerfile_text=text, outputs=[Output.local(target)])
                assert (target / ("b" if text else "a")).read_text() == prefix
