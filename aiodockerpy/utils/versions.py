"""Comparing versions of the engine and of its API."""

from __future__ import annotations

import re
from itertools import zip_longest

from aiodockerpy._arguments import checked
from aiodockerpy._protocol.unfit import Unfit


@checked
def compare_version(v1: str, v2: str) -> int:
    """Compare two versions by number, with docker-py's sign: ``1`` if the second is the newer one.

    Raises:
        InvalidValue: One of them does not consist of numbers.

    Example:
        >>> compare_version("1.9", "1.10"), compare_version("1.10", "1.9"), compare_version("1.9", "1.9.0")
        (1, -1, 0)
    """
    for first, second in zip_longest(_numbers(v1, "v1"), _numbers(v2, "v2"), fillvalue=0):
        if first != second:
            return -1 if first > second else 1
    return 0


@checked
def version_lt(v1: str, v2: str) -> bool:
    """Return whether the first version is older than the second one."""
    return compare_version(v1, v2) > 0


@checked
def version_gte(v1: str, v2: str) -> bool:
    """Return whether the first version is the second one, or newer."""
    return not version_lt(v1, v2)


def _numbers(version: str, name: str) -> list[int]:
    if not re.fullmatch(r"[0-9]{1,18}(\.[0-9]{1,18})*", version):
        raise Unfit(version, "numbers separated by dots, such as '1.41'", is_type=False).error(name)
    return [int(part) for part in version.split(".")]
