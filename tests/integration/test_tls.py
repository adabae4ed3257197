"""TCP with mutual TLS on real engines: what is trusted, what is refused and why, and streams that end their input."""

from __future__ import annotations

import os
import ssl
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import aiodockerpy
from aiodockerpy import TLSConfig, errors
from aiodockerpy.errors import EngineUnreachable, InsecureTLSWarning
from tests.lab import certs, private

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.state import LabState

IMAGE = "busybox:1"
ENGINES = ("tls", "tls-middle", "tls-old")


@pytest.fixture(params=ENGINES)
def url(request, lab_up: Callable[..., LabState]) -> str:
    if os.environ.get("AIODOCKERPY_TEST_HOST"):
        pytest.skip("needs the engines of the lab")
    found = lab_up(request.param).engine(request.param).tls_url
    assert found is not None
    return found


def config(pair: tuple[str, str] | None = ("cert.pem", "key.pem"), ca: str = "ca.pem", **options) -> TLSConfig:
    folder = certs.folder()
    given = (folder / pair[0], folder / pair[1]) if pair else None
    return TLSConfig(client_cert=given, ca_cert=folder / ca, **options)


def own_context() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certs.folder() / "ca.pem")
    context.load_cert_chain(certs.folder() / "cert.pem", certs.folder() / "key.pem")
    return context


async def use(client: aiodockerpy.DockerClient) -> None:
    """Make a call, follow a stream, and end the input of a process whose output goes on."""
    assert await client.ping() is True
    made = await client.containers.run(IMAGE, ["sh", "-c", "echo begun; sleep 600"], detach=True)
    try:
        async with made.logs(follow=True) as lines:
            assert (await anext(lines)).text == "begun"
        async with made.exec_run(["sh", "-c", "wc -c; head -c 2000000 /dev/zero"], stdin=True) as process:
            await process.write(b"x" * 2_000_000)
            await process.write_eof()
            output = b"".join([chunk.data async for chunk in process])
        assert output == b"2000000\n" + bytes(2_000_000)
    finally:
        await made.remove(force=True)


@pytest.mark.parametrize("tls", [config, own_context])
async def test_calls_streams_and_the_end_of_input(url, tls):
    async with aiodockerpy.DockerClient(url, tls=tls()) as client:
        await use(client)


async def test_tls_1_2(url):
    context = own_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with aiodockerpy.DockerClient(url, tls=context) as client:
        await use(client)


@pytest.mark.parametrize("https", [False, True])
async def test_the_environment_names_the_certificates(url, tmp_path, https):
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (tmp_path / name).symlink_to(certs.folder() / name)
    environment = {
        "DOCKER_HOST": url.replace("tcp://", "https://") if https else url,
        "DOCKER_TLS_VERIFY": "1",
        "DOCKER_CERT_PATH": str(tmp_path),
        "HOME": str(tmp_path),
    }
    async with aiodockerpy.from_env(environment=environment) as client:
        assert await client.ping() is True
        assert client.host.tls is True


async def test_a_context_brings_its_certificates(url, tmp_path):
    environment = {"DOCKER_CONFIG": str(tmp_path)}
    await aiodockerpy.ContextAPI.create_context("lab-tls", host=url, tls_cfg=config(), environment=environment)
    async with aiodockerpy.from_context("lab-tls", environment=environment) as client:
        assert await client.ping() is True
        assert "lab-tls" in client.host.source


REFUSED = {
    "wrong authority": (config(ca="other-ca.pem"), r"certificate verify failed|certificate was refused"),
    "no client certificate": (config(None), r"refused the TLS session|alert|certificate"),
    "client certificate of another authority": (
        config(("bad.pem", "bad-key.pem")),
        r"alert|unknown ca|bad certificate",
    ),
    "expired client certificate": (
        config(("expired-client.pem", "expired-client-key.pem")),
        r"(?i)alert|expired|bad certificate",
    ),
    "another name": (config(server_hostname="elsewhere.test"), r"(?i)hostname mismatch"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_refused(url, case):
    tls, reason = REFUSED[case]
    async with aiodockerpy.DockerClient(url, tls=tls) as client:
        with pytest.raises(EngineUnreachable, match=reason) as caught:
            await client.ping()
        assert url in str(caught.value)
    # Streams have connections of their own, and a fixed version asks nothing before.
    async with aiodockerpy.DockerClient(url, tls=tls, version="1.41") as client:
        with pytest.raises(EngineUnreachable, match=reason):
            await client.api.containers.prune()
        with pytest.raises(EngineUnreachable, match=reason):
            async with client.events() as events:
                await anext(events)


@pytest.mark.parametrize(("certificate", "reason"), [("wrong-name", "(?i)mismatch"), ("expired", "(?i)expired")])
async def test_an_engine_with_a_wrong_certificate(lab_up, certificate, reason):
    if os.environ.get("AIODOCKERPY_TEST_HOST"):
        pytest.skip("needs an engine of the lab")
    lab_up("new")
    async with private.PrivateEngine(tls_certificate=certificate, busybox=False) as engine:
        async with aiodockerpy.DockerClient(engine.tls_url, tls=config()) as client:
            with pytest.raises(EngineUnreachable, match=reason):
                await client.ping()
            with pytest.raises(EngineUnreachable, match=reason):
                async with client.events() as events:
                    await anext(events)
        if certificate == "wrong-name":  # that is what server_hostname is for
            named = config(server_hostname="elsewhere.test")
            async with aiodockerpy.DockerClient(engine.tls_url, tls=named) as client:
                assert await client.ping() is True


def test_the_defaults_verify():
    assert TLSConfig().verify is True
    assert TLSConfig().ssl_context().minimum_version is ssl.TLSVersion.TLSv1_2
    with pytest.warns(InsecureTLSWarning):
        TLSConfig(verify=False)


async def test_verification_is_off_only_when_asked_for(url):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InsecureTLSWarning)
        lax = config(ca="other-ca.pem", verify=False)
    async with aiodockerpy.DockerClient(url, tls=lax) as client:
        assert await client.ping() is True


async def test_plain_text_is_no_way_around(url):
    async with aiodockerpy.DockerClient(url, version="1.41") as client:
        with pytest.raises(errors.DockerException, match="HTTPS server"):
            await client.version()


async def test_no_key_is_copied(url, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = (certs.folder() / "key.pem").stat()
    async with aiodockerpy.DockerClient(url, tls=config()) as client:
        await client.ping()
        assert list(Path(tmp_path).iterdir()) == []
    assert (certs.folder() / "key.pem").stat().st_mtime == before.st_mtime
