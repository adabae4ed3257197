"""The registry of a fake engine, as tests see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiodockerpy._arguments import checks_methods
from aiodockerpy._protocol.units import Duration, PositiveInt, as_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiodockerpy.testing._registry import Registry


@checks_methods
class FakeRegistry:
    """Images that can be pulled; anything else is refused as Docker Hub refuses it."""

    def __init__(self, registry: Registry, do: Callable[[Callable[[], Any]], Any]) -> None:
        self._registry = registry
        self._do = do

    def add(
        self, name: str, *, layers: PositiveInt = 1, seconds: Duration = 0, config: Mapping[str, Any] | None = None
    ) -> None:
        """Add an image that can be pulled.

        Args:
            name: Its name, with the tag ``latest`` if it has none.
            layers: How many layers it has.
            seconds: How long a pull takes, by the engine's clock.
            config: What its containers run, by the names of an inspect: ``{"Cmd": ["serve"], "Env": ["PORT=80"]}``.

        Raises:
            InvalidValue: The name is not an image reference, or there is no layer.
        """
        self._do(lambda: self._registry.add(name, layers=layers, seconds=as_seconds(seconds), config=config))

    def remove(self, name: str) -> None:
        """Remove an image, so that it cannot be pulled any more."""
        self._do(lambda: self._registry.images.pop(name, None))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._registry.images
