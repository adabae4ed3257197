from __future__ import annotations

from datetime import timedelta

import docker.errors
import docker.utils
import pytest
from hypothesis import given, strategies as st

from aiodockerpy import errors
from aiodockerpy._protocol.units import nanoseconds, parse_bytes, parse_duration
from tests.together import together


@together(
    ("size", "expected"),
    [
        (0, 0),
        (-1, -1),
        (1.5, 1.5),
        ("", 0),
        ("0", 0),
        ("1024", 1024),
        ("-1", -1),
        ("1b", 1),
        ("2k", 2048),
        ("2K", 2048),
        ("2kb", 2048),
        ("2KB", 2048),
        ("128m", 128 * 1024**2),
        ("1.5g", 1536 * 1024**2),
        ("1 g", 1024**3),
        ("2t", 2 * 1024**4),
        ("1TB", 1024**4),
        (".5k", 512),
        ("64MiB", 64 * 1024**2),
        ("64kib", 64 * 1024),
        ("1.9", 1),
        ("1e3", 1000),
    ],
)
def test_parse_bytes(size, expected):
    assert parse_bytes(size) == expected
    assert type(parse_bytes(size)) is type(expected)


@together(
    "size",
    [
        "1p",
        "k",
        "b",
        "x",
        "1x",
        "kb",
        "kib",
        "1ib",
        "1.2.3m",
        "infb",
        "nanb",
        "--1",
        " ",
        "1k ",
        "1mm",
        "٣p",
        "٣m",
        "1_0m",
    ],
)
def test_what_is_no_size(size):
    with pytest.raises(errors.InvalidArgument, match="not a size in bytes") as caught:
        parse_bytes(size)
    assert isinstance(caught.value, errors.DockerException)
    assert repr(size) in str(caught.value)


@given(st.text("0123456789.-+ebkmgKMGB x", max_size=6))
def test_sizes_but_terabytes_are_those_of_docker_py(size):
    try:
        expected = docker.utils.parse_bytes(size)
    except (docker.errors.DockerException, OverflowError):
        with pytest.raises(errors.DockerException):
            parse_bytes(size)
    else:
        assert parse_bytes(size) == expected


@together(
    ("value", "expected"),
    [
        (0, 0),
        (30, 30_000_000_000),
        (0.1, 100_000_000),
        (1e-9, 1),
        (-1.5, -1_500_000_000),
        (timedelta(seconds=1.5), 1_500_000_000),
        (timedelta(days=400, microseconds=1), 34_560_000_000_001_000),
        (timedelta(microseconds=-1), -1000),
    ],
)
def test_nanoseconds(value, expected):
    assert nanoseconds(value) == expected


@given(st.timedeltas())
def test_nanoseconds_of_a_timedelta_are_exact(value):
    assert timedelta(microseconds=nanoseconds(value) // 1000) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_nanoseconds_are_finite(value):
    with pytest.raises(errors.InvalidArgument):
        nanoseconds(value)


@pytest.mark.parametrize("value", [True, "30s", None, b"1"])
def test_nanoseconds_of_other_types(value):
    with pytest.raises(TypeError, match="timedelta or seconds"):
        nanoseconds(value)


@together(
    ("text", "expected"),
    [
        ("0", 0),
        ("+0", 0),
        ("-0", 0),
        ("5s", 5_000_000_000),
        ("30s", 30_000_000_000),
        ("1478s", 1_478_000_000_000),
        ("-5s", -5_000_000_000),
        ("+5s", 5_000_000_000),
        ("5.0s", 5_000_000_000),
        ("5.s", 5_000_000_000),
        (".5s", 500_000_000),
        ("1.004s", 1_004_000_000),
        ("100.00100s", 100_001_000_000),
        ("10ns", 10),
        ("11us", 11_000),
        ("12µs", 12_000),
        ("12μs", 12_000),
        ("13ms", 13_000_000),
        ("15m", 900_000_000_000),
        ("16h", 57_600_000_000_000),
        ("3h30m", 12_600_000_000_000),
        ("10.5s4m", 250_500_000_000),
        ("-2m3.4s", -123_400_000_000),
        ("1h2m3s4ms5us6ns", 3_723_004_005_006),
        ("0.3333333333333333333h", 1_200_000_000_000 - 1),
        ("9223372036854775807ns", 2**63 - 1),
    ],
)
def test_parse_duration(text, expected):
    assert parse_duration(text) == expected


@together(
    "text",
    [
        "",
        "3",
        "-",
        "s",
        ".",
        "-.",
        ".s",
        "+.s",
        "1d",
        "1h 2m",
        " 1s",
        "1s ",
        "--1s",
        "1e3s",
        "9223372036854775808ns",
        "3000000h",
        "٣s",
        "1,5s",
    ],
)
def test_what_is_no_duration(text):
    with pytest.raises(errors.InvalidArgument, match="duration"):
        parse_duration(text)


@given(st.integers(0, 2**63 - 1), st.sampled_from(["", "-"]))
def test_every_number_of_nanoseconds(value, sign):
    assert parse_duration(f"{sign}{value}ns") == (-value if sign else value)


def test_no_text_takes_long_to_read():
    for text in ("5" * 1_000_000, "5." * 500_000, "1s" * 500_000, "." * 1_000_000):
        with pytest.raises(errors.InvalidArgument):
            parse_duration(text)
