"""Ports as the docker CLI writes them: ``127.0.0.1:8000-8010:80-90/udp``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from aiodockerpy._arguments import checked

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Published", "build_port_bindings", "split_port"]

Published: TypeAlias = "str | tuple[str, str | None] | None"
"""Where a port is published: the port, an address and the port, or ``None`` for a port of the engine's choice."""

_PORT: Final = re.compile(
    r"(?:(?:\[?(?P<address>[a-fA-F\d.:]+)\]?:)?(?P<out>\d*)(?:-(?P<out_end>\d+))?:)?"
    r"(?P<inside>\d+)(?:-(?P<inside_end>\d+))?(?P<protocol>/(?:udp|tcp|sctp))?"
)


@checked
def split_port(port: str | int) -> tuple[list[str], list[Published] | None]:
    """Read a port, or a range of them.

    Args:
        port: ``[[address:]published[-published]:]port[-port][/protocol]``.

    Returns:
        The ports inside, and for each where it is published: ``None`` for a free port, or at all if nothing is said.

    Raises:
        ValueError: It cannot be read, or the ranges do not fit together.

    Example:
        >>> split_port("127.0.0.1:8000-8001:80-81/udp")
        (['80/udp', '81/udp'], [('127.0.0.1', '8000'), ('127.0.0.1', '8001')])
    """
    parts = _PORT.fullmatch(str(port))
    if parts is None:
        raise ValueError(f'Invalid port "{port}", should be [[remote_ip:]remote_port[-remote_port]:]port[/protocol]')
    inside = [f"{number}{parts['protocol'] or ''}" for number in _range(parts["inside"], parts["inside_end"])]
    outside = _outside(parts["out"], parts["out_end"], len(inside))
    if outside is not None and len(outside) != len(inside):
        raise ValueError("Port ranges don't match in length")
    address = parts["address"]
    if address is None:
        return inside, [*outside] if outside is not None else None
    published: list[str] | list[None] = outside if outside is not None else [None] * len(inside)
    return inside, [(address, number) for number in published]


@checked
def build_port_bindings(ports: Iterable[str | int]) -> dict[str, list[Published]]:
    """Make the ``ports`` of ``containers.run`` of ports as the CLI writes them.

    Example:
        >>> build_port_bindings(["8080:80", "127.0.0.1:5353:53/udp", "81"])
        {'80': ['8080'], '53/udp': [('127.0.0.1', '5353')], '81': [None]}
    """
    bindings: dict[str, list[Published]] = {}
    for port in ports:
        inside, outside = split_port(port)
        for number, published in zip(inside, outside or [None] * len(inside), strict=True):
            bindings.setdefault(number, []).append(published)
    return bindings


def _outside(first: str | None, last: str | None, needed: int) -> list[str] | None:
    if not first:
        return None
    if last and needed == 1:
        return [f"{first}-{last}"]  # the engine takes a free one of them
    return _range(first, last)


def _range(first: str, last: str | None) -> list[str]:
    return [first] if last is None else [str(number) for number in range(int(first), int(last) + 1)]
