"""Calls of every operation with every argument, made up from the signatures."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

from aiodockerpy import models
from aiodockerpy._protocol.operations import OPERATIONS, Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodockerpy.api import Api

__all__ = ["ALSO", "arguments", "is_required", "methods"]

# Further methods of an operation, beside the one it is named for.
ALSO = {"ImageCreate": ("images.pull", "images.import_image"), "ExecStart": ("exec.start_detached",)}

_BY_NAME: dict[str, Any] = {
    "condition": "next-exit",
    "console_size": (24, 80),
    "headers": {"X-Docker-Expose-Session-Uuid": "u"},
    "registry_auth_from": "spec",
    "rollback": "previous",
    "since": 1,
    "until": 2,
}
_BY_TYPE: dict[str, Any] = {
    "bool": True,
    "bytes": b"data",
    "Content": b"content",
    "Credentials": models.AuthConfig(username="u", password="p"),
    "int": 7,
    "Count": 7,
    "PositiveInt": 7,
    "Cells": 7,
    "Seconds": 7,
    "Mapping[str, Credentials]": {"example.com": models.AuthConfig(username="u")},
    "Mapping[str, str]": {"a": "b"},
    "Mapping[str, str | None]": {"a": None},
    "PlatformArgument": "linux/arm64",
    "PlatformArgument | Sequence[PlatformArgument]": "linux/arm64",
    "Sequence[Mapping[str, str | Mapping[str, str]]]": [{"Type": "local"}],
    "Sequence[PlatformArgument]": ["linux/arm64"],
    "Sequence[PluginPrivilege]": [models.PluginPrivilege(name="network")],
    "Sequence[DataUsageType]": ["image"],
    "Sequence[Ulimit]": [models.Ulimit(name="nofile", soft=1)],
    "Sequence[str]": ["a", "b"],
    "int | Literal['all']": 7,
    "str": "text",
    "str | int": "text",
}


def methods(api: Api, operation: Operation) -> list[Callable[..., Any]]:
    """Find the methods of an operation."""
    found = []
    for name in (operation.name, *ALSO.get(operation.id, ())):
        part, _, method = name.partition(".")
        found.append(getattr(getattr(api, part), method))
    return found


def is_required(parameter: inspect.Parameter) -> bool:
    return parameter.default is inspect.Parameter.empty


def arguments(operation: Operation, method: Callable[..., Any], *, only_required: bool = False) -> dict[str, Any]:
    """Make up a value for every argument of a method."""
    return {
        name: _value(operation, name, str(parameter.annotation))
        for name, parameter in inspect.signature(method).parameters.items()
        if is_required(parameter) or not only_required
    }


def _value(operation: Operation, name: str, annotation: str) -> Any:
    plain = re.sub(r" \| None$", "", annotation).replace("models.", "")
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name == "filters":
        return dict.fromkeys(operation.filters, "value")
    if plain in _BY_TYPE:
        return _BY_TYPE[plain]
    if literal := re.match(r"Literal\[['\"](.*?)['\"]", plain):
        return literal[1]
    found = getattr(models, plain, None)
    if isinstance(found, type) and issubclass(found, models.Model):
        return found()
    return "text"  # an open enumeration


assert OPERATIONS
