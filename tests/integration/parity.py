"""The same steps with docker-py and with this library, and what is compared of them."""

from __future__ import annotations

import docker
import docker.errors

from aiodockerpy import errors


def failure(error):
    """What a program sees of an exception: its class, the engine's text, the status."""
    return (
        type(error).__name__,
        getattr(error, "explanation", None) or str(error),
        getattr(error, "status_code", None),
    )


# Where docker-py has only the general class, ours are subclasses of it: `except APIError` catches both.
GENERAL = {
    "BadRequest",
    "Conflict",
    "Forbidden",
    "ServerError",
    "ServiceUnavailable",
    "NotImplementedByEngine",
    "Unauthorized",
}


def general(seen):
    """An outcome with our finer classes of errors named as docker-py names them."""
    if isinstance(seen, tuple) and seen and seen[0] in GENERAL:
        assert issubclass(getattr(errors, seen[0]), errors.APIError)
        return ("APIError", *seen[1:])
    return seen


def theirs(call):
    """The result of a step with docker-py, or its failure."""
    try:
        return call()
    except (docker.errors.DockerException, TypeError, ValueError, RuntimeError) as error:
        return failure(error)


async def ours(make):
    """The result of a step with this library, or its failure in docker-py's terms."""
    try:
        return await make()
    except (errors.DockerException, TypeError, ValueError, RuntimeError) as error:
        return general(failure(error))


def without(value, *names):
    """A copy of a nested structure without some keys, wherever they are."""
    if isinstance(value, dict):
        return {key: without(item, *names) for key, item in value.items() if key not in names}
    if isinstance(value, list):
        return [without(item, *names) for item in value]
    return value
