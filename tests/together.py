"""Many small cases in one item of pytest, which takes longer to run an item than most of them take."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["together"]


def together(argument: str, cases: Iterable[Any], *, ids: Callable[[Any], object] = str) -> Callable[..., Any]:
    """Run a test once for each case, as ``pytest.mark.parametrize`` does, but in one item.

    A case that fails does not keep the others from being run: all failures are raised as one group, in which each bears
    the name of its case.

    Args:
        argument: The argument that takes the case.
        cases: The cases.
        ids: What makes the name of a case.
    """
    every = list(cases)

    def decorate(test: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(test):

            async def run(*args: Any, **fixtures: Any) -> None:
                failures = Failures(argument)
                for case in every:
                    try:
                        await test(*args, **fixtures, **{argument: case})
                    except Exception as error:
                        failures.add(error, ids(case))
                failures.report()

        else:

            def run(*args: Any, **fixtures: Any) -> None:
                failures = Failures(argument)
                for case in every:
                    try:
                        test(*args, **fixtures, **{argument: case})
                    except Exception as error:
                        failures.add(error, ids(case))
                failures.report()

        functools.update_wrapper(run, test)
        signature = inspect.signature(test)
        left = [parameter for name, parameter in signature.parameters.items() if name != argument]
        run.__signature__ = signature.replace(parameters=left)
        return run

    return decorate


class Failures:
    """The errors of the cases that failed."""

    def __init__(self, argument: str) -> None:
        self._argument = argument
        self._errors: list[Exception] = []

    def add(self, error: Exception, case: object) -> None:
        error.add_note(f"{self._argument}: {case}")
        self._errors.append(error)

    def report(self) -> None:
        if self._errors:
            raise ExceptionGroup(f"failed with {len(self._errors)} values of {self._argument}", self._errors)
