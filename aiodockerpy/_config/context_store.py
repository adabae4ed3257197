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
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from aiodockerpy._config.config_file import JsonObject, lookup, parse_json_object, write_atomically
from aiodockerpy._protocol.outside import read_int
from aiodockerpy.errors import ContextException, ContextNotFound, InvalidConfigFile, MissingContextParameter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "DEFAULT_CONTEXT_NAME",
    "DOCKER_ENDPOINT",
    "ContextMetadata",
    "ContextStore",
    "TLSFiles",
    "check_context_name",
    "natural_order",
]

TLSFiles = dict[str, dict[str, bytes]]
"""Endpoint to file name to content."""

DEFAULT_CONTEXT_NAME = "default"
DOCKER_ENDPOINT = "docker"
META_FILE = "meta.json"
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.+-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class ContextMetadata:
    """What ``meta.json`` says of a context, fields this library does not know included."""

    name: str
    metadata: JsonObject = field(default_factory=dict[str, Any])
    endpoints: dict[str, JsonObject] = field(default_factory=dict[str, JsonObject])

    @property
    def description(self) -> str:
        """Free text; empty if there is none."""
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
        """The engine's address as it stands there; empty for the default socket."""
        host = lookup(self.docker, "Host")
        return host if isinstance(host, str) else ""

    @property
    def skip_tls_verify(self) -> bool:
        """Whether any certificate of the engine is accepted."""
        return lookup(self.docker, "SkipTLSVerify") is True

    def to_json(self) -> JsonObject:
        """The form on disk and in archives, as an object."""
        return {"Name": self.name, "Metadata": self.metadata, "Endpoints": self.endpoints}

    def dump(self) -> bytes:
        """The form on disk and in archives."""
        return json.dumps(self.to_json(), ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def parse(cls, content: bytes, where: str, *, name: str | None = None) -> ContextMetadata:
        """Read the form on disk; ``name`` replaces the one it holds."""
        try:
            data = parse_json_object(content, where)
        except InvalidConfigFile as error:
            raise ContextException(str(error)) from None
        own_name = lookup(data, "Name")
        endpoints = _object(lookup(data, "Endpoints"), where)
        return cls(
            name=name if name is not None else own_name if isinstance(own_name, str) else "",
            metadata=_object(lookup(data, "Metadata"), where),
            endpoints={key: _object(endpoint, where) for key, endpoint in endpoints.items()},
        )


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
        """Where the description of a context is."""
        return self._root / "meta" / _directory_name(name)

    def tls_directory(self, name: str) -> Path:
        """Where the certificates of a context are, in a directory for each endpoint."""
        return self._root / "tls" / _directory_name(name)

    def has(self, name: str) -> bool:
        """Whether there is a context of that name."""
        return (self.metadata_directory(name) / META_FILE).exists()

    def get(self, name: str) -> ContextMetadata:
        """Read one context.

        Raises:
            ContextNotFound: There is none of that name.
            ContextException: Its description cannot be read.
        """
        path = self.metadata_directory(name) / META_FILE
        try:
            content = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise ContextNotFound(name) from None
        except OSError as error:
            raise ContextException(f"context {name!r}: {path} cannot be read: {error.strerror}") from error
        return ContextMetadata.parse(content, str(path))

    def all(self) -> list[ContextMetadata]:
        """Every stored context, in the CLI's order: by name, numbers by value."""
        found: list[ContextMetadata] = []
        for path in _meta_files(self._root / "meta"):
            with contextlib.suppress(FileNotFoundError):  # somebody removes it just now
                found.append(ContextMetadata.parse(path.read_bytes(), str(path)))
        return sorted(found, key=lambda context: natural_order(context.name))

    def tls_files(self, name: str) -> dict[str, list[str]]:
        """Endpoint to the names of its certificate files."""
        directory = self.tls_directory(name)
        if not directory.is_dir():
            return {}
        return {
            endpoint.name: sorted(file.name for file in endpoint.iterdir() if not file.is_dir())
            for endpoint in sorted(directory.iterdir())
            if endpoint.is_dir()
        }

    def read_tls(self, name: str) -> TLSFiles:
        """Endpoint to its certificate files and their content."""
        directory = self.tls_directory(name)
        return {
            endpoint: {file: (directory / endpoint / file).read_bytes() for file in files}
            for endpoint, files in self.tls_files(name).items()
        }

    def write(self, context: ContextMetadata) -> None:
        """Store the description of a context, new or not."""
        check_context_name(context.name)
        directory = self.metadata_directory(context.name)
        directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        write_atomically(directory / META_FILE, context.dump(), mode=0o644)

    def write_tls(self, name: str, endpoints: TLSFiles) -> None:
        """Replace all certificate files of a context."""
        check_context_name(name)
        directory = self.tls_directory(name)
        _remove_tree(directory)
        for endpoint, files in endpoints.items():
            self._root.mkdir(mode=0o755, parents=True, exist_ok=True)
            for parent in (self._root / "tls", directory, directory / endpoint):
                parent.mkdir(mode=0o700, exist_ok=True)
            for file, content in files.items():
                write_atomically(directory / endpoint / file, content, mode=0o600)

    def remove(self, name: str) -> None:
        """Remove a context and its certificates."""
        _remove_tree(self.metadata_directory(name))
        _remove_tree(self.tls_directory(name))


def _directory_name(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _meta_files(directory: Path) -> Iterator[Path]:
    """Every ``meta.json`` below a directory: the CLI looks in nested directories too."""
    if not directory.is_dir():
        return
    for child in sorted(directory.iterdir()):
        if child.is_dir():
            if (child / META_FILE).is_file():
                yield child / META_FILE
            yield from _meta_files(child)


def natural_order(name: str) -> list[tuple[int, int | str]]:
    """A sort key by which ``engine-9`` comes before ``engine-10``."""
    parts: list[str] = re.findall(r"\d+|\D+", name, re.ASCII)
    return [(1, part) if (number := read_int(part)) is None else (0, number) for part in parts]


def _remove_tree(directory: Path) -> None:
    if directory.is_symlink():
        directory.unlink()
    elif directory.exists():
        shutil.rmtree(directory)


def _object(value: object, where: str) -> JsonObject:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ContextException(f"{where} does not describe a context")
    return cast("JsonObject", value)
