"""Heads made by hand are those that `tarfile` makes."""

from __future__ import annotations

import tarfile

import pytest
from hypothesis import example, given, strategies as st

from aiodockerpy._archives import heads
from aiodockerpy._archives.heads import head_bytes

KINDS = [tarfile.REGTYPE, tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE]
NUMBERS = st.integers(0, 1 << 22) | st.sampled_from([0o7777777, 0o7777777 + 1])
LARGE = st.integers(0, 1 << 34) | st.sampled_from([0o77777777777, 0o77777777777 + 1])


@st.composite
def members(draw):
    head = tarfile.TarInfo(draw(st.text("ab/é\udcff", min_size=1, max_size=120)))
    head.type = draw(st.sampled_from(KINDS))
    head.mode = draw(st.integers(0, 0o177777))
    head.uid, head.gid, head.size = draw(NUMBERS), draw(NUMBERS), draw(LARGE)
    head.mtime = draw(LARGE | st.just(-1) | st.just(1.5))
    head.linkname = draw(st.sampled_from(["", "target"]))
    head.uname = draw(st.sampled_from(["", "", "root"]))
    head.pax_headers = draw(st.sampled_from([{}, {}, {"SCHILY.xattr.a": "b"}]))
    return head


@given(members())
@example(tarfile.TarInfo("a" * 100))
@example(tarfile.TarInfo("a" * 101))
def test_every_head_is_the_one_of_tarfile(head):
    expected = head.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    assert head_bytes(head) == expected


@pytest.mark.parametrize(("name", "by_hand"), [("plain", True), ("é", False), ("a" * 101, False)])
def test_plain_files_do_not_need_tarfile(name, by_hand, monkeypatch):
    monkeypatch.setattr(heads.tarfile.TarInfo, "tobuf", lambda *_: b"by tarfile")
    assert (head_bytes(tarfile.TarInfo(name)) != b"by tarfile") is by_hand
