"""Many small cases in one item of pytest, which takes longer to run an item than most of them take."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["together"]


def together(
    names: str | Sequence[str], cases: Iterable[Any], *, ids: Callable[[Any], object] | Iterable[object] = str
) -> Callable[..., Any]:
    """Run a test once for each case, as ``pytest.mark.parametrize`` does, but in one item.

    A case that fails does not keep the others from being run: all failures are raised as one group, in which each bears
    the name of its case.

    Args:
        names: The argument that takes the case; of several, each takes a part of it.
        cases: The cases.
        ids: The names of the cases, or what makes the name of one.
    """
    taken = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    every = [(case, dict(zip(taken, [case] if len(taken) == 1 else case, strict=True))) for case in cases]
    given = None if callable(ids) else list(ids)

    def label(number: int) -> object:
        return given[number] if given is not None else ids(every[number][0])

    def decorate(test: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(test):

            async def run(*args: Any, **fixtures: Any) -> None:
                failures = Failures(", ".join(taken))
                for number, (_, arguments) in enumerate(every):
                    try:
                        await test(*args, **fixtures, **arguments)
                    except (Exception, pytest.fail.Exception) as error:
                        failures.add(error, label(number))
                failures.report()

        else:

            def run(*args: Any, **fixtures: Any) -> None:
                failures = Failures(", ".join(taken))
                for number, (_, arguments) in enumerate(every):
                    try:
                        test(*args, **fixtures, **arguments)
                    except (Exception, pytest.fail.Exception) as error:
                        failures.add(error, label(number))
                failures.report()

        functools.update_wrapper(run, test)
        signature = inspect.signature(test)
        left = [parameter for name, parameter in signature.parameters.items() if name not in taken]
        run.__signature__ = signature.replace(parameters=left)
        return run

    return decorate


class Failures:
    """The errors of the cases that failed."""

    def __init__(self, argument: str) -> None:
        self._argument = argument
        self._errors: list[BaseException] = []

    def add(self, error: BaseException, case: object) -> None:
        error.add_note(f"{self._argument}: {case}")
        self._errors.append(error)

    def report(self) -> None:
        if self._errors:
            raise BaseExceptionGroup(f"failed with {len(self._errors)} values of {self._argument}", self._errors)
