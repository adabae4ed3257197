"""TCP with mutual TLS on real engines: what is trusted, what is refused and why, and streams that end their input."""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
import warnings
from typing import TYPE_CHECKING

import pytest

import aiodockerpy
from aiodockerpy import TLSConfig
from aiodockerpy.errors import EngineUnreachable, InsecureTLSWarning
from tests.lab import certs, private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


async def test_the_engines_own_certificate_may_be_all_that_is_trusted(url):
    async with aiodockerpy.DockerClient(url, tls=config(ca="server.pem")) as client:
        assert await client.ping() is True
    named = config(ca="server.pem", server_hostname="elsewhere.test")
    async with aiodockerpy.DockerClient(url, tls=named) as client:
        with pytest.raises(EngineUnreachable, match=r"(?i)hostname mismatch"):
            await client.ping()


REFUSED = {
    "wrong authority": (config(ca="other-ca.pem"), r"the engine's certificate was refused: .*; pass .* as ca_cert"),
    "no client certificate": (config(None), r"alert .*certificate.*; the engine requires .* pass client_cert="),
    "client certificate of another authority": (
        config(("bad.pem", "bad-key.pem")),
        r"alert (unknown ca|bad certificate); .*pass client_cert=",
    ),
    "expired client certificate": (
        config(("expired-client.pem", "expired-client-key.pem")),
        r"alert (certificate expired|bad certificate); .*pass client_cert=",
    ),
    "the system's authorities": (
        TLSConfig((certs.folder() / "cert.pem", certs.folder() / "key.pem")),
        r"(self.signed|unable to get local issuer).*; pass .* as ca_cert",
    ),
    "another name": (config(server_hostname="elsewhere.test"), r"(?i)hostname mismatch.*; .* server_hostname"),
    "plain HTTP": (None, r"this port uses TLS; pass tls="),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_promise_38_what_is_refused_and_why(url, case):
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


@pytest.mark.parametrize("case", REFUSED)
async def test_promise_38_a_refusal_is_said_in_the_same_words_by_whatever_is_called(url, case):
    tls, _ = REFUSED[case]
    async with aiodockerpy.DockerClient(url, tls=tls, version="1.41") as client:
        calls = [
            client.ping(),
            client.events().open(),
            client.api.exec.start("x"),
            client.api.containers.put_archive("x", "/", b"an archive"),
            client.buildkit.workers(),
        ]
        if tls is not None:  # aiohttp reads no body without a length of a refused websocket
            calls.append(client.api.containers.attach_websocket("x"))
        said = {(type(error), str(error)) for error in await asyncio.gather(*calls, return_exceptions=True)}
    assert len(said) == 1
    assert said.pop()[0] is EngineUnreachable


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [("wrong-name", r"(?i)mismatch.*; .* server_hostname"), ("expired", "expired; renew it at the engine")],
)
async def test_promise_38_an_engine_with_a_wrong_certificate(lab_up, certificate, reason):
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


def test_promise_38_the_defaults_verify():
    assert TLSConfig().verify is True
    assert TLSConfig().ssl_context().minimum_version is ssl.TLSVersion.TLSv1_2
    with pytest.warns(InsecureTLSWarning):
        TLSConfig(verify=False)


async def test_promise_38_verification_is_off_only_when_asked_for(url):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InsecureTLSWarning)
        lax = config(ca="other-ca.pem", verify=False)
    async with aiodockerpy.DockerClient(url, tls=lax) as client:
        assert await client.ping() is True


async def test_tls_on_a_port_without_it(lab_up):
    url = lab_up("new").engine("new").tcp_url
    if os.environ.get("AIODOCKERPY_TEST_HOST"):
        pytest.skip("needs an engine of the lab")
    async with aiodockerpy.DockerClient(url, tls=config()) as client:
        with pytest.raises(EngineUnreachable, match=r"no TLS session.*; check that this port uses TLS"):
            await client.ping()


_opened: list[tuple[object, object, int]] | None = None


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _opened is not None:
        _opened.append(arguments)


sys.addaudithook(_note)  # it cannot be taken away again


@pytest.fixture
def written() -> Iterator[Callable[[], list[object]]]:
    """Tell which files were opened to be written since the test began, by whatever in this process."""
    global _opened
    opened = _opened = []
    yield lambda: [path for path, _, flags in opened if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)]
    _opened = None


@pytest.mark.parametrize("source", ["TLSConfig", "DOCKER_CERT_PATH", "context"])
async def test_promise_39_no_key_is_copied(url, tmp_path, source, written):
    environment = {"DOCKER_CONFIG": str(tmp_path)}
    names = ("ca.pem", "cert.pem", "key.pem")
    if source == "context":
        await aiodockerpy.ContextAPI.create_context("lab-tls", host=url, tls_cfg=config(), environment=environment)
        environment["DOCKER_CONTEXT"] = "lab-tls"
    elif source == "DOCKER_CERT_PATH":
        for name in names:
            (tmp_path / name).symlink_to(certs.folder() / name)
        environment |= {"DOCKER_HOST": url, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(tmp_path)}
    before = len(written())
    given = {"base_url": url, "tls": config()} if source == "TLSConfig" else {}
    async with aiodockerpy.DockerClient(environment=environment, **given) as client:
        await client.ping()
        async with client.events():
            pass
        assert written()[before:] == []
    assert (source == "context") is (before > 0)  # storing a context writes its files, which this must see
