"""What users get: the wheel in slim images and for every platform, and the demonstration of the unpacked sdist."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import aiodockerpy
from tests.lab import debian

PROJECT = Path(__file__).parents[2]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
LIBRARIES = {
    "glibc": ("manylinux2014", "manylinux_2_17", "manylinux_2_28"),
    "musl": ("musllinux_1_1", "musllinux_1_2"),
}
MACHINES = ("x86_64", "aarch64")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


async def run(*command: object, **options) -> str:
    process = await asyncio.create_subprocess_exec(*map(str, command), stdout=-1, stderr=-2, **options)
    out = (await process.communicate())[0].decode()
    assert process.returncode == 0, out
    return out


async def build(kind: str, folder: Path, project: Path = PROJECT) -> Path:
    await run(sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", folder, cwd=project)
    return next(folder.iterdir())


def content(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pip(*words: object, python: str, library: str, machine: str) -> tuple[object, ...]:
    platforms = [f"--platform={name}_{machine}" for name in LIBRARIES[library]]
    given = ("--quiet", "--only-binary=:all:", f"--python-version={python}", *platforms)
    return sys.executable, "-m", "pip", "install", *given, *words


async def test_everything_it_needs_has_wheels_for_glibc_and_musl(tmp_path):
    wheel = await build("wheel", tmp_path)
    limit = asyncio.Semaphore(2)

    async def resolve(**place: str) -> None:
        async with limit:
            await run(*pip("--dry-run", "--target", tmp_path / "none", f"{wheel}[otel,ssh,progress]", **place))

    async with asyncio.TaskGroup() as group:
        for python in PYTHONS:
            for library in LIBRARIES:
                for machine in MACHINES:
                    group.create_task(resolve(python=python, library=library, machine=machine))


@pytest.mark.timeout(1200)  # the first time Debian is downloaded
async def test_the_quickstart_runs_in_a_slim_image(lab_up, tmp_path):
    """Debian's minimal base with python3, without pip and compilers; the wheel and what it needs are mounted."""
    lab = lab_up("new", "registry")
    engine, registry = lab.engine("new"), lab.registries["open"].address
    root = await asyncio.to_thread(debian.minimal)
    assert [name for name in ("gcc", "cc", "pip", "pip3") if (root / "usr/bin" / name).exists()] == []
    version = next((root / "usr" / "lib").glob("python3.*")).name.removeprefix("python")
    wheel = await build("wheel", tmp_path / "dist")
    await run(*pip("--target", tmp_path / "site", wheel, python=version, library="glibc", machine="x86_64"))
    shutil.copy(PROJECT / "examples" / "quickstart.py", tmp_path / "site")
    async with aiodockerpy.DockerClient(engine.url) as client:
        with tarfile.open(tmp_path / "slim.tar", "w") as archive:
            archive.add(root, ".")
        await client.api.images.import_image((tmp_path / "slim.tar").read_bytes(), repo="slim", tag="1")
        try:
            output = await client.containers.run(
                "slim:1",
                ["python3", "-W", "error", "/site/quickstart.py"],
                environment={"PYTHONPATH": "/site", "AIODOCKERPY_DEMO_IMAGE": f"{registry}/layers:1"},
                volumes={str(tmp_path / "site"): {"bind": "/site"}, engine.socket: {"bind": "/var/run/docker.sock"}},
                network_mode="none",
                remove=True,
            )
        finally:
            await client.images.remove("slim:1")
    assert b"hello world" in output


async def test_the_distributions_are_checked_and_are_the_project(lab_up, tmp_path):
    """What ``make dist`` runs passes; its wheel, built from the sdist, is the checkout's, and its unpacked sdist shows itself."""
    engine = lab_up("new").engine("new")
    at_engine = {**os.environ, "DOCKER_HOST": engine.url}
    assert "scripts/dist.sh" in await run("make", "-n", "dist", cwd=PROJECT)
    out = await run("scripts/dist.sh", sys.executable, tmp_path / "dist", cwd=PROJECT, env=at_engine)
    assert out.count("PASSED") == 2  # twine's word for each of the two files
    assert ".whl: OK" in out  # check-wheel-contents
    # The report of the installed wheel, which reached the engine.
    assert f"aiodockerpy {aiodockerpy.__version__}" in out
    assert "\n  answer          Docker Engine" in out

    [sdist], [theirs] = tmp_path.glob("dist/*.tar.gz"), tmp_path.glob("dist/*.whl")
    ours = await build("wheel", tmp_path / "ours")
    assert theirs.name == ours.name == f"aiodockerpy-{aiodockerpy.__version__}-py3-none-any.whl"
    assert content(theirs) == content(ours)

    with tarfile.open(sdist) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # which early versions of Python 3.11 lack
        archive.extractall(tmp_path)
    [project] = tmp_path.glob("aiodockerpy-*")
    await run("make", "-n", "demo", "test", "docs", "bench", cwd=project)
    assert "hello world" in await run("make", "demo", f"PYTHON={sys.executable}", cwd=project, env=at_engine)
    assert "\n  answer          Docker Engine" in await run(
        project / ".cache/demo/bin/python", "-m", "aiodockerpy", cwd=project, env={"DOCKER_HOST": engine.url}
    )
