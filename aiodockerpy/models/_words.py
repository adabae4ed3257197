"""Words of the engine that are arguments too, apart from the models so that checking an argument loads none of them."""

from typing import Literal

Isolation = Literal["default", "process", "hyperv", ""] | str
"""How a container is isolated on Windows; open for newer values."""

NetworkScope = Literal["local", "global", "swarm"] | str
"""How far a network reaches; open for newer values."""
