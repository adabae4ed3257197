"""Credentials of either kind as the headers that engines read."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from aiodockerpy._config.auth import AuthConfig as ResolvedAuth
from aiodockerpy._protocol import registry_auth
from aiodockerpy.models import AuthConfig
from aiodockerpy.models._base import to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Credentials", "auth_header", "config_header"]

Credentials: TypeAlias = AuthConfig | ResolvedAuth
"""Credentials for one registry: the Engine API's own model, or what the credential resolver has found."""


def auth_header(credentials: Credentials | None) -> dict[str, str]:
    """Make ``X-Registry-Auth``; it is there for nobody too."""
    return registry_auth.registry_auth(_fields(credentials) if credentials is not None else None)


def config_header(credentials: Mapping[str, Credentials] | None) -> dict[str, str]:
    """Make ``X-Registry-Config``; none without credentials."""
    return registry_auth.registry_config({name: _fields(one) for name, one in (credentials or {}).items()})


def _fields(credentials: Credentials) -> Mapping[str, object]:
    if isinstance(credentials, ResolvedAuth):
        return credentials.to_wire()
    fields = to_wire(credentials)
    return fields if isinstance(fields, dict) else {}
