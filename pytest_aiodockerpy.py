"""The pytest plugin of aiodockerpy: a Docker engine for each test.

This module is imported with every start of pytest in an environment that has aiodockerpy, so it imports nothing but
pytest; the rest is imported by the first test that uses a fixture.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from aiodockerpy.testing import FakeEngine

__all__ = ["docker_engine", "docker_engine_factory"]

_MARKER = "docker_engine"
_OPTION = "--docker-engine"
_HELP = (
    "docker_engine(images=['busybox:latest'], api='1.51', strict=True): the images that the engine of this test has, "
    "the newest API version that it speaks, and whether it fails the test for what it does not have"
)
_OTHER_WAYS = ("DOCKER_CONTEXT", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_API_VERSION")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--docker-engine``."""
    group = parser.getgroup("aiodockerpy")
    group.addoption(
        _OPTION,
        choices=("fake", "real"),
        default="fake",
        help="what the fixture docker_engine is: a fake engine (default), or the real one that DOCKER_HOST or the "
        "docker context names",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Add the marker."""
    config.addinivalue_line("markers", _HELP)


def _settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers(_MARKER))):
        if marker.args:
            raise pytest.UsageError(f"the marker {_MARKER} takes keywords only: images=[…], api=, strict=")
        unknown = marker.kwargs.keys() - {"images", "api", "strict"}
        if unknown:
            names = ", ".join(sorted(unknown))
            raise pytest.UsageError(f"the marker {_MARKER} takes images, api and strict, not {names}")
        settings |= marker.kwargs
    if isinstance(settings.get("images"), str):
        settings["images"] = [settings["images"]]
    return settings


@contextmanager
def _pointed_at(url: str, config: Path) -> Generator[None]:
    """Let every client that looks at the environment find an engine, and no context or credentials of the user."""
    with pytest.MonkeyPatch.context() as patch:
        for name in _OTHER_WAYS:
            patch.delenv(name, raising=False)
        patch.setenv("DOCKER_CONFIG", str(config))
        patch.setenv("DOCKER_HOST", url)
        yield


@contextmanager
def _checked(engine: Any) -> Generator[Any]:
    """Run a test with an engine, and let the test fail for what the engine found."""
    try:
        with engine as running:
            yield running
    except AssertionError as problem:
        pytest.fail(str(problem), pytrace=False)


@pytest.fixture
def docker_engine_factory(request: pytest.FixtureRequest) -> Callable[..., AbstractContextManager[FakeEngine]]:
    """Give the test a function that makes further engines.

    Use it as ``with docker_engine_factory(images=["redis:8"]) as other``.

    It takes what `aiodockerpy.testing.FakeEngine` takes, and leaves the environment alone. On a real engine tests with
    several engines are skipped.
    """
    from aiodockerpy.testing import FakeEngine

    if request.config.getoption(_OPTION) == "real":
        pytest.skip("needs several engines, and --docker-engine=real is one")

    def make(**settings: Any) -> AbstractContextManager[FakeEngine]:
        return _checked(FakeEngine.in_thread(**settings))

    return make


@pytest.fixture
def docker_engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeEngine]:
    """Give the test a Docker engine, to which ``DOCKER_HOST`` points.

    It is a `aiodockerpy.testing.FakeEngine` in a thread of its own, with the settings of the marker ``docker_engine``;
    with ``--docker-engine=real`` it is the engine that the environment names, from which what the test made is removed.
    """
    settings = _settings(request)
    config = tmp_path_factory.mktemp("docker-config")
    if request.config.getoption(_OPTION) == "real":
        from aiodockerpy.testing.real import real_engine

        made: Any = real_engine(skip=pytest.skip, images=settings.get("images", ()), api=settings.get("api"))
    else:
        from aiodockerpy.testing import FakeEngine

        made = FakeEngine.in_thread(**settings)
    with _checked(made) as engine, _pointed_at(engine.url, config):
        yield engine
