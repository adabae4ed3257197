"""The promises in which those who write below a directory differ; what they share is tested with extractions."""

from __future__ import annotations

import os
import stat

import pytest

from aiodockerpy._archives.writer import Metadata, SafeWriter
from aiodockerpy.errors import UnsafeArchive

PLAIN = Metadata(0o644, 0)


@pytest.fixture(params=[True, False], ids=["anchored", "by-path"])
def writer(request, tmp_path):
    made = []

    def make(**options):
        made.append(SafeWriter(tmp_path, anchored=request.param, **{"take_over": True, "deepest": 9, **options}))
        return made[-1]

    before = set(os.listdir("/proc/self/fd"))
    yield make
    for each in made:
        each.close()
    assert set(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("there", ["file", "link"])
def test_what_is_in_the_place_of_a_directory_is_replaced_or_refused(writer, tmp_path, there):
    outside = tmp_path / "outside"
    outside.mkdir()
    place = tmp_path / "d"
    place.write_bytes(b"mine") if there == "file" else place.symlink_to(outside)
    with pytest.raises(UnsafeArchive, match="leads through"):
        writer(take_over=False).make_directory(("d",))
    assert not place.is_dir() or place.is_symlink()
    writer().make_directory(("d",))
    assert place.is_dir()
    assert not place.is_symlink()
    assert list(outside.iterdir()) == []


def test_a_directory_that_exists_is_made_writable_or_left_alone(writer, tmp_path):
    (tmp_path / "d").mkdir(mode=0o500)
    writer(take_over=False).make_directory(("d",))
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o500
    made = writer()
    made.make_directory(("d",))
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o700
    made.set_directory(("d",), Metadata(0o2511, 10**18))
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o2511
    assert (tmp_path / "d").stat().st_mtime_ns == 10**18


def test_only_so_many_directories_are_nested(writer):
    with pytest.raises(UnsafeArchive, match="nested more than 3"):
        writer(deepest=3).make_directory(tuple("abcd"))


@pytest.mark.skipif(os.geteuid() != 0, reason="makes a device")
def test_a_device_is_never_replaced(writer, tmp_path):
    os.mknod(tmp_path / "null", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    file = writer().new_file(("null",))
    with pytest.raises(FileExistsError, match=r"a device is in the way: .*null"):
        file.complete(PLAIN)
    assert [place.name for place in tmp_path.iterdir()] == ["null"]
    assert (tmp_path / "null").is_char_device()


def test_several_files_are_written_at_once_and_appear_when_they_are_complete(writer, tmp_path):
    made = writer()
    files = [made.new_file((name, "f")) for name in "abc"]
    for file in files:
        file.write(b"1")
        file.write(b"2")
    assert not list(tmp_path.rglob("f"))
    files[0].complete(PLAIN)
    files[1].discard()
    files[2].complete(Metadata(0o4755, 2**80))  # a time that no file system holds is left out
    assert sorted(str(place.relative_to(tmp_path)) for place in tmp_path.rglob("*") if place.is_file()) == [
        "a/f",
        "c/f",
    ]
    assert (tmp_path / "c/f").read_bytes() == b"12"
    assert stat.S_IMODE((tmp_path / "c/f").stat().st_mode) == 0o4755


def test_a_target_that_is_missing_is_the_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        SafeWriter(tmp_path / "missing", take_over=False, deepest=9).make_directory(("d",))
