"""Sending a large build context, beside ``docker buildx``: 20,000 files of 10 kB, the same again unchanged, and 3 GB.

Both tell how long the engine took to load the context, which is from the first file asked for to the last one written.
Run by ``python -m benchmarks.contexts``; it needs the docker command line with buildx, such as the test lab's.
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import aiodockerpy
from aiodockerpy import buildkit
from tests.lab import state

DIRECTORIES, FILES, SIZE = 200, 100, 10_240
ROUNDS = int(os.environ.get("ROUNDS", "3"))
MANY = ("205 MB in 20,000 files", "nothing changed")
LARGE = "3 GB in one file"


def make_context(root: Path) -> None:
    """Write the files, with content that does not compress."""
    for directory in range(DIRECTORIES):
        place = root / f"d{directory}"
        place.mkdir()
        for number in range(FILES):
            (place / f"f{number}").write_bytes(os.urandom(SIZE))
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")


async def ours(client: aiodockerpy.DockerClient, root: Path) -> float:
    """Build and return the seconds of the step that loads the context."""
    kit = buildkit.BuildKit(client._session)
    options = buildkit.BuildOptions(context=root, outputs=[buildkit.Output.none()])
    build = buildkit.solve(client._session, kit, options)
    await build
    step = next(step for step in build.state.steps.values() if "load build context" in step.name)
    return step.duration.total_seconds()


async def theirs(url: str, root: Path) -> float:
    """Do the same with buildx."""
    known = state.load()
    words = ["--host", url, "buildx", "build", "--progress=plain", "--output=type=cacheonly", str(root)]
    process = await asyncio.create_subprocess_exec(
        known.engine("new").docker_cli,
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "DOCKER_CONFIG": str(known.docker_config)},
    )
    out, _ = await process.communicate()
    text = out.decode()
    number = re.search(r"#(\d+) \[internal\] load build context", text)
    if process.returncode or number is None:
        raise RuntimeError(text)
    return float(re.findall(rf"^#{number[1]} DONE ([0-9.]+)s", text, re.MULTILINE)[-1])


async def lag(worst: list[float]) -> None:
    """Watch how long the event loop is kept from its work."""
    while True:
        begin = time.perf_counter()
        await asyncio.sleep(0.005)
        worst[0] = max(worst[0], time.perf_counter() - begin - 0.005)


async def contexts(url: str) -> str:
    """Take turns, each time with a context that the engine does not know, then with the same one."""
    seconds: dict[tuple[str, str], list[float]] = {}
    work: dict[tuple[str, str], list[float]] = {}
    worst = [0.0]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "0"
        root.mkdir()
        make_context(root)
        async with aiodockerpy.DockerClient(url) as client:

            async def take(who: str, case: str, place: Path) -> None:
                watching = asyncio.create_task(lag(worst if who == "ours" else [0.0]))
                before = cpu(who)
                took = await ours(client, place) if who == "ours" else await theirs(url, place)
                watching.cancel()
                seconds.setdefault((case, who), []).append(took)
                work.setdefault((case, who), []).append(cpu(who) - before)

            for turn in range(2 * ROUNDS):
                root = root.rename(Path(folder) / f"{os.getpid()}-{turn}")  # the engine knows contexts by their name
                for case in MANY:
                    await take(("ours", "buildx")[turn % 2], case, root)
            shutil.rmtree(root)
            for who in ("ours", "buildx"):
                await take(who, LARGE, make_large(Path(folder) / f"{os.getpid()}-{who}"))
                await client.buildkit.prune(all=True, filters=["type==source.local"])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    lines = [
        "### Build contexts, seconds",
        "",
        "| sent | ours | buildx | ratio of medians |",
        "| --- | ---: | ---: | ---: |",
        *(_row(seconds, case, "time") for case in (*MANY, LARGE)),
        *(_row(work, case, "client's CPU") for case in (*MANY, LARGE)),
        "",
        f"Ours: at most {memory} MB of memory, the event loop held up for {worst[0] * 1000:.0f} ms at worst.",
    ]
    return "\n".join([*lines, ""])


def make_large(root: Path) -> Path:
    """Make a context of one file that takes no room here."""
    root.mkdir()
    (root / "Dockerfile").write_text("FROM scratch\nCOPY large /\n")
    with (root / "large").open("wb") as file:
        file.truncate(3 << 30)
    return root


def cpu(who: str) -> float:
    """CPU seconds that a client has used so far; unlike time they hardly depend on what else the machine does."""
    used = resource.getrusage(resource.RUSAGE_SELF if who == "ours" else resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _row(measured: dict[tuple[str, str], list[float]], case: str, what: str) -> str:
    told = (" ".join(f"{took:.1f}" for took in measured[case, who]) for who in ("ours", "buildx"))
    return "| " + " | ".join((f"{case}: {what}", *told, _ratio(measured, case))) + " |"


def _ratio(measured: dict[tuple[str, str], list[float]], case: str) -> str:
    return f"{statistics.median(measured[case, 'ours']) / max(0.1, statistics.median(measured[case, 'buildx'])):.2f}"


if __name__ == "__main__":
    print(asyncio.run(contexts(state.load().engine("new").url)))
