"""Links of the default network: a container under another name, for one other container."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aiodockerpy.testing._state.normal import items, mapping

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiodockerpy.testing._state.objects import Container


class Link(NamedTuple):
    """What a container was given as ``child:alias``."""

    parent: Container
    alias: str
    child: Container

    @property
    def name(self) -> str:
        """The name that it adds to the child."""
        return f"/{self.parent.name}/{self.alias}"

    @property
    def variables(self) -> list[str]:
        """What it adds to the environment of the parent: the address and the variables of the child."""
        prefix, address = self.alias.upper().replace("-", "_"), self.child.endpoints["bridge"].address
        found = [f"{prefix}_NAME={self.name}"]
        for key in _in_order(mapping(self.child.config.get("ExposedPorts"))):
            port, _, protocol = key.partition("/")
            url, of_port = f"{protocol}://{address}:{port}", f"{prefix}_PORT_{port}_{protocol.upper()}"
            found += [f"{prefix}_PORT={url}"] if len(found) == 1 else []
            found += [f"{of_port}={url}", f"{of_port}_ADDR={address}", f"{of_port}_PORT={port}"]
            found += [f"{of_port}_PROTO={protocol}"]
        own = [line for line in items(self.child.config["Env"]) if not line.startswith(("PATH=", "HOME="))]
        return found + [f"{prefix}_ENV_{line}" for line in own]


def _in_order(ports: Iterable[str]) -> list[str]:
    """Sort ports such as ``80/tcp``: those of TCP first, by number."""
    return sorted(ports, key=lambda key: (not key.endswith("/tcp"), int(key.partition("/")[0])))
