"""For all tests."""

from __future__ import annotations

import gc
import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Generator

# A machine with other work is slow at times: that is no failure of an example. `--hypothesis-profile=thorough` tries more:
# scripts/test.sh runs with it. In CI the same code gets the same examples, so that a failure is the change's own.
_IN_CI = bool(os.environ.get("CI"))
settings.register_profile("quick", deadline=None, max_examples=25, derandomize=_IN_CI)
settings.register_profile("thorough", deadline=None, max_examples=500, derandomize=_IN_CI)
settings.load_profile("quick")

# What a shell starts in the background ignores SIGINT, and so would the programs that tests start and end by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

gc.disable()  # until everything is collected, which makes millions of objects and drops few


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Keep the thousands of collected tests out of the garbage collector, which would look at them all in every full run."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Collect no garbage while a failure is described.

    Pytest parses the source for it. In CPython 3.11 that fails with a SystemError, which ends the whole run, if the
    collector comes upon a task whose exception nobody took: to log it, the source is parsed within the parsing.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return (yield)
    finally:
        if was_enabled:
            gc.enable()
