"""Dataclasses that are cheap to define.

The standard library compiles every method of every dataclass by itself, which takes half a millisecond for a frozen
one; forty of them were a tenth of a short program. Here only ``__init__`` is compiled, and the other methods are
functions over the names of the fields. The classes behave the same, for `dataclasses.replace` and the like too.
"""

from __future__ import annotations

import dataclasses
import operator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from dataclasses import dataclass
else:

    def dataclass(cls: type | None = None, /, **options: bool) -> Any:
        """Make a class a dataclass; takes the arguments of the standard library's decorator."""
        chosen = _Options(**options)
        return (lambda cls: _made(cls, chosen)) if cls is None else _made(cls, chosen)


__all__ = ["dataclass"]

_MISSING: Final = dataclasses.MISSING


class _Options(NamedTuple):
    """The arguments of the decorator."""

    eq: bool = True
    frozen: bool = False
    kw_only: bool = False
    order: bool = False
    repr: bool = True
    slots: bool = False


class _Field(NamedTuple):
    """A field of a class.

    Attributes:
        name: Its name.
        annotation: Its type, as text.
        default: What it is if it is not given.
        factory: Makes what it is if it is not given.
        repr: It is shown.
        compare: It is compared.
    """

    name: str
    annotation: str
    default: Any
    factory: Any = _MISSING
    repr: bool = True
    compare: bool = True


class _MadeByFactory:
    """Stands for the default of a field in the signature."""

    def __repr__(self) -> str:
        return "<factory>"


_BY_FACTORY: Final = _MadeByFactory()


def _made(cls: type, options: _Options) -> type:
    """Return the class anew: slots, which are filled faster, can only be given to a new one."""
    fields = _fields(cls)
    names = tuple(field.name for field in fields)
    dropped = {*names, "__dict__", "__weakref__"}
    if options.eq and vars(cls).get("__hash__") is None:  # Python's own, beside an `__eq__`
        dropped.add("__hash__")
    body = {name: value for name, value in vars(cls).items() if name not in dropped}
    described = _Described(
        {name: vars(cls)[name] for name in ("__module__", "__annotations__", *names) if name in vars(cls)}, options
    )
    made = type(cls)(
        cls.__name__,
        cls.__bases__,
        {
            **_methods(fields, options),
            **body,
            "__slots__": names if options.slots else (*names, "__dict__", "__weakref__"),
            "__match_args__": () if options.kw_only else names,
            "__dataclass_fields__": described,
            "__dataclass_params__": described.beside(),
        },
    )
    made.__qualname__ = cls.__qualname__
    made.__init__ = _init(made, fields, options)  # type: ignore[misc]  # of a class of our own
    return made


def _fields(cls: type) -> list[_Field]:
    found: list[_Field] = []
    annotations: dict[str, str] = vars(cls).get("__annotations__", {})
    for name, annotation in annotations.items():
        value = vars(cls).get(name, _MISSING)
        if isinstance(value, dataclasses.Field):
            found.append(
                _Field(name, annotation, value.default, value.default_factory, repr=value.repr, compare=value.compare)
            )
        elif not annotation.startswith("ClassVar"):
            found.append(_Field(name, annotation, value))
    return found


def _init(cls: type, fields: Sequence[_Field], options: _Options) -> Callable[..., None]:
    """Compile ``__init__``; that of a frozen class fills the slots directly, since setting attributes raises."""
    known: dict[str, Any] = {"_by_factory": _BY_FACTORY}
    arguments = ["self", *(["*"] if options.kw_only and fields else [])]
    lines: list[str] = []
    for name, _, default, factory, *_ in fields:
        value = name
        if factory is not _MISSING:
            arguments.append(f"{name}=_by_factory")
            known[f"_new_{name}"] = factory
            value = f"_new_{name}() if {name} is _by_factory else {name}"
        elif default is not _MISSING:
            arguments.append(f"{name}=_default_{name}")
            known[f"_default_{name}"] = default
        else:
            arguments.append(name)
        if options.frozen:
            known[f"_set_{name}"] = vars(cls)[name].__set__
        lines.append(f"_set_{name}(self, {value})" if options.frozen else f"self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    text = "\n    ".join([f"def __init__({', '.join(arguments)}):", *(lines or ["pass"])])
    made: dict[str, Any] = {}
    exec(text, known, made)  # noqa: S102 - it holds nothing but the names of fields
    init = made["__init__"]
    init.__module__ = cls.__module__
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__annotations__ = {**{field.name: field.annotation for field in fields}, "return": None}
    return init  # type: ignore[no-any-return]


def _methods(fields: Sequence[_Field], options: _Options) -> dict[str, Any]:
    values = _values_of([field.name for field in fields if field.compare])
    methods: dict[str, Any] = {}
    if options.repr:
        methods |= _repr([field.name for field in fields if field.repr])
    if options.eq:
        methods |= _comparisons(values, "eq")
        methods["__hash__"] = (lambda self: hash(values(self))) if options.frozen else None
    if options.order:
        methods |= _comparisons(values, "lt", "le", "gt", "ge")
    if options.frozen:
        methods |= _frozen([field.name for field in fields])
    return methods


def _values_of(names: Sequence[str]) -> Callable[[Any], Any]:
    return operator.attrgetter(*names) if names else lambda _: ()


def _repr(names: Sequence[str]) -> dict[str, Any]:
    def text(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return {"__repr__": text}


def _comparisons(values: Callable[[Any], Any], *names: str) -> dict[str, Any]:
    def by(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        return lambda self, other: compare(values(self), values(other)) if type(other) is type(self) else NotImplemented

    return {f"__{name}__": by(getattr(operator, name)) for name in names}


def _frozen(names: Sequence[str]) -> dict[str, Any]:
    def assign(_: object, name: str, __: object) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def delete(_: object, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def get_state(self: Any) -> list[Any]:
        return [getattr(self, name) for name in names]

    def set_state(self: Any, state: list[Any]) -> None:
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return {"__setattr__": assign, "__delattr__": delete, "__getstate__": get_state, "__setstate__": set_state}


class _Described:
    """What the functions of `dataclasses` look for at a class: made by the standard library when they do."""

    def __init__(self, body: dict[str, Any], options: _Options) -> None:
        self._body = body
        self._options = options

    def beside(self) -> _Described:
        """Return another one of the same class; each has a name of its own."""
        return _Described(self._body, self._options)

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner = owner
        self._name = name

    def __get__(self, _: object, __: type) -> Any:
        twin = type(self._owner.__name__, (), dict(self._body))
        found = getattr(dataclasses.dataclass(**self._options._asdict())(twin), self._name)
        setattr(self._owner, self._name, found)
        return found
