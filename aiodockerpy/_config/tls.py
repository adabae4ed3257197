"""TLS to the engine: docker-py's ``TLSConfig``, and how it becomes an ``SSLContext``."""

from __future__ import annotations

import os
import ssl
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast

from aiodockerpy._arguments import checks_arguments
from aiodockerpy.errors import InsecureTLSWarning, TLSParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike


@checks_arguments
class TLSConfig:
    """How to secure a ``tcp`` connection to the engine. Files are read by :meth:`ssl_context`, from where they are.

    Args:
        client_cert: Paths of the client's certificate and of its key, both PEM; an encrypted key is refused.
        ca_cert: Path of the certificates to trust, PEM; the system's if not given.
        verify: ``False`` accepts any certificate, with an :class:`~aiodockerpy.errors.InsecureTLSWarning`; a path is
            the same as ``ca_cert``. Unlike in docker-py, the default is to verify.
        server_hostname: The name the engine's certificate must have, if it is not the name connected to.
        assert_hostname: ``False`` accepts a certificate for any name, with a warning.

    Raises:
        TLSParameterError: The arguments do not fit together.

    Example:
        >>> TLSConfig(client_cert=("cert.pem", "key.pem"), ca_cert="ca.pem")
        TLSConfig(client_cert=('cert.pem', 'key.pem'), ca_cert='ca.pem')
    """

    __slots__ = ("_given", "assert_hostname", "ca_cert", "cert", "server_hostname", "verify")

    def __init__(
        self,
        client_cert: Sequence[str | PathLike[str]] | None = None,
        ca_cert: str | PathLike[str] | None = None,
        verify: bool | str | PathLike[str] | None = None,
        *,
        server_hostname: str | None = None,
        assert_hostname: bool = True,
    ) -> None:
        if verify is not None and not isinstance(verify, bool):
            if ca_cert is not None and os.fspath(ca_cert) != os.fspath(verify):
                raise TLSParameterError("verify and ca_cert name different files of certificates to trust")
            ca_cert, verify = verify, True
        self.cert: tuple[str, str] | None = _certificate_and_key(client_cert)
        self.ca_cert: str | None = os.fspath(ca_cert) if ca_cert is not None else None
        self.verify: bool = verify is not False
        self.server_hostname: str | None = server_hostname
        self.assert_hostname: bool = assert_hostname
        self._given: ssl.SSLContext | None = None
        if not self.verify:
            _warn("The engine's certificate is not verified: anybody on the way can pose as the engine.")
        elif not assert_hostname:
            _warn("The name in the engine's certificate is not checked.")

    @classmethod
    def from_ssl_context(cls, context: ssl.SSLContext, *, server_hostname: str | None = None) -> TLSConfig:
        """Use the caller's own context exactly as it is."""
        config = cls(server_hostname=server_hostname)
        config.verify = context.verify_mode is not ssl.CERT_NONE
        config.assert_hostname = context.check_hostname
        config._given = context
        return config

    @property
    def is_given(self) -> bool:
        """Whether it stands for a caller's own ``SSLContext``."""
        return self._given is not None

    def ssl_context(self) -> ssl.SSLContext:
        """Build the context (blocking: it reads the files); TLS 1.2 or newer.

        Raises:
            TLSParameterError: A file is missing, is not what it should be, or holds an encrypted key.
        """
        if self._given is not None:
            return self._given
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # The name must be a subject alternative name, as for the docker CLI.
        context.hostname_checks_common_name = False
        # Whatever ca_cert holds is trusted as it is, as by the docker CLI: an authority that another one has signed,
        # or the engine's own certificate.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.check_hostname = self.verify and self.assert_hostname
        context.verify_mode = ssl.CERT_REQUIRED if self.verify else ssl.CERT_NONE
        self._load_trust(context)
        self._load_client_certificate(context)
        return context

    def _load_trust(self, context: ssl.SSLContext) -> None:
        if self.ca_cert is None:
            if self.verify:
                context.load_default_certs(ssl.Purpose.SERVER_AUTH)
            return
        _require_file(self.ca_cert, "CA certificate")
        try:
            context.load_verify_locations(cafile=self.ca_cert)
        except (ssl.SSLError, OSError) as error:
            raise TLSParameterError(
                f"{self.ca_cert} holds something else than usable CA certificates in PEM form: {_reason(error)}"
            ) from error

    def _load_client_certificate(self, context: ssl.SSLContext) -> None:
        if self.cert is None:
            return
        certificate, key = self.cert
        _require_file(certificate, "client certificate")
        _require_file(key, "client key")

        def refuse() -> NoReturn:
            raise TLSParameterError(
                f"{key} is encrypted; only keys without a password are supported, as in the docker CLI"
            )

        try:
            context.load_cert_chain(certificate, key, password=refuse)
        except (ssl.SSLError, OSError) as error:
            raise TLSParameterError(
                f"the client certificate {certificate} and the key {key} cannot be used: {_reason(error)}; "
                "both must be in PEM form, and the key must be that of the certificate"
            ) from error

    def __repr__(self) -> str:
        shown = {
            "client_cert": self.cert,
            "ca_cert": self.ca_cert,
            "verify": None if self.verify else False,
            "server_hostname": self.server_hostname,
            "assert_hostname": None if self.assert_hostname else False,
            "ssl_context": "given" if self._given is not None else None,
        }
        return f"TLSConfig({', '.join(f'{name}={value!r}' for name, value in shown.items() if value is not None)})"


def _certificate_and_key(client_cert: Sequence[object] | None) -> tuple[str, str] | None:
    if client_cert is None:
        return None
    paths = [
        os.fspath(cast("str | PathLike[str]", path)) for path in client_cert if isinstance(path, str | os.PathLike)
    ]
    if len(client_cert) != 2 or len(paths) != 2 or not all(paths):
        raise TLSParameterError("client_cert must be the paths of a certificate and of its key: (cert, key)")
    return paths[0], paths[1]


def _require_file(path: str, what: str) -> None:
    try:
        with Path(path).open("rb"):
            pass
    except OSError as error:
        raise TLSParameterError(f"the {what} {path} cannot be read: {error.strerror}") from error


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "not PEM").replace("_", " ").lower()
    return str(error.strerror)


def _warn(message: str) -> None:
    warnings.warn(message, InsecureTLSWarning, stacklevel=4)  # of `TLSConfig`, and of the check of its arguments
