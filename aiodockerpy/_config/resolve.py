"""Find the engine: explicit argument > ``DOCKER_HOST`` > ``DOCKER_CONTEXT`` > ``currentContext`` > default sockets.

The rules are the docker CLI's. A context that was named and does not exist is an error, never a fallback.
"""

from __future__ import annotations

import ssl
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from aiodockerpy._config.config_file import (
    CONFIG_FILE_NAME,
    DEFAULT_CONTEXT_NAME,
    ConfigFile,
    config_directory,
    home_directory,
    may_name_context,
    read_config_or_warn,
)
from aiodockerpy._config.hosts import DEFAULT_UNIX_SOCKET, Host, parse_host
from aiodockerpy._config.http_headers import request_headers
from aiodockerpy._config.tls import TLSConfig
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy.errors import ContextException, ContextNotFound, InvalidVersion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aiodockerpy._config.context_store import ContextMetadata


@dataclass(slots=True)
class Endpoint:
    """Everything needed to open a connection to one engine."""

    host: Host
    tls: TLSConfig | None = None
    """``None`` for a plain connection; always ``None`` for sockets, pipes and ssh."""
    api_version: str | None = None
    """The version ``DOCKER_API_VERSION`` asks for, which switches negotiation off; ``None`` to negotiate."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Headers the user's configuration adds to every request; they may hold secrets."""
    context: str | None = None
    """The name of the stored context it comes from; ``None`` for the default one and for explicit hosts."""

    def __str__(self) -> str:
        return str(self.host)


def resolve_endpoint(
    base_url: str | None = None,
    *,
    environment: Mapping[str, str],
    tls: bool | TLSConfig | ssl.SSLContext | None = None,
    context: str | None = None,
    use_context: bool = True,
    platform: str = sys.platform,
) -> Endpoint:
    """Determine which engine to use (blocking: it reads a few small files).

    Args:
        base_url: The host, if the caller names it; neither contexts nor the TLS environment apply then.
        environment: The environment variables, usually ``os.environ``.
        tls: ``True`` for TLS with the system's certificates; ``None`` leaves it to the environment, the context, or
            the scheme of ``base_url``. It applies to TCP only, as everywhere.
        context: The context, if the caller names it; it goes before ``DOCKER_HOST``, as ``docker --context`` does.
        use_context: Whether ``DOCKER_CONTEXT`` and ``currentContext`` count.
        platform: As ``sys.platform``.

    Raises:
        InvalidArgument: A host string that cannot be used.
        ContextNotFound: No context of that name.
        ContextException: A context that cannot be used.
        InvalidConfigFile: A broken ``config.json`` that may choose a context, or a header that cannot be sent.
        InvalidVersion: ``DOCKER_API_VERSION`` is not a version.
    """
    directory = config_directory(environment)
    config = read_config_or_warn(directory / CONFIG_FILE_NAME)
    name, source = "", ""
    if base_url:
        host, config_tls = _explicit(base_url, tls)
    else:
        if context is not None:
            name, source = context, "from_context"
        elif use_context:
            name, source = choose_context(environment, config)
        if name in {"", DEFAULT_CONTEXT_NAME}:
            name = ""
            host, config_tls = _default(environment, directory, tls, platform)
        else:
            host, config_tls = _stored(directory, name, source, tls)
    return Endpoint(
        host=host,
        tls=config_tls,
        api_version=_api_version(environment),
        headers=request_headers(config, environment),
        context=name or None,
    )


def choose_context(environment: Mapping[str, str], config: ConfigFile) -> tuple[str, str]:
    """Return the name of the current context and where it was set; an empty name is the default context."""
    if environment.get("DOCKER_HOST"):
        return "", ""
    if named := environment.get("DOCKER_CONTEXT"):
        return named, "DOCKER_CONTEXT"
    if config.problem is not None and may_name_context(config.path):
        raise config.problem
    return config.current_context, f"currentContext of {config.path}"


def _explicit(base_url: str, tls: bool | TLSConfig | ssl.SSLContext | None) -> tuple[Host, TLSConfig | None]:
    host = parse_host(base_url, tls=bool(tls))
    return host, (_tls_config(tls) or TLSConfig()) if host.tls else None


def _default(
    environment: Mapping[str, str],
    directory: Path,
    tls: bool | TLSConfig | ssl.SSLContext | None,
    platform: str,
) -> tuple[Host, TLSConfig | None]:
    """Return the host of the environment or, without one, the socket of an engine on this machine."""
    by_environment = bool(environment.get("DOCKER_TLS") or environment.get("DOCKER_TLS_VERIFY"))
    with_tls = bool(tls) or (tls is None and by_environment)
    text = environment.get("DOCKER_HOST", "")
    if text.strip() or with_tls:
        host = parse_host(
            text, tls=with_tls, source="DOCKER_HOST" if text.strip() else "default, since TLS is asked for"
        )
    else:
        host = _local_engine(environment, platform)
    if not host.tls:
        return host, None
    wanted = _tls_config(tls) or (_environment_tls(environment, directory) if by_environment else TLSConfig())
    return host, wanted


def _stored(
    directory: Path, name: str, source: str, tls: bool | TLSConfig | ssl.SSLContext | None
) -> tuple[Host, TLSConfig | None]:
    """Return a context of the store; the TLS variables of the environment do not apply to it."""
    from aiodockerpy._config.context_store import DOCKER_ENDPOINT, ContextStore

    store = ContextStore(directory)
    files = store.tls_files(name).get(DOCKER_ENDPOINT)
    why = f"context {name!r} ({source})"
    try:
        stored = store.get(name)
    except ContextNotFound as error:
        error.args = (f"{error}, which {source} names; those that are stored are listed by 'docker context ls'",)
        raise
    return context_connection(stored, store.tls_directory(name) / DOCKER_ENDPOINT, files, why, tls)


def context_connection(
    stored: ContextMetadata,
    directory: Path,
    files: list[str] | None,
    source: str,
    tls: bool | TLSConfig | ssl.SSLContext | None = None,
) -> tuple[Host, TLSConfig | None]:
    """Return host and TLS of a stored context.

    Args:
        stored: Its description.
        directory: Where its certificates are.
        files: The names of its files; ``None`` if there is no such directory, which alone means a plain connection.
        source: For messages.
        tls: The caller's own settings, used instead.
    """
    has_tls = stored.skip_tls_verify or files is not None
    if stored.host and not stored.host.strip():
        raise ContextException(f"context {stored.name!r}: its Host is blank")
    # A context without an address means the default socket, whatever certificates it has.
    with_tls = bool(stored.host) and (bool(tls) or (tls is None and has_tls))
    # The CLI reads it as a URL of the web, which has another port than DOCKER_HOST if it names none.
    host = parse_host(stored.host, tls=with_tls, source=source, web_port=True)
    if not host.tls:
        return host, None
    return host, _tls_config(tls) or _named_tls(directory, files or [], verify=not stored.skip_tls_verify)


def _tls_config(tls: bool | TLSConfig | ssl.SSLContext | None) -> TLSConfig | None:
    if isinstance(tls, TLSConfig):
        return tls
    if isinstance(tls, ssl.SSLContext):
        return TLSConfig.from_ssl_context(tls)
    return TLSConfig() if tls else None


def _environment_tls(environment: Mapping[str, str], directory: Path) -> TLSConfig:
    """Return the CLI's files: certificate and key are optional, the authority's certificate is not."""
    certificates = Path(environment.get("DOCKER_CERT_PATH") or directory)
    files = ["ca.pem", *(name for name in ("cert.pem", "key.pem") if _exists(certificates / name))]
    return _named_tls(certificates, files, verify=bool(environment.get("DOCKER_TLS_VERIFY")))


def _exists(path: Path) -> bool:
    """Return whether there is a file, or something that hides whether there is one, as a forbidden directory does."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except OSError:
        pass
    return True


def _named_tls(directory: Path, files: list[str], *, verify: bool) -> TLSConfig:
    """Return the CLI's three files; certificate and key count only together."""
    has_pair = "cert.pem" in files and "key.pem" in files
    return TLSConfig(
        client_cert=(directory / "cert.pem", directory / "key.pem") if has_pair else None,
        ca_cert=directory / "ca.pem" if "ca.pem" in files else None,
        verify=verify,
    )


def default_sockets(environment: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """Yield the sockets that an engine on this machine may listen on, by preference, with their description."""
    home = home_directory(environment)
    yield Path(DEFAULT_UNIX_SOCKET), "the default socket"
    if runtime := environment.get("XDG_RUNTIME_DIR"):
        yield Path(runtime) / "docker.sock", "the rootless engine's socket"
    yield home / ".docker" / "run" / "docker.sock", "Docker Desktop's socket"
    yield home / ".docker" / "desktop" / "docker.sock", "Docker Desktop's socket"


def _local_engine(environment: Mapping[str, str], platform: str) -> Host:
    if platform != "win32":
        for path, what in default_sockets(environment):
            if _is_socket(path):
                return Host("unix", path=str(path), source=what)
    return parse_host("", source="the default", platform=platform)


def _is_socket(path: Path) -> bool:
    try:
        return stat.S_ISSOCK(path.stat().st_mode)
    except (OSError, ValueError):  # the latter for a null character
        return False


def _api_version(environment: Mapping[str, str]) -> str | None:
    text = environment.get("DOCKER_API_VERSION", "").strip().removeprefix("v").strip()
    if not text:
        return None
    try:
        return str(ApiVersion.parse(text))
    except InvalidVersion as error:
        raise InvalidVersion(f"DOCKER_API_VERSION: {error}") from None
