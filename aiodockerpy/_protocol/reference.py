"""Image references: ``[registry/]repository[:tag][@digest]``, by the grammar of the engine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from aiodockerpy import errors

DEFAULT_REGISTRY: Final = "docker.io"

_LEGACY_REGISTRY: Final = "index.docker.io"
_OFFICIAL: Final = "library/"
_LONGEST_PATH: Final = 255
_LONGEST: Final = 1024

_PART: Final = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST: Final = rf"(?:{_PART}(?:\.{_PART})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_COMPONENT: Final = r"[a-z0-9]+(?:(?:__|[._]|-+)[a-z0-9]+)*"
_REGISTRY: Final = re.compile(_HOST)
_PATH: Final = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG: Final = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}")
_DIGEST: Final = re.compile(r"(sha256|sha384|sha512):([a-f0-9]+)")
_DIGEST_LENGTH: Final = {"sha256": 64, "sha384": 96, "sha512": 128}
_ID: Final = re.compile(r"[a-f0-9]{64}")


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference with everything spelt out.

    Attributes:
        registry: Host, with its port if there is one; ``docker.io`` for Docker Hub.
        path: The repository within the registry, with ``library/`` for official images.
        tag: The tag; ``None`` if there is none.
        digest: The digest with its algorithm; ``None`` if there is none.
    """

    registry: str
    path: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read a reference as people write it.

        Raises:
            NullResource: The text is empty or blank.
            InvalidRepository: The text is not a reference; the message says why.
        """
        _check_text(text)
        rest, at, digest = text.partition("@")
        registry, rest = _split_registry(rest)
        path, colon, tag = rest.partition(":")
        if registry == DEFAULT_REGISTRY and "/" not in path:
            path = _OFFICIAL + path
        _check_parts(text, registry, path, tag if colon else None, digest if at else None)
        return cls(registry, path, tag if colon else None, digest if at else None)

    @property
    def name(self) -> str:
        """Registry and repository in full, for example ``docker.io/library/busybox``."""
        return f"{self.registry}/{self.path}"

    @property
    def repository(self) -> str:
        """Registry and repository as people write them, for example ``busybox``."""
        if self.registry != DEFAULT_REGISTRY:
            return self.name
        short = self.path.removeprefix(_OFFICIAL)
        return self.path if "/" in short else short

    @property
    def version(self) -> str | None:
        """The digest if there is one, otherwise the tag."""
        return self.digest or self.tag

    def __str__(self) -> str:
        tag = "" if self.tag is None else f":{self.tag}"
        digest = "" if self.digest is None else f"@{self.digest}"
        return self.name + tag + digest


def parse_repository_tag(name: str) -> tuple[str, str | None]:
    """Split a reference into its repository and its tag or digest, as docker-py does: nothing is checked or added."""
    repository, at, digest = name.rpartition("@")
    if at:
        return repository, digest
    repository, colon, tag = name.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (name, None)


def _split_registry(text: str) -> tuple[str, str]:
    """Split a name into its registry, by default Docker Hub, and the rest."""
    first, slash, rest = text.partition("/")
    if not slash:
        return DEFAULT_REGISTRY, text
    if first in {DEFAULT_REGISTRY, _LEGACY_REGISTRY}:
        return DEFAULT_REGISTRY, rest
    if first == "localhost" or "." in first or ":" in first or first != first.lower():
        return first, rest
    return DEFAULT_REGISTRY, text


def _check_text(text: str) -> None:
    if not text.strip():
        raise errors.NullResource(f"the name of an image is needed, not {text!r}")
    if len(text) > _LONGEST:
        raise errors.InvalidRepository("an image reference is not that long")
    if "://" in text:
        raise errors.InvalidRepository(f"{text!r}: an image reference has no scheme")
    if _ID.fullmatch(text):
        raise errors.InvalidRepository(f"{text!r} is the ID of an image, not a reference to one")


def _check_parts(text: str, registry: str, path: str, tag: str | None, digest: str | None) -> None:
    if not _REGISTRY.fullmatch(registry):
        raise errors.InvalidRepository(f"{text!r}: {registry!r} is not the host of a registry")
    if path != path.lower():
        raise errors.InvalidRepository(f"{text!r}: the name of a repository is in lower case")
    if not _PATH.fullmatch(path):
        raise errors.InvalidRepository(f"{text!r} is not an image reference")
    if len(path) > _LONGEST_PATH:
        raise errors.InvalidRepository(f"{text!r}: the name of a repository has at most {_LONGEST_PATH} characters")
    if tag is not None and not _TAG.fullmatch(tag):
        raise errors.InvalidRepository(f"{text!r}: {tag!r} is not a tag")
    if digest is not None and not _is_digest(digest):
        raise errors.InvalidRepository(f"{text!r}: {digest!r} is not a digest")


def _is_digest(text: str) -> bool:
    match = _DIGEST.fullmatch(text)
    return match is not None and len(match[2]) == _DIGEST_LENGTH[match[1]]
