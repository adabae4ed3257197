"""Builds on every kind of engine: the shared ones, and one with the containerd image store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from aiodockerpy import buildkit
from tests.integration.conftest import GIVEN_HOST, ROLES, EngineUnderTest, _given_engine
from tests.lab import rest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import aiodockerpy

ENGINES = ROLES if GIVEN_HOST else (*ROLES, "containerd")


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> EngineUnderTest:
    """Each engine in turn."""
    if GIVEN_HOST:
        return _given_engine(GIVEN_HOST)
    known = request.getfixturevalue("lab_up")(request.param).engine(request.param)
    return EngineUnderTest(request.param, known.url, known.tcp_url, known.api_version, known.version, known.docker_cli)


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds on the engine under test; `image` and `history` look at what came of it by other means."""

    engine: EngineUnderTest
    client: aiodockerpy.DockerClient
    kit: buildkit.BuildKit
    features: buildkit.EngineFeatures

    def __call__(self, *, push=None, credentials=None, **options) -> buildkit.Build:
        return buildkit.solve(
            self.client._session, self.kit, buildkit.BuildOptions(**options), push=push, credentials=credentials
        )

    @property
    def containerd(self) -> bool:
        return self.features.containerd_store

    def image(self, name: str) -> dict:
        return rest.ask(self.engine.url, "GET", f"/images/{name}/json")

    def exists(self, name: str) -> bool:
        return rest.call(self.engine.url, "GET", f"/images/{name}/json")[0] == 200


@pytest_asyncio.fixture
async def build(engine: EngineUnderTest, client: aiodockerpy.DockerClient) -> Builder:
    kit = buildkit.BuildKit(client._session)
    return Builder(engine, client, kit, await kit.features())


@pytest.fixture
def context(tmp_path: Path) -> Callable[..., Path]:
    """Make a context: ``context(dockerfile, **{"a/b.txt": "text"})``."""

    def make(dockerfile: str, files: dict[str, str | bytes] | None = None, name: str = "context") -> Path:
        root = tmp_path / name
        root.mkdir(exist_ok=True)
        (root / "Dockerfile").write_text(dockerfile)
        for path, content in (files or {}).items():
            place = root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return make
