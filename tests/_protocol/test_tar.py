"""Tar streams read piece by piece."""

from __future__ import annotations

import io
import math
import tarfile
from contextlib import suppress

import pytest
from hypothesis import given, settings, strategies as st

from aiodockerpy._protocol.tar import TarReader
from aiodockerpy.errors import ProtocolError
from tests._protocol.lines import Lines
from tests._protocol.splits import PLACES, cut
from tests.together import together

CONTENT = b"x" * 1500


def archive(format=tarfile.PAX_FORMAT, members=None):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as tar:
        for info, content in members or default_members():
            tar.addfile(info, io.BytesIO(content) if content is not None else None)
    return out.getvalue()


def member(name, content=None, **fields):
    info = tarfile.TarInfo(name)
    info.size = len(content) if content is not None else 0
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def default_members():
    return [
        member("dir", type=tarfile.DIRTYPE, mode=0o755),
        member("dir/file", CONTENT, mtime=1700000000.25, uid=7, gid=8),
        member("dir/empty", b""),
        member("d/" * 80 + "long", b"1"),
        member("ümlaut", b"2"),
        member("link", type=tarfile.SYMTYPE, linkname="l/" * 80),
        member("hard", type=tarfile.LNKTYPE, linkname="dir/file"),
    ]


def read(pieces):
    reader = TarReader()
    found = []
    for piece in pieces:
        for event in reader.feed(piece):
            if isinstance(event, tarfile.TarInfo):
                found.append([event.name, event.type, event.linkname, b"", False])
            elif event is None:
                found[-1][4] = True
            else:
                found[-1][3] += event
    reader.close()
    return found


EXPECTED = [
    ["dir", b"5", "", b"", False],
    ["dir/file", b"0", "", CONTENT, True],
    ["dir/empty", b"0", "", b"", True],
    ["d/" * 80 + "long", b"0", "", b"1", True],
    ["ümlaut", b"0", "", b"2", True],
    ["link", b"2", "l/" * 80, b"", False],
    ["hard", b"1", "dir/file", b"", False],
]


@together("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
@together("size", [1, 511, 512, 513, 1 << 20])
def test_every_split_gives_the_same(format, size):
    data = archive(format)
    assert read(data[start : start + size] for start in range(0, len(data), size)) == EXPECTED


@given(places=PLACES)
def test_any_split_gives_the_same(places):
    assert read(cut(archive(), places)) == EXPECTED


def test_what_python_reads_is_what_is_read():
    heads = [event for event in TarReader().feed(archive()) if isinstance(event, tarfile.TarInfo)]
    with tarfile.open(fileobj=io.BytesIO(archive())) as tar:
        for ours, theirs in zip(heads, tar.getmembers(), strict=True):
            for field in ("name", "size", "mode", "mtime", "uid", "gid", "type", "linkname"):
                assert getattr(ours, field) == getattr(theirs, field)


def test_content_behind_the_end_is_ignored():
    reader = TarReader()
    reader.feed(archive() + b"rubbish")
    assert reader.ended
    assert reader.feed(b"more") == []
    reader.close()


@pytest.mark.parametrize("end", [-1, 512, 700, 2048])
def test_an_archive_that_was_cut_is_told(end):
    whole = archive()
    data = whole[: whole.rstrip(b"\0").__len__() if end == -1 else end]
    reader = TarReader()
    reader.feed(data)
    with pytest.raises(ProtocolError, match="ended before"):
        reader.close()


def damaged(offset, data):
    whole = bytearray(archive(members=[member("a", b"1")]))
    whole[offset : offset + len(data)] = data
    return bytes(whole)


def negative_size():
    info = tarfile.TarInfo("a")
    info.size = -5
    return info.tobuf(tarfile.GNU_FORMAT)


def pax(records):
    info = tarfile.TarInfo("pax")
    info.type = b"x"
    info.size = len(records)
    return (
        info.tobuf(tarfile.USTAR_FORMAT) + records + bytes(-len(records) % 512) + archive(members=[member("a", b"1")])
    )


def record(name, value):
    """Make one pax record; its length counts its own digits."""
    rest = f" {name}={value}\n".encode()
    length = len(rest) + len(str(len(rest)))
    return str(length if len(str(length)) == len(str(len(rest))) else length + 1).encode() + rest


NO_NUMBERS = ["nan", "inf", "-inf", "1e5", "²", "٣", "1_0", "", " 1", "0x1", "9" * 19, "9" * 5000, "1.5", "1\n", "-"]


@together(
    "data",
    [
        b"\x01" * 512,
        damaged(148, b"0000000\0"),
        negative_size(),
        pax(b"9 size=x\n"),
        pax(b"10 size=-1\n"),
        pax(b"99 a=b\n"),
        pax(b"x a=b\n"),
        pax(b"7 a=bc\n"[:6] + b"c"),
        pax(b"22 GNU.sparse.major=1\n"),
        *(pax(record(name, value)) for name in ("size", "uid", "gid") for value in NO_NUMBERS),
        *(pax(record("mtime", value)) for value in NO_NUMBERS if value != "1.5"),
        bytes(512) + archive(),
    ],
)
def test_what_makes_no_sense_is_refused(data):
    with pytest.raises(ProtocolError):
        TarReader().feed(data)


def test_a_huge_extension_is_refused_before_it_comes():
    info = tarfile.TarInfo("pax")
    info.type = b"x"
    info.size = 1 << 40
    with pytest.raises(ProtocolError, match="unlikely size"):
        TarReader().feed(info.tobuf(tarfile.GNU_FORMAT))


def test_names_that_are_not_text_survive():
    info, content = member("a\udcff", b"1")
    heads = TarReader().feed(archive(tarfile.GNU_FORMAT, [(info, content)]))
    assert heads[0].name == "a\udcff"


def test_the_work_of_extensions_is_linear_and_what_is_not_used_is_not_kept():
    """Many records before one member, and members after many global records, cost what their bytes cost."""
    with Lines() as small:
        TarReader().feed(pax(b"4 =\n" * 1000))
    with Lines() as large:
        TarReader().feed(pax(b"4 =\n" * 8000))
    assert large.count < 9 * small.count
    info = tarfile.TarInfo("pax")
    info.type, info.size = b"g", 60_000
    reader = TarReader()
    reader.feed(
        info.tobuf(tarfile.USTAR_FORMAT) + b"".join(b"12 a%05d=b\n" % n for n in range(5000)) + bytes(-60_000 % 512)
    )
    assert reader._defaults == {}


FIELDS = st.binary(min_size=1, max_size=12)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 499), FIELDS), max_size=6),
    st.sampled_from([*b"0123457xgLKSV"]),
    st.lists(st.tuples(st.sampled_from(["size", "uid", "mtime", "path", "x"]), st.text(max_size=12)), max_size=3),
)
def test_damaged_heads_raise_only_what_is_documented(changes, kind, records):
    """Heads with a right checksum and anything in their fields, behind extensions with anything in them."""
    data = b"".join(record(*each) for each in records)
    head = bytearray(archive(members=[member("a", b"1" * 600)])[:512])
    for offset, change in changes:
        head[offset : offset + len(change)] = change
    head[156] = kind
    head = head[:512].ljust(512, b"\0")
    head[148:156] = b"%06o\0 " % (256 + sum(head[:148]) + sum(head[156:]))
    with suppress(ProtocolError):
        reader = TarReader()
        for event in reader.feed(pax(data)[: -10240 if data else 0] + bytes(head) + bytes(2048)):
            if isinstance(event, tarfile.TarInfo):
                assert math.isfinite(event.mtime)
                assert event.size >= 0
        reader.close()
