"""Credentials for one registry, as a value, and the names registries are stored under."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiodockerpy._arguments import checks_arguments
from aiodockerpy.errors import InvalidArgument

HUB = "docker.io"
HUB_KEY = "https://index.docker.io/v1/"
"""What the Docker Hub's credentials are stored under, for historical reasons."""

_WIRE_NAMES = {
    "username": "username",
    "password": "password",
    "identitytoken": "identity_token",
    "registrytoken": "registry_token",
    "serveraddress": "server_address",
    "email": "email",
}


@checks_arguments
@dataclass(frozen=True, slots=True)
class AuthConfig:
    """Credentials for one registry. Its secrets are in no repr and no str.

    Example:
        >>> AuthConfig(username="me", password="secret", server_address="registry.example.com:5000")
        AuthConfig(username='me', server_address='registry.example.com:5000')
    """

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    """Given by some registries in exchange for a password; used instead of it."""
    registry_token: str = field(default="", repr=False)
    """A bearer token sent to the registry as it is."""
    server_address: str = ""
    """The registry; empty for the Docker Hub."""
    email: str = field(default="", repr=False)
    """Obsolete; sent if given."""

    @classmethod
    def of(cls, auth_config: AuthConfig | Mapping[str, str | None]) -> AuthConfig:
        """Create credentials from docker-py's ``auth_config`` dictionary.

        Its keys are ``username``, ``password``, ``identitytoken``, ``registrytoken``, ``serveraddress`` and ``email``
        in any case, or ``auth`` as in ``config.json``.

        Raises:
            InvalidArgument: Another key, or a value that is not text.
        """
        if isinstance(auth_config, AuthConfig):
            return auth_config
        given = {name.replace("_", "").casefold(): text for name, text in auth_config.items() if text is not None}
        if not all(isinstance(text, str) for text in given.values()):
            raise InvalidArgument("auth_config: every value must be a string")
        auth = given.pop("auth", "")
        unknown = sorted(given.keys() - _WIRE_NAMES.keys())
        if unknown:
            raise InvalidArgument(f"auth_config: unknown keys {', '.join(unknown)}; known are {', '.join(_WIRE_NAMES)}")
        if auth:
            try:
                given["username"], given["password"] = decode_auth(auth)
            except ValueError as error:
                raise InvalidArgument(f"auth_config: auth {error}") from None
        return cls(**{_WIRE_NAMES[name]: text for name, text in given.items()})

    def to_wire(self) -> dict[str, str]:
        """Return the JSON object for ``X-Registry-Auth`` and ``POST /auth``, without empty fields."""
        return {wire: text for wire, name in _WIRE_NAMES.items() if (text := getattr(self, name))}

    def __bool__(self) -> bool:
        """Return whether there is anything to authenticate with."""
        return bool(self.username or self.password or self.identity_token or self.registry_token)


def encode_auth(username: str, password: str) -> str:
    """Return the ``auth`` field of ``config.json``; empty without credentials."""
    return base64.b64encode(f"{username}:{password}".encode()).decode() if username or password else ""


def decode_auth(auth: str) -> tuple[str, str]:
    """Read the ``auth`` field of ``config.json``.

    Raises:
        ValueError: It is not ``user:password`` in standard base64; the message does not quote it.
    """
    decoded = None
    with suppress(binascii.Error, UnicodeError):  # these hold the text that could not be read
        decoded = base64.b64decode(auth.replace("\r", "").replace("\n", ""), validate=True).decode()
    if decoded is None:
        raise ValueError("is not UTF-8 text in base64")
    username, colon, password = decoded.partition(":")
    if not colon or not username:
        raise ValueError("does not hold user:password")
    return username, password.strip("\x00")


def registry_key(registry: str | None) -> str:
    """Return the key of a registry's credentials: ``host[:port]``, or the historical URL of the Docker Hub.

    Args:
        registry: A host with or without port, a URL, or nothing for the Docker Hub.
    """
    if not registry:
        return HUB_KEY
    host = convert_to_hostname(registry)
    return HUB_KEY if host in {HUB, f"index.{HUB}"} else host


def by_registry(given: Mapping[str, AuthConfig | Mapping[str, str | None]] | None) -> dict[str, AuthConfig]:
    """Key credentials for several registries by the names used to look them up.

    Raises:
        InvalidArgument: Some are malformed.
    """
    return {registry_key(registry): AuthConfig.of(auth) for registry, auth in (given or {}).items()}


def convert_to_hostname(registry: str) -> str:
    """Cut scheme and path from the key of a stored credential, as the CLI does."""
    if "://" in registry:
        registry = _network_location(registry) or registry
    return registry.partition("/")[0]


def _network_location(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return url.partition("://")[2].partition("/")[0]
