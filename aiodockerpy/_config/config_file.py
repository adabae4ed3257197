"""The docker CLI's ``config.json``: read tolerantly, written back whole.

Keys are matched without regard to case, as Go does; unknown keys survive a rewrite.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import json
import logging
import os
import stat
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from aiodockerpy._config.hosts import DOCKER_DUMMY_NAME
from aiodockerpy._protocol.outside import JsonError, read_json
from aiodockerpy.errors import InvalidArgument, InvalidConfigFile

JsonObject = dict[str, Any]
"""A decoded JSON object."""

CONFIG_FILE_NAME = "config.json"
DEFAULT_CONTEXT_NAME = "default"
_log = logging.getLogger("aiodockerpy.config")
_LONGEST = 16 << 20
_PROXY_VARIABLES = {
    "httpProxy": "HTTP_PROXY",
    "httpsProxy": "HTTPS_PROXY",
    "noProxy": "NO_PROXY",
    "ftpProxy": "FTP_PROXY",
    "allProxy": "ALL_PROXY",
}


def home_directory(environment: Mapping[str, str]) -> Path:
    """Return the user's home directory, from the environment or else from the system."""
    home = environment.get("USERPROFILE" if os.name == "nt" else "HOME")
    return Path(home) if home else Path.home()


def config_directory(environment: Mapping[str, str]) -> Path:
    """Return the directory of ``config.json`` and of the contexts: ``DOCKER_CONFIG``, or ``~/.docker``.

    Raises:
        InvalidArgument: Its path holds a null character.
    """
    given = environment.get("DOCKER_CONFIG")
    found = Path(given) if given else home_directory(environment) / ".docker"
    if "\0" in str(found):
        raise InvalidArgument(f"the directory of the configuration, {str(found)!r}, holds a null character")
    return found


@dataclass(slots=True)
class ConfigFile:
    """The content of ``config.json``, which is in no repr, since it holds passwords."""

    path: Path
    data: JsonObject = field(default_factory=dict[str, Any], repr=False)
    """The whole content of the file."""
    problem: InvalidConfigFile | None = None
    """Why the file cannot be read; `data` is empty then."""

    @property
    def auths(self) -> dict[str, JsonObject]:
        """Registry to stored credentials, still encoded."""
        return {registry: self.auth(registry) for registry in self.raw_auths}

    @property
    def raw_auths(self) -> JsonObject:
        """Registry to stored credentials, each of which may be malformed."""
        return self._object("auths")

    def auth(self, registry: str) -> JsonObject:
        """Return the stored credentials of one registry, still encoded."""
        return self._as_object(self.raw_auths[registry], f"auths.{registry}")

    @property
    def creds_store(self) -> str:
        """Suffix of the helper for every registry without its own; empty if there is none."""
        return self._string("credsStore")

    @property
    def raw_cred_helpers(self) -> JsonObject:
        """Registry to the suffix of its helper, each of which may be malformed."""
        return self._object("credHelpers")

    def cred_helper(self, registry: str) -> str | None:
        """Return the suffix of the helper of one registry; ``None`` if it has none of its own."""
        if registry not in (helpers := self.raw_cred_helpers):
            return None
        value = helpers[registry]
        return "" if value is None else self._as_string(value, f"credHelpers.{registry}")

    @property
    def http_headers(self) -> dict[str, str]:
        """Headers for every request to the engine."""
        entries = self._object_if_it_is_one(lookup(self.data, "HttpHeaders"), "HttpHeaders")
        found = {name: self._text_if_it_is_one(value, f"HttpHeaders.{name}") for name, value in entries.items()}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def detach_keys(self) -> str:
        """The key sequence that detaches from a container; empty for the engine's own."""
        return self._text_if_it_is_one(lookup(self.data, "detachKeys"), "detachKeys") or ""

    @property
    def current_context(self) -> str:
        """The context chosen by ``docker context use``; empty for the default."""
        return self._string("currentContext")

    def proxies_for(self, host: str) -> dict[str, str]:
        """Return the environment variables, in both spellings, for containers and builds on an engine.

        Args:
            host: The engine's address (``tcp://server:2376``), which may have its own entry; else ``default`` applies.
                Those of ssh have one in common before it, the only one that the docker CLI finds for them.
        """
        proxies = self._object_if_it_is_one(lookup(self.data, "proxies"), "proxies")
        names = (host, f"http://{DOCKER_DUMMY_NAME}") if host.startswith("ssh://") else (host,)
        name = next((name for name in names if name in proxies), "default")
        entry = self._object_if_it_is_one(proxies.get(name), f"proxies.{name}")
        variables: dict[str, str] = {}
        for key, variable in _PROXY_VARIABLES.items():
            if value := self._text_if_it_is_one(lookup(entry, key), f"proxies.{name}.{key}"):
                variables[variable] = variables[variable.lower()] = value
        return variables

    def _object_if_it_is_one(self, value: object, key: str) -> JsonObject:
        return cast("JsonObject", value) if self._fits(value, dict, key) else {}

    def _text_if_it_is_one(self, value: object, key: str) -> str | None:
        return cast("str", value) if self._fits(value, str, key) else None

    def _fits(self, value: object, kind: type, key: str) -> bool:
        """Return whether a value is there and of the right type; another one is logged, as the docker CLI warns."""
        if value is not None and not isinstance(value, kind):
            _log.warning("%s; it is left out", self._wrong(key, kind))
        return isinstance(value, kind)

    def _string(self, key: str) -> str:
        value = lookup(self.data, key)
        return "" if value is None else self._as_string(value, key)

    def _as_string(self, value: object, key: str) -> str:
        if not isinstance(value, str):
            raise self._wrong(key, str)
        return value

    def _object(self, key: str) -> JsonObject:
        return self._as_object(lookup(self.data, key), key)

    def _as_object(self, value: object, key: str) -> JsonObject:
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._wrong(key, dict)
        return cast("JsonObject", value)

    def _wrong(self, key: str, kind: type) -> InvalidConfigFile:
        wanted = "a string" if kind is str else "an object"
        return InvalidConfigFile(f"{self.path}: the value of {key!r} must be {wanted}")


def read_config_or_warn(path: Path) -> ConfigFile:
    """Read a configuration file, or log a warning and return an empty configuration, as the docker CLI does (blocking).

    For callers that work without the file. To find the engine, `may_name_context` has to be asked too: a file that
    cannot be read must not lead to another engine than the one it names.
    """
    try:
        return read_config_file(path, alone=False)
    except InvalidConfigFile as error:
        _log.warning("the configuration file is ignored: %s", error)
        return ConfigFile(path, problem=error)


def content_of(path: Path) -> bytes:
    """Return the content of a small file (blocking), without waiting for the writer of a FIFO or the end of a device.

    Raises:
        OSError: It cannot be read, is a FIFO or a socket, or is longer than 16 MiB.
    """
    with open(path, "rb", opener=_without_waiting) as file:
        if stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is a FIFO")
        content = file.read(_LONGEST + 1)
    if len(content) > _LONGEST:
        raise OSError(errno.EFBIG, f"it is longer than {_LONGEST >> 20} MiB")
    return content


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def may_name_context(path: Path) -> bool:
    """Return whether a file that cannot be read may choose a context (blocking)."""
    try:
        content = content_of(path).replace(b"\0", b"").lower()  # in UTF-16 too
    except OSError:
        return True
    return b"currentcontext" in content or b"\\u" in content


def read_config_file(path: Path, *, alone: bool = True) -> ConfigFile:
    """Read a configuration file (blocking); a missing or empty one is an empty configuration.

    Args:
        path: The file.
        alone: Whether nothing may follow the JSON object, which writing the file back would lose; the docker CLI does
            not look at it.

    Raises:
        InvalidConfigFile: The file cannot be read, or is not a JSON object.
    """
    try:
        content = content_of(path)
    except (FileNotFoundError, NotADirectoryError):
        return ConfigFile(path)
    except OSError as error:
        raise InvalidConfigFile(f"{path} cannot be read: {error.strerror}") from error
    return ConfigFile(path, parse_json_object(content, str(path), alone=alone) if content.strip() else {})


def edit_config_file(path: Path, change: Callable[[ConfigFile], bool]) -> None:
    """Read a configuration file afresh, let ``change`` edit its data in place, and write it back (blocking).

    Args:
        path: The file; its directory is made if it is missing, for the owner only.
        change: Returns whether there is something to write.
    """
    config = read_config_file(path)
    if change(config):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(config.path, json.dumps(config.data, indent="\t", ensure_ascii=False).encode())


def parse_json_object(content: bytes, name: str, *, alone: bool = True) -> JsonObject:
    """Parse one JSON object; the error names the place and never quotes the content, which may be secret."""
    try:
        value = read_json(content, alone=alone)
    except JsonError as error:
        place = f" (line {error.line}, column {error.column})" if error.line else f": {error}"
        raise InvalidConfigFile(f"{name} is not valid JSON{place}") from None
    if content.startswith(codecs.BOM_UTF8):
        _log.warning("%s begins with a byte order mark, which the docker CLI refuses", name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidConfigFile(f"{name} holds no JSON object")
    return cast("JsonObject", value)


def lookup(data: JsonObject, key: str) -> Any:
    """Return the value of a key in any case, of several keys that of the last; ``None`` if it is missing."""
    folded = key.casefold()
    return next((value for name, value in reversed(data.items()) if name.casefold() == folded), None)


def put(data: JsonObject, key: str, value: object) -> None:
    """Set a key, or drop it with ``None``, whatever case it was spelt in."""
    for name in [name for name in data if name.casefold() == key.casefold() and name != key]:
        del data[name]
    if value is None:
        data.pop(key, None)
    else:
        data[key] = value


def write_atomically(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace a file, or what a symbolic link points to, in one step; other readers see the old or the new content."""
    target = Path(os.path.realpath(path))
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(temporary).chmod(mode)
        _keep_owner(target, temporary)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _keep_owner(target: Path, temporary: str) -> None:
    """Keep the owner of the file, which belongs to the user even if the program is run by ``sudo``."""
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            owner = target.stat()
            os.chown(temporary, owner.st_uid, owner.st_gid)
