"""TLS over a pump, with the half-close that asyncio's own TLS refuses: `write_eof` ends a process's standard input."""

from __future__ import annotations

import asyncio
import re
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING

from aiodockerpy.errors import EngineUnreachable, StdinClosed, StreamInterrupted

if TYPE_CHECKING:
    from aiodockerpy._transport.sockets.pump import Pump

_RECORD = 16 * 1024
_ENCRYPT = 256 * 1024
_CLIENT_REFUSED = r"alert (.* )?(certificate|unknown ca|decrypt error|access denied)"
# What OpenSSL says, and what to do; the first that fits counts.
_REMEDIES = {
    _CLIENT_REFUSED: "the engine requires a client certificate that it accepts: pass client_cert=(cert, key), or put "
    "cert.pem and key.pem into DOCKER_CERT_PATH",
    r"handshake failure": "the engine may require a client certificate (client_cert, or cert.pem and key.pem in "
    "DOCKER_CERT_PATH), or have no cipher of this client",
    r"mismatch": "connect to a name that the certificate has, or pass it as server_hostname",
    r"has expired|not yet valid": "renew it at the engine, or set this machine's clock",
    r"issuer|self.signed|first certificate": "pass the certificate of its authority as ca_cert, or put it into "
    "DOCKER_CERT_PATH as ca.pem",
    r"wrong version number|record layer failure|close_notify": "check that this port uses TLS",
    r"protocol version|unsupported protocol": "both sides need TLS 1.2 or newer",
}


async def start_tls(pump: Pump, context: ssl.SSLContext, server_hostname: str | None) -> TlsStream:
    """Perform the TLS handshake over a pump, which is closed on failure.

    Args:
        pump: A connection on which nothing was exchanged.
        context: What is trusted and shown; the one that ordinary calls use.
        server_hostname: The name that the certificate must have.

    Raises:
        EngineUnreachable: No TLS session; the message says why, for example what is wrong with the certificate.
    """
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(incoming, outgoing, server_hostname=server_hostname)
    try:
        await _shake_hands(pump, session, incoming, outgoing)
    except (ssl.SSLError, StreamInterrupted, StdinClosed) as error:
        pump.close()
        raise no_session(pump.peer, error) from error
    except BaseException:
        pump.close()
        raise
    pump.decode_with(Decrypter(session, incoming))
    return TlsStream(pump, session, outgoing)


async def _shake_hands(pump: Pump, session: ssl.SSLObject, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> None:
    while True:
        try:
            session.do_handshake()
        except ssl.SSLWantReadError:
            await _send_pending(pump, outgoing)
            data = await pump.read()
            incoming.write(data) if data else incoming.write_eof()
        except ssl.SSLError:
            with suppress(StdinClosed):
                await _send_pending(pump, outgoing)  # the alert with the reason
            raise
        else:
            await _send_pending(pump, outgoing)
            return


async def _send_pending(pump: Pump, outgoing: ssl.MemoryBIO) -> None:
    if outgoing.pending:
        await pump.write(outgoing.read())


def no_session(peer: str, error: BaseException) -> EngineUnreachable:
    """Create the error for a session that one side refused; the message says why and what to do."""
    why = reason(error)
    remedy = next((f"; {remedy}" for words, remedy in _REMEDIES.items() if re.search(words, why)), "")
    return EngineUnreachable(f"no TLS session with the engine at {peer}: {why}{remedy}")


def refuses_client(error: BaseException | None) -> bool:
    """Return whether the engine refused the client's certificate, or its absence: it read no request then.

    In TLS 1.3 it does so after the client's handshake is done, so that its alert arrives instead of an answer.
    """
    return isinstance(error, ssl.SSLError) and re.search(_CLIENT_REFUSED, reason(error)) is not None


def reason(error: BaseException) -> str:
    """Describe in a few words why TLS failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the engine's certificate was refused: {error.verify_message.rstrip('.')}"
    if isinstance(error, ssl.SSLEOFError):
        return "the engine ended the connection without close_notify"
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    if isinstance(error, StdinClosed):
        return "the engine closed the connection"
    if isinstance(error, StreamInterrupted) and isinstance(error.__cause__, OSError):  # its text names the engine again
        error = error.__cause__
    return getattr(error, "strerror", None) or str(error)


class Decrypter:
    """The incoming half of a session, as the pump's decoder: always read until OpenSSL wants more.

    That is also what makes the half-close safe: with undecrypted data waiting, ``unwrap`` fails.

    Attributes:
        ended: Whether the session has come to its end, well or not.
        failure: Why it ended too early.
    """

    def __init__(self, session: ssl.SSLObject, incoming: ssl.MemoryBIO) -> None:
        self._session = session
        self._incoming = incoming
        self.ended = False
        self.failure: OSError | None = None

    def feed(self, data: bytes) -> bytes:
        """Return what has become readable, even if the session ends with it."""
        self._incoming.write(data)
        return self._decrypt()

    def end(self) -> None:
        """Record the end of the connection, which is a failure before close_notify has come.

        In early versions of Python 3.11, contexts have an option by which OpenSSL takes it for close_notify.
        """
        if self.ended:
            return
        self._incoming.write_eof()
        self._decrypt()
        if self.failure is None:
            error = ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "")
            error.strerror = reason(error)
            self.failure = error

    def _decrypt(self) -> bytes:
        pieces: list[bytes] = []
        try:
            while piece := self._session.read(_RECORD):
                pieces.append(piece)
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = True
        except ssl.SSLError as error:
            error.strerror = reason(error)
            self.ended = True
            self.failure = error
        return b"".join(pieces)


class TlsStream:
    """An established session: reads and closes as the pump does, encrypts what is written.

    A connection that ends without close_notify was interrupted.
    """

    def __init__(self, pump: Pump, session: ssl.SSLObject, outgoing: ssl.MemoryBIO) -> None:
        self._pump = pump
        self.peer = pump.peer
        self.poll, self.read, self.read_ahead, self.unread = pump.poll, pump.read, pump.read_ahead, pump.unread
        self._session = session
        self._outgoing = outgoing
        self._write_lock = asyncio.Lock()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._pump.closed

    @property
    def quiet(self) -> bool:
        """Report whether nothing has arrived; see `Pump.quiet`."""
        return self._pump.quiet

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write bytes; see `Pump.write`."""
        async with self._write_lock:
            self._pump.check_writable()
            with memoryview(data) as view:
                sent = 0
                while sent < len(view):
                    sent += self._session.write(view[sent : sent + _ENCRYPT])
                    await self._flush()

    async def write_eof(self) -> None:
        """Send close_notify and go on reading; see `Pump.write_eof`."""
        async with self._write_lock:
            if not self._pump.may_end():
                return
            with suppress(ssl.SSLError):  # the peer has not sent its close_notify, and is not waited for
                self._session.unwrap()
            with suppress(StdinClosed):
                await self._flush()
            self._pump.mark_ended()

    async def _flush(self) -> None:
        """Send what was encrypted. It cannot be taken back: cancelled here, the outgoing direction is broken."""
        try:
            await self._pump.write(self._outgoing.read())
        except asyncio.CancelledError:
            self._pump.break_off()
            raise

    def close(self) -> None:
        """Close as `Pump.close`, without close_notify: an abandoned stream must not look complete to the peer."""
        self._pump.close()
