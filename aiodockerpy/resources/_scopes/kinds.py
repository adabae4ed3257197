"""The kinds of objects that carry labels, and how each is made, listed, inspected and removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from aiodockerpy import models
from aiodockerpy._dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from aiodockerpy.api import Api

__all__ = ["KINDS", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object.

    Attributes:
        name: In words, in the singular.
        prefix: What its operations begin with.
        path: The beginning of the paths of its operations.
        listed: Lists the objects with a label.
        remove: Removes one by force.
        inspected: Where its labels are in the answer of its inspection.
        id: The field of an entry of its list that identifies it.
        swarm: Whether only manager nodes have it.
    """

    name: str
    prefix: str
    path: str
    listed: Callable[[Api, str], Coroutine[Any, Any, list[Any]]]
    remove: Callable[[Api, str], Coroutine[Any, Any, object]]
    inspected: tuple[str, ...] = ("Labels",)
    id: str = "Id"
    swarm: bool = False

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

    def called(self, entry: Mapping[str, Any]) -> str:
        """Return the name in an entry of the list; its id if it has none."""
        names: list[str] = entry.get("Names") or entry.get("RepoTags") or []
        spec: Mapping[str, Any] = entry.get("Spec") or {}
        name = entry.get("Name") or spec.get("Name") or (names[0] if names else entry[self.id])
        return str(name).removeprefix("/")


def _label(label: str) -> Any:
    return {"label": [label]}


async def _volumes(api: Api, label: str) -> list[Any]:
    return list((await api.volumes.list(filters=_label(label))).volumes or ())


KINDS = (
    Kind(
        "service",
        "Service",
        "/services",
        lambda api, label: api.services.list(filters=_label(label)),
        lambda api, name: api.services.remove(name),
        ("Spec", "Labels"),
        "ID",
        swarm=True,
    ),
    Kind(
        "container",
        "Container",
        "/containers",
        lambda api, label: api.containers.list(all=True, filters=_label(label)),
        lambda api, name: api.containers.remove(name, force=True, v=True),
        ("Config", "Labels"),
    ),
    Kind(
        "network",
        "Network",
        "/networks",
        lambda api, label: api.networks.list(filters=_label(label)),
        lambda api, name: api.networks.remove(name),
    ),
    Kind("volume", "Volume", "/volumes", _volumes, lambda api, name: api.volumes.remove(name, force=True), id="Name"),
    Kind(
        "image",
        "Image",
        "/images",
        lambda api, label: api.images.list(all=True, filters=_label(label)),
        lambda api, name: api.images.remove(name, force=True),
        ("Config", "Labels"),
    ),
    Kind(
        "secret",
        "Secret",
        "/secrets",
        lambda api, label: api.secrets.list(filters=_label(label)),
        lambda api, name: api.secrets.remove(name),
        ("Spec", "Labels"),
        "ID",
        swarm=True,
    ),
    Kind(
        "config",
        "Config",
        "/configs",
        lambda api, label: api.configs.list(filters=_label(label)),
        lambda api, name: api.configs.remove(name),
        ("Spec", "Labels"),
        "ID",
        swarm=True,
    ),
)
"""In the order in which they can be removed."""
