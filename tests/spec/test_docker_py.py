"""Every method and every keyword of docker-py's objects is compared with ours by some test on real engines."""

from __future__ import annotations

import importlib
import inspect
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import aiodockerpy
from aiodockerpy import resources
from tests.spec.docker_py import surface
from tests.together import together

ROOT = Path(__file__).parents[2]
INTEGRATION = ROOT / "tests/integration"
MARKED = re.compile(r"^@(same|pytest\.mark\.docker_py)\b", re.MULTILINE)

# What is not there on purpose, each with the words of the pages on docker-py that explain it.
HANDLES = "A call that can stream returns a handle"
NOT_HERE = {
    "Container.attach": {"demux": HANDLES, "stream": HANDLES},
    "Container.attach_socket": {"params": HANDLES, "ws": HANDLES},
    "Container.exec_run": {"socket": HANDLES, "stream": HANDLES},
    "Container.logs": {"stream": HANDLES},
    "Container.stats": {"decode": HANDLES, "stream": HANDLES},
    "ContainerCollection.run": {"stream": HANDLES},
    "DockerClient.events": {"decode": HANDLES},
    "ImageCollection.pull": {"decode": HANDLES, "stream": HANDLES},
    "ImageCollection.push": {"decode": HANDLES, "stream": HANDLES},
}
# Methods that exist under another name, or as part of a handle.
ELSEWHERE = {"Container.attach_socket": HANDLES}


@cache
def compared():
    """The keywords that tests compare, by method."""
    found = defaultdict(set)
    for path in sorted(INTEGRATION.glob("test_*.py")):
        if not MARKED.search(path.read_text()):
            continue  # to import them all takes seconds
        module = importlib.import_module(f"tests.integration.{path.stem}")
        for function in vars(module).values():
            if not inspect.isfunction(function) or not function.__name__.startswith("test_"):
                continue
            for mark in getattr(function, "pytestmark", ()):
                if mark.name == "docker_py":
                    name, *keywords = mark.args
                    found[name].update(keywords)
    return dict(found)


@together("name", surface())
def test_every_keyword_is_compared(name):
    missing = surface()[name] - compared().get(name, set()) - NOT_HERE.get(name, {}).keys()
    assert not missing
    assert name in compared() or name in ELSEWHERE


def test_nothing_is_compared_that_docker_py_has_not():
    known = surface()
    assert [name for name, keywords in compared().items() if keywords - known.get(name, set())] == []
    assert set(NOT_HERE) <= set(known)


def test_the_pages_explain_what_is_not_here():
    pages = (ROOT / "docs/migrating").glob("docker-py/*.md")
    text = "".join(page.read_text() for page in (ROOT / "docs/migrating/docker-py.md", *pages))
    for reason in {*ELSEWHERE.values(), *(text for reasons in NOT_HERE.values() for text in reasons.values())}:
        assert reason in text


@together("name", sorted({*surface()} - {*ELSEWHERE}))
def test_every_member_is_here(name):
    kind, _, member = name.partition(".")
    ours = aiodockerpy.DockerClient if kind == "DockerClient" else getattr(resources, kind)
    assert hasattr(ours, member)
