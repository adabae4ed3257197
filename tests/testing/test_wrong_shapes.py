"""Every function of the testing package, with about forty wrong shapes for each parameter."""

from __future__ import annotations

import inspect

import pytest
import pytest_asyncio

from aiodockerpy import errors
from aiodockerpy.testing import Done, FakeEngine, FaultProxy, Faults
from tests._arguments.test_every_signature import JUNK
from tests.together import together

OTHER_NAMES = {"images": "name"}
"""An error about one image names what that is."""


@pytest_asyncio.fixture
async def engine():
    async with FakeEngine() as engine:
        yield engine
        engine.forgive()


async def undocumented(function, given, **also):
    """Call a function with each wrong shape for each parameter; return what is not documented."""
    found = []
    for name in inspect.signature(function).parameters:
        for shape, junk in JUNK.items():
            try:
                result = function(**{**given, name: junk})
                if isinstance(result, Done):
                    await result
            except errors.InvalidArgument as error:
                if name not in str(error) and OTHER_NAMES.get(name, name) not in str(error):
                    found.append((name, shape, str(error)))
            except (AssertionError, OSError) as error:
                if not also.get("looks"):
                    found.append((name, shape, repr(error)))
    return found


@pytest.mark.parametrize(
    ("made", "given"),
    [(FakeEngine, {}), (FaultProxy, {"target": "unix:///x"}), (Faults, {})],
    ids=["engine", "proxy", "faults"],
)
async def test_what_is_constructed(made, given):
    assert await undocumented(made, given) == []


async def test_the_engine(engine):
    calls = [
        (engine.clock.advance, {"seconds": 0}),
        (engine.program, {"images": "x", "program": print}),
        (engine.container, {"name": "x"}),
        (engine.fail, {"operation": "images.pull"}),
        (engine.delay, {"operation": "images.pull", "seconds": 1}),
        (engine.hang, {"operation": "images.pull"}),
        (engine.cut, {"operation": "images.pull", "after": 5}),
        (engine.restart, {"down": 0}),
        (engine.registry.add, {"name": "x"}),
        (engine.registry.remove, {"name": "x"}),
    ]
    for function, given in calls:
        assert await undocumented(function, given) == []
    assert await undocumented(engine.assert_called, {"operation": "system.ping"}, looks=True) == []
    assert "busybox" not in engine.registry
    assert ["busybox"] not in engine.registry


async def test_a_container(engine):
    container = engine.container("none")
    for function, given in [
        (container.read, {"path": "/x"}),
        (container.exit, {"code": 0}),
        (container.set_health, {}),
    ]:
        assert await undocumented(function, given, looks=True) == []


@together("target", ["", "x", "unix://", "tcp://", "tcp://host", "tcp://host:", "tcp://host:70000", "http://x:1"])
def test_a_target_that_is_no_address(target):
    with pytest.raises(errors.InvalidValue, match="target must be an address"):
        FaultProxy(target)
