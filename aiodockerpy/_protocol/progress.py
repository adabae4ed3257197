"""Compute the progress of a pull, push, load or import from its messages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

from aiodockerpy._jsonable import dumpable

Phase: TypeAlias = Literal["waiting", "transferring", "transferred", "extracting", "done", "present"]
"""``transferring`` is downloading, pushing or loading; a layer that is ``present`` needed no transfer."""

_PHASES: Final[dict[str, Phase]] = {
    "pulling fs layer": "waiting",
    "preparing": "waiting",
    "waiting": "waiting",
    "downloading": "transferring",
    "pushing": "transferring",
    "loading layer": "transferring",
    "importing": "transferring",
    "verifying checksum": "transferred",
    "download complete": "transferred",
    "extracting": "extracting",
    "pull complete": "done",
    "pushed": "done",
    "already exists": "present",
    "layer already exists": "present",
}
_PREFIXES: Final[tuple[tuple[str, Phase], ...]] = (("mounted from ", "present"), ("retrying in ", "waiting"))
MOST_LAYERS: Final = 1000
"""Layers that are counted; no image has more."""

_FINAL: Final = "status: "  # of a pull; an archive that is loaded may hold more images than that which was just loaded
_ALMOST: Final = 0.99  # as long as the engine has not said that it is over
_BYTES: Final = {"", "bytes"}


class _Readable(Protocol):
    """A message, or a part of one, that is read by the names of the wire."""

    def get(self, name: str, /) -> object:
        """Return a value, or ``None``."""
        ...


@dumpable("fraction")
@dataclass(frozen=True, slots=True)
class Layer:
    """How far one layer is.

    Attributes:
        id: The engine's short name for it.
        phase: What is being done with it.
        current: Bytes done in this phase.
        total: Bytes to do in this phase; ``None`` if the engine does not say.
        size: Bytes to transfer for it; ``None`` as long as that is unknown.
        transferred: Bytes transferred of it.
    """

    id: str
    phase: Phase
    current: int = 0
    total: int | None = None
    size: int | None = None
    transferred: int = 0

    @property
    def fraction(self) -> float:
        """How much of its work is done, 0 to 1: the transfer is half of it, unpacking it in the engine the rest."""
        if self.phase in {"done", "present"}:
            return 1.0
        part = min(1.0, self.current / self.total) if self.total else 0.0
        if self.phase == "transferring":
            return part / 2
        return {"waiting": 0.0, "transferred": 0.5}.get(self.phase, 0.5 + part / 2)


@dumpable()
@dataclass(frozen=True, slots=True)
class Progress:
    """How far everything is, at one moment.

    Attributes:
        layers: In the order in which the engine named them; 1,000 at most.
        status: The last message that was about no layer.
        transferred: Bytes transferred.
        total: Bytes to transfer, as far as known.
        lower_bound: Whether there is more to transfer than ``total``, since the size of a layer is not known yet.
        fraction: Estimate of the work done, 0 to 1. It never goes back, and is 1 only when the operation is over.
        finished: Whether the engine has reported that the operation is over.
    """

    layers: tuple[Layer, ...] = ()
    status: str = ""
    transferred: int = 0
    total: int = 0
    lower_bound: bool = False
    fraction: float = 0.0
    finished: bool = False


class ProgressReducer:
    """Accepts the messages in order and has the state after each."""

    __slots__ = ("_finished", "_fraction", "_layers", "_status")

    def __init__(self) -> None:
        self._layers: dict[str, Layer] = {}
        self._status = ""
        self._fraction = 0.0
        self._finished = False

    def feed(self, message: _Readable) -> None:
        """Process the next message; one without progress changes nothing.

        What it costs does not grow with the number of layers.
        """
        text = message.get("status") or message.get("stream")
        name = message.get("id")
        if not isinstance(text, str):
            return
        phase = _phase(text)
        if phase is not None and isinstance(name, str) and name and self._has_room(name):
            self._layers[name] = _advance(self._layers.get(name), name, phase, message.get("progressDetail"))
        elif text.strip():
            self._status = text.strip()
            self._finished = self._finished or self._status.lower().startswith(_FINAL)

    def _has_room(self, name: str) -> bool:
        return name in self._layers or len(self._layers) < MOST_LAYERS

    def finish(self) -> None:
        """Record that the stream ended without an error, which means success."""
        self._finished = True

    def snapshot(self) -> Progress:
        """Return the state; it does not change any more."""
        layers = tuple(self._layers.values())
        self._fraction = max(self._fraction, min(_ALMOST, _estimate(layers)))
        return Progress(
            layers=layers,
            status=self._status,
            transferred=sum(layer.transferred for layer in layers),
            total=sum(layer.size or 0 for layer in layers),
            lower_bound=any(layer.size is None and layer.fraction < 1 for layer in layers),
            fraction=1.0 if self._finished else self._fraction,
            finished=self._finished,
        )


def _phase(text: str) -> Phase | None:
    status = text.strip().lower()
    return _PHASES.get(status) or next((phase for start, phase in _PREFIXES if status.startswith(start)), None)


def _advance(before: Layer | None, name: str, phase: Phase, detail: object) -> Layer:
    """Return the layer after a message."""
    current, total = _counts(detail)
    size = before.size if before is not None else None
    transferred = before.transferred if before is not None else 0
    if phase == "transferring":
        size = total if total is not None else size
        transferred = max(transferred, current)
        total = size
    if phase in {"transferred", "extracting", "done"} and size is not None:
        transferred = size
    if size is not None and transferred > size:  # the engine compresses again while it pushes
        size = transferred
    return Layer(name, phase, current, total, size, transferred)


def _counts(detail: object) -> tuple[int, int | None]:
    """Read bytes done and to do; what is counted in another unit says nothing about bytes."""
    get = getattr(detail, "get", None)
    if get is None or (get("units") or "") not in _BYTES:
        return 0, None
    current, total = get("current"), get("total")
    done = current if isinstance(current, int) and current > 0 else 0
    return done, total if isinstance(total, int) and total > 0 else None


def _estimate(layers: Collection[Layer]) -> float:
    """Weight transferred layers by their size, or by the mean size where it is unknown."""
    moving = [layer for layer in layers if layer.phase != "present"]
    sizes = [layer.size for layer in moving if layer.size is not None]
    mean = sum(sizes) / len(sizes) if sizes else 1
    weights = [mean if layer.size is None else layer.size for layer in moving]
    whole = sum(weights)
    return sum(weight * layer.fraction for weight, layer in zip(weights, moving, strict=True)) / whole if whole else 0.0
