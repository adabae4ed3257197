"""Read the docker CLI's notation ``key=value,key=value``."""

from __future__ import annotations

from aiodockerpy._protocol.comma_separated import fields
from aiodockerpy._protocol.unfit import shown
from aiodockerpy.errors import InvalidArgument


def fields_of(text: str, what: str, *, secret: bool = False) -> dict[str, str]:
    """Return the fields by key, in lower case; a field in double quotes may have commas.

    Args:
        text: The text.
        what: The parameter, for the error.
        secret: Whether the text appears in no message.

    Raises:
        InvalidArgument: A field is not ``key=value``.
    """
    given = "the text" if secret else shown(text)
    found: dict[str, str] = {}
    for part in _parts(text, f"{what}: {given}"):
        key, sign, value = part.partition("=")
        if not sign:
            raise InvalidArgument(f"{what}: {given} must be key=value, or several of them with commas between")
        found[key.strip().lower()] = value
    return found


def _parts(text: str, given: str) -> list[str]:
    try:
        return fields(text)
    except ValueError as error:
        raise InvalidArgument(f"{given} cannot be read: {error}") from None
