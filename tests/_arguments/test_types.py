"""What the annotations say and what the checks take: the same, but for conversions that stand here."""

from __future__ import annotations

import enum
import inspect
import io
import sys
from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import IPv4Address
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from aiodockerpy._arguments.annotations import kinds_of
from aiodockerpy._options import containers, keywords, services, swarm
from aiodockerpy._protocol.unfit import Unfit
from aiodockerpy.buildkit import _kinds, options
from aiodockerpy.errors import DockerException
from aiodockerpy.resources._builds import keywords as builds
from tests._arguments.hints import admits, hint_of
from tests._arguments.test_annotations import checked_functions

if TYPE_CHECKING:
    from aiodockerpy._arguments.kinds import Kind


class Word(enum.StrEnum):
    A = "a"


class Number(enum.IntEnum):
    A = 5


SAMPLES: dict[str, Any] = {
    "number": 5,
    "zero": 0,
    "negative": -1,
    "fraction": 0.5,
    "whole fraction": 5.0,
    "flag": True,
    "text": "a",
    "digits": "5",
    "permissions": "0644",
    "assignment": "a=b",
    "size": "5m",
    "enum of texts": Word.A,
    "enum of numbers": Number.A,
    "bytes": b"a",
    "bytearray": bytearray(b"a"),
    "duration": timedelta(seconds=5),
    "time": datetime.now(UTC),
    "path": PurePosixPath("/a"),
    "uuid": UUID(int=1),
    "address": IPv4Address("1.2.3.4"),
    "decimal": Decimal(5),
    "texts": ["a=b"],
    "tuple": ("a=b",),
    "set": {"a=b"},
    "generator": None,
    "numbers": [5],
    "paths": [PurePosixPath("/a")],
    "pairs": [("a", "b")],
    "times": [timedelta(1)],
    "mapping": {"a": "b"},
    "proxy": MappingProxyType({"a": "b"}),
    "mapping of numbers": {"a": 5},
    "mapping of fractions": {"a": 0.5},
    "mapping of none": {"a": None},
    "mapping of texts": {"a": ["b"]},
    "mapping of paths": {"a": PurePosixPath("b")},
    "mapping of bytes": {"a": b"b"},
    "mapping of times": {"a": timedelta(1)},
    "empty mapping": {},
    "numbered": {5: 5},
    "function": print,
    "binary file": io.BytesIO(b"a"),
    "text file": io.StringIO("a"),
}

CONVERTED = {
    "whole fraction": "number",
    "digits": "number",
    "permissions": "number",
    "zero": "flag",
    "set": "texts",
    "generator": "texts",
    "numbers": "texts",
    "paths": "texts",
    "mapping of numbers": "mapping",
    "mapping of fractions": "mapping",
    "mapping of paths": "mapping",
    "mapping of bytes": "mapping",
    "numbered": "mapping",
    "bytearray": "bytes",
}
"""Values that are taken though the annotation does not say so, and those it does say, to which they are converted."""


class Argument(NamedTuple):
    """A parameter or a keyword: where it is, its kind and its type."""

    path: str
    kind: Kind
    hint: Any


def arguments() -> Iterator[Argument]:
    """Yield every argument that is checked."""
    for function in checked_functions():
        for name, one in inspect.signature(function).parameters.items():
            if one.annotation is not one.empty and one.kind is not one.VAR_KEYWORD:
                kind = kinds_of({name: one.annotation}, vars(sys.modules[function.__module__]))[name]
                yield Argument(f"{function.__qualname__}: {name}", kind, hint_of(one.annotation, function.__module__))
    for mapping, kinds in (
        (keywords.ContainerOptions, containers._kinds()),
        (services.ServiceOptions, services._kinds()),
        (swarm.SwarmOptions, swarm._kinds()),
        (builds.ImageBuildOptions, builds._KINDS),
        (options.BuildOptions, _kinds.KINDS),
    ):
        yield from _keywords(mapping, kinds)


def _keywords(mapping: type, kinds: Mapping[str, Kind]) -> Iterator[Argument]:
    for name, annotation in mapping.__annotations__.items():
        if name in kinds:
            yield Argument(f"{mapping.__name__}: {name}", kinds[name], hint_of(annotation, mapping.__module__))


def reads(kind: Kind, value: object) -> bool | None:
    """Whether a kind takes a value; ``None`` if it has the right type and is not one that fits."""
    try:
        kind.read(value)
    except Unfit as unfit:
        return False if unfit.is_type else None
    except DockerException:
        return None
    return True


ATTRIBUTES = ("BuildOptions: ", "Cache.__init__: ", "Process.within: ")
"""Arguments that become attributes, which have the type of what they are converted to."""

TEXT_OF = (int, float, PurePosixPath)
"""Values that stand for their text in keywords that docker-py has."""


def is_converted(argument: Argument, name: str, value: object) -> bool:
    """Whether a value that the type leaves out is documented to stand for one that it has."""
    hint = argument.hint
    forms = [value, *([SAMPLES[CONVERTED[name]]] if name in CONVERTED else [])]
    if "Options: " in argument.path and isinstance(value, TEXT_OF):
        forms.append("text")
    return (
        argument.path.startswith(ATTRIBUTES)
        or any(admits(hint, form) for one in forms for form in (one, [one]))
        or (value == {} and "aiodockerpy.models." in str(hint))  # the fields of a model
        or "AsyncIterable" in str(hint)  # its items are read when they are sent
    )


def is_iterable_by_chance(value: object) -> bool:
    """Whether a type checker takes a value for a list that is hardly meant as one."""
    return isinstance(value, str | bytes | bytearray | Mapping | io.IOBase | Generator)


def test_what_is_taken_is_what_type_checkers_take():
    wrong = []
    for argument in arguments():
        for name, sample in SAMPLES.items():
            value = (text for text in ["a=b"]) if name == "generator" else sample
            taken, admitted = reads(argument.kind, value), admits(argument.hint, value)
            if taken and not admitted and not is_converted(argument, name, value):
                wrong.append(f"takes {name}: {argument.path}: {argument.hint}")
            if taken is False and admitted and not is_iterable_by_chance(value) and value is not True:
                wrong.append(f"refuses {name}: {argument.path}: {argument.hint}")
    assert wrong == []
