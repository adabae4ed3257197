"""Builds on every kind of engine: the shared ones, and one with the containerd image store."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import shutil
import socket
import stat
import subprocess
import sys
import tarfile
import time
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from aiodockerpy import buildkit
from aiodockerpy.buildkit import Output
from tests.integration.conftest import GIVEN_HOST, ROLES, EngineUnderTest, given_engine, lab_engine
from tests.lab import rest
from tests.lab.serving import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    import aiodockerpy

ENGINES = ROLES if GIVEN_HOST else (*ROLES, "containerd")


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> EngineUnderTest:
    """Each engine in turn."""
    if GIVEN_HOST:
        return given_engine(GIVEN_HOST)
    return lab_engine(request)


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds on the engine under test; `image` and `history` look at what came of it by other means."""

    engine: EngineUnderTest
    client: aiodockerpy.DockerClient
    kit: buildkit.BuildKit
    features: buildkit.EngineFeatures

    def __call__(self, *, push=None, credentials=None, **options) -> buildkit.Build:
        return buildkit.solve(
            self.client._session, self.kit, buildkit.BuildOptions(**options), push=push, credentials=credentials
        )

    @property
    def containerd(self) -> bool:
        return self.features.containerd_store

    def image(self, name: str) -> dict:
        return rest.ask(self.engine.url, "GET", f"/images/{name}/json")

    def exists(self, name: str) -> bool:
        return rest.call(self.engine.url, "GET", f"/images/{name}/json")[0] == 200


@pytest_asyncio.fixture
async def build(engine: EngineUnderTest, client: aiodockerpy.DockerClient) -> Builder:
    kit = buildkit.BuildKit(client._session)
    return Builder(engine, client, kit, await kit.features())


@pytest.fixture
def context(tmp_path: Path) -> Callable[..., Path]:
    """Make a context: ``context(dockerfile, **{"a/b.txt": "text"})``."""

    def make(dockerfile: str, files: dict[str, str | bytes] | None = None, name: str = "context") -> Path:
        root = tmp_path / name
        root.mkdir(exist_ok=True)
        (root / "Dockerfile").write_text(dockerfile)
        for path, content in (files or {}).items():
            place = root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return make


@pytest.fixture
def buildx(docker_cli) -> Callable[..., Awaitable[str]]:
    """Run ``docker buildx build`` on the engine under test; returns all that it writes."""
    if GIVEN_HOST:
        pytest.skip("the lab's docker command line has buildx, others may not")

    async def run(*words: str, stdin: bytes | None = None) -> str:
        _, out, err = await docker_cli.run(
            "buildx", "build", "--progress=plain", "--provenance=false", *words, stdin=stdin
        )
        return (out + err).decode()

    return run


def digest(file: Path) -> str:
    """A name for the content of a file, since a difference of two contents can be long."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def tree(root: Path) -> dict[str, tuple[str, int, str]]:
    """Mode, time and content of everything below a directory."""
    found = {}
    for place in sorted(root.rglob("*")):
        info = place.lstat()
        content = os.readlink(place) if place.is_symlink() else digest(place) if place.is_file() else ""
        found[str(place.relative_to(root))] = (stat.filemode(info.st_mode), int(info.st_mtime), content)
    return found


@pytest.fixture
def forget(build: Builder) -> Callable[[str], Awaitable[None]]:
    """Remove the steps of one test from the cache, so that only what it left elsewhere can help."""

    async def mine(prefix: str) -> list[str]:
        return [f"id=={record.id}" for record in await build.kit.disk_usage() if prefix in record.description]

    async def remove(prefix: str) -> None:
        await build.kit.prune(all=True, filters=await mine(prefix))
        assert not await mine(prefix)

    return remove


class Endless:
    """A build whose only step sleeps for a time that no other process sleeps for.

    Engines are only asked to stop it once it runs: 26.1 loses a stop that comes while the step's process is starting.
    """

    def __init__(self, context) -> None:
        self.line = f"sleep {random.randrange(10**6, 10**8)}"
        self.options = {"context": context(f"FROM busybox\nRUN {self.line}\n"), "outputs": [Output.none()]}

    @property
    def keywords(self) -> dict:
        """The same for ``client.images.build``."""
        return {"path": self.options["context"], "outputs": self.options["outputs"]}

    def running(self) -> bool:
        return subprocess.run(["pgrep", "-fx", self.line], capture_output=True, check=False).returncode == 0

    def stopped(self) -> bool:
        return not self.running()


async def until(condition, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.05)


@pytest.fixture
def endless(context):
    made = Endless(context)
    yield made
    subprocess.run(["pkill", "-fx", made.line], check=False)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Path]:
    """The socket of a real ssh-agent with one key."""
    if shutil.which("ssh-agent") is None:
        pytest.skip("ssh-agent is not installed")
    place = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(place)], stdout=subprocess.DEVNULL)
    try:
        key = tmp_path / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        while not place.exists():
            time.sleep(0.01)
        subprocess.run(["ssh-add", "-q", str(key)], check=True, env={**os.environ, "SSH_AUTH_SOCK": str(place)})
        yield place
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def bridge(lab_up) -> str:
    """An address of this machine that the engines reach."""
    if GIVEN_HOST:
        pytest.skip("the engine of AIODOCKERPY_TEST_HOST may not reach this machine")
    return lab_up("registry").registries["open"].address.partition(":")[0]


@pytest_asyncio.fixture
async def served(bridge: str) -> AsyncIterator[Callable[[dict[str, bytes]], Awaitable[str]]]:
    """Serve files by HTTP; returns the URL in front of their paths."""

    async def serve(files: dict[str, bytes]) -> str:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            request = await reader.readuntil(b"\r\n\r\n")
            method, path, _ = request.decode().split(" ", 2)
            body = files.get(path)
            head = f"HTTP/1.1 {404 if body is None else 200} X\r\nContent-Length: {len(body or b'')}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + (b"" if method == "HEAD" else body or b""))
            await writer.drain()

        server = await stack.enter_async_context(serving(answer, host=bridge))
        return f"http://{bridge}:{server.sockets[0].getsockname()[1]}"

    async with AsyncExitStack() as stack:
        yield serve


@pytest.fixture
def repository(bridge: str, tmp_path: Path) -> Iterator[Callable[[Path], str]]:
    """Serve a copy of a directory as a git repository with the branches ``master`` and ``side``; returns its URL."""
    base = tmp_path / "repositories"
    base.mkdir()
    with socket.create_server((bridge, 0)) as free:
        port = free.getsockname()[1]
    daemon = subprocess.Popen(
        ["git", "daemon", f"--base-path={base}", "--export-all", "--reuseaddr", f"--listen={bridge}", f"--port={port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def add(directory: Path) -> str:
        name = f"{directory.name}.git"
        shutil.copytree(directory, base / name)
        who = {
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@b",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@b",
        }
        for words in (["init", "-q", "-b", "master"], ["add", "."], ["commit", "-q", "-m", "all"], ["branch", "side"]):
            subprocess.run(["git", "-C", base / name, *words], check=True, env={**os.environ, **who})
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex((bridge, port)) == 0:
                    break
            time.sleep(0.01)
        return f"git://{bridge}:{port}/{name}"

    yield add
    daemon.terminate()
    daemon.wait()


@pytest.fixture
def layout(tmp_path: Path) -> Callable[[str], tuple[Path, str]]:
    """Make an OCI layout with an image of one file ``a``; returns its directory and the manifest's digest."""

    def make(content: str) -> tuple[Path, str]:
        root = tmp_path / "layout"
        (root / "blobs" / "sha256").mkdir(parents=True)

        def put(data: bytes, kind: str) -> dict:
            digest = hashlib.sha256(data).hexdigest()
            (root / "blobs" / "sha256" / digest).write_bytes(data)
            return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(data)}

        (tmp_path / "a").write_text(content)
        with tarfile.open(tmp_path / "layer.tar", "w") as archive:
            archive.add(tmp_path / "a", "a")
        layer = put((tmp_path / "layer.tar").read_bytes(), "layer.v1.tar")
        config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}
        manifest = {
            "schemaVersion": 2,
            "config": put(json.dumps(config).encode(), "config.v1+json"),
            "layers": [layer],
        }
        found = put(json.dumps(manifest).encode(), "manifest.v1+json")
        (root / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        (root / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [found]}))
        return root, found["digest"]

    return make


_WATCHING: list[list[str]] = []
_HOOKED: list[bool] = []


def _notice(event: str, arguments: tuple) -> None:
    if event == "open" and _WATCHING and arguments[2] & (os.O_WRONLY | os.O_RDWR):
        _WATCHING[-1].append(str(arguments[0]))


@pytest.fixture
def opened_to_write(monkeypatch: pytest.MonkeyPatch) -> Callable[[], AbstractContextManager[list[str]]]:
    """Note which files this process opens to write, in any thread; importing a module writes none meanwhile."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    if not _HOOKED:  # it can never be taken away
        sys.addaudithook(_notice)
        _HOOKED.append(True)

    @contextmanager
    def watch() -> Iterator[list[str]]:
        _WATCHING.append([])
        try:
            yield _WATCHING[-1]
        finally:
            _WATCHING.pop()

    return watch
