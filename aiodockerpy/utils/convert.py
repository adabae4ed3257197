"""From docker-py's shapes to the engine's."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

from aiodockerpy._arguments import checked
from aiodockerpy._arguments.kinds import items
from aiodockerpy._config import hosts
from aiodockerpy._options.services import NETWORK
from aiodockerpy._options.shapes import COMMAND, DEVICES, HOST_LINES, HOST_TEXTS, read
from aiodockerpy._protocol import archive, query, reference
from aiodockerpy._protocol.unfit import Unfit
from aiodockerpy.models._base import to_wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from aiodockerpy import models
    from aiodockerpy._config.hosts import Host


@checked
def convert_filters(filters: models.Filters) -> str:
    """Encode filters as the engine takes them in a query: every value is a list of texts.

    Example:
        >>> convert_filters({"dangling": True, "label": ["a", "b"]})
        '{"dangling":["true"],"label":["a","b"]}'
    """
    return query.filters(filters) or "{}"


@checked
def convert_service_networks(
    networks: Sequence[str | models.NetworkAttachmentConfig | Mapping[str, Any]] | None,
) -> list[dict[str, Any]]:
    """Convert networks of a service, of which only the names may be given, to the engine's JSON."""
    return cast("list[dict[str, Any]]", to_wire(read(items(NETWORK), networks or (), "networks")))


@checked
def decode_json_header(header: str) -> dict[str, object]:
    """Decode a header that holds a JSON object as base64.

    Raises:
        ProtocolError: The header does not; the message does not quote it.
    """
    return archive.decode_json_header(header)


@checked
def parse_repository_tag(name: str) -> tuple[str, str | None]:
    """Split a reference into its repository and its tag or digest, as docker-py does: nothing is checked or added."""
    return reference.parse_repository_tag(name)


@checked
def datetime_to_timestamp(dt: datetime) -> float:
    """Convert a time to unix seconds, with their fraction; one without a time zone is local.

    Raises:
        InvalidValue: It is too near to the first or last year for its zone.
    """
    try:
        return dt.timestamp()
    except (ValueError, OverflowError):
        pass
    raise Unfit(dt, "a time between the years 1 and 9999 in UTC", is_type=False).error("dt", "datetime_to_timestamp")


@checked
def format_extra_hosts(extra_hosts: Mapping[str, str], task: bool = False) -> list[str]:
    """Convert more names of hosts to the form ``name:address``, or ``address name`` for a service."""
    return cast("list[str]", read(HOST_LINES if task else HOST_TEXTS, extra_hosts, "extra_hosts"))


@checked
def parse_devices(devices: Iterable[str | models.DeviceMapping | Mapping[str, Any]]) -> list[models.DeviceMapping]:
    """Read devices in short form: ``host[:container[:rwm]]``."""
    return cast("list[models.DeviceMapping]", read(DEVICES, devices, "devices"))


@checked
def parse_host(addr: str | None, is_win32: bool = False, tls: bool = False) -> Host:
    """Read the address of an engine: ``parse_host("tcp://server:2376").url``.

    Args:
        addr: As ``DOCKER_HOST``; the default socket or pipe if it is empty.
        is_win32: Whether the default is that of Windows.
        tls: Whether TLS is used.

    Raises:
        InvalidArgument: It is not the address of an engine.
    """
    return hosts.parse_host(addr, tls=tls, source="addr", platform="win32" if is_win32 else sys.platform)


@checked
def split_command(command: str) -> list[str]:
    """Split text as a shell does.

    Raises:
        InvalidArgument: A quotation has no end.
    """
    return list(read(COMMAND, command, "command"))
