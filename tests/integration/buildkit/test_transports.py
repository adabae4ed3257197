"""A build over every way to an engine."""

from __future__ import annotations

import os

import pytest

import aiodockerpy
from aiodockerpy import buildkit, errors
from aiodockerpy.buildkit import Output
from tests.lab import certs


async def build_and_fail(client: aiodockerpy.DockerClient, context, tmp_path, word: str) -> None:
    """Send a context of some megabytes, take it back, ask for a secret, and fail with a step's exit code."""
    kit = buildkit.BuildKit(client._session)
    files = {f"d{number}/f": os.urandom(300_000) for number in range(20)}
    dockerfile = f"FROM scratch AS files\nCOPY . /\nFROM busybox:1\nRUN --mount=type=secret,id=s cat /run/secrets/s; echo {word}; exit 4\n"
    root, target = context(dockerfile, files), tmp_path / "out"
    (root / ".dockerignore").write_text("Dockerfile\n.dockerignore\n")
    target.mkdir()

    async def run(**options):
        return await buildkit.solve(client._session, kit, buildkit.BuildOptions(context=root, **options))

    await run(target="files", outputs=[Output.local(target)])
    assert {str(path.relative_to(target)): path.read_bytes() for path in target.rglob("f")} == files
    with pytest.raises(errors.BuildError) as caught:
        await run(secrets={"s": b"hunter2"})
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("role", ["old", "middle", "new", "containerd"])
async def test_tcp(role, lab_up, context, tmp_path) -> None:
    engine = lab_up(role).engine(role)
    async with aiodockerpy.DockerClient(engine.tcp_url) as client:
        await build_and_fail(client, context, tmp_path, os.urandom(4).hex())


@pytest.mark.parametrize("role", ["tls-old", "tls-middle", "tls"])
async def test_mutual_tls(role, lab_up, context, tmp_path) -> None:
    engine = lab_up(role).engine(role)
    folder = certs.folder()
    tls = aiodockerpy.TLSConfig(client_cert=(folder / "cert.pem", folder / "key.pem"), ca_cert=folder / "ca.pem")
    async with aiodockerpy.DockerClient(engine.tls_url, tls=tls) as client:
        await build_and_fail(client, context, tmp_path, os.urandom(4).hex())


async def test_ssh(lab_up, context, tmp_path, monkeypatch) -> None:
    ssh = lab_up("sshd").ssh
    monkeypatch.setenv("PATH", f"{os.path.dirname(ssh.wrapper)}:{os.environ['PATH']}")
    async with aiodockerpy.DockerClient("ssh://lab") as client:
        await build_and_fail(client, context, tmp_path, os.urandom(4).hex())
