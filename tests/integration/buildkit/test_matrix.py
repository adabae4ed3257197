"""Every feature of ``client.images.build``, on every engine, beside ``docker buildx build`` with the same input."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy.buildkit import BuildTransfer, Cache, Env, Output, show
from tests.integration.buildkit.conftest import digest, tree, until
from tests.integration.conftest import GIVEN_HOST
from tests.lab import paths, rest
from tests.lab.faults import FaultProxy

SECRET = "hunter2-is-no-secret"
PLATFORMS = ["linux/amd64", "linux/arm64"]
STATEMENT = {
    "_type": "https://in-toto.io/Statement/v0.1",
    "predicateType": "https://spdx.dev/Document",
    "subject": [],
    "predicate": {"spdxVersion": "SPDX-2.3"},
}


@dataclass(frozen=True)
class Case:
    """One feature: the Dockerfile after ``FROM busybox``, our keywords, and buildx's words.

    Attributes:
        since: The API from which on the engine has it; older ones refuse beforehand.
        steps: How many steps make the image, of which buildx must find all in the cache.
    """

    dockerfile: str
    ours: dict[str, Any] = field(default_factory=dict)
    theirs: tuple[str, ...] = ()
    since: tuple[int, int] = (1, 41)
    steps: int = 2


CASES = {
    "values": Case(
        """\
ARG WHO
ARG A_VARIABLE=0
ARG NONE=1
ARG TARGETPLATFORM
RUN echo $WHO $A_VARIABLE $NONE $TARGETPLATFORM > /made
COPY --chown=1000:1000 . /src
ENV WHO=${WHO}
WORKDIR /src
HEALTHCHECK --interval=5s CMD true
CMD ["sh", "-c", "true"]
FROM busybox AS last
RUN false""",
        {
            "buildargs": {"WHO": "me, ä", "A_VARIABLE": None, "SURELY_NOT_SET": None},
            "labels": {"a": "b", "ä.b": "c=d"},
            "target": "first",
            "platform": "linux/amd64",
        },
        (
            *("--build-arg=WHO=me, ä", "--build-arg=A_VARIABLE", "--build-arg=SURELY_NOT_SET"),
            *("--label=a=b", "--label=ä.b=c=d", "--target=first", "--platform=linux/amd64"),
        ),
        steps=4,
    ),
    "host's network and names": Case(
        "RUN grep here /etc/hosts > /made",
        {"extra_hosts": {"there": "10.9.8.7", "here": "::1"}, "network_mode": "host"},
        ("--add-host=here:::1", "--add-host=there:10.9.8.7", "--network=host"),
    ),
    "no network": Case("RUN cat /proc/net/dev > /made", {"network_mode": "none"}, ("--network=none",)),
    "limits": Case(
        "RUN ulimit -n > /made; df /dev/shm >> /made",
        {"ulimits": {"nofile": (100, 200)}, "shmsize": "32m"},
        ("--ulimit=nofile=100:200", "--shm-size=32m"),
        since=(1, 42),
    ),
    "mounts": Case(
        """\
RUN --mount=type=secret,id=x --mount=type=secret,id=y --mount=type=ssh --mount=type=cache,target=/c,id=matrix \
    test -S "$SSH_AUTH_SOCK" && echo x > /c/x && cat /run/secrets/x /run/secrets/y | wc -c > /made""",
        {"secrets": {"x": SECRET.encode(), "y": Env("A_SECRET")}, "ssh": {"default": None}},
        ("--secret=id=x,env=A_SECRET", "--secret=id=y,env=A_SECRET", "--ssh=default"),
    ),
}


@pytest.fixture
def secret(monkeypatch) -> str:
    monkeypatch.setenv("A_VARIABLE", "a value")
    monkeypatch.setenv("A_SECRET", SECRET)
    return SECRET


@pytest.mark.parametrize("name", CASES)
async def test_the_image_and_its_cache_are_buildx_s(
    name, build, client, buildx, context, prefix, secret, agent, monkeypatch
) -> None:
    """The step is found in the cache by buildx only if it was the same to the last bit."""
    case = CASES[name]
    monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
    root = context(f"FROM busybox AS first\nLABEL of={prefix}\nCOPY file /file\n{case.dockerfile}\n", {"file": prefix})
    handle = client.images.build(path=root, tag=[f"{prefix}ours:1", f"{prefix}ours:2"], **case.ours)
    if build.engine.api < case.since:
        with pytest.raises(errors.UnsupportedByEngine, match=r"1\.42"):
            await handle
        return
    image, log = await handle
    assert sorted(image.tags) == [f"{prefix}ours:1", f"{prefix}ours:2"]
    text = await buildx("-t", f"{prefix}theirs", *case.theirs, str(root))
    ours, theirs = build.image(f"{prefix}ours:1"), build.image(f"{prefix}theirs")
    for key in ("Config", "RootFS", "Os", "Architecture"):
        assert ours[key] == theirs[key], key
    assert len(re.findall(r"^#\d+ CACHED$", text, re.MULTILINE)) == case.steps
    assert await client.containers.run(image, ["cat", "/made"], remove=True)
    assert secret not in f"{log}{await image.history()}{text}"


class TestCacheUse:
    async def test_nocache_and_for_stages(self, client, buildx, context, prefix) -> None:
        root = context(f"FROM busybox AS one\nRUN echo one {prefix}\nFROM one AS two\nRUN echo two {prefix}\n")

        async def cached(**options) -> list[str]:
            handle = client.images.build(path=root, outputs=[Output.none()], **options)
            await handle
            steps = sorted(handle.state.steps.values(), key=lambda step: step.number)
            return [step.state for step in steps if "RUN echo" in step.name]

        async def theirs(*words: str) -> list[str]:
            text = await buildx("--output=type=cacheonly", *words, str(root))
            numbers = re.findall(r"^#(\d+) \[.*RUN echo", text, re.MULTILINE)
            return ["cached" if f"#{number} CACHED" in text else "done" for number in numbers]

        assert await cached() == ["done", "done"]
        assert await cached() == await theirs() == ["cached", "cached"]
        assert await cached(no_cache_filter=["two"]) == await theirs("--no-cache-filter=two") == ["cached", "done"]
        assert await cached(nocache=True) == await theirs("--no-cache") == ["done", "done"]

    async def test_pull(self, build, client, buildx, context, prefix, registry) -> None:
        """Looked for in the registry although it is here."""
        root = context(f"FROM {registry}/busybox:1\nLABEL of={prefix}\n")
        await client.images.build(path=root, pull=True, tag=f"{prefix}ours")
        await buildx("-t", f"{prefix}theirs", "--pull", str(root))
        assert build.image(f"{prefix}ours")["RootFS"] == build.image(f"{prefix}theirs")["RootFS"]

    async def test_caches_of_either_serve_the_other(
        self, build, client, buildx, context, prefix, registry, tmp_path, forget
    ) -> None:
        """Left by ours and used by buildx, left by buildx and used by ours: in a registry, and in a directory."""
        root = context(f"FROM busybox AS x\nRUN echo {prefix} > /t\nFROM scratch\nCOPY --from=x /t /\n")
        kinds = {
            "registry": (
                Cache.registry(f"{registry}/{prefix}a", mode="max"),
                f"type=registry,ref={registry}/{prefix}a",
            ),
            "local": (Cache.local(tmp_path / "c", mode="max"), f"type=local,{{}}={tmp_path / 'c'}"),
        }
        for cache, theirs in kinds.values():
            handle = client.images.build(path=root, cache_to=[cache], outputs=[Output.none()])
            if not build.containerd:
                with pytest.raises(errors.UnsupportedByStore, match="cache_to"):
                    await handle
                continue
            await handle
            await forget(prefix)
            text = await buildx(f"--cache-from={theirs.format('src')}", f"--output={tmp_path / 'out'}", str(root))
            assert re.search(r"RUN echo.*\n(?:.*\n)*?#\d+ CACHED", text), text
            await buildx(
                f"--cache-to={theirs.format('dest')},mode=max", "--output=type=cacheonly", "--no-cache", str(root)
            )
            await forget(prefix)
            handle = client.images.build(path=root, cache_from=[cache], outputs=[Output.local(tmp_path / "out")])
            await handle
            assert [step.state for step in handle.state.steps.values() if "RUN echo" in step.name] == ["cached"]


async def test_two_builds_at_once_with_different_credentials(engine, context, prefix, lab_up, tmp_path) -> None:
    """From the configuration, by the one resolver: to push, and for private base images, of which one may not be had."""
    known = lab_up("registry-basic").registries["basic"]

    def client(password: str) -> aiodockerpy.DockerClient:
        folder = tmp_path / password
        folder.mkdir()
        auth = base64.b64encode(f"{known.username}:{password}".encode()).decode()
        (folder / "config.json").write_text(json.dumps({"auths": {known.address: {"auth": auth}}}))
        return aiodockerpy.DockerClient(engine.url, environment={"DOCKER_CONFIG": str(folder), "HOME": str(folder)})

    def base(name: str) -> str:
        return f"{known.address}/{prefix}{name}:1"

    async with client(known.password) as right, client("wrong-hunter2") as wrong:
        for name in ("a", "b"):
            await right.images.build(path=context("FROM scratch\nCOPY a /\n", {"a": name}), tag=base(name), push=True)
            await right.images.remove(base(name))
        with pytest.raises(errors.DockerException) as caught:
            await wrong.images.build(path=context("FROM scratch\nCOPY a /\n", {"a": "c"}), tag=base("c"), push=True)
        assert "hunter2" not in str(caught.value)

        async def derived(who: aiodockerpy.DockerClient, name: str) -> str:
            root = context(f"FROM {base(name)}\nLABEL of={prefix}\n", name=name)
            try:
                image, _ = await who.images.build(path=root, pull=True, tag=f"{prefix}{name}")
            except errors.BuildError as error:
                return str(error)
            return image.tags[0]

        good, bad = await asyncio.gather(derived(right, "a"), derived(wrong, "b"))
        assert good == f"{prefix}a:latest"
        assert "401" in bad or "authorization failed" in bad


async def test_a_secret_is_neither_written_nor_logged(
    client, engine, context, prefix, tmp_path, caplog, opened_to_write
) -> None:
    """Given in every way; watched are the files that this process opens, its log, and everything that the engine has on its disk."""
    caplog.set_level(0)
    secret = f"{prefix}{SECRET}"
    (tmp_path / "secret").write_text(secret)

    async def ask() -> str:
        return secret

    mounts = " ".join(f"--mount=type=secret,id={id}" for id in ("a", "b", "c"))
    root = context(f"FROM busybox\nRUN {mounts} cat /run/secrets/* | wc -c > /made\n")
    with opened_to_write() as opened:
        built = await client.images.build(
            path=root, tag=f"{prefix}a", secrets={"a": secret.encode(), "b": tmp_path / "secret", "c": ask}
        )
    assert await client.containers.run(built.image, ["cat", "/made"], remove=True) == b"%d\n" % (3 * len(secret))
    assert not opened
    assert secret not in caplog.text
    assert secret not in repr(built)
    if engine.role == "given":  # whose disk is not looked at
        return
    places = [str(paths.data(engine.role)), str(paths.runtime(engine.role) / "dockerd.log")]
    found = await asyncio.create_subprocess_exec("grep", "-rlF", "-D", "skip", "-e", secret, *places, stdout=-1)
    assert (await found.communicate())[0] == b""


class TestShown:
    """As ``docker build`` draws it: in lines, and live."""

    async def test_in_lines(self, client, buildx, context, prefix) -> None:
        root = context(f"FROM busybox\nRUN echo said {prefix}\nCOPY Dockerfile /\n")
        out = io.StringIO()
        handle = client.images.build(path=root, tag=f"{prefix}a")
        await show(handle, file=out)
        image, _ = await handle.built()
        assert image.tags == [f"{prefix}a:latest"]
        theirs = await buildx("--no-cache", "--output=type=cacheonly", str(root))
        assert lines(out.getvalue()) == lines(theirs)
        assert f" said {prefix}" in out.getvalue()

    async def test_live(self, client, context, prefix) -> None:
        out = io.StringIO()
        with pytest.raises(errors.BuildError):
            await show(
                client.images.build(path=context(f"FROM busybox\nRUN echo {prefix}; exit 1\n")), file=out, live=True
            )
        assert "✘ [2/2] RUN echo" in out.getvalue()


def lines(text: str) -> set[str]:
    """The names of a build's own steps, and how they ended."""
    names = dict(re.findall(r"^#(\d+) (\[\d/\d\] .*)$", text, re.MULTILINE))
    ends = dict(re.findall(r"^#(\d+) (DONE|CACHED)", text, re.MULTILINE))
    return {f"{name}: {ends[number].replace('CACHED', 'DONE')}" for number, name in names.items()}


class TestFailures:
    async def test_a_cut_connection(self, engine, endless) -> None:
        async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as client:
            task = asyncio.create_task(client.images.build(**endless.keywords))
            await until(endless.running, 30)
            await proxy.cut_all()
            with pytest.raises(errors.BuildSessionLost):
                await task
        await until(endless.stopped, 10)

    async def test_a_failed_step(self, client, context, prefix) -> None:
        root = context(f"FROM busybox\nARG WHO=me\nRUN echo one {prefix}; \\\n  echo $WHO >&2; exit 3\n")
        with pytest.raises(errors.BuildError) as caught:
            await client.images.build(path=root)
        error = caught.value
        assert error.exit_code == 3
        assert "RUN echo one" in error.step
        assert error.source == "Dockerfile:3"
        assert ">>>    3 | RUN echo one" in error.excerpt
        said = [entry.stream.split(" ", 2)[-1] for entry in error.build_log]
        assert {f"one {prefix}\n", "me\n"} <= set(said)
        assert f"  one {prefix}" in "\n".join(error.__notes__)

    @pytest.mark.parametrize(
        ("lines", "options", "kind", "text"),
        [
            ("FROM busybox", {"target": "nowhere"}, errors.StageNotFound, "nowhere"),
            ("FROM busybox\nRUNN true", {}, errors.BuildError, "unknown instruction"),
            ("FROM scratch\nCOPY absent /", {}, errors.BuildError, "absent"),
            ("FROM absent.test/x", {}, errors.BuildError, "absent"),
            ("FROM busybox\nRUN true", {"allow": ["security.insecure"]}, errors.BuildError, "insecure"),
            (
                "FROM busybox\nRUN --mount=type=secret,id=x,required=true true",
                {"secrets": {"x": Env("SURELY_NOT_SET")}},
                errors.SecretNotFound,
                "x",
            ),
        ],
    )
    async def test_kinds(self, client, context, lines, options, kind, text) -> None:
        with pytest.raises(errors.BuildError, match=text) as caught:
            await client.images.build(path=context(f"{lines}\n"), **options)
        assert type(caught.value) is kind

    async def test_a_secret_that_cannot_be_had_or_never_comes(self, client, context, prefix, monkeypatch) -> None:
        root = context(f"FROM busybox\nRUN --mount=type=secret,id=x,required=true true # {prefix}\n")

        def fail() -> bytes:
            raise ValueError(f"vault sealed, token={SECRET}")

        with pytest.raises(errors.BuildError) as caught:
            await client.images.build(path=root, secrets={"x": fail})
        assert isinstance(caught.value.__cause__, ValueError)
        assert SECRET not in str(caught.value)
        asked = asyncio.Event()

        async def never() -> bytes:
            asked.set()
            await asyncio.Event().wait()
            return b""

        task = asyncio.create_task(client.images.build(path=root, secrets={"x": never}))
        async with asyncio.timeout(30):
            await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def test_giving_up_stops_the_step(self, client, endless) -> None:
        """Cancelled while it is awaited, and left while it is iterated."""
        task = asyncio.create_task(client.images.build(**endless.keywords))
        await until(endless.running, 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(endless.stopped, 10)
        async with client.images.build(**endless.keywords) as progress:
            async for item in progress:
                assert item
                if endless.running():
                    break
                await asyncio.sleep(0.2)
            await until(endless.running, 30)
        await until(endless.stopped, 10)


class TestContexts:
    """What a build copies from, given in every way; the files that come out are buildx's."""

    @pytest.mark.parametrize(
        "kind", ["tar", "git", "git part", "http", "http dockerfile", "text", "text and directory"]
    )
    async def test_main(self, kind, engine, client, buildx, context, prefix, tmp_path, served, repository) -> None:
        dockerfile = "FROM scratch\nCOPY a /\n"
        root = context(dockerfile, {"a": prefix, "sub/Dockerfile": "FROM scratch\nCOPY b /\n", "sub/b": prefix})
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for name in ("Dockerfile", "a"):
                archive.add(root / name, name)
        archived = buffer.getvalue()
        address = await served(
            {"/x.tar.gz": archived, "/Dockerfile": b"FROM scratch\nLABEL a=b\nCOPY --from=busybox /etc/passwd /\n"}
        )
        git = repository(root)
        copied = b"FROM scratch\nCOPY --from=busybox /etc/group /\n"
        ours, theirs, stdin = {
            "tar": ({"fileobj": io.BytesIO(archived), "custom_context": True}, ("-",), archived),
            "git": ({"path": git}, (git,), None),
            "git part": ({"path": f"{git}#side:sub"}, (f"{git}#side:sub",), None),
            "http": ({"path": f"{address}/x.tar.gz"}, (f"{address}/x.tar.gz",), None),
            "http dockerfile": ({"path": f"{address}/Dockerfile"}, (f"{address}/Dockerfile",), None),
            "text": ({"dockerfile_text": copied}, ("-",), copied),
            "text and directory": (
                {"path": root, "dockerfile_text": b"FROM scratch\nCOPY a /c\n"},
                ("-f-", str(root)),
                b"FROM scratch\nCOPY a /c\n",
            ),
        }[kind]
        handle = client.images.build(outputs=[Output.local(tmp_path / "ours")], **ours)
        if kind == "git part" and engine.api < (1, 42):
            with pytest.raises(errors.UnsupportedByEngine, match="a part of a git repository"):
                await handle
            return
        await handle
        await buildx(f"--output={tmp_path / 'theirs'}", *theirs, stdin=stdin)
        assert tree(tmp_path / "ours") == tree(tmp_path / "theirs")
        assert len(tree(tmp_path / "ours")) == 1

    @pytest.mark.parametrize("kind", ["directory", "image", "layout", "git", "http"])
    async def test_named(
        self, kind, build, client, buildx, context, prefix, tmp_path, repository, layout, served
    ) -> None:
        other = context("", {"a": prefix}, name="other")
        root = context("FROM more AS m\n" if kind in {"image", "layout"} else "FROM scratch\nCOPY --from=more a /\n")
        place, digest = layout(prefix)
        value = {
            "directory": str(other),
            "image": "docker-image://busybox",
            "layout": f"oci-layout://{place}@{digest}",
            "git": f"{repository(other)}#side",
            "http": f"{await served({'/a': prefix.encode()})}/a",
        }[kind]
        handle = client.images.build(path=root, contexts={"more": value}, outputs=[Output.local(tmp_path / "ours")])
        if build.engine.api < (1, 42):
            with pytest.raises(errors.UnsupportedByEngine, match=r"contexts needs API 1\.42"):
                await handle
            return
        if kind == "layout" and not build.containerd:
            with pytest.raises(errors.UnsupportedByStore, match="oci-layout"):
                await handle
            return
        if kind == "http" and build.engine.api >= (1, 51):  # the engine's own mistake, told by both
            with pytest.raises(errors.BuildError, match="invalid argument"):
                await handle
            with pytest.raises(AssertionError, match="invalid argument"):
                await buildx(f"--build-context=more={value}", "--output=type=cacheonly", str(root))
            return
        await handle
        await buildx(f"--build-context=more={value}", f"--output={tmp_path / 'theirs'}", str(root))
        assert tree(tmp_path / "ours") == tree(tmp_path / "theirs")
        assert tree(tmp_path / "ours")

    @pytest.mark.parametrize(
        ("ignored", "dockerfile"),
        [
            ({".dockerignore": "*\n!keep\n!d/**/x.txt\nd/e/x.txt\n"}, "Dockerfile"),
            ({".dockerignore": "# a comment\n/Dockerfile\n.dockerignore\n  a*  \n\n!a[bc].log\n"}, "Dockerfile"),
            ({".dockerignore": "*", "sub/of.Dockerfile.dockerignore": "sub\nd\n"}, "sub/of.Dockerfile"),
            ({".dockerignore": "**/x.txt\n!d/skip/x.txt\nd/skip/../e\n"}, "sub/of.Dockerfile"),
            ({}, "sub/of.Dockerfile"),
        ],
        ids=["exceptions", "the files themselves", "of its own", "deep", "none"],
    )
    async def test_ignored_files(self, ignored, dockerfile, client, buildx, context, prefix, tmp_path) -> None:
        names = ["keep", "ab.log", "ad.log", "d/x.txt", "d/e/x.txt", "d/e/y", "d/skip/x.txt", "sub/z"]
        text = "FROM scratch\nCOPY . /\n"
        root = context(text, {"sub/of.Dockerfile": text, **dict.fromkeys(names, prefix), **ignored})
        await client.images.build(path=root, dockerfile=dockerfile, outputs=[Output.local(tmp_path / "ours")])
        await buildx(f"--output={tmp_path / 'theirs'}", f"--file={root / dockerfile}", str(root))
        assert tree(tmp_path / "ours") == tree(tmp_path / "theirs")
        assert tree(tmp_path / "ours")

    async def test_what_is_ignored_last_is_not_sent(self, client, buildx, context, prefix, tmp_path) -> None:
        """Of a directory that is ignored twice, with an exception between, buildx sends files without their content."""
        root = context("FROM scratch\nCOPY . /\n", {"d/skip/x": prefix, "d/x": prefix})
        (root / ".dockerignore").write_text("*\n!d/**/x\nd/skip\n")
        await client.images.build(path=root, outputs=[Output.local(tmp_path / "ours")])
        await buildx(f"--output={tmp_path / 'theirs'}", str(root))
        assert (tmp_path / "ours/d/skip/x").read_bytes() == b""
        assert (tmp_path / "ours/d/x").read_text() == prefix
        assert tree(tmp_path / "ours") == tree(tmp_path / "theirs")


class TestOutputs:
    """What a build leaves behind is what buildx's leaves."""

    @pytest.fixture
    def root(self, context, prefix):
        made = context(
            "FROM busybox AS base\nRUN echo made > /made\nFROM scratch\nCOPY . /src\nCOPY --from=base /made /\n",
            {"a.txt": prefix, "d/ä.txt": "x", "skip.log": "", "run.sh": "#!/bin/sh"},
        )
        (made / "run.sh").chmod(0o755)
        (made / "link").symlink_to("d/ä.txt")
        (made / ".dockerignore").write_text("*.log\n")
        return made

    async def test_files(self, client, buildx, root, tmp_path) -> None:
        """A directory and a tar archive."""
        image, _ = await client.images.build(path=root, outputs=[Output.local(tmp_path / "ours")])
        assert image is None
        await client.images.build(path=root, outputs=[Output.tar(tmp_path / "ours.tar")])
        await buildx(f"--output=type=local,dest={tmp_path / 'theirs'}", str(root))
        await buildx(f"--output=type=tar,dest={tmp_path / 'theirs.tar'}", str(root))
        assert tree(tmp_path / "ours") == tree(tmp_path / "theirs")
        assert digest(tmp_path / "ours.tar") == digest(tmp_path / "theirs.tar")

    async def test_files_of_two_platforms(self, build, client, buildx, context, prefix, tmp_path) -> None:
        """Without the containerd image store buildx refuses them; the engine does not."""
        root = context("FROM scratch\nCOPY a /\n", {"a": prefix})
        await client.images.build(path=root, platforms=PLATFORMS, outputs=[Output.local(tmp_path / "ours")])
        assert [name for name in tree(tmp_path / "ours") if name.endswith("/a")] == ["linux_amd64/a", "linux_arm64/a"]
        if build.containerd:
            await buildx(f"--output={tmp_path / 'theirs'}", f"--platform={','.join(PLATFORMS)}", str(root))
            assert tree(tmp_path / "ours") == tree(tmp_path / "theirs")

    @pytest.mark.parametrize("kind", ["oci", "docker"])
    async def test_archives(self, kind, build, client, buildx, root, prefix, tmp_path) -> None:
        place = tmp_path / "ours.tar"
        handle = client.images.build(path=root, tag=f"{prefix}x:1", outputs=[f"type={kind},dest={place}"])
        if not build.containerd:
            with pytest.raises(errors.UnsupportedByStore, match="containerd image store"):
                await handle
            return
        built = await handle
        await buildx("-t", f"{prefix}x:1", f"--output=type={kind},dest={tmp_path / 'theirs.tar'}", str(root))
        ours, theirs = (blobs(place) for place in (place, tmp_path / "theirs.tar"))
        assert ours == theirs
        assert f"blobs/sha256/{built.result.digest.removeprefix('sha256:')}" in ours
        assert built.result.metadata["containerimage.descriptor"]["digest"] == built.result.digest

    async def test_pushed(self, build, client, buildx, root, prefix, registry, tmp_path) -> None:
        ours, theirs = f"{registry}/{prefix}ours:1", f"{registry}/{prefix}theirs:1"
        built = await client.images.build(path=root, tag=ours, push=True)
        words = (f"--output=type=image,push=true,name={theirs}",) if build.containerd else ("-t", theirs)
        await buildx(*words, str(root))
        if not build.containerd:  # there buildx leaves it to the engine too
            await client.images.push(theirs)
        manifests = [await pulled(name) for name in (ours, theirs)]
        assert manifests[0] == manifests[1]
        assert built.image.id in {built.result.digest, manifests[0]["config"]["digest"]}

    async def test_an_index(self, build, client, buildx, context, prefix, registry) -> None:
        """Two platforms, with their attestations; the scanner for the sbom is an image of the registry."""
        root = context("FROM scratch\nCOPY a /\n", {"a": prefix})
        attest = {"provenance": "mode=max"}
        handle = client.images.build(path=root, tag=f"{prefix}ours", platforms=PLATFORMS, attest=attest)
        if not build.containerd:
            with pytest.raises(errors.DockerException) as caught:
                await handle
            assert isinstance(caught.value, errors.UnsupportedByEngine | errors.UnsupportedByStore)
            return
        built = await handle
        assert built.result.metadata["containerimage.descriptor"]["mediaType"].endswith("index.v1+json")
        await buildx(
            "-t",
            f"{prefix}theirs",
            f"--platform={','.join(PLATFORMS)}",
            "--attest=type=provenance,mode=max",
            str(root),
        )
        found = [manifests(build, f"{prefix}{who}") for who in ("ours", "theirs")]
        assert found[0] == found[1]
        assert len(found[0]) == 4

    async def test_an_sbom(self, build, client, buildx, context, prefix, registry) -> None:
        if not build.containerd:
            with pytest.raises(errors.DockerException, match="attest"):
                await client.images.build(dockerfile_text="FROM scratch\n", attest={"sbom": True})
            return
        scanner = f"{registry}/{prefix}scanner:1"
        script = f"echo '{json.dumps(STATEMENT)}' > $BUILDKIT_SCAN_DESTINATION/x.spdx.json"
        await client.images.build(
            dockerfile_text=f"FROM busybox\nENTRYPOINT {json.dumps(['sh', '-c', script])}\n", tag=scanner, push=True
        )
        root = context("FROM scratch\nCOPY a /\n", {"a": prefix})
        await client.images.build(path=root, tag=f"{prefix}ours", attest={"sbom": f"generator={scanner}"})
        await buildx("-t", f"{prefix}theirs", f"--sbom=generator={scanner}", str(root))
        found = [manifests(build, f"{prefix}{who}") for who in ("ours", "theirs")]
        assert found[0] == found[1]
        assert len(found[0]) == 2


def blobs(place) -> dict[str, bytes]:
    with tarfile.open(place) as archive:
        return {
            member.name: archive.extractfile(member).read()
            for member in archive
            if member.isfile() and member.name.startswith("blobs/")
        }


async def pulled(reference: str) -> dict:
    """The manifest as the registry has it."""
    host, _, name = reference.partition("/")
    repository, _, tag = name.partition(":")
    types = (
        "vnd.oci.image.manifest.v1+json",
        "vnd.docker.distribution.manifest.v2+json",
        "vnd.oci.image.index.v1+json",
    )
    headers = {"Accept": ", ".join(f"application/{kind}" for kind in types)}
    status, _, body = await asyncio.to_thread(
        rest.call, f"http://{host}", "GET", f"/v2/{repository}/manifests/{tag}", headers=headers
    )
    assert status == 200, body
    return json.loads(body)


def manifests(build, name: str) -> list[tuple[str, str]]:
    """Kind and platform of an image's manifests."""
    filters = quote(json.dumps({"reference": [name]}))
    [image] = rest.ask(build.engine.url, "GET", f"/images/json?manifests=1&filters={filters}")
    return sorted(
        (item["Kind"], str(item.get("ImageData", {}).get("Platform", {}).get("architecture", "")))
        for item in image["Manifests"]
    )


@pytest.mark.slow
@pytest.mark.skipif(GIVEN_HOST is not None, reason="one engine will do, and 100 MB are not for everybody's")
@pytest.mark.parametrize("role", ["new"])
async def test_a_large_context_in_bounded_memory(role, lab_up, context) -> None:
    """20,000 files and a large one; the second time nothing is sent."""
    root = context("FROM scratch\nCOPY . /\n")
    for directory in range(100):
        (root / f"d{directory}").mkdir()
        for number in range(200):
            (root / f"d{directory}/f{number}").touch()
    with (root / "large").open("wb") as file:
        file.truncate(100 << 20)
    async with aiodockerpy.DockerClient(lab_up(role).engine(role).url) as client:
        await client.images.build(dockerfile_text="FROM scratch\n", outputs=[Output.none()])  # imports what is needed
        before, peak, sent = resident(), 0, ([], [])
        for counts in sent:
            handle = client.images.build(path=root, outputs=[Output.none()])
            async with handle as progress:
                async for item in progress:
                    peak = max(peak, resident())
                    if isinstance(item, BuildTransfer) and item.id == "transferring context:":
                        counts.append(item.current)
        large = [record.id for record in await client.buildkit.disk_usage() if record.size > 90 << 20]
        removed = await client.buildkit.prune(all=True, filters=[f"id=={id}" for id in large])
    assert len(removed.records) >= 2  # what was sent, and the layer
    assert max(sent[0]) > 100 << 20
    assert max(sent[1]) < 5 << 20  # the list of the files
    assert peak - before < 48 << 20


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
