"""The docker CLI's context store on disk. Every method blocks on files; :mod:`aiodockerpy._config.contexts` does not.

``contexts/meta/<sha256 of the name>/meta.json`` describes a context, ``contexts/tls/<same>/<endpoint>/`` holds its
certificates.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from aiodockerpy._config.config_file import (
    DEFAULT_CONTEXT_NAME,
    JsonObject,
    content_of,
    lookup,
    parse_json_object,
    write_atomically,
)
from aiodockerpy._protocol.outside import read_int
from aiodockerpy.errors import ContextException, ContextNotFound, InvalidConfigFile, MissingContextParameter

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

T = TypeVar("T")

TLSFiles = dict[str, dict[str, bytes]]
"""Endpoint to file name to content."""

DOCKER_ENDPOINT = "docker"
META_FILE = "meta.json"
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.+-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class ContextMetadata:
    """The content of a context's ``meta.json``, unknown fields included."""

    name: str
    metadata: JsonObject = field(default_factory=dict[str, Any])
    endpoints: dict[str, JsonObject] = field(default_factory=dict[str, JsonObject])

    @property
    def description(self) -> str:
        """The description; may be empty."""
        description = self.metadata.get("Description")
        return description if isinstance(description, str) else ""

    @property
    def docker(self) -> JsonObject:
        """The engine's endpoint.

        Raises:
            ContextException: The context is for something else.
        """
        endpoint = self.endpoints.get(DOCKER_ENDPOINT)
        if endpoint is None:
            raise ContextException(f"context {self.name!r} has no docker endpoint")
        return endpoint

    @property
    def host(self) -> str:
        """The engine's address as it is stored; empty for the default socket."""
        host = lookup(self.docker, "Host")
        return host if isinstance(host, str) else ""

    @property
    def skip_tls_verify(self) -> bool:
        """Whether any certificate of the engine is accepted."""
        return lookup(self.docker, "SkipTLSVerify") is True

    def to_json(self) -> JsonObject:
        """Return the form on disk and in archives, as an object."""
        return {"Name": self.name, "Metadata": self.metadata, "Endpoints": self.endpoints}

    def dump(self) -> bytes:
        """Return the form on disk and in archives."""
        return json.dumps(self.to_json(), ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def parse(cls, content: bytes, where: str, *, name: str | None = None) -> ContextMetadata:
        """Read the form on disk; ``name`` replaces the one it holds.

        Raises:
            ContextException: It is not JSON, or a field of it is malformed.
        """
        try:
            data = parse_json_object(content, where)
        except InvalidConfigFile as error:
            raise ContextException(str(error)) from None
        own_name = _value(data, "Name", str, where) or ""
        metadata = _object(lookup(data, "Metadata"), "Metadata", where)
        _value(metadata, "Description", str, where)
        endpoints = {
            key: _object(endpoint, f"Endpoints.{key}", where)
            for key, endpoint in _object(lookup(data, "Endpoints"), "Endpoints", where).items()
            if endpoint is not None  # which is none, and not the default socket
        }
        docker = endpoints.get(DOCKER_ENDPOINT, {})
        _value(docker, "Host", str, where)
        _value(docker, "SkipTLSVerify", bool, where)
        return cls(own_name if name is None else name, metadata, endpoints)


def check_context_name(name: str) -> None:
    """Apply the CLI's rules for the name of a stored context.

    Raises:
        MissingContextParameter: It is empty.
        ContextException: It is reserved or has a character that is not allowed.
    """
    if not name:
        raise MissingContextParameter("name")
    if name == DEFAULT_CONTEXT_NAME:
        raise ContextException(f"{name!r} is a reserved context name")
    if not _NAME.fullmatch(name):
        raise ContextException(
            f"context name {name!r} is invalid: two or more letters, digits and _ . + -, the first a letter or digit"
        )


class ContextStore:
    """The contexts below one configuration directory, which need not exist."""

    def __init__(self, config_directory: Path) -> None:
        self._root = config_directory / "contexts"

    def metadata_directory(self, name: str) -> Path:
        """Return where the description of a context is."""
        return self._root / "meta" / _directory_name(name)

    def tls_directory(self, name: str) -> Path:
        """Return where the certificates of a context are, in a directory for each endpoint."""
        return self._root / "tls" / _directory_name(name)

    def has(self, name: str, *, part: str = META_FILE) -> bool:
        """Return whether there is a context of that name.

        Args:
            name: The name.
            part: What has to be there of it; empty for its directory alone.

        Raises:
            ContextException: That cannot be found out.
        """
        with _files(f"context {name!r}"):
            return (self.metadata_directory(name) / part).exists()

    def get(self, name: str) -> ContextMetadata:
        """Read one context.

        Raises:
            ContextNotFound: No context of that name.
            ContextException: Its description cannot be read.
        """
        path = self.metadata_directory(name) / META_FILE
        try:
            content = content_of(path)
        except (FileNotFoundError, NotADirectoryError):
            raise ContextNotFound(name) from None
        except OSError as error:
            raise ContextException(f"context {name!r}: {path} cannot be read: {error.strerror}") from error
        found = ContextMetadata.parse(content, str(path))
        return found if found.name else replace(found, name=name)

    def all(self) -> list[ContextMetadata]:
        """Return every stored context, in the CLI's order: by name, numbers by value.

        Raises:
            ContextException: One of them cannot be read.
        """
        found: list[ContextMetadata] = []
        with _files("the stored contexts"):
            for path in _meta_files(self._root / "meta"):
                with contextlib.suppress(FileNotFoundError):  # it is being removed just now
                    found.append(ContextMetadata.parse(content_of(path), str(path)))
        return sorted(found, key=lambda context: natural_order(context.name))

    def tls_files(self, name: str) -> dict[str, list[str]]:
        """Return the names of the certificate files by endpoint.

        Raises:
            ContextException: They cannot be listed.
        """
        directory = self.tls_directory(name)
        with _files(f"the certificates of context {name!r}"):
            if not directory.is_dir():
                return {}
            return {
                endpoint.name: sorted(file.name for file in endpoint.iterdir() if not file.is_dir())
                for endpoint in sorted(directory.iterdir())
                if endpoint.is_dir()
            }

    def read_tls(self, name: str) -> TLSFiles:
        """Return the certificate files and their content by endpoint.

        Raises:
            ContextException: They cannot be read.
        """
        directory = self.tls_directory(name)
        with _files(f"the certificates of context {name!r}"):
            return {
                endpoint: {file: content_of(directory / endpoint / file) for file in files}
                for endpoint, files in self.tls_files(name).items()
            }

    def write(self, context: ContextMetadata) -> None:
        """Store the description of a context, new or not.

        Raises:
            ContextException: Its name is invalid, or the file cannot be written.
        """
        check_context_name(context.name)
        directory = self.metadata_directory(context.name)
        with _files(f"context {context.name!r}"):
            directory.mkdir(mode=0o755, parents=True, exist_ok=True)
            write_atomically(directory / META_FILE, context.dump(), mode=0o644)

    def write_tls(self, name: str, endpoints: TLSFiles) -> None:
        """Replace all certificate files of a context.

        Raises:
            ContextException: The name is invalid, or a file cannot be written.
        """
        check_context_name(name)
        directory = self.tls_directory(name)
        with _files(f"the certificates of context {name!r}"):
            _remove_tree(directory)
            for endpoint, files in endpoints.items():
                self._root.mkdir(mode=0o755, parents=True, exist_ok=True)
                for parent in (self._root / "tls", directory, directory / endpoint):
                    parent.mkdir(mode=0o700, exist_ok=True)
                for file, content in files.items():
                    write_atomically(directory / endpoint / file, content, mode=0o600)

    def remove(self, name: str) -> None:
        """Remove a context and its certificates.

        Raises:
            ContextException: They cannot be removed.
        """
        with _files(f"context {name!r}"):
            _remove_tree(self.metadata_directory(name))
            _remove_tree(self.tls_directory(name))


@contextlib.contextmanager
def _files(what: str) -> Generator[None]:
    """Raise errors of the file system as errors of contexts."""
    try:
        yield
    except OSError as error:
        raise ContextException(f"{what}: {error.filename or 'a file'} cannot be used: {error.strerror}") from error


def _directory_name(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()


def _meta_files(directory: Path) -> Iterator[Path]:
    """Yield every ``meta.json`` below a directory: like the CLI, in nested directories too, but not behind links."""
    waiting = [directory]
    while waiting:
        parent = waiting.pop()
        if not parent.is_dir():
            continue
        for child in sorted(parent.iterdir(), reverse=True):
            if child.is_dir() and not child.is_symlink():
                waiting.append(child)
                if (child / META_FILE).is_file():
                    yield child / META_FILE


def natural_order(name: str) -> list[tuple[int, int | str]]:
    """Return a sort key by which ``engine-9`` comes before ``engine-10``."""
    parts: list[str] = re.findall(r"\d+|\D+", name, re.ASCII)
    return [(1, part) if (number := read_int(part)) is None else (0, number) for part in parts]


def _remove_tree(directory: Path) -> None:
    if directory.is_symlink():
        directory.unlink()
    elif directory.exists():
        shutil.rmtree(directory)


def _object(value: object, name: str, where: str) -> JsonObject:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ContextException(f"{where} does not describe a context: {name} is not an object")
    return cast("JsonObject", value)


def _value(data: JsonObject, name: str, kind: type[T], where: str) -> T | None:
    value = lookup(data, name)
    if value is not None and not isinstance(value, kind):
        wanted = "a string" if kind is str else "true or false"
        raise ContextException(f"{where} does not describe a context: {name} is not {wanted}")
    return value
