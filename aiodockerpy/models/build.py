"""The build cache."""

from typing import Literal

from aiodockerpy.models._base import JsonValue, Model, wire
from aiodockerpy.models._time import Time

BuildCacheType = (
    Literal["internal", "frontend", "source.local", "source.git.checkout", "exec.cachemount", "regular"] | str
)
"""What a cache record holds; open for newer values."""


class BuildCache(Model):
    """One record of the build cache."""

    id: str | None = wire("ID")
    """Id of the record."""
    parent: str | None = None
    """The parent, or several separated by blanks; up to API 1.41. `parents` reads every version's form."""
    plain_parents: list[str] | None = wire("Parents")
    """The parents where the specification has them; `parents` reads every version's form. API 1.42+."""
    spaced_parents: list[str] | None = wire(" Parents")
    """The parents where engines really send them; `parents` reads every version's form. API 1.42+."""
    type: BuildCacheType | None = None
    """What it holds."""
    description: str | None = None
    """The build step it comes from."""
    in_use: bool | None = None
    """Whether a build uses it right now."""
    shared: bool | None = None
    """Whether it is shared with images or other records."""
    size: int | None = None
    """Room it takes, in bytes."""
    created_at: Time | None = None
    """When it was made."""
    last_used_at: Time | None = None
    """When a build last used it; ``None`` if never."""
    usage_count: int | None = None
    """How often builds have used it."""

    @property
    def parents(self) -> list[str]:
        """Ids of the records it builds upon, wherever the engine's version has put them."""
        found: JsonValue = self.get("Parents") or self.get(" Parents") or self.get("Parent")
        if isinstance(found, str):
            return found.split()
        return [str(parent) for parent in found] if isinstance(found, list) else []


class BuildPrune(Model):
    """What pruning the build cache did."""

    caches_deleted: list[str] | None = None
    """Ids of the records that were deleted."""
    space_reclaimed: int | None = None
    """Bytes that are free now."""
