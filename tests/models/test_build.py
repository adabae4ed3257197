from __future__ import annotations

import pytest

from aiodockerpy.models.build import BuildCache, BuildPrune
from tests.models.answers import nothing_unknown, read
from tests.together import together

RECORD = {
    "ID": "wr3cxzqv0g5rnqd3vvnlh6y3q",
    "Type": "regular",
    "Description": "pulled from docker.io/library/busybox:latest",
    "InUse": False,
    "Shared": True,
    "Size": 4421246,
    "CreatedAt": "2026-11-02T09:12:44.130294012Z",
    "LastUsedAt": None,
    "UsageCount": 1,
}


@together(
    ("extra", "parents"),
    [
        ({}, []),
        ({"Parent": ""}, []),
        ({"Parent": "one"}, ["one"]),
        ({"Parent": "one two"}, ["one", "two"]),
        ({" Parents": ["one", "two"]}, ["one", "two"]),
        ({"Parents": ["one"]}, ["one"]),
        ({"Parents": None}, []),
        ({"Parents": None, " Parents": ["two"]}, ["two"]),
    ],
)
def test_parents_are_read_wherever_the_version_has_them(extra, parents):
    record = read(BuildCache, RECORD | extra)
    nothing_unknown(record)
    assert record.parents == parents


@pytest.mark.parametrize("name", ["Parent", "Parents", " Parents"])
def test_parents_of_another_shape_do_not_raise(name):
    record = read(BuildCache, {name: 5}, drift=(name,))
    assert record.parents == []
    assert record[name] == 5


def test_record():
    record = read(BuildCache, RECORD)
    assert (record.in_use, record.shared, record.size, record.usage_count) == (False, True, 4421246, 1)
    assert record.created_at is not None
    assert record.created_at.nanosecond == 130294012
    assert record.last_used_at is None


def test_a_kind_of_record_newer_than_this_library():
    assert read(BuildCache, {"Type": "source.oci"}).type == "source.oci"


def test_prune():
    assert read(BuildPrune, {"CachesDeleted": None, "SpaceReclaimed": 0}).caches_deleted is None
    assert read(BuildPrune, {"CachesDeleted": ["a"], "SpaceReclaimed": 7}).space_reclaimed == 7
