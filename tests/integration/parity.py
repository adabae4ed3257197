"""The same steps with docker-py and with this library, and what is compared of them."""

from __future__ import annotations

import asyncio

import docker
import docker.errors
import pytest

from aiodockerpy import errors

same = pytest.mark.docker_py
"""Says which method of docker-py a test compares, and which of its keywords."""


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
    if isinstance(seen, tuple) and seen[:1] == ("ImageNotFound",) and "the specified platform" in seen[1]:
        return ("NotFound", *seen[1:])  # docker-py's `run` does not pull it
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


async def both(their_step, our_step):
    """The outcomes of the same step with docker-py and with this library, at the same time."""
    return await asyncio.gather(asyncio.to_thread(theirs, their_step), ours(our_step))


def plain(found):
    """A result as docker-py has it: models as dicts, and everything inside."""
    if isinstance(found, list):
        return [plain(item) for item in found]
    return found.to_dict() if hasattr(found, "to_dict") else found


def renamed(outcome, old="theirs", new="ours"):
    """An outcome with the name of one object in the place of another's."""
    if isinstance(outcome, str):
        return outcome.replace(old, new)
    if isinstance(outcome, dict):
        return {renamed(key, old, new): renamed(value, old, new) for key, value in outcome.items()}
    if isinstance(outcome, list | tuple):
        return type(outcome)(renamed(item, old, new) for item in outcome)
    return outcome
