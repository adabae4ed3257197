"""Read the options of a build in the forms that callers write: this library's, docker-py's, and the docker CLI's texts.

One text stands for a list with it, as an option of the CLI that is given once; where the CLI writes ``name=value``, a
mapping may be given instead.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from aiodockerpy._arguments import kinds, objects
from aiodockerpy._arguments.kinds import Kind, either, items, mapping
from aiodockerpy._protocol.platforms import platform_text
from aiodockerpy._protocol.unfit import Unfit
from aiodockerpy.errors import InvalidArgument
from aiodockerpy.streams.content import Readable

from ._annotations import annotation_attrs
from ._fields import fields_of
from .options import Cache, Env, Output


def read_option(name: str, value: object) -> Any:
    """Return the value of an option in the form that `BuildOptions` keeps.

    Args:
        name: Its name in `BuildOptions`.
        value: What the caller gave.

    Raises:
        TypeError: The value has the wrong type.
        InvalidArgument: The value is invalid.
    """
    try:
        return KINDS[name].read(value)
    except Unfit as unfit:
        problem = unfit.error(name, "build")
    raise problem


def _encodable(value: str) -> str:
    try:
        value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise Unfit(value, "text that can be encoded as UTF-8", is_type=False) from None
    return value


_TEXT: Final = kinds.TEXT.then(_encodable)
_WORD: Final = kinds.TOLERANT_TEXT.then(_encodable)
_VARIABLE: Final = Kind(
    kinds.VARIABLE.wanted, lambda value: value if value is None else _encodable(kinds.VARIABLE.read(value))
)
_LABEL: Final = either(_WORD, kinds.NULL).then(lambda value: value or "")
_TEXTS: Final = items(_TEXT, "text, or a list of texts")
_PLACE: Final = Kind(kinds.PATH.wanted, lambda value: _encodable(kinds.PATH.read(value)))


def _named(wanted: str, value: Kind, parse: Kind) -> Kind:
    """Create the kind of a mapping, or of the CLI's texts, each of which ``parse`` reads as a name and a value."""
    listed = items(parse, wanted).then(dict)
    return Kind(
        wanted, lambda given: (mapping(_TEXT, value, wanted) if isinstance(given, Mapping) else listed).read(given)
    )


def _assignment(wanted: str, *, alone: object = None, needed: bool = False, secret: bool = False) -> Kind:
    """Make the kind of ``name=value``; a name alone has the value ``alone``, unless a value is needed."""

    def read(value: Any) -> tuple[str, Any]:
        if not isinstance(value, str):
            raise Unfit(value, wanted, secret=secret)
        name, sign, found = _encodable(value).partition("=")
        if not name or (needed and not sign):
            raise Unfit(value, wanted, is_type=False, secret=secret)
        return name, found if sign else alone

    return Kind(wanted, read)


# ---- secrets and agents

_SECRET: Final = "bytes, a pathlib.Path, Env(name) or a callable"  # noqa: S105  # a phrase
_SECRETS: Final = f"a mapping of ids to {_SECRET}, or a list of texts such as 'id=x,src=path'"
_SSH: Final = "a mapping of ids to paths (None for this process's agent), or a list of texts such as 'default=path'"


def _secret(value: Any) -> Any:
    if isinstance(value, bytearray | memoryview):
        return bytes(cast("bytearray", value))
    if isinstance(value, bytes | os.PathLike | Env) or callable(value):
        return cast("Any", value)
    raise Unfit(value, _SECRET, secret=True)


def _secret_of_text(text: Any) -> tuple[str, Any]:
    """Read ``id=x,src=path`` or ``id=x,env=NAME``; with an id alone, a variable of that name goes before a file."""
    if not isinstance(text, str):
        raise Unfit(text, "text such as 'id=x,src=path'", secret=True)
    found = fields_of(text, "secrets", secret=True)
    kind, id = found.pop("type", ""), found.pop("id", "")
    path = found.pop("src", found.pop("source", ""))
    variable = found.pop("env", "")
    if kind == "env" and not variable:
        path, variable = "", path
    if found or not id or kind not in {"", "file", "env"}:
        raise InvalidArgument("secrets: a text must be such as 'id=x,src=path' or 'id=x,env=NAME'")
    if variable or (not path and id in os.environ):
        return id, Env(variable or id)
    return id, Path(path or id)


def _agent(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, list | tuple):
        return tuple(map(_PLACE.read, cast("list[object]", value)))
    return (_PLACE.read(value),)


def _agent_of_text(text: Any) -> tuple[str, tuple[str, ...]]:
    """Read ``id`` or ``id=path[,path]``."""
    if not isinstance(text, str) or not text:
        raise Unfit(text, "text such as 'default' or 'default=path'", is_type=not isinstance(text, str))
    id, _, paths = _encodable(text).partition("=")
    return id, tuple(path for path in paths.split(",") if path)


# ---- outputs and caches


_OUTPUT: Final = "an Output, a directory, or text such as 'type=tar,dest=out.tar'"


def _output(value: Any) -> Output:
    if isinstance(value, Output):
        return value
    if isinstance(value, str):
        return Output.parse(_TEXT.read(value))
    if isinstance(value, os.PathLike):
        return Output.local(_PLACE.read(value))
    raise Unfit(value, _OUTPUT)


_OUTPUTS: Final = Kind(
    f"a list, each item {_OUTPUT}",
    lambda value: items(Kind(_OUTPUT, _output)).read([value] if isinstance(value, Output | os.PathLike) else value),
)


def _cache(value: Any) -> list[Cache]:
    """Read a cache; a text without ``=`` may hold several references with commas between."""
    if isinstance(value, Cache):
        return [value]
    if isinstance(value, str):
        return [
            Cache.parse(part) for part in (_TEXT.read(value).split(",") if "=" not in value else [_TEXT.read(value)])
        ]
    raise Unfit(value, _CACHE)


_CACHE: Final = "a Cache, an image's reference, or text such as 'type=local,src=path'"


def _caches(value: Any) -> list[Cache]:
    found = items(Kind(_CACHE, _cache)).read([value] if isinstance(value, Cache) else value)
    return [cache for caches in found for cache in caches]


# ---- the rest


def _content(value: Any) -> Any:
    if isinstance(value, bytearray | memoryview):
        return bytes(cast("bytearray", value))
    if isinstance(value, str | os.PathLike):
        return _encodable(kinds.PATH.read(value))
    if isinstance(value, bytes | Readable | AsyncIterable | Iterable) and not isinstance(value, Mapping):
        return cast("Any", value)
    raise Unfit(
        cast("object", value), "a directory, a URL, or a tar archive as bytes, binary file or (async) iterable of bytes"
    )


def _platforms(value: Any) -> list[str]:
    wanted = "text such as 'linux/arm64', or a list of them"
    given = [value] if hasattr(value, "architecture") else value
    found = items(kinds.PLATFORM, wanted).read(given)
    return [
        _encodable(part.strip()) for item in found for part in (platform_text(item) or "").split(",") if part.strip()
    ]


def _no_cache(value: Any) -> bool | list[str]:
    return value if isinstance(value, bool) else _TEXTS.read(value)


_HOSTS: Final = "a mapping of names to addresses, or a list of 'name:address' texts"


def _hosts(value: Any) -> dict[str, list[str]]:
    """Read addresses by name; several texts of one name are several addresses."""
    found: dict[str, list[str]] = {}
    if isinstance(value, Mapping):
        return mapping(_TEXT, items(_TEXT, "an address, or a list of addresses"), _HOSTS).read(value)  # type: ignore[no-any-return]
    for text in items(_TEXT, _HOSTS).read(value):
        sign = "=" if "=" in text else ":"
        name, _, address = text.partition(sign)
        if not name or not address:
            raise Unfit(text, "text such as 'name:address'", is_type=False)
        found.setdefault(name, []).append(address.removeprefix("[").removesuffix("]"))
    return found


_LIMITS: Final = (
    "a mapping of names to limits, each soft or (soft, hard), or a list of texts such as 'nofile=1024:2048'"
)


def _limit(value: Any) -> int | tuple[int, int]:
    if isinstance(value, tuple | list):
        soft, hard = kinds.pair((kinds.NUMBER, kinds.NUMBER)).read(value)
        return soft, hard
    if isinstance(value, str) and ":" in value:
        return _limit(value.split(":", 1))
    return kinds.NUMBER.read(value)  # type: ignore[no-any-return]


def _limit_of(value: Any) -> tuple[str, int | tuple[int, int]]:
    """Read ``name=soft[:hard]``, or one of docker-py's ``Ulimit``."""
    if isinstance(value, Mapping) or hasattr(cast("object", type(value)), "from_wire"):
        limits = cast("Mapping[str, Any]", value)
        soft, hard = limits.get("Soft"), limits.get("Hard")
        return _TEXT.read(limits.get("Name")), _limit(soft if hard is None else (hard if soft is None else soft, hard))
    name, limit = _assignment(_LIMITS, needed=True).read(value)
    return name, _limit(limit)


def _attestation(text: Any) -> tuple[str, str | bool]:
    """Read ``type=provenance,mode=max``."""
    wanted = "text such as 'type=provenance,mode=max'"
    if not isinstance(text, str):
        raise Unfit(text, wanted)
    kind, *rest = [part for part in text.split(",") if part] or [""]
    if not kind.startswith("type="):
        raise Unfit(text, wanted, is_type=False)
    if rest in (["disabled=true"], ["disabled"]):
        return kind.removeprefix("type="), False
    return kind.removeprefix("type="), ",".join(rest) or True


def _annotations(given: dict[str, str]) -> dict[str, str]:
    for name in given:
        annotation_attrs(name)  # raises for an invalid name
    return given


def _null_or(kind: Kind) -> Kind:
    return Kind(kind.wanted, lambda value: None if value is None or kinds.is_empty_text(value) else kind.read(value))


_VARIABLES: Final = "a mapping of names to values, or a list of texts such as 'NAME=value'"
_LABELS: Final = "a mapping of names to texts, or a list of texts such as 'name=value'"
_CONTEXTS: Final = "a mapping of names to directories or URLs, or a list of texts such as 'name=path'"
_OPTIONAL: Final = _null_or(_TEXT)

KINDS: Final[Mapping[str, Kind]] = {
    "add_hosts": Kind(_HOSTS, _hosts),
    "allow": _TEXTS,
    "annotations": _named(_LABELS, _WORD, _assignment(_LABELS, needed=True)).then(_annotations),
    "attest": _named(
        "a mapping of types to True or their attributes, or a list of texts such as 'type=sbom'",
        either(kinds.FLAG, _TEXT),
        Kind("text such as 'type=sbom'", _attestation),
    ),
    "build_args": _named(_VARIABLES, _VARIABLE, _assignment(_VARIABLES, secret=True)),
    "cache_from": Kind(f"a list, each item {_CACHE}", _caches),
    "cache_to": Kind(f"a list, each item {_CACHE}", _caches),
    "cgroup_parent": _OPTIONAL,
    "context": Kind("a context", lambda value: None if value is None else _content(value)),
    "contexts": _named(_CONTEXTS, _PLACE, _assignment(_CONTEXTS, needed=True)),
    "dockerfile": _null_or(_PLACE),
    "dockerfile_text": either(
        kinds.NULL,
        _TEXT,
        objects.instance(bytes),
        kinds.parsed("text or bytes", lambda value: bytes(memoryview(value))),
    ),
    "frontend_attrs": _named(_LABELS, _WORD, _assignment(_LABELS, needed=True)),
    "hostname": _OPTIONAL,
    "labels": _named(
        _LABELS, either(_WORD, kinds.NULL).then(lambda value: value or ""), _assignment(_LABELS, alone="")
    ),
    "network": _OPTIONAL,
    "no_cache": Kind("True, False, or the names of stages", _no_cache),
    "outputs": _OUTPUTS,
    "platforms": Kind("text such as 'linux/arm64', or a list of them", _platforms),
    "pull": kinds.FLAG,
    "secrets": _named(_SECRETS, Kind(_SECRET, _secret), Kind(_SECRETS, _secret_of_text)),
    "shared_key": _OPTIONAL,
    "shm_size": _null_or(kinds.SIZE),
    "ssh": _named(_SSH, Kind(_SSH, _agent), Kind(_SSH, _agent_of_text)),
    "tags": _TEXTS,
    "target": _OPTIONAL,
    "ulimits": _named(_LIMITS, Kind(_LIMITS, _limit), Kind(_LIMITS, _limit_of)),
}
