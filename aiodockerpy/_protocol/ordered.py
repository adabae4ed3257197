"""Which lists have an order that counts, by the name of the argument or field."""

from __future__ import annotations

from typing import Final

_ORDERED: Final = frozenset(
    {
        "args",
        "changes",
        "cmd",
        "command",
        "consolesize",
        "defaultaddrpool",  # the first one is used first
        "devicecgrouprules",  # the last one that fits decides
        "dns",
        "dnssearch",
        "entrypoint",
        "exclude",  # the last pattern that fits decides
        "hooks",
        "nameservers",
        "onbuild",
        "patterns",
        "preferences",
        "search",
        "shell",
        "test",
    }
)

ORDERED_LIST: Final = "a list, since the order counts"
"""What is needed instead of a set."""


def order_counts(name: str) -> bool:
    """Return whether a list of this name means something else in another order, so that a set is no value of it.

    Args:
        name: The name of an argument, or of a field, of the model or on the wire.
    """
    return name.replace("_", "").lower() in _ORDERED
