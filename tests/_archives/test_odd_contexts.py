"""Build contexts that cannot be read, or not safely: the errors name the path, and nothing blocks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from contextlib import chdir
from pathlib import Path

import pytest

from aiodockerpy import errors
from aiodockerpy._archives.context import directory_members, make_context
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy.buildkit import BuildOptions
from aiodockerpy.buildkit._capabilities import EngineFeatures
from aiodockerpy.buildkit._files.filters import Filter
from aiodockerpy.buildkit._files.walk import Walk
from aiodockerpy.buildkit._plan import make_plan

ENGINE = EngineFeatures(ApiVersion(1, 51), containerd_store=False)
NOBODY = 65534
WITHOUT_RIGHTS = """
import os, sys
from pathlib import Path
from aiodockerpy._archives.context import directory_members
from aiodockerpy._archives.write import tar_pieces
from aiodockerpy.buildkit._files.filters import Filter
from aiodockerpy.buildkit._files.walk import Walk

if os.geteuid() == 0:
    os.seteuid({nobody})
root = Path(sys.argv[1])
for read in (lambda: list(tar_pieces(directory_members(root, None)[0])), lambda: list(Walk(root, Filter(exclude=["kept"])))):
    try:
        print(len(read()))
    except OSError as error:
        print(error.filename)
"""


@pytest.fixture
def context():
    """Return a directory in which everybody may read."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        (root / "Dockerfile").write_text("FROM scratch\n")
        yield root


def read_without_rights(root):
    """Read a context as a user who owns nothing of it; return what the two walks say."""
    script = WITHOUT_RIGHTS.format(nobody=NOBODY)
    done = subprocess.run(
        [sys.executable, "-c", script, str(root)], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_directory_without_rights_is_named(context):
    (context / "sub").mkdir()
    (context / "sub").chmod(0)
    assert read_without_rights(context) == [str(context / "sub")] * 2


def test_a_file_without_rights_is_named_when_it_is_read(context):
    (context / "secret").write_text("x")
    (context / "secret").chmod(0)
    classic, walked = read_without_rights(context)
    assert classic == str(context / "secret")
    assert walked == "2"  # BuildKit asks for files later, if it needs them


def test_what_is_ignored_is_not_opened(context):
    (context / "kept").mkdir()
    (context / "kept").chmod(0)
    (context / ".dockerignore").write_text("kept\n")
    assert not set(read_without_rights(context)) & {str(context / "kept")}


@pytest.mark.parametrize("name", ["Dockerfile", ".dockerignore", "Dockerfile.dockerignore"])
def test_files_that_have_no_end_are_refused_by_both_builders(context, name):
    (context / name).unlink(missing_ok=True)
    os.mkfifo(context / name)
    with pytest.raises(errors.InvalidArgument, match=name):
        make_context(str(context), None, None)
    with pytest.raises(errors.InvalidArgument, match=name):
        make_plan(BuildOptions(context=str(context)), ENGINE)


def test_special_files_and_links_are_sent_as_what_they_are_or_left_out(context):
    """No link is followed: not to itself, to nothing, out of the context, or up."""
    links = {"loop": "loop", "nothing": "no", "out": "/etc/passwd", "up": "../.."}
    for name, target in links.items():
        (context / name).symlink_to(target)
    os.mkfifo(context / "fifo")
    with chdir(context), socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
    members = {member.head.name: member.head for member in directory_members(context, None)[0]}
    assert {name: members[name].linkname for name in links} == links
    assert members["fifo"].isfifo()
    assert "socket" not in members
    walked = {entry.path for entry, _ in Walk(context, Filter())}
    assert {*links, "fifo", "Dockerfile"} <= walked


def test_a_context_can_be_a_link(context, tmp_path):
    (tmp_path / "link").symlink_to(context)
    members, _ = directory_members(tmp_path / "link", None)
    assert [member.head.name for member in members] == ["Dockerfile"]


@pytest.mark.parametrize("target", ["itself", "nothing", "/dev/null"])
def test_a_context_that_is_no_directory_is_named(tmp_path, target):
    place = tmp_path / "itself"
    place.symlink_to(target)
    with pytest.raises(TypeError, match="itself"):
        make_context(str(place), None, None)
    with pytest.raises(errors.InvalidArgument, match=r"itself|nothing|null"):
        make_plan(BuildOptions(context=str(place)), ENGINE)
