from __future__ import annotations

import socket
import ssl
import threading
import warnings
from pathlib import Path

import pytest
import trustme

from aiodockerpy._config.tls import TLSConfig
from aiodockerpy.errors import InsecureTLSWarning, InvalidValue, TLSParameterError


class Server:
    """One TLS server socket that answers each client with the name in its certificate."""

    def __init__(
        self, authority: trustme.CA, name: str = "localhost", *, maximum: ssl.TLSVersion | None = None
    ) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if maximum is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = maximum
            context.set_ciphers("ALL:@SECLEVEL=0")
        issued = authority.issue_cert(name)
        issued.configure_cert(context)
        self.certificate = issued.cert_chain_pems[0]
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_OPTIONAL
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            with raw:
                try:
                    with self._context.wrap_socket(raw, server_side=True) as peer:
                        peer.sendall(b"certificate" if peer.getpeercert() else b"anonymous")
                except OSError:
                    pass

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def talk(self, config: TLSConfig, name: str = "localhost") -> bytes:
        with socket.create_connection(self.address) as raw:
            with config.ssl_context().wrap_socket(raw, server_hostname=config.server_hostname or name) as peer:
                return peer.recv(100)


@pytest.fixture
def serve(authority):
    servers = []

    def start(*args, **kwargs):
        servers.append(Server(*(args or (authority,)), **kwargs))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def test_verified_with_a_client_certificate(serve, certificates):
    config = TLSConfig((certificates / "cert.pem", certificates / "key.pem"), certificates / "ca.pem")
    assert serve().talk(config) == b"certificate"


def test_verified_without_a_client_certificate(serve, certificates):
    assert serve().talk(TLSConfig(ca_cert=certificates / "ca.pem")) == b"anonymous"


def test_verify_may_be_the_path(serve, certificates):
    assert serve().talk(TLSConfig(verify=str(certificates / "ca.pem"))) == b"anonymous"


@pytest.mark.parametrize("options", [{}, {"verify": None}, {"verify": True}])
def test_verification_is_the_default(serve, options):
    with pytest.raises(ssl.SSLCertVerificationError):
        serve().talk(TLSConfig(**options))


@pytest.mark.parametrize("trusted", ["engine", "intermediate"])
def test_what_is_trusted_need_not_be_a_root(serve, tmp_path, authority, trusted):
    intermediate = authority.create_child_ca()
    server = serve(intermediate)
    issued = server.certificate if trusted == "engine" else intermediate.cert_pem
    issued.write_to_path(tmp_path / "ca.pem")
    trust = TLSConfig(ca_cert=tmp_path / "ca.pem")
    assert server.talk(trust) == b"anonymous"
    with pytest.raises(ssl.SSLCertVerificationError, match=r"[Hh]ostname"):
        server.talk(trust, name="elsewhere")
    with pytest.raises(ssl.SSLCertVerificationError):
        serve(authority).talk(trust)


def test_another_authority_is_refused(serve, certificates):
    with pytest.raises(ssl.SSLCertVerificationError):
        serve(trustme.CA()).talk(TLSConfig(ca_cert=certificates / "ca.pem"))


def test_another_name_is_refused_unless_it_is_expected(serve, certificates):
    server = serve(name="engine.internal")
    with pytest.raises(ssl.SSLCertVerificationError, match=r"[Hh]ostname"):
        server.talk(TLSConfig(ca_cert=certificates / "ca.pem"))
    expected = TLSConfig(ca_cert=certificates / "ca.pem", server_hostname="engine.internal")
    assert server.talk(expected) == b"anonymous"


def test_the_name_is_not_checked_when_switched_off_with_a_warning(serve, certificates):
    with pytest.warns(InsecureTLSWarning, match="name"):
        config = TLSConfig(ca_cert=certificates / "ca.pem", assert_hostname=False)
    assert serve(name="engine.internal").talk(config) == b"anonymous"
    with pytest.raises(ssl.SSLCertVerificationError):
        serve(trustme.CA()).talk(config)


def test_nothing_is_verified_when_switched_off_with_a_warning(serve):
    with pytest.warns(InsecureTLSWarning, match="not verified") as caught:
        config = TLSConfig(verify=False)
    assert Path(caught[0].filename) == Path(__file__)
    assert serve(trustme.CA(), name="engine.internal").talk(config) == b"anonymous"


def test_older_than_tls_1_2_is_refused(serve, certificates):
    server = serve(maximum=ssl.TLSVersion.TLSv1_1)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        server.talk(TLSConfig(ca_cert=certificates / "ca.pem"))
    assert TLSConfig().ssl_context().minimum_version is ssl.TLSVersion.TLSv1_2


def test_the_callers_context_is_taken_as_it_is():
    context = ssl.create_default_context()
    config = TLSConfig.from_ssl_context(context, server_hostname="engine")
    assert config.ssl_context() is context
    assert (config.verify, config.assert_hostname, config.server_hostname) == (True, True, "engine")


@pytest.mark.parametrize("given", ["cert.pem", ("cert.pem",), ("a", "b", "c"), ()])
def test_half_a_client_certificate_is_refused_at_once(given):
    with pytest.raises(TLSParameterError, match="client_cert"):
        TLSConfig(client_cert=given)


def test_an_empty_path_is_none_for_the_authority_and_refused_for_a_key():
    assert TLSConfig(ca_cert="").ca_cert is None
    with pytest.raises(InvalidValue, match=r"client_cert\[1\] must be a path"):
        TLSConfig(client_cert=("cert.pem", ""))


def test_two_different_authorities_are_refused():
    with pytest.raises(TLSParameterError, match="different"):
        TLSConfig(ca_cert="a.pem", verify="b.pem")


@pytest.mark.parametrize(
    ("certificate", "key", "ca", "message"),
    [
        ("missing.pem", "key.pem", "ca.pem", r"client certificate .*missing.pem cannot be read: No such file"),
        ("cert.pem", "missing.pem", "ca.pem", r"client key .*missing.pem cannot be read: No such file"),
        ("cert.pem", "key.pem", "missing.pem", r"CA certificate .*missing.pem cannot be read: No such file"),
        ("junk.pem", "key.pem", "ca.pem", r"cannot be used"),
        ("cert.pem", "junk.pem", "ca.pem", r"cannot be used"),
        ("cert.pem", "key.pem", "junk.pem", r"else than usable CA certificates"),
        ("cert.pem", "other.pem", "ca.pem", r"cannot be used: key values mismatch; .* PEM"),
    ],
)
def test_unusable_files(certificates, certificate, key, ca, message):
    (certificates / "junk.pem").write_text("canary-junk")
    trustme.CA().issue_cert("x").private_key_pem.write_to_path(certificates / "other.pem")
    config = TLSConfig((certificates / certificate, certificates / key), certificates / ca)
    with pytest.raises(TLSParameterError, match=message) as caught:
        config.ssl_context()
    assert "canary" not in str(caught.value)


def test_an_encrypted_key_is_refused_without_asking_for_a_password(certificates, encrypted_key):
    with pytest.raises(TLSParameterError, match="encrypted"):
        TLSConfig((certificates / "cert.pem", encrypted_key)).ssl_context()


def test_nothing_is_read_before_it_is_needed():
    config = TLSConfig(("/nowhere/cert.pem", "/nowhere/key.pem"), "/nowhere/ca.pem")
    assert repr(config) == "TLSConfig(client_cert=('/nowhere/cert.pem', '/nowhere/key.pem'), ca_cert='/nowhere/ca.pem')"
