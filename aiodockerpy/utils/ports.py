"""Ports as the docker CLI writes them: ``127.0.0.1:8000-8010:80-90/udp``."""

from __future__ import annotations

from collections.abc import Iterable

from aiodockerpy._arguments import checked
from aiodockerpy._arguments.kinds import items
from aiodockerpy._options import ports as options
from aiodockerpy._options.ports import Published
from aiodockerpy._options.shapes import read
from aiodockerpy._protocol.unfit import Unfit
from aiodockerpy.errors import InvalidValue

__all__ = ["Published", "build_port_bindings", "split_port"]


@checked
def split_port(port: str | int) -> tuple[list[str], list[Published] | None]:
    """Read a port, or a range of ports.

    Args:
        port: ``[[address:]published[-published]:]port[-port][/protocol]``.

    Returns:
        The ports inside, and where each of them is published (``None`` for a free port), or ``None`` in place of these
        if there is nothing before the port.

    Raises:
        InvalidValue: It cannot be read, or the ranges have different lengths.

    Example:
        >>> split_port("127.0.0.1:8000-8001:80-81/udp")
        (['80/udp', '81/udp'], [('127.0.0.1', '8000'), ('127.0.0.1', '8001')])
    """
    try:
        return options.split_port(str(port))
    except Unfit as unfit:
        unequal = unfit.wanted == options.SAME_LENGTH
    if unequal:
        raise InvalidValue("Port ranges don't match in length")
    raise InvalidValue(f'Invalid port "{port}", should be [[remote_ip:]remote_port[-remote_port]:]port[/protocol]')


@checked
def build_port_bindings(ports: Iterable[str | int]) -> dict[str, list[Published]]:
    """Convert ports as the CLI writes them to the ``ports`` of ``containers.run``.

    Example:
        >>> build_port_bindings(["8080:80", "127.0.0.1:5353:53/udp", "81"])
        {'80': ['8080'], '53/udp': [('127.0.0.1', '5353')], '81': [None]}
    """
    bindings: dict[str, list[Published]] = {}
    for inside, outside in read(items(options.PORT_TEXT), ports, "ports"):
        for number, published in zip(inside, outside or [None] * len(inside), strict=True):
            bindings.setdefault(number, []).append(published)
    return bindings
