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


async def test_a_secret_s_callable_that_raises(build, context, prefix) -> None:
    def fail() -> bytes:
        raise ValueError("vault sealed, token=hunter2")

    dockerfile = f"FROM busybox\nRUN --mount=type=secret,id=x,required=true true # {prefix}\n"
    with pytest.raises(errors.BuildError) as caught:
        await build(context=context(dockerfile), secrets={"x": fail})
    assert isinstance(caught.value.__cause__, ValueError)
    assert "hunter2" not in str(caught.value)


class TestFailures:
    async def test_a_failed_step(self, build, context, prefix) -> None:
        dockerfile = f"FROM busybox\n\nRUN echo one {prefix}; echo two >&2; exit 3\n"
        with pytest.raises(errors.BuildError) as caught:
            await build(context=context(dockerfile))
        error = caught.value
        assert error.exit_code == 3
        assert "RUN echo one" in error.step
        assert sorted(error.build_log) == [f"one {prefix}", "two"]
        if build.engine.api >= (1, 42):
            assert error.source == "Dockerfile:3"
            assert ">>>    3 | RUN echo one" in error.excerpt

    @pytest.mark.parametrize("size", [120_000, 600_000])
    async def test_with_a_large_dockerfile(self, build, context, prefix, size) -> None:
        filler = ("# " + "x" * 98 + "\n") * (size // 101)
        with pytest.raises(errors.BuildError) as caught:
            await build(context=context(f"{filler}FROM busybox\nRUN echo {prefix}; exit 5\n"))
        assert caught.value.exit_code == 5

    async def test_an_unknown_target(self, build, context) -> None:
        with pytest.raises(errors.StageNotFound, match="nowhere"):
            await build(context=context("FROM busybox\n"), target="nowhere")

    async def test_a_syntax_error(self, build, context) -> None:
        with pytest.raises(errors.BuildError, match="unknown instruction"):
            await build(context=context("FROM busybox\nRUNN true\n"))

    async def test_insecure_is_refused_in_the_engine_s_words(self, build, context, prefix) -> None:
        dockerfile = f"FROM busybox\nRUN echo {prefix}\n"
        with pytest.raises(errors.BuildError, match=r"security\.insecure"):
            await build(context=context(dockerfile), allow=["security.insecure"])


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

    async def test_a_dockerfile_as_text(self, build, context, prefix, tmp_path) -> None:
        target = tmp_path / "out"
        target.mkdir()
        await build(dockerfile_text=f"FROM busybox\nRUN echo {prefix} > /made\n", outputs=[Output.none()])
        root = context("FROM nothing\n", {"a": prefix})
        await build(context=root, dockerfile_text="FROM scratch\nCOPY a /\n", outputs=[Output.local(target)])
        assert (target / "a").read_text() == prefix

    async def test_a_dockerfile_elsewhere(self, build, context, prefix, tmp_path) -> None:
        root = context("FROM nothing\n", {"a": prefix, "sub/My.Dockerfile": "FROM scratch\nCOPY a /\n"})
        target = tmp_path / "out"
        target.mkdir()
        await build(context=root, dockerfile="sub/My.Dockerfile", outputs=[Output.local(target)])
        assert (target / "a").read_text() == prefix
        with pytest.raises(errors.InvalidArgument, match=r"absent"):
            await build(context=root, dockerfile="absent")

    async def test_named_contexts(self, build, context, prefix, tmp_path) -> None:
        other = context("", {"b": prefix}, name="other")
        root = context("FROM base AS x\nRUN true\nFROM scratch\nCOPY --from=more b /\n")
        target = tmp_path / "out"
        target.mkdir()
        handle = build(
            context=root,
            contexts={"more": other, "base": "docker-image://busybox"},
            outputs=[Output.local(target)],
        )
        if build.engine.api < (1, 42):
            with pytest.raises(errors.UnsupportedByEngine, match=r"contexts needs API 1\.42"):
                await handle
            return
        await handle
        assert (target / "b").read_text() == prefix


class TestSteps:
    async def test_network_hosts_and_limits(self, build, context, prefix) -> None:
        dockerfile = f"FROM busybox\nRUN echo {prefix}; grep -q '10.9.8.7.*there' /etc/hosts; ulimit -n; df /dev/shm\n"
        options = {"add_hosts": {"there": "10.9.8.7"}, "network": "host", "no_cache": True, "outputs": [Output.none()]}
        if build.engine.api >= (1, 42):
            options |= {"shm_size": "32m", "ulimits": {"nofile": (100, 200)}}
        else:
            with pytest.raises(errors.UnsupportedByEngine, match="shm_size"):
                await build(context=context(dockerfile), shm_size="32m")
        result = await build(context=context(dockerfile), **options)
        text = "".join(item.text for item in result.log if isinstance(item, BuildLog))
        if build.engine.api >= (1, 42):
            assert "\n100\n" in text
            assert "32768" in text

    async def test_no_cache_for_all_and_for_a_stage(self, build, context, prefix) -> None:
        dockerfile = f"FROM busybox AS one\nRUN echo one {prefix}\nFROM one AS two\nRUN echo two {prefix}\n"
        root = context(dockerfile)

        async def states(**options) -> list[str]:
            handle = build(context=root, outputs=[Output.none()], **options)
            await handle
            return [step.state for step in handle.state.steps.values() if "RUN echo" in step.name]

        assert await states() == ["done", "done"]
        assert await states() == ["cached", "cached"]
        assert sorted(await states(no_cache=["two"])) == ["cached", "done"]
        assert await states(no_cache=True) == ["done", "done"]

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

    async def test_oci_and_docker_archives(self, build, context, prefix, tmp_path) -> None:
        root = context("FROM scratch\nCOPY a /\n", {"a": prefix})
        for kind in ("oci", "docker"):
            handle = build(context=root, tags=[f"{prefix}x"], outputs=[f"type={kind},dest={tmp_path}/{kind}.tar"])
            if not build.containerd:
                with pytest.raises(errors.UnsupportedByStore, match="containerd image store"):
                    await handle
                continue
            result = await handle
            assert result.digest.startswith("sha256:")
            with tarfile.open(tmp_path / f"{kind}.tar") as archive:
                assert "index.json" in archive.getnames()

    async def test_several_platforms(self, build, context, prefix, tmp_path) -> None:
        root = context("FROM scratch\nCOPY a /\n", {"a": prefix})
        platforms = ["linux/amd64", "linux/arm64"]
        (tmp_path / "out").mkdir()
        await build(context=root, platforms=platforms, outputs=[Output.local(tmp_path / "out")])
        for name in ("linux_amd64", "linux_arm64"):
            assert (tmp_path / "out" / name / "a").read_text() == prefix
        handle = build(context=root, platforms=platforms, tags=[f"{prefix}multi"])
        if not build.containerd:
            with pytest.raises(errors.UnsupportedByStore, match="several platforms"):
                await handle
            return
        result = await handle
        assert result.descriptor["mediaType"].endswith(("index.v1+json", "manifest.list.v2+json"))

    async def test_attestations(self, build, context, prefix) -> None:
        root = context("FROM scratch\nCOPY a /\n", {"a": prefix})
        handle = build(context=root, tags=[f"{prefix}att"], attest={"provenance": "mode=max"})
        if not build.containerd:
            with pytest.raises(errors.UnsupportedByEngine):
                await handle
            return
        result = await handle
        assert "index" in result.descriptor["mediaType"]


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
            size = 0
            async for item in progress:
                size += len(item.data) if isinstance(item, BuildLog) else 0
        assert size > 100_000  # the engine itself drops what comes faster than 200 kB/s


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

    async def test_registry_and_local_cache(self, build, context, prefix, registry, tmp_path, forget) -> None:
        root = context(f"FROM busybox AS x\nRUN echo {prefix} > /t\nFROM scratch\nCOPY --from=x /t /\n")
        for cache in (
            Cache.registry(f"{registry}/{prefix}cache", mode="max"),
            Cache.local(tmp_path / "cache", mode="max"),
        ):
            handle = build(context=root, cache_to=[cache], outputs=[Output.none()])
            if not build.containerd:
                with pytest.raises(errors.UnsupportedByStore, match="cache_to"):
                    await handle
                continue
            await handle
            await forget(prefix)
            handle = build(context=root, cache_from=[cache], outputs=[Output.local(tmp_path / "out")])
            (tmp_path / "out").mkdir(exist_ok=True)
            await handle
            assert [step.state for step in handle.state.steps.values() if "RUN echo" in step.name] == ["cached"]

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

    async def test_two_builds_with_different_credentials(self, build, context, prefix, lab_up) -> None:
        """Private base images, at once: one build may have its own, the other may not.

        Two images, since the engine lets builds share what they ask for at the same time.
        """
        lab_up("registry", "registry-basic")
        known = lab_up("registry-basic").registries["basic"]
        asked: set[str] = set()
        for password in ("wrong", known.password):
            await put_image(known, f"{prefix}{password}", "1")

        class Login:
            username, identity_token = known.username, ""

            def __init__(self, password: str) -> None:
                self.password = password

        def credentials(password: str):
            async def find(host: str) -> Login:
                asked.add(host)
                return Login(password)

            return find

        async def one(password: str) -> str:
            root = context(f"FROM {known.address}/{prefix}{password}:1\nCOPY a /\n", {"a": prefix}, name=password)
            try:
                await build(context=root, outputs=[Output.none()], pull=True, credentials=credentials(password))
            except errors.BuildError as error:
                return str(error)
            return "built"

        wrong, right = await asyncio.gather(one("wrong"), one(known.password))
        assert asked == {known.address}
        assert right == "built"
        assert "401" in wrong or "authorization failed" in wrong


async def put_image(registry, repository: str, tag: str) -> None:
    """Put an image of one empty layer into a registry, by its own API."""
    import base64
    import gzip
    import hashlib
    import json

    url = f"http://{registry.address}"
    login = base64.b64encode(f"{registry.username}:{registry.password}".encode()).decode()
    headers = {"Authorization": f"Basic {login}"}

    def upload(data: bytes) -> dict:
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        status, found, _ = rest.call(url, "POST", f"/v2/{repository}/blobs/uploads/", headers=headers)
        assert status == 202
        place = found["location"].removeprefix(url)
        sign = "&" if "?" in place else "?"
        status, _, body = rest.call(url, "PUT", f"{place}{sign}digest={digest}", body=data, headers=headers)
        assert status == 201, body
        return {"digest": digest, "size": len(data)}

    layer = bytes(10240)
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {
            "mediaType": "application/vnd.docker.container.image.v1+json",
            **upload(json.dumps(config).encode()),
        },
        "layers": [
            {"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", **upload(gzip.compress(layer, mtime=0))}
        ],
    }
    typed = {**headers, "Content-Type": manifest["mediaType"]}
    status, _, body = rest.call(
        url, "PUT", f"/v2/{repository}/manifests/{tag}", body=json.dumps(manifest).encode(), headers=typed
    )
    assert status == 201, body


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
            writer.close()

        async with await asyncio.start_server(serve, here, 0) as server:
            url = f"http://{here}:{server.sockets[0].getsockname()[1]}/{prefix}.tar"
            for number, text in enumerate((None, "FROM scratch\nCOPY a /b\n")):
                target = tmp_path / str(number)
                target.mkdir()
                await build(context=url, dockerfile_text=text, outputs=[Output.local(target)])
                assert (target / ("b" if text else "a")).read_text() == prefix
