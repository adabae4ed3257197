"""What a first call loads, and where: nothing that it does not need, and nothing long on the thread of the event loop."""

from __future__ import annotations

import ast
import asyncio
import gc
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy._loading import first_in_thread, meanwhile
from aiodockerpy._warming import WarmPart, load

FAKE = """
import asyncio, sys, threading
import aiodockerpy
from aiodockerpy.testing import FakeEngine

async def main():
    async with FakeEngine() as engine:
        print(engine.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""
CLIENT = """
import asyncio, builtins, sys, threading
import aiodockerpy


class Watch:
    on_loop = []
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if threading.current_thread() is threading.main_thread():
            cls.on_loop.append(name)

async def main(url):
    async with aiodockerpy.DockerClient(url) as client:
        sys.meta_path.insert(0, Watch)
        {call}
    long = ("pydantic", "aiohttp", "aiodockerpy.models.", "aiodockerpy.buildkit")
    light = {"aiodockerpy.models." + name for name in ("filters", "_words", "_versions")}  # they have no model
    print([name for name in Watch.on_loop if name.startswith(long) and name not in light])
    print(len([name for name in sys.modules if name.startswith("aiodockerpy.models.")]))

asyncio.run(main(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def url():
    """A fake engine in a process of its own: importing it loads everything."""
    with subprocess.Popen([sys.executable, "-c", FAKE], stdin=-1, stdout=-1, text=True) as process:
        yield process.stdout.readline().strip()
        process.stdin.close()
        process.wait(20)


def loaded(url: str, call: str) -> tuple[list[str], int]:
    """Make a call in a new process; return what it imported on the loop's thread, and how many files of models."""
    program = CLIENT.replace("{call}", call)
    out = subprocess.run([sys.executable, "-c", program, url], check=True, capture_output=True, text=True, timeout=60)
    names, count = out.stdout.strip().splitlines()
    return eval(names), int(count)


def test_a_ping_loads_no_model(url):
    on_loop, files = loaded(url, "await client.ping()")
    assert (on_loop, files) == ([], 0)


@pytest.mark.parametrize(
    "call",
    [
        "await client.version()",
        "await client.images.list()",
        "await client.containers.list()",
        'await client.containers.run("busybox:latest", ["true"], remove=True)',
        'await client.api.images.load(b"")',
        "await client.df()",
    ],
)
def test_a_first_call_loads_models_and_aiohttp_in_a_thread(url, call):
    attempt = f"try:\n            {call}\n        except aiodockerpy.errors.DockerException: pass"
    on_loop, _ = loaded(url, attempt)
    assert on_loop == []


def test_a_version_loads_no_model_of_anything_else(url):
    _, files = loaded(url, "await client.version()")
    assert files == 6  # the two bases, times, what is given, what does not fit, and the versions


FIRST_INSPECTION = """
import asyncio, sys
import aiodockerpy

async def main(url, container):
    async with aiodockerpy.DockerClient(url) as client:
        await client.version()
        await client.containers.get(container)
        await client.containers.list(all=True)

asyncio.run(main(*sys.argv[1:3]))
print(*sys.modules.keys() & sys.argv[3:])
"""
NOT_FOR_AN_INSPECTION = [
    "difflib",
    "http",
    "aiodockerpy._config.context_store",
    "aiodockerpy._protocol.ping",
    "aiodockerpy._protocol.progress",
    "aiodockerpy._transport.diagnostics",
    "aiodockerpy.hooks",
    "aiodockerpy.streams.progress",
]


async def test_a_first_inspection_loads_nothing_that_it_does_not_use(url):
    assert all(map(find_spec, NOT_FOR_AN_INSPECTION))
    async with aiodockerpy.DockerClient(url) as client:
        container = await client.containers.run("busybox:latest", ["true"], detach=True)
    command = [sys.executable, "-c", FIRST_INSPECTION, url, container.id, *NOT_FOR_AN_INSPECTION]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    output, _ = await process.communicate()
    assert (process.returncode, output.split()) == (0, [])


async def test_work_runs_in_a_thread_once_and_directly_then():
    seen = []
    for _ in range(3):
        assert await first_in_thread(lambda: seen.append(threading.current_thread()) or 5) == 5
    loop = threading.main_thread()
    assert [thread is loop for thread in seen] == [False, True, True]


async def test_work_that_failed_is_tried_in_a_thread_again():
    seen = []

    def work():
        seen.append(threading.current_thread() is threading.main_thread())
        raise ValueError

    for _ in range(2):
        with pytest.raises(ValueError):
            await first_in_thread(work)
    assert seen == [False, False]


async def test_work_goes_on_while_something_is_awaited():
    began, answered = threading.Event(), asyncio.Event()

    async def answer():
        while not began.is_set():
            await asyncio.sleep(0)
        answered.set()
        return "answer"

    assert await meanwhile(lambda: began.set() or "work", answer()) == ("work", "answer")
    assert answered.is_set()


async def test_an_error_of_what_is_awaited_is_raised_although_the_work_fails_too():
    async def answer():
        raise errors.NotFound("no such thing")

    with pytest.raises(errors.NotFound):
        await meanwhile(lambda: 1 / 0, answer())


async def test_the_collector_is_paused_while_models_are_made_and_runs_after():
    assert gc.isenabled()
    assert await first_in_thread(lambda: not gc.isenabled())
    assert gc.isenabled()


@pytest.mark.parametrize("part", WarmPart.__args__)
def test_each_part_can_be_loaded(part):
    load((part,))


def test_what_was_warmed_is_built():
    load(("networks",))
    from aiodockerpy import models

    assert models.NetworkCreateRequest.__pydantic_complete__


def unguarded_imports(tree: ast.AST, *, guarded: bool = True):
    """Yield the imports that an async function of a module makes where an `OSError` of them would leave it."""
    for node in ast.iter_child_nodes(tree):
        inside = guarded
        if isinstance(node, ast.AsyncFunctionDef):
            inside = "reports_exhaustion" in map(ast.unparse, node.decorator_list)
        elif isinstance(node, ast.FunctionDef):
            inside = True  # called by what is guarded
        elif isinstance(node, ast.With):
            inside = guarded or ast.unparse(node.items[0]) == "reporting_exhaustion()"
        elif isinstance(node, ast.Import | ast.ImportFrom) and not guarded:
            yield node.lineno
        yield from unguarded_imports(node, guarded=inside)


def test_no_method_imports_where_a_process_without_file_descriptors_would_raise_an_oserror():
    package = Path(aiodockerpy.__file__).parent
    files = [package / "client.py", *(package / "api").rglob("*.py"), *(package / "resources").rglob("*.py")]
    found = {str(file): list(unguarded_imports(ast.parse(file.read_text()))) for file in files}
    assert {file: lines for file, lines in found.items() if lines} == {}
