"""Builds by the classic builder on real engines, and what is sent for them compared with what the docker CLI sends."""

from __future__ import annotations

import asyncio
import io
import json
import os
import socket
import tarfile

import pytest
from aiohttp import web

import aiodockerpy
from aiodockerpy import errors
from tests.classic import classic

BASE = "FROM busybox:1\n"


# ---- what the docker CLI sends


class Recorder:
    """An engine that only takes builds, and keeps what it was sent."""

    def __init__(self, socket_path):
        self.path = str(socket_path)
        self.builds = []

    async def __aenter__(self):
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{rest:.*}", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.UnixSite(self._runner, self.path).start()
        return self

    async def __aexit__(self, *_):
        await self._runner.cleanup()

    async def _answer(self, request):
        headers = {"Api-Version": "1.41", "Docker-Experimental": "false", "Ostype": "linux", "Builder-Version": "1"}
        if request.path.endswith("/build"):
            body = await request.read()
            self.builds.append((dict(request.query), members(body), request.headers.get("X-Registry-Config")))
            return web.Response(text=json.dumps({"aux": {"ID": "sha256:" + "0" * 64}}), headers=headers)
        if request.path.endswith("/json"):
            return web.json_response({"Id": "sha256:" + "0" * 64}, headers=headers)
        return web.Response(text="OK", headers=headers)


def members(body):
    if not body:
        return {}
    found = {}
    # a CLI that adds a Dockerfile leaves the end mark out
    with tarfile.open(fileobj=io.BytesIO(body + bytes(10240))) as tar:
        for info in tar:
            content = tar.extractfile(info).read() if info.isreg() else None
            xattrs = {name: value for name, value in info.pax_headers.items() if name.startswith("SCHILY")}
            found[info.name] = (
                # the kind of a file, which an old CLI has in the mode too, is in its own field
                info.type,
                info.mode & 0o7777,
                info.uid,
                info.gid,
                int(info.mtime),
                info.linkname,
                info.size,
                content,
                (info.devmajor, info.devminor) if info.ischr() or info.isblk() else None,
                xattrs,
            )
    return found


async def cli_build(docker_cli, recorder, context, *words):
    process = await asyncio.create_subprocess_exec(
        docker_cli.path,
        "--host",
        f"unix://{recorder.path}",
        "build",
        *words,
        str(context),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "DOCKER_BUILDKIT": "0",
            "DOCKER_CONFIG": "/nonexistent",
        },
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return recorder.builds.pop()


async def our_build(recorder, **options):
    environment = {"DOCKER_CONFIG": "/nonexistent"}
    async with aiodockerpy.DockerClient(f"unix://{recorder.path}", environment=environment) as client:
        await classic(client, **options)
    return recorder.builds.pop()


def make_context(root):
    root.mkdir()
    (root / "Dockerfile").write_text(BASE)
    for name in (
        "a.log",
        "keep.log",
        "src/x.py",
        "src/x.pyc",
        "src/deep/y.pyc",
        "node_modules/m/index.js",
        "docs/readme.md",
        "docs/keep/me",
        "build/out/keep/z",
        "build/out/no",
        "ünï",
        "with space",
        "Ω/ß",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"this is {name}\n")
    (root / "run").write_bytes(b"#!/bin/sh\n")
    (root / "run").chmod(0o4750)
    (root / "empty").mkdir(mode=0o700)
    (root / "link").symlink_to("src/x.py")
    (root / "outside").symlink_to("/etc/passwd")
    (root / "dangling").symlink_to("nowhere")
    (root / "dirlink").symlink_to("src")
    os.link(root / "run", root / "src/twin")
    os.mkfifo(root / "pipe")
    (root / "old").write_bytes(b"x")
    os.utime(root / "old", ns=(1_000_000_000_987_654_321, 1_000_000_000_987_654_321))
    (root / "sparse").write_bytes(b"")
    os.truncate(root / "sparse", 3_000_000)
    (root / ("n" * 120)).mkdir()
    (root / ("n" * 120) / ("m" * 150)).write_text("long")
    with socket.socket(socket.AF_UNIX) as listening:
        where = os.getcwd()
        os.chdir(root)
        try:
            listening.bind("socket")
        finally:
            os.chdir(where)


IGNORES = {
    "none": None,
    "empty": "",
    "names": "node_modules\nbuild\n*.log\n",
    "comments and blanks": "# a comment\n\n  a.log  \n\t*.pyc\t\n #no comment\n",
    "exceptions": "*.log\n!keep.log\n**/*.pyc\n!src/deep/y.pyc\n",
    "last wins": "!keep.log\n*.log\n",
    "below": "build\n!build/out/keep\n",
    "stars": "**/keep\n*/*.py\nsrc/**\n!src/x.py\n",
    "everything": "*\n",
    "everything but": "*\n!src\n!docs/**\n",
    "wild exception below": "build\n!**/keep\n",
    "the ignore file and the Dockerfile": ".dockerignore\nDockerfile\n",
    "all and hidden": "**\n!src\n!run\n",
    "slashes and dots": "/node_modules/\n./build/../docs\nsrc/./x.py\n",
    "classes": "[a-k]*.log\nsrc/x.py[c]\n?nï\n",
    "case": "DOCKERFILE\n*.LOG\n",
    "trailing space in exception": "docs\n! docs/keep \n",
    "windows line ends": "*.log\r\nbuild\r\n",
    "byte order mark": "\ufeff*.log\n",
}


@pytest.mark.parametrize("ignore", IGNORES.values(), ids=IGNORES.keys())
async def test_the_context_is_what_the_cli_sends(docker_cli, tmp_path, ignore):
    root = tmp_path / "context"
    make_context(root)
    if ignore is not None:
        (root / ".dockerignore").write_bytes(ignore.encode())
    async with Recorder(tmp_path / "engine.sock") as recorder:
        theirs = await cli_build(docker_cli, recorder, root)
        ours = await our_build(recorder, path=root)
    assert list(ours[1]) == list(theirs[1])
    assert ours[1] == theirs[1]
    assert ours[1] or ignore == "*\n"


async def test_the_parameters_are_what_the_cli_sends(docker_cli, tmp_path):
    root = tmp_path / "context"
    root.mkdir()
    (root / "sub").mkdir()
    (root / "sub/My.dockerfile").write_text(BASE)
    async with Recorder(tmp_path / "engine.sock") as recorder:
        theirs = await cli_build(
            docker_cli,
            recorder,
            root,
            "--file",
            str(root / "sub/My.dockerfile"),
            "--tag",
            "a:b",
            "--build-arg",
            "X=y",
            "--label",
            "l=m",
            "--no-cache",
            "--pull",
            "--force-rm",
            "--memory",
            "64m",
            "--memory-swap",
            "-1",
            "--cpu-shares",
            "5",
            "--cpuset-cpus",
            "0",
            "--shm-size",
            "32m",
            "--cache-from",
            "c:d",
            "--target",
            "t",
            "--network",
            "host",
            "--add-host",
            "h:1.2.3.4",
            "--quiet",
            "--platform",
            "linux/amd64",
        )
        ours = await our_build(
            recorder,
            path=str(root),
            dockerfile="sub/My.dockerfile",
            tag="a:b",
            buildargs={"X": "y"},
            labels={"l": "m"},
            nocache=True,
            pull=True,
            forcerm=True,
            container_limits={"memory": "64m", "memswap": -1, "cpushares": 5, "cpusetcpus": "0"},
            shmsize="32m",
            cache_from=["c:d"],
            target="t",
            network_mode="host",
            extra_hosts={"h": "1.2.3.4"},
            quiet=True,
            platform="linux/amd64",
        )
    meaningless = {
        "cgroupparent",
        "cpuperiod",
        "cpuquota",
        "cpusetmems",
        "ulimits",
        "version",
    }  # empty or zero at the CLI
    theirs = {name: value for name, value in theirs[0].items() if name not in meaningless}
    theirs.setdefault("rm", "true")  # some leave it out, since it is the default
    for name in ("nocache", "pull", "forcerm", "q", "rm"):
        theirs[name] = {"1": "true"}.get(theirs[name], theirs[name])
    assert {**ours[0], **{name: {"1": "true"}.get(ours[0][name], ours[0][name]) for name in ("q", "rm")}} == theirs


async def test_a_dockerfile_outside_is_added_as_the_cli_does(docker_cli, tmp_path):
    root = tmp_path / "context"
    root.mkdir()
    (root / "f").write_text("1")
    (root / ".dockerignore").write_text("*.log\n")
    (tmp_path / "Other").write_text(BASE)
    async with Recorder(tmp_path / "engine.sock") as recorder:
        theirs = await cli_build(docker_cli, recorder, root, "--file", str(tmp_path / "Other"))
        ours = await our_build(recorder, path=root, dockerfile=tmp_path / "Other")
    for query, sent, _ in (ours, theirs):
        name = query["dockerfile"]
        assert name.startswith(".dockerfile.")
        assert sent[name][7] == BASE.encode()
        assert sent[name][1] == 0o600
        assert sent[".dockerignore"][7].split() == [b"*.log", name.encode()]
        assert sorted(sent) == sorted(["f", ".dockerignore", name])


async def test_an_ignore_file_beside_the_dockerfile_goes_first(tmp_path):
    root = tmp_path / "context"
    root.mkdir()
    for name in ("a", "b"):
        (root / name).write_text(name)
    (root / ".dockerignore").write_text("a\n")
    (root / "Dev").write_text(BASE)
    (root / "Dev.dockerignore").write_text("b\nDev*\n")
    async with Recorder(tmp_path / "engine.sock") as recorder:
        query, sent, _ = await our_build(recorder, path=root, dockerfile="Dev")
    assert query["dockerfile"] == "Dev"
    assert sorted(sent) == [".dockerignore", "Dev", "a"]


async def test_compressed_it_is_the_same(tmp_path):
    root = tmp_path / "context"
    make_context(root)
    async with Recorder(tmp_path / "engine.sock") as recorder:
        _, plain, _ = await our_build(recorder, path=root)
        _, packed, _ = await our_build(recorder, path=root, gzip=True)
    assert plain == packed


async def test_remotes_are_left_to_the_engine(tmp_path):
    async with Recorder(tmp_path / "engine.sock") as recorder:
        for remote in (
            "https://example.com/x.tar",
            "git://example.com/x.git",
            "github.com/a/b",
            "git@github.com:a/b.git",
        ):
            query, sent, _ = await our_build(recorder, path=remote)
            assert (query["remote"], sent) == (remote, {})


async def test_what_cannot_be_read_is_told_as_it_is(tmp_path):
    root = tmp_path / "context"
    root.mkdir()
    (root / "Dockerfile").write_text(BASE)
    (root / "a").write_bytes(b"")
    os.truncate(root / "a", 64 << 20)
    (root / "z").write_text("1")

    class Slow(Recorder):
        async def _answer(self, request):
            if request.path.endswith("/build"):
                await request.content.readany()
                (root / "z").unlink(missing_ok=True)  # far ahead of what was sent
            return await super()._answer(request)

    async with Slow(tmp_path / "engine.sock") as recorder:
        with pytest.raises(FileNotFoundError, match="z"):
            await our_build(recorder, path=root)
        with pytest.raises(TypeError, match="directory to build in"):
            await our_build(recorder, path=tmp_path / "no-such-folder")
        with pytest.raises(FileNotFoundError):
            await our_build(recorder, path=root, dockerfile=str(tmp_path / "no-such-file"))


# ---- builds


async def test_a_build_gives_image_and_log(client, prefix, tmp_path):
    """docker-py: ``image, log = client.images.build(...)``."""
    (tmp_path / "Dockerfile").write_text(f"{BASE}COPY f /f\nARG X\nRUN echo said $X > /said; echo loud\nLABEL a=b\n")
    (tmp_path / "f").write_text("content")
    image, log = await classic(
        client, path=str(tmp_path), tag=f"{prefix}image:1", buildargs={"X": "hello"}, nocache=True
    )
    assert image.tags == [f"{prefix}image:1"]
    assert image.labels == {"a": "b"}
    text = "".join(message["stream"] for message in log if "stream" in message)
    assert "loud\n" in text
    assert "Successfully built" in text
    assert [message.stream for message in log] == [message.stream for message in log]
    assert (
        await client.containers.run(image, ["cat", "/f", "/said"], name=f"{prefix}a", remove=True)
        == b"contentsaid hello\n"
    )


async def test_a_build_is_followed_as_it_goes(client, prefix, tmp_path):
    (tmp_path / "Dockerfile").write_text(f"{BASE}RUN echo one\nRUN echo two\n")
    texts = []
    async with classic(client, path=tmp_path, tag=f"{prefix}image") as build:
        async for message in build:
            texts.append(message.stream or "")
    assert "Step 2/3" in "".join(texts)
    assert [message.stream or "" for message in build.log] == texts


async def test_a_failed_build_tells_everything(client, prefix, tmp_path):
    """docker-py's log can be read once, and its text is one line."""
    (tmp_path / "Dockerfile").write_text(f"{BASE}RUN echo before {prefix}\nRUN echo why {prefix}; exit 3\n")
    with pytest.raises(errors.BuildError, match="returned a non-zero code: 3") as caught:
        await classic(client, path=tmp_path, forcerm=True)
    error = caught.value
    assert error.msg == str(error)
    assert error.exit_code == 3
    assert error.step.startswith("Step 3/3 : RUN echo why")
    for _ in range(2):
        assert any(f"before {prefix}" in (message.get("stream") or "") for message in error.build_log)
        assert any("error" in message for message in error.build_log)
    assert f"why {prefix}" in error.__notes__[0]


async def test_a_quiet_build_gives_the_image(client, prefix, tmp_path):
    (tmp_path / "Dockerfile").write_text(f"{BASE}LABEL {prefix}=1\n")
    image, log = await classic(client, path=tmp_path, quiet=True, tag=f"{prefix}image")
    assert image.tags == [f"{prefix}image:latest"]
    assert len(log) == 1


async def test_a_dockerfile_in_memory(client, prefix):
    image, _ = await classic(client, fileobj=io.BytesIO(f"{BASE}LABEL a={prefix}\n".encode()), tag=f"{prefix}image")
    assert image.labels == {"a": prefix}
    with pytest.raises(TypeError, match="BytesIO"):
        await classic(client, fileobj=io.StringIO(BASE))


@pytest.mark.parametrize("packed", [False, True])
async def test_a_context_of_ones_own(client, prefix, packed):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz" if packed else "w") as tar:
        for name, content in (("Df", f"{BASE}COPY x /x\nLABEL a={prefix}\n".encode()), ("x", b"1")):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))

    async def later():
        yield out.getvalue()[:700]
        yield out.getvalue()[700:]

    for fileobj in (io.BytesIO(out.getvalue()), later()):
        image, _ = await classic(
            client,
            fileobj=fileobj,
            custom_context=True,
            dockerfile="Df",
            tag=f"{prefix}image",
            encoding="gzip" if packed else None,
        )
        assert image.labels == {"a": prefix}


async def test_a_missing_dockerfile_is_the_engines_to_tell(client, tmp_path):
    with pytest.raises(errors.APIError, match="Dockerfile"):
        await classic(client, path=tmp_path)


async def test_a_context_of_any_size_is_sent_in_constant_memory(client, prefix, tmp_path):
    import tracemalloc

    (tmp_path / "Dockerfile").write_text(f"{BASE}COPY Dockerfile /x\n")
    (tmp_path / "large").write_bytes(b"")
    os.truncate(tmp_path / "large", 200 << 20)
    tracemalloc.start()
    try:
        await classic(client, path=tmp_path, tag=f"{prefix}image")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30 << 20


async def test_a_silent_build_ends_at_its_limit(client, tmp_path, prefix):
    (tmp_path / "Dockerfile").write_text(f"{BASE}RUN sleep 600 # {prefix}\n")
    with pytest.raises(errors.StreamIdle, match="timeout"):
        await classic(client, path=tmp_path, timeout=3)
    assert client.diagnostics().streams == ()
