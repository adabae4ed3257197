"""Refuse paths in a container that no system has: engines pass them on to a runtime that never answers then.

The runtime's child writes why a process cannot be started, path included, into a pipe that is read only when the child
has ended. With 64 KiB the pipe is full: the call is never answered, and neither are later ones about the container.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from aiodockerpy.errors import InvalidValue

if TYPE_CHECKING:
    from aiodockerpy import models

LONGEST: Final = 32_767
"""Characters of the longest path of Windows; that of Linux has 4,095 bytes."""
_PROGRAM: Final = "[0], the program,"


def refuse_long_paths(request: models.ContainerCreateRequest | models.ExecCreateRequest, **keywords: str) -> None:
    """Refuse a program, directory or target of a mount that is longer than a path can be.

    Args:
        request: What is to be sent.
        keywords: What the caller calls fields that have other names there.

    Raises:
        InvalidValue: There is one.
    """
    for field, part, path in _paths(request):
        if isinstance(path, str) and len(path) > LONGEST:
            name = keywords.get(field, field) + part
            raise InvalidValue(f"{name} must be a path of up to {LONGEST} characters, not one of {len(path)}")


def _paths(request: Any) -> Iterator[tuple[str, str, object]]:
    yield "working_dir", "", request.working_dir
    if not hasattr(request, "host_config"):
        yield "cmd", _PROGRAM, _first(request.cmd)
        return
    if request.entrypoint == [""]:  # the image's does not count; otherwise cmd[0] may be an argument of it
        yield "cmd", _PROGRAM, _first(request.cmd)
    yield "entrypoint", _PROGRAM, _first(request.entrypoint)
    if request.healthcheck is not None and _first(request.healthcheck.test) == "CMD":
        yield "healthcheck", ".test[1], the program,", _first(request.healthcheck.test[1:])
    if request.host_config is not None:
        yield from (("tmpfs", "", path) for path in request.host_config.tmpfs or ())
        yield from (("mounts", ": target", mount.target) for mount in request.host_config.mounts or ())
        yield from (("binds", "", path) for bind in request.host_config.binds or () for path in bind.split(":"))


def _first(words: Sequence[object] | None) -> object:
    return words[0] if words else None
