from __future__ import annotations

import base64
import json
import stat
from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from aiodockerpy import errors
from aiodockerpy._protocol.archive import decode_path_stat, from_go_mode, padding, to_go_mode
from tests.together import together

MODES = [
    (0o644, stat.S_IFREG | 0o644),
    (1 << 31 | 0o755, stat.S_IFDIR | 0o755),
    (1 << 27 | 0o777, stat.S_IFLNK | 0o777),
    (1 << 26 | 1 << 21 | 0o666, stat.S_IFCHR | 0o666),
    (1 << 26 | 0o660, stat.S_IFBLK | 0o660),
    (1 << 25 | 0o600, stat.S_IFIFO | 0o600),
    (1 << 24 | 0o755, stat.S_IFSOCK | 0o755),
    (1 << 23 | 0o755, stat.S_IFREG | stat.S_ISUID | 0o755),
    (1 << 22 | 1 << 20 | 1 << 31 | 0o777, stat.S_IFDIR | stat.S_ISGID | stat.S_ISVTX | 0o777),
]


@together(("go", "kernel"), MODES)
def test_modes(go, kernel):
    assert from_go_mode(go) == kernel
    assert to_go_mode(kernel) == go


@given(st.sampled_from([kernel for _, kernel in MODES]), st.integers(0, 0o7777))
def test_modes_round_trip(kind, bits):
    mode = stat.S_IFMT(kind) | bits
    assert from_go_mode(to_go_mode(mode)) == mode


def header(value):
    return base64.b64encode(json.dumps(value).encode()).decode()


def test_path_stat():
    wire = {
        "name": "tmp",
        "size": 4096,
        "mode": 2148532735,
        "mtime": "2026-11-23T11:14:47.123456789Z",
        "linkTarget": "",
    }
    found = decode_path_stat(header(wire))
    assert (found.name, found.size, found.link_target) == ("tmp", 4096, "")
    assert found.mode == stat.S_IFDIR | stat.S_ISVTX | 0o777
    assert (found.is_dir, found.is_symlink) == (True, False)
    assert found.mtime.nanosecond == 123456789
    assert dict(found) == wire
    assert list(found) == list(wire)
    assert (found["mode"], found.get("nothing"), found.get("x", 1), "size" in found) == (2148532735, None, 1, True)
    assert hash(found) == hash(decode_path_stat(header(wire)))


def test_a_link():
    found = decode_path_stat(header({"name": "sh", "mode": 134218239, "linkTarget": "/bin/busybox"}))
    assert (found.is_symlink, found.link_target) == (True, "/bin/busybox")


def test_what_does_not_fit_is_left_out():
    found = decode_path_stat(header({"name": None, "size": "1", "mtime": "", "extra": 1}))
    assert (found.name, found.size, found.mode, found.mtime, found.link_target) == ("", 0, stat.S_IFREG, None, "")
    assert found["extra"] == 1


@together("value", ["", "!", "bm8ganNvbg==", header([]), header("x"), "e30", "e30=\n"])
def test_what_is_no_path_stat(value):
    with pytest.raises(errors.ProtocolError, match="X-Docker-Container-Path-Stat"):
        decode_path_stat(value)


@pytest.mark.parametrize(("size", "filling"), [(0, 0), (1, 511), (511, 1), (512, 0), (513, 511)])
def test_padding_fills_up_whole_blocks(size, filling):
    assert padding(size) == bytes(filling)


JSON = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(10**4000) | st.just("\ud800")


@given(st.one_of(st.text(max_size=40), st.recursive(JSON, st.lists, max_leaves=5).map(header)))
def test_any_header_is_decoded_or_a_documented_error(value):
    with suppress(errors.ProtocolError):
        decode_path_stat(value)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("name", "size", "mode", "mtime", "linkTarget", "x"), JSON)))
def test_any_values_are_decoded_or_a_documented_error(values):
    with suppress(errors.ProtocolError):
        found = decode_path_stat(header(values))
        assert isinstance(found.size, int)
        assert isinstance(found.mode, int)
        assert isinstance(found.name, str)
