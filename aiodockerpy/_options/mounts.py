"""Mounts as text: ``type=bind,src=/a,dst=/b`` as ``docker run --mount`` takes it, or ``source:target[:mode]``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, Final

from aiodockerpy import models
from aiodockerpy._arguments.kinds import FILE_MODE, SIZE, TEXT, Kind, either, items
from aiodockerpy._arguments.objects import model
from aiodockerpy._protocol.comma_separated import fields
from aiodockerpy._protocol.unfit import Unfit

_LONGEST: Final = 3
_FORM: Final = "'source:target[:mode]' or 'type=…,src=…,dst=…'"

# Keys of the docker CLI: the fields they set.
_KEYS: Final = {
    "bind-nonrecursive": ("BindOptions", "NonRecursive"),
    "bind-propagation": ("BindOptions", "Propagation"),
    "bind-recursive": ("BindOptions",),
    "consistency": ("Consistency",),
    "destination": ("Target",),
    "dst": ("Target",),
    "image-subpath": ("ImageOptions", "Subpath"),
    "readonly": ("ReadOnly",),
    "ro": ("ReadOnly",),
    "source": ("Source",),
    "src": ("Source",),
    "target": ("Target",),
    "tmpfs-mode": ("TmpfsOptions", "Mode"),
    "tmpfs-size": ("TmpfsOptions", "SizeBytes"),
    "type": ("Type",),
    "volume-driver": ("VolumeOptions", "DriverConfig", "Name"),
    "volume-label": ("VolumeOptions", "Labels"),
    "volume-nocopy": ("VolumeOptions", "NoCopy"),
    "volume-opt": ("VolumeOptions", "DriverConfig", "Options"),
    "volume-subpath": ("VolumeOptions", "Subpath"),
}
_FLAGS: Final = frozenset({"bind-nonrecursive", "readonly", "ro", "volume-nocopy"})
_BOOLEANS: Final = {
    "": True,
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False),
}
_RECURSIVE: Final[dict[str, dict[str, bool]]] = {
    "enabled": {},
    "disabled": {"NonRecursive": True},
    "writable": {"ReadOnlyNonRecursive": True},
    "readonly": {"ReadOnlyForceRecursive": True},
}


def mount_fields(text: str) -> dict[str, Any]:
    """Read a mount in either form, in the engine's JSON; in short form it is read-only with a mode other than ``rw``.

    Raises:
        Unfit: It cannot be read.
    """
    if re.match(r'"|[\w-]+=|[\w-]+,', text):
        return _long(text)
    parts = text.split(":")
    if len(parts) > _LONGEST or not all(parts):
        raise Unfit(text, _FORM, is_type=False)
    if len(parts) == 1:
        return {"Target": text, "Type": "volume", "ReadOnly": False}
    source, target, *mode = parts
    kind = "bind" if source.startswith(("/", ".", "~")) else "volume"
    return {"Target": target, "Source": absolute(source), "Type": kind, "ReadOnly": bool(mode) and mode[0] != "rw"}


def absolute(source: str) -> str:
    """Return the path of a source that is relative to the current directory, as the docker CLI does."""
    return os.path.abspath(source) if source.startswith(".") else source  # noqa: PTH100 - links are the engine's


def _long(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {"Type": "volume"}
    for part in _parts(text):
        key, sign, value = part.partition("=")
        key = key.lower()
        if key not in _KEYS:
            raise Unfit(text, f"{_FORM}; {key!r} is not a key of it", is_type=False)
        if not sign and key not in _FLAGS:
            raise Unfit(text, f"{_FORM}; {key!r} needs a value", is_type=False)
        *path, last = _KEYS[key]
        owner = found
        for step in path:
            owner = owner.setdefault(step, {})
        read = _value(text, key, value)
        owner[last] = {**owner.get(last, {}), **read} if isinstance(read, dict) else read
    if "Target" not in found:
        raise Unfit(text, "a mount with a target", is_type=False)
    return found


def _parts(text: str) -> list[str]:
    try:
        return fields(text)
    except ValueError as error:
        raise Unfit(text, f"{_FORM}: {error}", is_type=False) from None


def _value(text: str, key: str, value: str) -> Any:
    if key in _FLAGS:
        return _one_of(_BOOLEANS, text, key, value)
    if key == "bind-recursive":
        return _one_of(_RECURSIVE, text, key, value)
    if key in {"volume-label", "volume-opt"}:
        name, _, content = value.partition("=")
        return {name: content}
    if key == "tmpfs-size":
        return SIZE.read(value)
    if key == "tmpfs-mode":
        return FILE_MODE.read(value)
    if key in {"source", "src"}:
        return absolute(value)
    return value.lower() if key == "type" else value


def _one_of(known: Mapping[str, Any], text: str, key: str, value: str) -> Any:
    if value not in known:
        raise Unfit(text, f"{_FORM}, and {key} one of {', '.join(filter(None, known))}", is_type=False)
    return known[value]


MOUNTS: Final = items(
    either(model("Mount"), Kind(_FORM, TEXT.then(lambda text: models.Mount.made(mount_fields(text))).read)),
    f"a list of mounts, each a Mount, a mapping of its fields, or text: {_FORM}",
)
