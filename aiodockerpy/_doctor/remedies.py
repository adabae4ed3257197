"""What to do about each error that keeps a client from reaching its engine."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from aiodockerpy import errors
from aiodockerpy._doctor.report import Problem

_STRANGER = "something other than a Docker engine answers there: check the address, the port and TLS"
_PLAIN_TO_TLS = "set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH to the directory of the certificates"
_VERSION = "unset DOCKER_API_VERSION: the version is then negotiated"
_SSH = "try `ssh HOST docker version`: it must log in without asking for anything"
_CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (PermissionError, "add the user to the group of the socket (`sudo usermod -aG docker $USER`, then log in again)"),
    (FileNotFoundError, "start the engine (`systemctl start docker`), or set DOCKER_HOST to where it listens"),
    (socket.gaierror, "check the name of the host, and that this machine can resolve it"),
    (
        ssl.SSLError,
        "check ca.pem, cert.pem and key.pem in DOCKER_CERT_PATH, and that the port is the engine's TLS port",
    ),
    (ConnectionRefusedError, "start the engine, and check the address and the port it listens on"),
    (OSError, "check the address, and that the network and its firewalls let this machine reach it"),
)
_ERRORS: tuple[tuple[type[Exception], str], ...] = (
    (
        errors.ContextNotFound,
        "list the contexts with `docker context ls`; choose one with `docker context use`, or unset DOCKER_CONTEXT",
    ),
    (errors.ContextException, "compare with `docker context inspect`, or choose another context"),
    (errors.InvalidConfigFile, "repair the file, or set DOCKER_CONFIG to another directory"),
    (
        errors.TLSParameterError,
        "DOCKER_CERT_PATH must hold ca.pem, and cert.pem with key.pem if the engine asks for them",
    ),
    (errors.InvalidVersion, "unset DOCKER_API_VERSION if it is set; otherwise upgrade the older of engine and library"),
    (
        errors.InvalidArgument,
        "set DOCKER_HOST to an address such as unix:///var/run/docker.sock, tcp://server:2376 or ssh://user@server",
    ),
    (errors.ProtocolError, _STRANGER),
    (
        errors.Unauthorized,
        "a proxy in front of the engine asks for credentials: add them to HttpHeaders in config.json",
    ),
    (errors.Forbidden, "an authorization plugin or a proxy in front of the engine refuses: ask its administrator"),
    (errors.NotFound, _STRANGER),
    (errors.APIError, "read the engine's log (`journalctl -u docker`)"),
    (TimeoutError, "the engine hangs, or a firewall drops what is sent: try `docker version`, and restart the engine"),
)


def problem_of(error: BaseException) -> Problem:
    """Describe an error with its remedy."""
    return Problem(str(error) or type(error).__name__, _remedy(error))


def _remedy(error: BaseException) -> str:
    text = str(error)
    if "HTTP request to an HTTPS server" in text:
        return _PLAIN_TO_TLS
    if isinstance(error, errors.BadRequest) and "client version" in text:
        return _VERSION
    if "ssh://" in text:
        return _SSH
    if isinstance(error, errors.ConnectionFailed):
        causes = tuple(_chain(error))
        return next(remedy for kind, remedy in _CAUSES if any(isinstance(cause, kind) for cause in causes))
    return next((remedy for kind, remedy in _ERRORS if isinstance(error, kind)), "report it with the traceback")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield what an error was caused by, the error itself at the end: it is an OSError too."""
    while error is not None and error.__cause__ is not None:
        error = error.__cause__
        yield error
    if error is not None:
        yield error
