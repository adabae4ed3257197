"""Credentials of either kind as the headers that engines read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, cast

from aiodockerpy._config.auth import AuthConfig
from aiodockerpy._protocol import registry_auth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodockerpy import models

Credentials: TypeAlias = "models.AuthConfig | AuthConfig"
"""Credentials for one registry: the Engine API's own model, or what the credential resolver has found."""

NOBODY: Final = AuthConfig()
"""No credentials, but the header: engines before 28 refuse a push without one."""


def auth_header(credentials: Credentials | None) -> dict[str, str]:
    """Encode ``X-Registry-Auth``; no header without credentials."""
    return {"X-Registry-Auth": registry_auth.auth_header(_fields(credentials))} if credentials is not None else {}


def config_header(credentials: Mapping[str, Credentials] | None) -> dict[str, str]:
    """Encode ``X-Registry-Config``; no header without credentials."""
    if not credentials:
        return {}
    fields = {registry: _fields(found) for registry, found in credentials.items()}
    return {"X-Registry-Config": registry_auth.config_header(fields)}


def _fields(credentials: Credentials) -> Mapping[str, str | None]:
    if isinstance(credentials, AuthConfig):
        return credentials.to_wire()
    return cast("Mapping[str, str | None]", credentials.to_dict())
