"""Names of annotations as the docker CLI writes them: ``manifest[linux/amd64],index:name``."""

from __future__ import annotations

import re
from typing import Final

from aiodockerpy._protocol.unfit import shown
from aiodockerpy.errors import InvalidArgument

_KIND: Final = re.compile(r"([a-z-]+)(?:\[([A-Za-z0-9_/-]+)\])?")
_OF_MANIFESTS: Final = frozenset({"manifest", "manifest-descriptor"})
_OF_INDEXES: Final = frozenset({"index", "index-descriptor"})


def annotation_attrs(name: str) -> list[str]:
    """Return the exporter's attributes for an annotation, one for each thing that gets it.

    Args:
        name: The name, after the kinds of things it is for and a colon: ``index,manifest[linux/amd64]:name``. Without
            kinds it is for manifests.

    Raises:
        InvalidArgument: A kind does not exist, an index is given a platform, or there is no name.
    """
    kinds, colon, key = name.partition(":")
    if not colon:
        kinds, key = "", name
    if not key or any(map(str.isspace, key)):
        raise InvalidArgument(f"annotations: {shown(name)} must have a name without spaces")
    return [f"{_prefix(kind, name)}.{key}" for kind in kinds.split(",")] if colon else [f"annotation.{key}"]


def _prefix(kind: str, name: str) -> str:
    """Return the attribute's beginning for one kind of things, with its platform."""
    found = _KIND.fullmatch(kind)
    if found is None or found[1] not in _OF_MANIFESTS | _OF_INDEXES:
        known = "index, manifest, index-descriptor or manifest-descriptor"
        raise InvalidArgument(f"annotations: the part before the colon of {shown(name)} must be {known}")
    if found[2] is None:
        return f"annotation-{found[1]}"
    if found[1] in _OF_INDEXES:
        raise InvalidArgument(f"annotations: an {found[1]} has no platform: {shown(name)}")
    return f"annotation-{found[1]}[{found[2]}]"
