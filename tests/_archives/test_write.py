"""Trees of any names and kinds as archives: those that `tarfile`, GNU tar and the extraction read are the trees."""

from __future__ import annotations

import io
import os
import shutil
import stat
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, strategies as st

from aiodockerpy._archives.extract import Extraction
from aiodockerpy._archives.policy import Policy
from aiodockerpy._archives.write import Attributes, tar_pieces, tree

ODD = [
    b"\n", b"\\", b"\xff", b"\xed\xa0\x80", ".é\ufeff".encode(), b"...", b"..a", b"a:b", b"12 path=x", b"PaxHeaders.0", b".wh.a", b"-a", b" ", b"~",
    b"%2e", b"n" * 100, b"n" * 101, b"n" * 255, b"\xc3\xa9" * 127,
]  # fmt: skip
NAMES = st.sampled_from(ODD) | st.binary(min_size=1, max_size=40).filter(
    lambda name: not set(name) & set(b"/\0") and name not in {b".", b".."}
)
TARGETS = NAMES | st.sampled_from([b"t/" * 2000, b"/etc/passwd", b"../../x", b"a//b/"])
TIMES = st.integers(-(1 << 31), (1 << 33) + 9) | st.sampled_from([-1, 0, 0o77777777777, 0o77777777777 + 1])
MODES = st.sampled_from([0o644, 0o755, 0o6750, 0o400])
ENTRIES = st.one_of(
    st.tuples(st.just("file"), st.binary(max_size=1500) | st.just(b"1" * 70_000), MODES, TIMES),
    st.tuples(st.just("link"), TARGETS),
    st.tuples(st.just("twin")),
    st.tuples(st.just("fifo")),
    st.tuples(st.just("directory"), st.integers(0, 20)),
)
TREES = st.dictionaries(NAMES, ENTRIES, max_size=6)


def make(root, entries):
    """Make a directory of these entries."""
    last = None
    for name, (kind, *values) in entries.items():
        place = os.path.join(os.fsencode(root), name)
        if kind == "file":
            content, mode, mtime = values
            last = place
            with open(place, "wb") as file:
                file.write(content)
            os.chmod(place, mode)
            os.utime(place, (mtime, mtime))
        elif kind == "link":
            os.symlink(values[0], place)
        elif kind == "fifo":
            os.mkfifo(place)
        elif kind == "directory":
            for _ in range(values[0] + 1):
                os.mkdir(place)
                place = os.path.join(place, name[:120])
        elif last is not None:
            os.link(last, place)


def listing(root):
    """Return what there is below a directory: kinds, permissions, times, contents, and what is the same file."""
    found, first = {}, {}
    for where, directories, files in os.walk(os.fsencode(root)):
        for place in sorted(os.path.join(where, name) for name in directories + files):
            info = os.lstat(place)
            kind = stat.S_IFMT(info.st_mode)
            path = os.path.relpath(place, os.fsencode(root))
            if kind == stat.S_IFLNK:
                found[path] = kind, os.readlink(place)
            elif kind == stat.S_IFREG:
                same = first.setdefault((info.st_dev, info.st_ino), path)
                found[path] = (
                    kind,
                    stat.S_IMODE(info.st_mode),
                    int(info.st_mtime),
                    Path(os.fsdecode(place)).read_bytes(),
                    same,
                )
            else:
                found[path] = kind, stat.S_IMODE(info.st_mode)
    return found


def by_tarfile(archive, target):
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(target, filter="fully_trusted")


def by_gnu_tar(archive, target):
    subprocess.run(["tar", "-xpf", "-", "-C", target], input=archive, check=True, capture_output=True)


def by_extraction(archive, target):
    extraction = Extraction(Path(target), Policy("keep"))
    try:
        extraction.feed(archive)
        extraction.finish()
    finally:
        extraction.close()


def plain(found):
    """Leave out what an extraction of ours does: named pipes, and bits of owners."""
    return {
        path: (kind, values[0] & 0o777, *values[1:]) if values and isinstance(values[0], int) else (kind, *values)
        for path, (kind, *values) in found.items()
        if kind != stat.S_IFIFO
    }


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
@given(TREES)
@example(dict.fromkeys(ODD, ("file", b"1", 420, 1)))
@example(dict.fromkeys(ODD, ("directory", 20)))
@example({name: ("twin",) if at % 2 else ("file", name, 0o644, -1) for at, name in enumerate(ODD)})
def test_whoever_reads_the_archive_of_a_tree_gets_the_tree(entries):
    top = tempfile.mkdtemp()
    try:
        source = Path(top, "source")
        source.mkdir()
        make(source, entries)
        archive = b"".join(tar_pieces(tree(source, Attributes(os.getuid(), os.getgid()))))
        for extract, keeps in ((by_tarfile, dict), (by_gnu_tar, dict), (by_extraction, plain)):
            target = Path(top, extract.__name__)
            target.mkdir()
            extract(archive, target)
            assert keeps(listing(target)) == keeps(listing(source)), extract.__name__
    finally:
        shutil.rmtree(top)
