"""Versions of the Engine API and the choice of the one to use."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aiodockerpy import errors
from aiodockerpy._protocol.unfit import Unfit

_FORM = re.compile(r"v?([0-9]{1,4})\.([0-9]{1,4})")


@dataclass(frozen=True, slots=True, order=True)
class ApiVersion:
    """A version of the Engine API, ordered by number: 1.9 is older than 1.41."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> ApiVersion:
        """Read ``"1.41"`` or ``"v1.41"``.

        Raises:
            InvalidVersion: The text is not a version.
            TypeError: It is not text.
        """
        if not isinstance(text, str):
            raise Unfit(text, "text such as '1.41'").error("text", "ApiVersion.parse")
        match = _FORM.fullmatch(text.strip())
        if match is None:
            raise errors.InvalidVersion(f"{text!r} is not an API version; it looks like '1.41'")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


OLDEST_SUPPORTED = ApiVersion(1, 41)
NEWEST_KNOWN = ApiVersion(1, 56)


def negotiate(engine: ApiVersion | None) -> ApiVersion:
    """Choose the newest version that both sides have.

    Args:
        engine: The engine's newest version; ``None`` if it is unknown, and then the oldest common one is chosen.

    Raises:
        InvalidVersion: There is no common version.
    """
    if engine is None:
        return OLDEST_SUPPORTED
    if engine < OLDEST_SUPPORTED:
        raise errors.InvalidVersion(
            f"the engine has API {engine} at most, and this library needs {OLDEST_SUPPORTED} (Docker Engine 20.10) "
            "or newer: upgrade the engine"
        )
    return min(engine, NEWEST_KNOWN)
