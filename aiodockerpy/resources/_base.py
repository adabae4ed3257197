"""The base of every object of the engine: an id, a snapshot, and the client it came from."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar, cast

from aiodockerpy._docker_py import Hinting
from aiodockerpy._jsonable import for_pydantic
from aiodockerpy._protocol.outside import read_text
from aiodockerpy.errors import DockerException, NotFound, UnexpectedResponse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterable

    from aiodockerpy.client import DockerClient
    from aiodockerpy.models._base import Model

S = TypeVar("S", bound="Model")
M = TypeVar("M", bound="Model")
R = TypeVar("R")

_MISREAD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What Python raises for a value of another type."""
_TOGETHER = 32
"""Objects that are loaded at once: more than the pool of a client has do not make it faster, and each is a task."""


@contextmanager
def well_shaped(what: str) -> Generator[None]:
    """Raise `UnexpectedResponse` where the code inside meets a value of an answer that does not have its type.

    Models keep such a value as it came. The code inside must only read answers: its own mistakes would be taken for the
    engine's.

    Args:
        what: What is read, for the message.
    """
    try:
        yield
    except DockerException:  # some of them are a TypeError or a ValueError, too
        raise
    except _MISREAD as error:
        raise _misread(what, error) from error


def _misread(what: str, error: Exception) -> UnexpectedResponse:
    return UnexpectedResponse(f"{what} cannot be read from the engine's answer ({type(error).__name__}: {error})")


def version_of(info: Model) -> int:
    """Return the version index of an object of a swarm, which its next update must name.

    Raises:
        UnexpectedResponse: It has none.
    """
    with well_shaped("the version"):
        return int(info["Version"]["Index"])


def created_id(created: Model) -> str:
    """Return the id in the answer to a creation.

    Raises:
        UnexpectedResponse: There is none.
    """
    found = read_text(created.get("Id"))
    if not found:
        raise UnexpectedResponse(f"the answer to the creation has no id: {created!r}")
    return found


def part_of(info: Model, name: str, kind: type[M]) -> M:
    """Return an object inside an answer, by its name on the wire; an empty one if there is none.

    Raises:
        UnexpectedResponse: The value is of another type.
    """
    found = info.get(name)
    return kind() if found is None else items_of([found], kind)[0]


def items_of(items: Iterable[M] | None, kind: type[M]) -> list[M]:
    """Return the objects of a list in an answer.

    Raises:
        UnexpectedResponse: Something else is among them.
    """
    found = list(items or ())
    with well_shaped(f"a list of {kind.__name__}"):
        for item in cast("list[object]", found):
            if not isinstance(item, kind):
                raise TypeError(f"{type(item).__name__} in place of {kind.__name__}")
    return found


def _reading_answer(name: str, get: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Wrap the getter of a property, so that it raises `UnexpectedResponse` for a snapshot of another shape."""

    @wraps(get)
    def read(self: Any) -> Any:
        try:
            return get(self)
        except DockerException:
            raise
        except _MISREAD as error:
            raise _misread(f"{type(self).__name__}.{name}", error) from error

    return read


class Resource(Hinting, Generic[S]):
    """An object of the engine as it was when it was last inspected.

    Two objects are equal if they are of the same class and have the same id, whatever their snapshots. `reload`
    replaces the snapshot; nothing else does.
    """

    id_attribute: ClassVar[str] = "Id"

    def __init_subclass__(cls) -> None:
        for_pydantic(cls)
        for name, value in list(vars(cls).items()):
            if isinstance(value, property) and value.fget is not None:
                setattr(cls, name, value.getter(_reading_answer(name, value.fget)))

    def __init__(self, client: DockerClient, info: S) -> None:
        self.client = client
        self._info = info
        self._attrs: dict[str, Any] | None = None
        self._id: str | None = None

    @property
    def info(self) -> S:
        """The snapshot as a typed model."""
        return self._info

    @property
    def attrs(self) -> dict[str, Any]:
        """The snapshot as the engine's own JSON."""
        if self._attrs is None:
            self._attrs = self._info.to_dict()
        return self._attrs

    @property
    def id(self) -> str:
        """The id."""
        if self._id is None:
            self._id = str(self._info.get(self.id_attribute) or "")
        return self._id

    @property
    def short_id(self) -> str:
        """The first 12 digits of the id."""
        return self.id[:12]

    def _replace(self, info: S) -> None:
        self._info = info
        self._attrs = self._id = None

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: the snapshot without the client, which belongs to its process and event loop."""
        return {**self.__dict__, "client": _NoClient()}

    def __copy__(self) -> Self:
        return type(self)(self.client, self._info)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return type(self)(self.client, self._info.model_copy(deep=True))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, self.__class__) and self.id == other.id

    def __hash__(self) -> int:
        return hash((self.__class__.__name__, self.id))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.short_id}>"


class _NoClient:
    """The client of an object that came from another process: every use raises."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise RuntimeError("this object was unpickled and has no client: get it again by its id")


class Collection(Hinting):
    """The objects of one kind."""

    def __init__(self, client: DockerClient) -> None:
        self.client = client

    def __call__(self, *_: object, **__: object) -> None:
        raise TypeError(f"'{type(self).__name__}' object is not callable: it is a collection; call one of its methods")

    if not TYPE_CHECKING:

        def __getitem__(self, key: object) -> object:
            raise TypeError(f"{type(self).__name__!r} object is not subscriptable: await its get({key!r})")


async def gather_present(ids: list[str], load: Callable[[str], Awaitable[R]]) -> list[R]:
    """Load objects concurrently, in order; those that were removed meanwhile are left out.

    If one fails in another way, the others are cancelled and awaited before its error is raised.
    """
    found: list[R | None] = [None] * len(ids)
    places = iter(range(len(ids)))

    async def fill() -> None:
        for place in places:
            with suppress(NotFound):
                found[place] = await load(ids[place])

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(_TOGETHER, len(ids))):
                group.create_task(fill())
    except BaseExceptionGroup as group_error:
        raise group_error.exceptions[0] from None
    return [item for item in found if item is not None]
