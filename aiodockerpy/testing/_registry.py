"""What can be pulled: images that a test has put into the fake's registry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiodockerpy._protocol.unfit import shown
from aiodockerpy.errors import InvalidValue
from aiodockerpy.testing._http.messages import Refusal
from aiodockerpy.testing._state.images import base_layer, familiar, make_image, synthetic_layer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodockerpy.testing._state.objects import Image

_LONG_AGO = 1_700_000_000 * 10**9


@dataclass(slots=True)
class Listed:
    """An image that can be pulled, and how long that takes."""

    image: Image
    seconds: float


@dataclass(slots=True)
class Registry:
    """The images that can be pulled, by name."""

    images: dict[str, Listed] = field(default_factory=dict[str, Listed])

    def add(
        self,
        name: str,
        *,
        layers: int = 1,
        seconds: float = 0,
        config: Mapping[str, Any] | None = None,
        parameter: str = "name",
    ) -> Image:
        """Add an image.

        Args:
            name: Its name, with the tag ``latest`` if it has none.
            layers: How many layers it has; the first is a small root file system.
            seconds: How long a pull takes.
            config: What its containers run, as in the answer to an inspect.
            parameter: The name of the caller's parameter, for the error.

        Raises:
            InvalidValue: The name is not an image reference, or there is no layer.
        """
        try:
            full = familiar(name)
        except Refusal as refusal:
            text = f"{parameter} must be the reference of an image, not {shown(name)}: {refusal.message}"
            raise InvalidValue(text) from None
        repository = full.rpartition(":")[0]
        made = [
            base_layer(_LONG_AGO, f"base of {repository}"),
            *(synthetic_layer(full, number, _LONG_AGO) for number in range(1, layers)),
        ]
        values = {"Cmd": ["sh"], **(config or {})}
        image = make_image(made, created=_LONG_AGO, config=values, tags=[full])
        self.images[full] = Listed(image, seconds)
        return image
