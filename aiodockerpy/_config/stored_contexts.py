"""One context as a value, and the work on all of them; :mod:`aiodockerpy._config.contexts` does it without blocking."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiodockerpy._config.config_file import (
    CONFIG_FILE_NAME,
    DEFAULT_CONTEXT_NAME,
    ConfigFile,
    JsonObject,
    config_directory,
    edit_config_file,
    put,
    read_config_file,
    read_config_or_warn,
)
from aiodockerpy._config.context_archive import pack, unpack
from aiodockerpy._config.context_store import (
    DOCKER_ENDPOINT,
    ContextMetadata,
    ContextStore,
    TLSFiles,
    check_context_name,
    natural_order,
)
from aiodockerpy._config.hosts import parse_host
from aiodockerpy._config.resolve import choose_context, context_connection, resolve_endpoint
from aiodockerpy.errors import (
    ContextAlreadyExists,
    ContextException,
    ContextNotFound,
    MissingContextParameter,
    TLSParameterError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from aiodockerpy._config.tls import TLSConfig

_IN_MEMORY = "<IN MEMORY>"


@dataclass(frozen=True, slots=True, repr=False)
class Context:
    """A context as it was when it was read; docker-py's attribute names.

    Example:
        >>> for context in await ContextAPI.contexts():
        ...     print(context.Name, context.Host)
    """

    _stored: ContextMetadata
    _tls_files: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    _metadata_path: str = _IN_MEMORY
    _tls_path: str = _IN_MEMORY
    _default_tls: TLSConfig | None = None

    @property
    def Name(self) -> str:  # noqa: N802 - docker-py's name
        """Its name."""
        return self._stored.name

    @property
    def Description(self) -> str:  # noqa: N802 - as its neighbours
        """The description; may be empty."""
        return self._stored.description

    @property
    def Host(self) -> str:  # noqa: N802 - docker-py's name
        """The engine's address as it stands in the context; empty means the default socket.

        Raises:
            ContextException: The context is for something else than an engine.
        """
        return self._stored.host

    @property
    def Metadata(self) -> JsonObject:  # noqa: N802 - docker-py's name
        """The content of ``meta.json``: ``Name``, ``Metadata``, ``Endpoints``."""
        return self._stored.to_json()

    @property
    def TLSConfig(self) -> TLSConfig | None:  # noqa: N802 - docker-py's name
        """How to secure the connection; ``None`` for a plain one and for sockets and ssh.

        Raises:
            InvalidArgument: The context's address cannot be used.
        """
        if self._tls_path == _IN_MEMORY:
            return self._default_tls
        directory = Path(self._tls_path) / DOCKER_ENDPOINT
        _, tls = context_connection(self._stored, directory, self._tls_files.get(DOCKER_ENDPOINT), self.Name)
        return tls

    @property
    def TLSMaterial(self) -> dict[str, dict[str, list[str]]]:  # noqa: N802 - docker-py's name
        """``{"TLSMaterial": {endpoint: names of certificate files}}``."""
        return {"TLSMaterial": self._tls_files}

    @property
    def Storage(self) -> dict[str, dict[str, str]]:  # noqa: N802 - docker-py's name
        """``{"Storage": {"MetadataPath": …, "TLSPath": …}}``."""
        return {"Storage": {"MetadataPath": self._metadata_path, "TLSPath": self._tls_path}}

    def inspect(self) -> JsonObject:
        """Return what ``docker context inspect`` prints."""
        return {**self.Metadata, **self.TLSMaterial, **self.Storage}

    __call__ = inspect

    def __repr__(self) -> str:
        return f"<Context: {self.Name!r}>"


class Contexts:
    """The stored contexts and the default one, for one environment. Every method blocks on files."""

    def __init__(self, environment: Mapping[str, str] | None) -> None:
        self.environment = os.environ if environment is None else environment
        directory = config_directory(self.environment)
        self._config_file = directory / CONFIG_FILE_NAME
        self._store = ContextStore(directory)

    def all(self) -> list[Context]:
        """Return every context, in the order of ``docker context ls``."""
        stored = [self._context(context) for context in self._store.all()]
        return sorted([*stored, self._default()], key=lambda context: natural_order(context.Name))

    def get(self, name: str | None) -> Context:
        """Return one context, or the current one."""
        if name is None:
            name, _ = choose_context(self.environment, read_config_or_warn(self._config_file))
        if name in {"", DEFAULT_CONTEXT_NAME}:
            return self._default()
        return self._context(self._store.get(name))

    def use(self, name: str) -> None:
        """Set the context that clients use by default."""
        if not name:
            raise MissingContextParameter("name")
        if name != DEFAULT_CONTEXT_NAME:
            self._store.get(name)
        self._set_current(name)

    def create(self, stored: ContextMetadata, tls: TLSConfig | None) -> Context:
        """Store a new context."""
        self._check_free(stored.name)
        return self._write(stored, _tls_files(tls))

    def copy(self, source: str, name: str, description: str) -> Context:
        """Store a context under a second name."""
        self._check_free(name)
        original, tls = self._read(source)
        metadata = original.metadata | ({"Description": description} if description else {})
        return self._write(ContextMetadata(name, metadata, original.endpoints), tls)

    def update(self, name: str, description: str | None, endpoint: JsonObject | None, tls: TLSConfig | None) -> Context:
        """Change the description, the endpoint, or both."""
        check_context_name(name)
        old = self._store.get(name)
        metadata = old.metadata if description is None else old.metadata | {"Description": description}
        if endpoint is None:
            self._store.write(ContextMetadata(name, metadata, old.endpoints))
            return self.get(name)
        kept = {key: files for key, files in self._store.read_tls(name).items() if key != DOCKER_ENDPOINT}
        new = ContextMetadata(name, metadata, old.endpoints | {DOCKER_ENDPOINT: endpoint})
        return self._write(new, kept | _tls_files(tls))

    def remove(self, name: str) -> None:
        """Remove a context; if it was the current one, the default one is used from then on."""
        if name == DEFAULT_CONTEXT_NAME:
            raise ContextException(f"context {name!r} cannot be removed")
        if not name:
            raise MissingContextParameter("name")
        if not self._store.has(name, part=""):
            raise ContextNotFound(name)
        if read_config_file(self._config_file).current_context == name:
            self._set_current(DEFAULT_CONTEXT_NAME)
        self._store.remove(name)

    def export(self, name: str, destination: Path) -> Path:
        """Write a context with its keys to a new file."""
        archive = pack(*self._read(name))
        descriptor = os.open(destination, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(archive)
        return destination

    def load(self, name: str, source: bytes | str | PathLike[str]) -> Context:
        """Store a context from an archive."""
        self._check_free(name)
        content = source if isinstance(source, bytes) else Path(source).read_bytes()
        return self._write(*unpack(content, name))

    def _check_free(self, name: str) -> None:
        check_context_name(name)
        if self._store.has(name):
            raise ContextAlreadyExists(name)

    def _read(self, name: str) -> tuple[ContextMetadata, TLSFiles]:
        if name != DEFAULT_CONTEXT_NAME:
            return self._store.get(name), self._store.read_tls(name)
        default = self._default()
        return ContextMetadata.parse(default._stored.dump(), name), _tls_files(default.TLSConfig)  # noqa: SLF001

    def _write(self, stored: ContextMetadata, tls: TLSFiles) -> Context:
        # The certificates first: a context of TLS must not be seen without them, and be used in plain text.
        self._store.write_tls(stored.name, tls)
        self._store.write(stored)
        return self.get(stored.name)

    def _set_current(self, name: str) -> None:
        wanted = "" if name == DEFAULT_CONTEXT_NAME else name

        def change(config: ConfigFile) -> bool:
            if config.current_context == wanted:
                return False
            put(config.data, "currentContext", wanted or None)
            return True

        edit_config_file(self._config_file, change)

    def _context(self, stored: ContextMetadata) -> Context:
        name = stored.name
        return Context(
            stored,
            self._store.tls_files(name),
            str(self._store.metadata_directory(name)),
            str(self._store.tls_directory(name)),
        )

    def _default(self) -> Context:
        found = resolve_endpoint(environment=self.environment, context=DEFAULT_CONTEXT_NAME)
        skip = found.tls is not None and not found.tls.verify
        endpoint: dict[str, Any] = {"Host": found.host.url, "SkipTLSVerify": skip}
        stored = ContextMetadata(DEFAULT_CONTEXT_NAME, {}, {DOCKER_ENDPOINT: endpoint})
        return Context(
            stored, {key: list(files) for key, files in _file_names(found.tls).items()}, _default_tls=found.tls
        )


def docker_endpoint(host: str, tls: TLSConfig | None, *, skip_tls_verify: bool) -> JsonObject:
    """Return the endpoint's description, the host checked and completed; ``https://`` stays, since it asks for TLS."""
    skip = skip_tls_verify or (tls is not None and not tls.verify)
    parsed = parse_host(host, tls=tls is not None or skip_tls_verify, source="host")
    is_web = host.strip().lower().startswith(("http://", "https://"))
    return {"Host": host.strip() if is_web else parsed.url, "SkipTLSVerify": skip}


def _file_names(tls: TLSConfig | None) -> dict[str, dict[str, str]]:
    """Return the paths of the files by endpoint and the CLI's name."""
    if tls is None:
        return {}
    certificate, key = tls.cert or (None, None)
    paths = {"ca.pem": tls.ca_cert, "cert.pem": certificate, "key.pem": key}
    return {DOCKER_ENDPOINT: {name: path for name, path in paths.items() if path is not None}}


def _tls_files(tls: TLSConfig | None) -> TLSFiles:
    """Read the files that a configuration names, after checking that they fit together."""
    if tls is None:
        return {}
    if tls.is_given:
        raise TLSParameterError(
            "an SSLContext cannot be stored in a context; give a TLSConfig with the paths of its files"
        )
    tls.ssl_context()
    return {
        endpoint: {name: Path(path).read_bytes() for name, path in files.items()}
        for endpoint, files in _file_names(tls).items()
    }
