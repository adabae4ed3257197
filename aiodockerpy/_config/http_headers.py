"""Headers that are added to every request: ``HttpHeaders``, ``DOCKER_CUSTOM_HEADERS``, and those of the program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiodockerpy.errors import InvalidConfigFile, InvalidValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodockerpy._config.config_file import ConfigFile

_VARIABLE = "DOCKER_CUSTOM_HEADERS"
_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_UNSAFE_VALUE = r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]"
_OWN = frozenset(
    {
        "Accept",
        "Accept-Encoding",
        "Connection",
        "Content-Length",
        "Content-Type",
        "Expect",
        "Host",
        "Http2-Settings",
        "Keep-Alive",
        "Proxy-Connection",
        "Te",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "User-Agent",
        "X-Registry-Auth",
        "X-Registry-Config",
    }
)
"""The headers that the client sets itself, and those that are about one connection only."""
_OWN_FAMILIES = ("Sec-Websocket-", "X-Docker-Expose-Session-")


def request_headers(config: ConfigFile, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that apply; those of the variable replace those of the file.

    Headers that belong to the client or to the connection are left out, as Go's client does; they would break every
    call.

    Raises:
        InvalidConfigFile: A header that cannot be sent; the message names it, never its value.
    """
    variable = environment.get(_VARIABLE, "")
    given, where = (_parse(variable), _VARIABLE) if variable else (config.http_headers, str(config.path))
    headers: dict[str, str] = {}
    for name, value in given.items():
        if problem := _problem(name, value):
            raise InvalidConfigFile(f"{where}: {problem}")
        canonical = _canonical(name)
        if not _is_own(canonical):
            headers[canonical] = value
    return headers


def clients_headers(given: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that a program gives to its client.

    Raises:
        InvalidValue: A header that cannot be sent, or that the client sets itself; its value is never shown.
    """
    headers: dict[str, str] = {}
    for name, value in given.items():
        canonical, problem = usable_header(name, value)
        if problem:
            raise InvalidValue(f"headers: {problem}")
        headers[canonical] = value
    return headers


def usable_header(name: object, value: object) -> tuple[str, str]:
    """Return the usual spelling of a header's name, and what is wrong with the header; empty if nothing is."""
    if not isinstance(name, str) or not isinstance(value, str):
        return "", f"the name and the value of a header must be text, which those of {name!r} are not"
    canonical = _canonical(name)
    if problem := _problem(name, value):
        return canonical, problem
    if _is_own(canonical):
        hint = " (user_agent= does that)" if canonical == "User-Agent" else ""
        return canonical, f"the header {name!r} is set by the client itself{hint}"
    return canonical, ""


def _is_own(canonical: str) -> bool:
    return canonical in _OWN or canonical.startswith(_OWN_FAMILIES)


def _canonical(name: str) -> str:
    return "-".join(word.capitalize() for word in name.split("-"))


def _parse(variable: str) -> dict[str, str]:
    """Read one CSV record of ``name=value`` pairs; spaces around names are removed, a later pair wins."""
    from aiodockerpy._protocol.comma_separated import fields

    headers: dict[str, str] = {}
    try:
        pairs = fields(variable)
    except ValueError:
        raise InvalidConfigFile(f"{_VARIABLE} is not a comma-separated list of name=value pairs") from None
    for number, pair in enumerate(pairs, 1):
        name, separator, value = pair.partition("=")
        if not separator or not name.strip():
            raise InvalidConfigFile(f"{_VARIABLE}: item {number} is not a name=value pair")
        headers[name.strip()] = value
    return headers


def _problem(name: str, value: str) -> str:
    if not re.fullmatch(_NAME, name):
        return f"{name!r} is not a valid name of an HTTP header"
    if re.search(_UNSAFE_VALUE, value):
        return f"the value of the header {name!r} holds a character that no header may hold"
    return ""
