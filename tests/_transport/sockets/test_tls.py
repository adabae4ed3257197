"""TLS over the pump against asyncio's and the standard library's own TLS."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import random
import socket
import ssl
import struct
import threading
from typing import TYPE_CHECKING

import pytest
import trustme

import aiodockerpy
from aiodockerpy._transport.sockets.connect import Target, connect
from aiodockerpy._transport.sockets.dial import TcpAddress
from aiodockerpy._transport.sockets.pump import SocketPump
from aiodockerpy._transport.sockets.tls import TlsStream, no_session, start_tls
from aiodockerpy.errors import EngineUnreachable, RequestMaybeSent, StdinClosed, StreamInterrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BOTH_LOOPS = True
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
AUTHORITY = trustme.CA()
CERTIFICATE = AUTHORITY.issue_cert("engine.test")


def server_context(authority: trustme.CA = AUTHORITY, names: tuple[str, ...] = ("engine.test",)) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # which early versions of Python 3.11 set
    (
        CERTIFICATE if authority is AUTHORITY and names == ("engine.test",) else authority.issue_cert(*names)
    ).configure_cert(context)
    return context


def client_context(version: str = "1.3") -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    context.minimum_version = context.maximum_version = VERSIONS[version]
    return context


class Engine:
    """A peer with blocking sockets in a thread: its half-close is a close_notify, as that of the engine."""

    def __init__(self, talk: Callable[[ssl.SSLSocket], None], context: ssl.SSLContext) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._talk = talk
        self._context = context
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.address = TcpAddress(*self._server.getsockname())

    def _run(self) -> None:
        try:
            sock, _ = self._server.accept()
            sock.settimeout(20)
            with sock, self._context.wrap_socket(sock, server_side=True, suppress_ragged_eofs=False) as secure:
                self._talk(secure)
        except BaseException as error:
            self.failure = error

    def stop(self) -> None:
        self._server.close()
        self._thread.join(20)
        assert not self._thread.is_alive()


@pytest.fixture
def engines() -> Iterator[Callable[..., Engine]]:
    running: list[Engine] = []

    def start(talk: Callable[[ssl.SSLSocket], None], context: ssl.SSLContext | None = None) -> Engine:
        running.append(Engine(talk, context or server_context()))
        return running[-1]

    yield start
    for engine in running:
        engine.stop()


async def open_tls(engine: Engine, version: str = "1.3") -> TlsStream:
    stream = await connect(Target(engine.address, client_context(version), "engine.test", 20))
    assert isinstance(stream, TlsStream)
    return stream


async def read_all(stream: TlsStream) -> bytes:
    pieces = []
    while piece := await stream.read():
        pieces.append(piece)
    return b"".join(pieces)


def read_to_farewell(sock: ssl.SSLSocket) -> bytes:
    pieces = []
    while piece := sock.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


@pytest.mark.parametrize("version", VERSIONS)
class TestHalfClose:
    async def test_input_ends_and_late_output_comes(self, engines, version):
        data = random.Random(5).randbytes(4_000_000)

        def answer_late(sock: ssl.SSLSocket) -> None:
            digest = hashlib.sha256(read_to_farewell(sock)).digest()
            sock.sendall(digest + data)
            sock.unwrap()

        stream = await open_tls(engines(answer_late), version)
        await stream.write(data)
        await stream.write_eof()
        await stream.write_eof()
        got = await read_all(stream)
        assert got[:32] == hashlib.sha256(data).digest()
        assert hashlib.sha256(got[32:]).digest() == got[:32]
        with pytest.raises(StdinClosed):
            await stream.write(b"more")
        stream.close()

    async def test_echo_of_20_mb(self, engines, version):
        """Both directions are busy when the input ends."""
        data = random.Random(6).randbytes(20_000_000)

        def echo(sock: ssl.SSLSocket) -> None:
            while piece := sock.recv(65536):
                sock.sendall(piece)
            sock.unwrap()

        engine = engines(echo)
        stream = await open_tls(engine, version)

        async def feed() -> None:
            await stream.write(data)
            await stream.write_eof()

        feeding = asyncio.create_task(feed())
        back = await read_all(stream)
        await feeding
        stream.close()
        assert hashlib.sha256(back).digest() == hashlib.sha256(data).digest()
        engine.stop()
        assert engine.failure is None

    async def test_peer_that_says_farewell_without_reading_fails_the_writer(self, engines, version):
        blocked, stopped = threading.Event(), threading.Event()

        def stop_reading(sock: ssl.SSLSocket) -> None:
            sock.sendall(b"output")
            blocked.wait(20)
            sock.settimeout(0)
            with pytest.raises((ssl.SSLError, TimeoutError)):
                sock.unwrap()
            stopped.wait(20)

        stream = await open_tls(engines(stop_reading), version)
        writing = asyncio.create_task(stream.write(bytes(26_000_000)))
        await asyncio.sleep(0.05)
        assert not writing.done()
        blocked.set()
        with pytest.raises(StdinClosed):
            await writing
        assert await read_all(stream) == b"output"
        stopped.set()
        stream.close()

    async def test_connection_that_ends_without_farewell_was_interrupted(self, engines, version):
        data = random.Random(7).randbytes(150_000)

        def cut(sock: ssl.SSLSocket) -> None:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)

        stream = await open_tls(engines(cut), version)
        got = bytearray()
        while len(got) < len(data):
            got += await stream.read()
        with pytest.raises(StreamInterrupted, match="close_notify") as caught:
            await stream.read()
        stream.close()
        assert hashlib.sha256(got).digest() == hashlib.sha256(data).digest()
        assert caught.value.received == 150_000


class TestRules:
    async def test_cancelled_reads_lose_nothing(self, engines):
        data = random.Random(8).randbytes(1_000_000)
        one_was_cancelled = threading.Event()

        def trickle(sock: ssl.SSLSocket) -> None:
            one_was_cancelled.wait(20)
            for start in range(0, len(data), 500):
                sock.sendall(data[start : start + 500])
            sock.unwrap()

        stream = await open_tls(engines(trickle))
        got, cancelled = bytearray(), 0
        while True:
            reading = asyncio.create_task(stream.read())
            await asyncio.sleep(0)
            cancelled += cancelled < 1000 and reading.cancel()
            try:
                piece = await reading
            except asyncio.CancelledError:
                one_was_cancelled.set()
                continue
            if not piece:
                break
            got += piece
        stream.close()
        assert cancelled
        assert hashlib.sha256(got).digest() == hashlib.sha256(data).digest()

    async def test_cancelled_write_refuses_the_rest(self, engines):
        release = threading.Event()
        stream = await open_tls(engines(lambda _: release.wait(20)))
        writing = asyncio.create_task(stream.write(bytes(26_000_000)))
        await asyncio.sleep(0.05)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        for attempt in (stream.write(b"hole"), stream.write_eof()):
            with pytest.raises(StdinClosed) as caught:
                await attempt
            assert caught.value.partial
        stream.close()
        release.set()

    async def test_close_waits_for_nobody_and_does_not_feign_an_end(self, engines):
        ready = threading.Event()

        def listen(sock: ssl.SSLSocket) -> None:
            ready.wait(20)
            read_to_farewell(sock)

        engine = engines(listen)
        stream = await open_tls(engine)
        await stream.write(b"half of the inp")
        stream.close()
        stream.close()
        assert stream.closed
        assert await stream.read() == b""
        ready.set()
        engine.stop()
        # It is a reset if the engine's session tickets had not been read.
        assert isinstance(engine.failure, ssl.SSLError | ConnectionResetError)

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_what_arrived_while_the_loop_was_busy_is_seen(self, engines, version):
        asked, sent, left = threading.Event(), threading.Event(), threading.Event()

        def talk(secure: ssl.SSLSocket) -> None:
            secure.sendall(b"answer")
            asked.wait(20)
            secure.sendall(b"what nobody asked for")
            sent.set()
            left.wait(20)

        stream = await open_tls(engines(talk, server_context()), version)
        assert await stream.read() == b"answer"
        await stream.poll()
        assert stream.quiet  # session tickets are no data
        asked.set()
        sent.wait(20)  # which holds the loop
        await stream.poll()
        assert not stream.quiet
        stream.close()
        left.set()


async def call_over_tls(engine: Engine, context: ssl.SSLContext, call) -> None:
    tls = aiodockerpy.TLSConfig.from_ssl_context(context, server_hostname="engine.test")
    url = f"tcp://{engine.address.host}:{engine.address.port}"
    async with aiodockerpy.DockerClient(url, tls=tls, version="1.41") as client:
        await call(client)


REMEDIES = {
    "tlsv13 alert certificate required": "client_cert=",
    "sslv3 alert bad certificate": "client_cert=",
    "sslv3 alert certificate expired": "client_cert=",
    "tlsv1 alert unknown ca": "client_cert=",
    "tlsv1 alert access denied": "client_cert=",
    "wrong version number": "uses TLS",
    "tlsv1 alert protocol version": "TLS 1.2",
    "tlsv1 alert internal error": "",
    "sslv3 alert handshake failure": "may require a client certificate",
    "Hostname mismatch, certificate is not valid for 'x'": "server_hostname",
    "IP address mismatch, certificate is not valid for '::1'": "server_hostname",
    "certificate has expired": "renew it",
    "certificate is not yet valid": "clock",
    "unable to get local issuer certificate": "as ca_cert",
    "self-signed certificate": "as ca_cert",
    "self signed certificate in certificate chain": "as ca_cert",
    "unable to verify the first certificate": "as ca_cert",
    "certificate revoked": "",
}


@pytest.mark.parametrize("words", REMEDIES)
def test_each_kind_of_refusal_has_its_own_remedy(words):
    error = ssl.SSLError()
    error.reason = words.upper().replace(" ", "_")
    before, _, said = str(no_session("tcp://x", error)).partition(words.lower())
    assert before == "no TLS session with the engine at tcp://x: "
    assert REMEDIES[words] in said
    assert bool(REMEDIES[words]) is ("; " in said)


class TestRefused:
    async def refused(self, engine: Engine, context: ssl.SSLContext, name: str = "engine.test") -> str:
        with pytest.raises(EngineUnreachable) as caught:
            await connect(Target(engine.address, context, name, 20))
        return str(caught.value)

    async def test_unknown_authority(self, engines):
        engine = engines(lambda _: None, server_context(trustme.CA()))
        assert "the engine's certificate was refused: unable to get local issuer" in await self.refused(
            engine, client_context()
        )

    async def test_wrong_name(self, engines):
        message = await self.refused(engines(lambda _: None), client_context(), "other.test")
        assert "Hostname mismatch" in message
        assert "tcp://127.0.0.1:" in message

    async def test_not_tls(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            reached = TcpAddress(*server.getsockname())

            def answer() -> None:
                sock, _ = server.accept()
                with sock:
                    sock.recv(1000)
                    sock.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent plain HTTP")

            thread = threading.Thread(target=answer, daemon=True)
            thread.start()
            with pytest.raises(EngineUnreachable, match="no TLS session"):
                await connect(Target(reached, client_context(), "engine.test", 20))
            thread.join(20)

    async def test_neither_side_has_a_version_of_the_other(self, engines):
        context = server_context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        assert "TLS 1.2 or newer" in await self.refused(engines(lambda _: None, context), client_context("1.3"))

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_no_client_certificate(self, engines, version):
        context = server_context()
        context.verify_mode = ssl.CERT_REQUIRED
        engine = engines(lambda sock: read_to_farewell(sock), context)
        with pytest.raises(
            EngineUnreachable,
            match=r"no TLS session with the engine at tcp:.*pass client_cert=|may require.*client_cert",
        ):
            await call_over_tls(engine, client_context(version), lambda client: client.containers.prune())

    @pytest.mark.parametrize("call", ["call", "upload"])
    async def test_what_breaks_after_the_request_may_have_been_carried_out(self, engines, call):
        def answer_nonsense(sock: ssl.SSLSocket) -> None:
            sock.recv(65536)
            os.write(sock.fileno(), b"this is not a TLS record at all")
            with pytest.raises((ssl.SSLError, ConnectionError)):
                read_to_farewell(sock)

        calls = {
            "call": lambda client: client.containers.prune(),
            "upload": lambda client: client.api.containers.put_archive("x", "/", b"an archive"),
        }
        with pytest.raises(RequestMaybeSent, match="wrong version number"):
            await call_over_tls(engines(answer_nonsense), client_context(), calls[call])

    async def test_closed_during_the_handshake(self):
        near, far = socket.socketpair()
        near.setblocking(False)
        far.close()
        with pytest.raises(EngineUnreachable, match="no TLS session"):
            await start_tls(SocketPump(near), client_context(), "engine.test")
        assert near.fileno() == -1

    async def test_a_reset_during_the_handshake_names_the_engine_once(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            reached = TcpAddress(*server.getsockname())

            def reset() -> None:
                sock, _ = server.accept()
                sock.recv(1000)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.close()

            thread = threading.Thread(target=reset, daemon=True)
            thread.start()
            with pytest.raises(EngineUnreachable) as refused:
                await connect(Target(reached, client_context(), "engine.test", 20))
            thread.join(20)
            host, port = server.getsockname()
            assert str(refused.value) == (
                f"no TLS session with the engine at tcp://{host}:{port}: {os.strerror(errno.ECONNRESET)}"
            )

    async def test_handshake_that_never_ends(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            reached = TcpAddress(*server.getsockname())
            with pytest.raises(EngineUnreachable, match=r"within 0\.1 s"):
                await connect(Target(reached, client_context(), "engine.test", 0.1))
