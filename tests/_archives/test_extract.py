"""Extraction: whatever an archive holds, nothing is written outside the target."""

from __future__ import annotations

import io
import os
import stat
import tarfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from aiodockerpy._archives.extract import Extraction
from aiodockerpy._archives.policy import Policy
from aiodockerpy.errors import ProtocolError, UnsafeArchive

ROOT = os.geteuid() == 0


def member(name, content=None, **fields):
    info = tarfile.TarInfo(name)
    info.size = len(content) if content is not None else 0
    info.mode = 0o644
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def folder(name, **fields):
    return member(name, type=tarfile.DIRTYPE, **{"mode": 0o755, **fields})


def symlink(name, target):
    return member(name, type=tarfile.SYMTYPE, linkname=target)


def hardlink(name, target):
    return member(name, type=tarfile.LNKTYPE, linkname=target)


def archive(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content) if content is not None else None)
    return out.getvalue()


@pytest.fixture(params=[True, False], ids=["anchored", "by-path"])
def anchored(request):
    return request.param


@pytest.fixture
def place(tmp_path):
    """A target with a neighbour whose name begins like its own, and a secret outside."""
    target = tmp_path / "target"
    target.mkdir()
    (tmp_path / "target-evil").mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    return target


def everything(root):
    found = {}
    for where, folders, files in os.walk(root):
        for name in [*folders, *files]:
            path = os.path.join(where, name)
            kind = os.lstat(path)
            content = os.readlink(path) if stat.S_ISLNK(kind.st_mode) else None
            if stat.S_ISREG(kind.st_mode):
                content = Path(path).read_bytes()
            found[os.path.relpath(path, root)] = (stat.S_IFMT(kind.st_mode), content)
    return found


def extract(target, data, anchored, policy=None, piece=700, **options):
    extraction = Extraction(target, policy or Policy(), anchored=anchored, **options)
    try:
        for start in range(0, len(data), piece):
            extraction.feed(data[start : start + piece])
        extraction.finish()
    finally:
        extraction.close()
    return extraction


HOSTILE = {
    "dot-dot": [member("../secret", b"x")],
    "dot-dot inside": [folder("a"), member("a/../../secret", b"x")],
    "dot-dot folder": [folder("..", mode=0o777)],
    "absolute": [member("/tmp/aiodockerpy-escape", b"x")],
    "absolute folder": [folder("/aiodockerpy-escape")],
    "sibling prefix": [member("../target-evil/x", b"x")],
    "sibling prefix by link": [symlink("a", "../target-evil"), member("a/x", b"x")],
    "link then write": [symlink("a", "/"), member("a/aiodockerpy-escape", b"x")],
    "relative link then write": [symlink("a", ".."), member("a/secret", b"x")],
    "kept link then write": [symlink("a", "b"), folder("b"), member("a/x", b"x")],
    "link then folder": [symlink("a", "b"), folder("b"), folder("a")],
    "link of links": [folder("d"), symlink("d/l", ".."), symlink("e", "d/l/../.."), member("e/secret", b"x")],
    "dot-dot behind a link": [folder("a"), folder("a/b"), symlink("a/b/c", "../.."), symlink("x", "a/b/c/..")],
    "deep link": [folder("a"), symlink("a/l", "../../secret")],
    "link to itself outside": [symlink("target", "../target/../secret")],
    "hard link outside": [hardlink("a", "../secret")],
    "absolute hard link": [hardlink("a", "/etc/passwd")],
    "hard link to symlink": [folder("d"), symlink("d/l", "../x"), hardlink("y", "d/l")],
    "hard link through symlink": [folder("d"), symlink("l", "d"), member("d/f", b"1"), hardlink("y", "l/f")],
    "hard link to nothing": [hardlink("a", "b")],
    "hard link to folder": [folder("d"), hardlink("a", "d")],
    "hard link to empty name": [hardlink("a", ".")],
    "empty-name link": [symlink("", "..")],
    "dot-name link": [symlink("./", "..")],
    "empty-name file": [member("", b"x")],
    "empty-name hard link": [member("f", b"1"), hardlink(".", "f")],
    "empty link target": [symlink("a", "")],
    "file over folder of ours": [member("a", b"1"), member("a/b", b"2")],
    "too deep": [member("/".join(["a"] * 300), b"x")],
    "unknown kind": [member("a", type=b"V")],
}


@pytest.mark.parametrize("members", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_is_written_outside(place, anchored, members):
    outside = {name: found for name, found in everything(place.parent).items() if not name.startswith("target/")}
    with pytest.raises(UnsafeArchive):
        extract(place, archive(*members), anchored)
    assert {
        name: found for name, found in everything(place.parent).items() if not name.startswith("target/")
    } == outside
    assert not os.path.exists("/aiodockerpy-escape")
    assert not os.path.exists("/tmp/aiodockerpy-escape")
    assert not [name for name in everything(place) if ".aiodockerpy-" in name]


@pytest.mark.parametrize("policy", ["skip", "keep"])
@pytest.mark.parametrize("members", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_is_written_outside_with_other_rules_for_links(place, anchored, members, policy):
    outside = {name: found for name, found in everything(place.parent).items() if not name.startswith("target/")}
    with suppress(UnsafeArchive):
        extract(place, archive(*members), anchored, Policy(outside_links=policy))
    assert {
        name: found for name, found in everything(place.parent).items() if not name.startswith("target/")
    } == outside


def test_links_that_were_there_before_are_not_gone_through(place, anchored):
    (place / "logs").symlink_to(place.parent)
    with pytest.raises(UnsafeArchive, match="symbolic link"):
        extract(place, archive(member("logs/secret", b"x")), anchored)
    assert (place.parent / "secret").read_bytes() == b"secret"


def test_a_link_in_the_place_of_a_file_is_replaced_not_written_through(place, anchored):
    (place / "a").symlink_to(place.parent / "secret")
    extract(place, archive(member("a", b"new")), anchored)
    assert (place.parent / "secret").read_bytes() == b"secret"
    assert not (place / "a").is_symlink()
    assert (place / "a").read_bytes() == b"new"


def test_a_hard_linked_file_is_replaced_not_written_through(place, anchored):
    os.link(place.parent / "secret", place / "a")
    extract(place, archive(member("a", b"new")), anchored)
    assert (place.parent / "secret").read_bytes() == b"secret"


def test_what_is_harmless_arrives_whole(place, anchored):
    old = umask(0o077)
    try:
        extract(
            place,
            archive(
                folder("."),
                folder("./dir", mode=0o750, mtime=1_600_000_000),
                member("./dir/file", b"x" * 5000, mode=0o640, mtime=1_500_000_000),
                symlink("./dir/up", "../dir/file"),
                symlink("./flat", "dir/file"),
                hardlink("./twin", "./dir/file"),
                member("./empty", b""),
                member("./made/by/the/way", b"1"),
            ),
            anchored,
        )
    finally:
        umask(old)
    assert (place / "dir/file").read_bytes() == b"x" * 5000
    assert stat.S_IMODE((place / "dir/file").stat().st_mode) == 0o640
    assert (place / "dir/file").stat().st_mtime == 1_500_000_000
    assert stat.S_IMODE((place / "dir").stat().st_mode) == 0o750
    assert (place / "dir").stat().st_mtime == 1_600_000_000
    assert os.readlink(place / "dir/up") == "../dir/file"
    assert (place / "flat").read_bytes() == b"x" * 5000
    assert (place / "twin").samefile(place / "dir/file")
    assert (place / "empty").read_bytes() == b""
    assert (place / "made/by/the/way").read_bytes() == b"1"


def umask(value):
    return os.umask(value)


def test_devices_and_setuid_are_dropped(place, anchored):
    extraction = extract(
        place,
        archive(
            member("null", type=tarfile.CHRTYPE, devmajor=1, devminor=3),
            member("disk", type=tarfile.BLKTYPE, devmajor=8, devminor=0),
            member("pipe", type=tarfile.FIFOTYPE),
            member("su", b"#!", mode=0o6755),
            folder("sticky", mode=0o1777),
        ),
        anchored,
    )
    assert sorted(everything(place)) == ["sticky", "su"]
    assert stat.S_IMODE((place / "su").stat().st_mode) == 0o755
    assert stat.S_IMODE((place / "sticky").stat().st_mode) == 0o777
    assert extraction.members == 5


def test_a_bomb_is_stopped_before_it_is_written(place, anchored):
    with pytest.raises(UnsafeArchive, match="max_size"):
        extract(place, archive(member("a", b"x" * 600), member("b", b"x" * 600)), anchored, Policy(max_size=1000))
    assert sorted(everything(place)) == ["a"]
    with pytest.raises(UnsafeArchive, match="max_members"):
        extract(place, archive(*[member(f"f{n}", b"") for n in range(11)]), anchored, Policy(max_members=10))
    huge = tarfile.TarInfo("huge")
    huge.size = 1 << 50
    with pytest.raises(UnsafeArchive, match="max_size"):
        extract(place, huge.tobuf(tarfile.GNU_FORMAT), anchored)
    assert "huge" not in everything(place)


def test_a_cut_archive_leaves_no_half_file(place, anchored):
    (place / "b").write_bytes(b"old")
    data = archive(member("a", b"1" * 600), member("b", b"2" * 5000))
    with pytest.raises(ProtocolError, match="ended before"):
        extract(place, data[:3000], anchored)
    assert everything(place) == {"a": (stat.S_IFREG, b"1" * 600), "b": (stat.S_IFREG, b"old")}


def test_a_folder_is_never_replaced_by_a_file(place, anchored):
    (place / "a").mkdir()
    (place / "a/kept").write_bytes(b"1")
    for data in (archive(member("a", b"x")), archive(symlink("a", "b"))):
        with pytest.raises(IsADirectoryError):
            extract(place, data, anchored)
    assert sorted(everything(place)) == ["a", "a/kept"]


def test_links_outside_are_kept_or_left_out_on_demand(place, anchored):
    data = archive(symlink("a", "/etc/passwd"), member("b", b"1"))
    extract(place, data, anchored, Policy(outside_links="skip"))
    assert sorted(everything(place)) == ["b"]
    extract(place, data, anchored, Policy(outside_links="keep"))
    assert os.readlink(place / "a") == "/etc/passwd"


@pytest.mark.skipif(not ROOT, reason="only root can give files away")
def test_owners_are_kept_on_demand(place, anchored):
    extract(place, archive(folder("d", uid=3, gid=4), member("d/f", b"1", uid=1234, gid=567)), anchored)
    assert ((place / "d/f").stat().st_uid, (place / "d/f").stat().st_gid) == (0, 0)
    extract(
        place,
        archive(folder("d", uid=3, gid=4), member("d/f", b"1", uid=1234, gid=567)),
        anchored,
        Policy(keep_owners=True),
    )
    assert ((place / "d/f").stat().st_uid, (place / "d/f").stat().st_gid) == (1234, 567)
    assert ((place / "d").stat().st_uid, (place / "d").stat().st_gid) == (3, 4)


def test_a_single_file_gets_the_name_that_was_asked_for(place, anchored):
    extract(place, archive(member("whatever", b"1")), anchored, alone="name")
    assert everything(place) == {"name": (stat.S_IFREG, b"1")}
    for data in (
        archive(symlink("a", "b")),
        archive(folder("a")),
        archive(),
        archive(member("a", b""), member("b", b"")),
    ):
        with pytest.raises(UnsafeArchive):
            extract(place, data, anchored, alone="other")


def test_no_file_stays_open(place, anchored):
    before = set(os.listdir("/proc/self/fd"))
    for number, members in enumerate(HOSTILE.values()):
        (place / str(number)).mkdir()
        with pytest.raises(UnsafeArchive):
            extract(place / str(number), archive(*members), anchored)
    assert set(os.listdir("/proc/self/fd")) == before


ODD = st.sampled_from(
    ["a", "b", "a/b", "..", ".", "", "/", "/a", "a/../b", "a//b", "\0", "a" * 300, "\udcff", "d", "d/e"]
)
KINDS = st.sampled_from([*(bytes([kind]) for kind in b"01234567xgLKSV"), b"\0"])
NUMBERS = st.sampled_from([0, 1, -1, 0o777, 0o7777, 2**31, 2**40])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(ODD, KINDS, ODD, st.binary(max_size=600), NUMBERS, NUMBERS, NUMBERS), max_size=5),
    st.integers(0, 20_000),
    st.booleans(),
    st.builds(Policy, st.sampled_from(["refuse", "skip", "keep"]), keep_owners=st.booleans()),
)
@example([("a", b"0", "", b"", 0, 0, 2**40)], 2000, True, Policy(keep_owners=True))
@example([("d", b"5", "", b"", 0, 0, -5)], 2000, True, Policy(keep_owners=True))
def test_whatever_arrives_stays_inside_and_raises_only_what_is_documented(tmp_path, entries, cut, anchored, policy):
    base = tmp_path / os.urandom(6).hex()
    (base / "target").mkdir(parents=True)
    data = b""
    for name, kind, link, content, mode, mtime, owner in entries:
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.size, info.mode, info.mtime = kind, link, len(content), mode & 0o7777, mtime
        info.uid = info.gid = owner
        data += info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape") + content + bytes(-len(content) % 512)
    with suppress(UnsafeArchive, ProtocolError, OSError):
        extract(base / "target", (data + bytes(1024))[:cut], anchored, policy)
    assert sorted(os.listdir(base)) == ["target"]
