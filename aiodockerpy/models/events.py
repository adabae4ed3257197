"""Events of the engine."""

from typing import Annotated, Any, Literal, cast

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from aiodockerpy._protocol.json_paths import is_object
from aiodockerpy._protocol.outside import read_int
from aiodockerpy._protocol.timestamps import Timestamp
from aiodockerpy.models._base import wire
from aiodockerpy.models._lazy import LazyModel

_END_OF_TIME = 253_402_300_800 * 1_000_000_000  # nanoseconds from 1970 to the year 10000

EventType = (
    Literal[
        "builder",
        "config",
        "container",
        "daemon",
        "image",
        "network",
        "node",
        "plugin",
        "secret",
        "service",
        "volume",
    ]
    | str
)
"""What kind of object an event is about; open for newer values."""

EventScope = Literal["local", "swarm"] | str
"""Whether an event is about this engine or the swarm; open for newer values."""


class EventActor(LazyModel):
    """The object an event is about."""

    id: str | None = wire("ID")
    """Its id, or its name if it has none."""
    attributes: dict[str, str] | None = None
    """Its attributes: labels, name, image, exit code and the like."""


class _NoneToo:
    """Lets a field be ``None`` that is never missing in an answer: its type does not say so."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.nullable_schema(handler(source))


class EventMessage(LazyModel):
    """Something that happened.

    What older engines sent beside the actor is read from either place by ``status``, ``id`` and ``from_``.
    """

    type: EventType | None = None
    """Kind of the object."""
    action: str | None = None
    """What happened, for example ``start``, ``die`` or ``exec_create: ls``."""
    actor: Annotated[EventActor, _NoneToo] = wire()
    """The object."""
    scope: EventScope | None = wire("scope")
    """This engine or the swarm."""
    time: int | None = wire("time")
    """When, in seconds since 1970."""
    time_nano: int | None = wire("timeNano")
    """When, in nanoseconds since 1970."""
    legacy_status: str | None = wire("status")
    """The action of a container or image; see ``status``. Up to API 1.51."""
    legacy_id: str | None = wire("id")
    """Id of the container or image; see ``id``. Up to API 1.51."""
    legacy_from: str | None = wire("from")
    """Image of the container; see ``from_``. Up to API 1.51."""

    @property
    def at(self) -> Timestamp:
        """When, as an aware datetime in UTC that keeps the nanoseconds; 1970 if the engine sent no valid time."""
        nanoseconds = _whole(self.time_nano) or _whole(self.time) * 1_000_000_000
        return Timestamp.from_unix_nano(nanoseconds if nanoseconds < _END_OF_TIME else 0)

    @property
    def status(self) -> str | None:
        """What happened to the container or image, whatever the API version; ``None`` for other objects."""
        return self.legacy_status or (self.action if self._had_legacy else None)

    @property
    def id(self) -> str | None:
        """Id of the container or image, whatever the API version; ``None`` for other objects."""
        return self.legacy_id or (self.actor.id if self._had_legacy and isinstance(self.actor, EventActor) else None)

    @property
    def from_(self) -> str | None:
        """Image of the container, whatever the API version; ``None`` for other objects."""
        if self.legacy_from or self.type != "container" or not isinstance(self.actor, EventActor):
            return self.legacy_from
        attributes = self.actor.get("Attributes")
        return cast("str | None", attributes.get("image")) if is_object(attributes) else None

    @property
    def _had_legacy(self) -> bool:
        return self.type in ("container", "image")


def _whole(value: object) -> int:
    """Return a number that can be a time; a value that did not fit the model, kept as it came, gives 0."""
    return read_int(value, minimum=0) or 0
