"""Fake engines for the tests of the fake engine; pytester runs users' tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

import aiodockerpy
from aiodockerpy.testing import FakeEngine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytest_plugins = ["pytester"]


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Run pytest with those plugins alone that a test names, which starts twice as fast, and with no configuration from above."""
    pytester.makeini("[pytest]")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return pytester


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[FakeEngine]:
    """An engine in the test's own event loop."""
    async with FakeEngine(images=["busybox:1", "busybox:latest"]) as running:
        yield running


@pytest_asyncio.fixture
async def client(engine: FakeEngine) -> AsyncIterator[aiodockerpy.DockerClient]:
    """A client of that engine."""
    async with aiodockerpy.DockerClient(engine.url) as opened:
        yield opened
