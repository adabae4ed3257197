"""Names of images: ``[registry/]repository[:tag][@digest]``."""

from __future__ import annotations

from dataclasses import dataclass

from aiodockerpy import errors

__all__ = ["Reference"]


@dataclass(frozen=True, slots=True)
class Reference:
    """The name of an image, taken apart but not checked: the engine does that.

    Attributes:
        repository: The name without tag and digest, with the registry if one was given.
        tag: What stands behind the colon; ``None`` without one.
        digest: ``sha256:...``; ``None`` without one.
    """

    repository: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Take a name apart; the port of a registry is no tag.

        Raises:
            NullResource: The name is empty.
        """
        named, _, digest = text.strip().partition("@")
        head, slash, last = named.rpartition("/")
        last, _, tag = last.partition(":")
        if not last:
            raise errors.NullResource(f"the name of an image is needed, not {text!r}")
        return cls(f"{head}{slash}{last}", tag or None, digest or None)

    @property
    def version(self) -> str | None:
        """What of the repository is meant: the digest if there is one, otherwise the tag."""
        return self.digest or self.tag

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.repository}{tag}{f'@{self.digest}' if self.digest else ''}"
