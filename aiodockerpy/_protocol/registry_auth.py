"""Credentials for registries, as the headers ``X-Registry-Auth`` and ``X-Registry-Config`` carry them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping


def auth_header(credentials: Mapping[str, str | None] | None) -> str:
    """Encode credentials for ``X-Registry-Auth``.

    Args:
        credentials: By the names of the wire (``username``, ``password``, ``identitytoken``, ...); what is ``None`` or
            empty is left out.

    Raises:
        TypeError: A value is not text; the message does not show it.
    """
    return _encode(_given(credentials or {}))


def config_header(credentials: Mapping[str, Mapping[str, str | None]]) -> str:
    """Encode the credentials of several registries, by their keys, for ``X-Registry-Config`` of a build.

    Raises:
        TypeError: A value is not text; the message does not show it.
    """
    return _encode({registry: _given(fields) for registry, fields in credentials.items()})


def _given(credentials: Mapping[str, str | None]) -> dict[str, str]:
    for name, value in credentials.items():
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{name} of credentials is a str, not {type(value).__name__}")
    return {name: value for name, value in credentials.items() if value}


def _encode(value: Mapping[str, object]) -> str:
    """Encode as JSON in the URL-safe base64 with padding, the only form that all engines read."""
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode()
