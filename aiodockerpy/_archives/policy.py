"""The limits and permissions of an extraction; apart from it, so that they can be named without loading it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from aiodockerpy.errors import InvalidArgument

OutsideLinks: TypeAlias = Literal["refuse", "skip", "keep"]
"""How to treat symbolic links that point out of the target."""

MAX_SIZE: Final = 64 << 30
MAX_MEMBERS: Final = 1_000_000

_WINDOWS: Final = os.name == "nt"


@dataclass(slots=True)
class Policy:
    """The limits and permissions of an extraction.

    Attributes:
        outside_links: How to treat symbolic links that point out of the target.
        max_size: Bytes that may be written; ``None`` for no limit.
        max_members: Members that may come; ``None`` for no limit.
        keep_owners: Give files the owner and group of the archive, which takes privileges.
    """

    outside_links: OutsideLinks = "refuse"
    max_size: int | None = MAX_SIZE
    max_members: int | None = MAX_MEMBERS
    keep_owners: bool = False

    def __post_init__(self) -> None:
        if self.keep_owners and _WINDOWS:
            raise InvalidArgument("keep_owners: files have no such owners on Windows")
