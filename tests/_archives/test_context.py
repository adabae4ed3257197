"""Build contexts."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from aiodockerpy import errors
from aiodockerpy._archives.context import directory_members, make_context
from aiodockerpy._archives.write import Attributes, Member, Pieces, gzipped, member_of_bytes, tar_pieces, tree


class Endless(io.RawIOBase):
    """Reads as zeros."""

    def __init__(self, size):
        self.left = size

    def readable(self):
        return True

    def read(self, size=-1):
        size = min(size, self.left)
        self.left -= size
        return bytes(size)


def generated(files, size):
    for number in range(files):
        head = tarfile.TarInfo(f"dir/{number:06}")
        head.size = size
        yield Member(head, lambda: Endless(size))


@pytest.mark.slow
def test_ten_gigabytes_take_no_memory():
    """Two thousand files of five megabytes each, of a tree that exists nowhere."""
    files, size = 2000, 5 << 20
    tracemalloc.start()
    try:
        sent = longest = 0
        for piece in tar_pieces(generated(files, size)):
            sent += len(piece)
            longest = max(longest, len(piece))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sent == files * (512 + size) + 1024
    assert sent > 10 * 10**9
    assert longest <= 1 << 20
    assert peak < 4 << 20


@pytest.mark.slow
def test_ten_gigabytes_of_sparse_files_take_no_memory(tmp_path):
    """A tree on the disk: read as it is sent, holes as zeros, what is ignored not at all."""
    large, files = 1 << 30, 10
    for number in range(files):
        place = tmp_path / f"dir{number % 3}" / f"{number}"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(b"start")
        os.truncate(place, large)
    (tmp_path / "Dockerfile").write_text("FROM x")
    (tmp_path / "ignored").write_bytes(b"")
    os.truncate(tmp_path / "ignored", 1 << 40)
    (tmp_path / ".dockerignore").write_text("ignored\n")
    context = make_context(tmp_path, None, None)
    tracemalloc.start()
    try:
        sent = longest = 0
        for piece in context.content:
            sent += len(piece)
            longest = max(longest, len(piece))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    heads = files + 3 + 2  # files, folders, the Dockerfile and the ignore file, which have one block each
    assert sent == files * large + heads * 512 + 2 * 512 + 1024
    assert longest <= 1 << 20
    assert peak < 4 << 20


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 3 << 20), st.binary(min_size=1, max_size=5000)), max_size=5),
    st.integers(0, 4 << 20),
)
def test_files_with_holes_are_sent_as_they_read(tmp_path, writes, size):
    place = tmp_path / "sparse"
    with place.open("wb") as file:
        for offset, data in writes:
            file.seek(offset)
            file.write(data)
    os.truncate(place, max(size, place.stat().st_size))
    sent = b"".join(tar_pieces(tree(tmp_path, Attributes())))
    assert tarfile.open(fileobj=io.BytesIO(sent)).extractfile("sparse").read() == place.read_bytes()


def test_a_file_with_holes_that_shrinks_is_an_error(tmp_path):
    (tmp_path / "sparse").write_bytes(b"x")
    os.truncate(tmp_path / "sparse", 10 << 20)
    members = list(tree(tmp_path, Attributes()))
    os.truncate(tmp_path / "sparse", 1 << 20)
    with pytest.raises(OSError, match="became shorter"):
        list(tar_pieces(members))


def test_many_small_files_are_sent_in_large_pieces(tmp_path):
    for number in range(1500):
        (tmp_path / f"{number}").write_bytes(b"x")
    pieces = list(tar_pieces(tree(tmp_path, Attributes())))
    assert len(pieces) < 12
    assert len(tarfile.open(fileobj=io.BytesIO(b"".join(pieces))).getmembers()) == 1500


def test_a_file_that_shrinks_is_an_error():
    head = tarfile.TarInfo("a")
    head.size = 10
    with pytest.raises(OSError, match="became shorter"):
        list(tar_pieces([Member(head, lambda: io.BytesIO(b"short"))]))


def test_a_file_that_grows_is_sent_as_it_was():
    head = tarfile.TarInfo("a")
    head.size = 3
    data = b"".join(tar_pieces([Member(head, lambda: io.BytesIO(b"longer"))]))
    assert tarfile.open(fileobj=io.BytesIO(data)).extractfile("a").read() == b"lon"


def test_compression_changes_nothing_but_the_size():
    plain = b"".join(tar_pieces([member_of_bytes("a", b"x" * 100_000)]))
    packed = b"".join(gzipped([plain[:5000], plain[5000:]]))
    assert len(packed) < 2000
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar:
        assert tar.extractfile("a").read() == b"x" * 100_000


def test_attributes_replace_those_of_the_files(tmp_path):
    (tmp_path / "d").mkdir(mode=0o711)
    (tmp_path / "d/f").write_bytes(b"1")
    members = {member.head.name: member.head for member in tree(tmp_path, Attributes(5, 6, 0o600), prefix="p/")}
    assert (members["p/d"].uid, members["p/d"].gid, members["p/d"].mode) == (5, 6, 0o711)
    assert (members["p/d/f"].uid, members["p/d/f"].gid, members["p/d/f"].mode) == (5, 6, 0o600)


def test_capabilities_of_programs_are_sent(tmp_path):
    (tmp_path / "ping").write_bytes(b"1")
    value = bytes.fromhex("0100000200200000000000000000000000000000")
    try:
        os.setxattr(tmp_path / "ping", "security.capability", value)
    except OSError:
        pytest.skip("the file system, or the user, has no capabilities")
    data = b"".join(tar_pieces(tree(tmp_path, Attributes())))
    [info] = tarfile.open(fileobj=io.BytesIO(data)).getmembers()
    assert info.pax_headers["SCHILY.xattr.security.capability"].encode("utf-8", "surrogateescape") == value


def test_an_ignored_folder_is_not_walked(tmp_path, monkeypatch):
    for name in ("node_modules/deep/x", "src/y"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("")
    (tmp_path / ".dockerignore").write_text("node_modules\n!src/kept\n")
    walked = []
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: walked.append(str(path)) or real(path))
    members, _ = directory_members(tmp_path, None)
    assert [member.head.name for member in members] == [".dockerignore", "src", "src/y"]
    assert [os.path.relpath(path, tmp_path) for path in walked] == [".", "src"]


def test_what_went_wrong_here_is_told_instead_of_a_broken_connection():
    def broken():
        yield b"1"
        raise PermissionError("no")

    pieces = Pieces(broken())
    assert next(pieces) == b"1"
    with pytest.raises(PermissionError):
        next(pieces)
    with pytest.raises(PermissionError, match="no"), pieces.raising_own_error():
        raise errors.ConnectionFailed("broken")
    with pytest.raises(errors.ConnectionFailed), Pieces(iter([b"1"])).raising_own_error():
        raise errors.ConnectionFailed("the engine's fault")


def test_the_kind_of_context_follows_from_what_is_given(tmp_path):
    assert make_context("git@host:a/b", None, "D").remote == "git@host:a/b"
    assert make_context(None, io.BytesIO(b"tar"), None, custom_context=True).content.read() == b"tar"
    with pytest.raises(TypeError, match="BytesIO"):
        make_context(None, io.StringIO("FROM x"), None)
    with pytest.raises(TypeError, match="directory"):
        make_context(tmp_path / "missing", None, None)
    content = b"".join(make_context(None, io.BytesIO(b"FROM x"), None).content)
    assert tarfile.open(fileobj=io.BytesIO(content)).extractfile("Dockerfile").read() == b"FROM x"


def test_the_lower_case_dockerfile_is_never_ignored(tmp_path):
    (tmp_path / "dockerfile").write_text("FROM x")
    (tmp_path / ".dockerignore").write_text("*\n")
    members, name = directory_members(tmp_path, None)
    assert name is None
    assert [member.head.name for member in members] == [".dockerignore", "dockerfile"]
    assert stat.S_ISREG((tmp_path / "dockerfile").stat().st_mode)
