"""Headers the user's configuration adds to every request: ``HttpHeaders`` and ``DOCKER_CUSTOM_HEADERS``."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from aiodockerpy.errors import InvalidConfigFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aiodockerpy._config.config_file import ConfigFile

__all__ = ["request_headers"]

_VARIABLE = "DOCKER_CUSTOM_HEADERS"
_CSV_FIELD = re.compile(r'(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<plain>[^",\r\n]*))(?P<end>,|\r?\n|\Z)')
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSAFE_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OWN = frozenset(
    {
        "Accept-Encoding",
        "Connection",
        "Content-Length",
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
    }
)
"""The headers that the client sets itself, and those that are about one connection only."""
_log = logging.getLogger("aiodockerpy.config")


def request_headers(config: ConfigFile, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the headers in force; those of the variable replace those of the file.

    Headers that belong to the client or to the connection are left out, as Go's client does; they would break every
    call.

    Raises:
        InvalidConfigFile: A header that cannot be sent; the message names it, never its value.
    """
    variable = environment.get(_VARIABLE, "")
    given, where = (_parse(variable), _VARIABLE) if variable else (_of_file(config), str(config.path))
    headers: dict[str, str] = {}
    for name, value in given.items():
        _check(name, value, where)
        canonical = "-".join(word.capitalize() for word in name.split("-"))
        if canonical not in _OWN:
            headers[canonical] = value
    return headers


def _of_file(config: ConfigFile) -> dict[str, str]:
    try:
        return config.http_headers
    except InvalidConfigFile as error:
        _log.warning("the headers of the configuration file are ignored: %s", error)
        return {}


def _parse(variable: str) -> dict[str, str]:
    """Read one CSV record of ``name=value`` pairs; spaces around names are removed, a later pair wins."""
    headers: dict[str, str] = {}
    for number, pair in enumerate(_csv_record(variable), 1):
        name, separator, value = pair.partition("=")
        if not separator or not name.strip():
            raise InvalidConfigFile(f"{_VARIABLE}: item {number} is not a name=value pair")
        headers[name.strip()] = value
    return headers


def _csv_record(text: str) -> Iterator[str]:
    """Split the first record as strictly as Go does; Python's reader takes a quote inside a field."""
    position, end = 0, ","
    while end == ",":
        field = _CSV_FIELD.match(text, position)
        if field is None:
            raise InvalidConfigFile(f"{_VARIABLE} is not a comma-separated list of name=value pairs")
        quoted, plain, end = field["quoted"], field["plain"], field["end"]
        yield plain if quoted is None else quoted.replace('""', '"')
        position = field.end()


def _check(name: str, value: str, where: str) -> None:
    if not _TOKEN.fullmatch(name):
        raise InvalidConfigFile(f"{where}: {name!r} is not a valid name of an HTTP header")
    if _UNSAFE_VALUE.search(value):
        raise InvalidConfigFile(f"{where}: the value of the header {name!r} holds a control character")
