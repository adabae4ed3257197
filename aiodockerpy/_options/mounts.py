"""Mounts as text: ``type=bind,src=/a,dst=/b`` as ``docker run --mount`` takes it, or ``source:target[:mode]``."""

from __future__ import annotations

import re
from typing import Any, Final

from aiodockerpy import models
from aiodockerpy._arguments.kinds import SIZE, TEXT, Kind, either, items, model
from aiodockerpy._protocol.unfit import Unfit

__all__ = ["MOUNTS", "mount_fields"]

_LONGEST: Final = 3
_FORM: Final = "'source:target[:mode]' or 'type=…,src=…,dst=…'"

# Keys of the docker CLI: the fields they set.
_KEYS: Final = {
    "bind-propagation": ("BindOptions", "Propagation"),
    "bind-recursive": ("BindOptions", "NonRecursive"),
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
_FLAGS: Final = {"": True, "true": True, "1": True, "false": False, "0": False}


def mount_fields(text: str) -> dict[str, Any]:
    """Read a mount in either form, in the engine's JSON; in short form it is read-only with a mode other than ``rw``.

    Raises:
        Unfit: It cannot be read.
    """
    if re.match(r"[\w-]+=|[\w-]+,", text):
        return _long(text)
    parts = text.split(":")
    if len(parts) > _LONGEST or not all(parts):
        raise Unfit(text, _FORM, is_type=False)
    if len(parts) == 1:
        return {"Target": text, "Type": "volume", "ReadOnly": False}
    source, target, *mode = parts
    kind = "bind" if source.startswith(("/", ".", "~")) else "volume"
    return {"Target": target, "Source": source, "Type": kind, "ReadOnly": bool(mode) and mode[0] != "rw"}


def _long(text: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"Type": "volume"}
    for part in text.split(","):
        key, _, value = part.partition("=")
        if key.lower() not in _KEYS:
            raise Unfit(text, f"{_FORM}; {key!r} is not a key of it", is_type=False)
        *path, last = _KEYS[key.lower()]
        owner = fields
        for step in path:
            owner = owner.setdefault(step, {})
        found = _value(text, key.lower(), value)
        owner[last] = {**owner.get(last, {}), **found} if isinstance(found, dict) else found
    if "Target" not in fields:
        raise Unfit(text, "a mount with a target", is_type=False)
    return fields


def _value(text: str, key: str, value: str) -> Any:
    if key in {"readonly", "ro", "volume-nocopy"}:
        if value not in _FLAGS:
            raise Unfit(text, f"{_FORM} with {key}=true or {key}=false", is_type=False)
        return _FLAGS[value]
    if key == "bind-recursive":
        return value == "disabled"
    if key in {"volume-label", "volume-opt"}:
        name, _, content = value.partition("=")
        return {name: content}
    if key == "tmpfs-size":
        return SIZE.read(value)
    return int(value, 8) if key == "tmpfs-mode" and value.isascii() and value.isdigit() and max(value) < "8" else value


MOUNTS: Final = items(
    either(model("Mount"), Kind(_FORM, TEXT.then(lambda text: models.Mount.made(mount_fields(text))).read)),
    f"a list of mounts, each a Mount, a mapping of its fields, or text: {_FORM}",
)
