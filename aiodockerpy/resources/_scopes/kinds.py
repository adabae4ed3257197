"""The kinds of objects that carry labels, and how each is listed, inspected and removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from aiodockerpy import models
from aiodockerpy.resources._scopes.owner import KIND

if TYPE_CHECKING:
    from aiodockerpy.api import Api


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object.

    Attributes:
        name: In words, in the singular.
        inspected: Where its labels are in the answer of its inspection.
        id: The field of an entry of its list that identifies it.
        swarm: Whether only manager nodes have it.
        listing: Further arguments of its list, so that nothing is left out.
        removal: Further arguments of its removal, so that nothing prevents it.
    """

    name: str
    inspected: tuple[str, ...] = ("Labels",)
    id: str = "Id"
    swarm: bool = False
    listing: Mapping[str, bool] = field(default_factory=dict[str, bool])
    removal: Mapping[str, bool] = field(default_factory=dict[str, bool])

    @property
    def prefix(self) -> str:
        """The beginning of the names of its operations."""
        return self.name.capitalize()

    @property
    def path(self) -> str:
        """The beginning of the paths of its operations."""
        return f"/{self.name}s"

    async def listed(self, api: Api, label: str) -> list[Any]:
        """List the objects with a label."""
        found = await getattr(api, f"{self.name}s").list(filters={"label": [label]}, **self.listing)
        return list(found.volumes or ()) if isinstance(found, models.VolumeList) else cast("list[Any]", found)

    async def remove(self, api: Api, name: str) -> None:
        """Remove one by force."""
        await getattr(api, f"{self.name}s").remove(name, **self.removal)

    def id_of(self, entry: Mapping[str, Any]) -> str:
        """Return what identifies an entry of the list.

        Raises:
            TypeError: There is none.
        """
        found = entry[self.id]
        if not (isinstance(found, str) and found):
            raise TypeError(f"{self.id} is {found!r}")
        return found

    def labels(self, answer: Mapping[str, Any]) -> dict[str, str]:
        """Return the labels in an entry of the list, or in the JSON of an inspection."""
        for path in (self.inspected, ("Labels",)):
            found: object = answer
            for name in path:
                found = (
                    cast("Mapping[str, object]", found).get(name) if isinstance(found, Mapping | models.Model) else None
                )
            if isinstance(found, Mapping):
                return {str(name): str(value) for name, value in cast("Mapping[object, object]", found).items()}
        return {}

    def is_own(self, labels: Mapping[str, str]) -> bool:
        """Return whether the labels of an object are its own, and not those of the image that it was made from."""
        return labels.get(KIND, self.name) == self.name

    def called(self, entry: Mapping[str, Any]) -> str:
        """Return the name in an entry of the list; its id if it has none."""
        names: list[str] = entry.get("Names") or entry.get("RepoTags") or []
        spec: Mapping[str, Any] = entry.get("Spec") or {}
        name = entry.get("Name") or spec.get("Name") or (names[0] if names else entry[self.id])
        return str(name).removeprefix("/")


_IN_SPEC = ("Spec", "Labels")
_IN_CONFIG = ("Config", "Labels")
KINDS = (
    Kind("service", _IN_SPEC, "ID", swarm=True),
    Kind("container", _IN_CONFIG, listing={"all": True}, removal={"force": True, "v": True}),
    Kind("network"),
    Kind("volume", id="Name", removal={"force": True}),
    Kind("image", _IN_CONFIG, listing={"all": True}, removal={"force": True}),
    Kind("secret", _IN_SPEC, "ID", swarm=True),
    Kind("config", _IN_SPEC, "ID", swarm=True),
)
"""In the order in which they can be removed."""
