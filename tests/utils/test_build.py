"""Archives of build contexts, compared with docker-py's."""

from __future__ import annotations

import io
import os
import socket
import tarfile

import docker.utils
import pytest

from aiodockerpy import errors, utils

PATTERNS = [
    [],
    ["*.log", "!keep.log"],
    ["src", "!src/main.py"],
    ["**/*.tmp", "docs/"],
    ["*"],
    ["*", "!src"],
    ["Dockerfile", ".dockerignore"],
]


@pytest.fixture
def root(tmp_path):
    for name in ("Dockerfile", ".dockerignore", "a.log", "keep.log", "src/main.py", "src/x.tmp", "docs/a.md", "run.sh"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "run.sh").chmod(0o755)
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("run.sh")
    return tmp_path


def contents(file):
    """What an archive holds: by name the kind, the permissions, the target and the content."""
    with tarfile.open(fileobj=file) as archive:
        return {
            head.name: (head.type, head.mode, head.linkname, archive.extractfile(head).read() if head.isfile() else b"")
            for head in archive
        }


@pytest.mark.parametrize("patterns", PATTERNS)
async def test_the_same_paths_are_left(root, patterns):
    given = list(patterns)
    assert await utils.exclude_paths(root, given) == docker.utils.exclude_paths(str(root), list(patterns))
    assert given == patterns  # docker-py appends to it


async def test_case_counts(root):
    assert "a.log" in await utils.exclude_paths(root, ["A.LOG"])
    assert "a.log" not in docker.utils.exclude_paths(str(root), ["A.LOG"])


async def test_a_malformed_pattern(root):
    with pytest.raises(errors.InvalidArgument):
        await utils.exclude_paths(root, ["[a-"])


@pytest.mark.parametrize("gzip", [False, True])
@pytest.mark.parametrize("dockerfile", [None, ("run.sh", None), ("Dockerfile.other", "FROM x")])
async def test_the_same_context(root, gzip, dockerfile):
    ours = await utils.tar(root, ["*.log"], dockerfile, gzip=gzip)
    theirs = docker.utils.tar(str(root), ["*.log"], dockerfile, gzip=gzip)
    with ours, theirs:
        assert ours.read(2) == theirs.read(2) or not gzip
        ours.seek(0)
        theirs.seek(0)
        assert contents(ours) == contents(theirs)


async def test_the_same_archive_of_certain_files(root):
    files = ["src/main.py", "src", "link", "empty"]
    target = io.BytesIO()
    ours = await utils.create_archive(root, files, target, extra_files=[("src/main.py", "other"), ("new", "x")])
    assert ours is target
    with docker.utils.create_archive(str(root), files, extra_files=[("src/main.py", "other"), ("new", "x")]) as theirs:
        assert contents(ours) == contents(theirs)


async def test_the_same_archive_of_everything_but_sockets(root):
    with socket.socket(socket.AF_UNIX) as listening:
        place = os.path.relpath(root / "socket")
        listening.bind(place)
        with await utils.create_archive(root) as ours, docker.utils.create_archive(str(root)) as theirs:
            assert contents(ours) == contents(theirs)


async def test_a_file_that_is_not_there(root):
    with pytest.raises(OSError, match=r"nothing\.txt"):
        await utils.create_archive(root, ["run.sh", "nothing.txt"])


async def test_the_same_archive_of_a_dockerfile(root):
    with await utils.mkbuildcontext(io.BytesIO(b"FROM x")) as ours:
        with docker.utils.mkbuildcontext(io.BytesIO(b"FROM x")) as theirs:
            assert contents(ours) == contents(theirs)
    with open(root / "Dockerfile", "rb") as file, await utils.mkbuildcontext(file) as ours:
        assert contents(ours)["Dockerfile"][3] == b"Dockerfile"
    with pytest.raises(TypeError, match="must be bytes or a binary file"):
        await utils.mkbuildcontext(io.StringIO("FROM x"))
