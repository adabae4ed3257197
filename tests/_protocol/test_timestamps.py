from __future__ import annotations

import copy
import pickle
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, strategies as st

from aiodockerpy import errors
from aiodockerpy._protocol.timestamps import Timestamp, bound, parse_rfc3339
from tests.together import together

WIRE = "2026-11-23T11:14:47.123456789Z"
ZERO = "0001-01-01T00:00:00Z"
UNIX = 1_795_432_487  # of WIRE


@pytest.fixture
def berlin(monkeypatch):
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@together(
    ("text", "moment", "nanosecond"),
    [
        (WIRE, datetime(2026, 11, 23, 11, 14, 47, 123456, UTC), 123456789),
        ("2026-11-23T11:14:47Z", datetime(2026, 11, 23, 11, 14, 47, 0, UTC), 0),
        ("2026-11-23T11:14:47.1Z", datetime(2026, 11, 23, 11, 14, 47, 100000, UTC), 100000000),
        ("2026-11-23T11:14:47.12345678Z", datetime(2026, 11, 23, 11, 14, 47, 123456, UTC), 123456780),
        ("2026-11-23T11:14:47.000000001Z", datetime(2026, 11, 23, 11, 14, 47, 0, UTC), 1),
        ("2026-11-23T11:14:47.1234567899999Z", datetime(2026, 11, 23, 11, 14, 47, 123456, UTC), 123456789),
        ("2026-11-23t11:14:47z", datetime(2026, 11, 23, 11, 14, 47, 0, UTC), 0),
        ("2026-11-23T13:14:47+02:00", datetime(2026, 11, 23, 11, 14, 47, 0, UTC), 0),
        ("2026-11-23T05:44:47.5-05:30", datetime(2026, 11, 23, 11, 14, 47, 500000, UTC), 500000000),
        (ZERO, datetime(1, 1, 1, tzinfo=UTC), 0),
        ("9999-12-31T23:59:59.999999999Z", datetime(9999, 12, 31, 23, 59, 59, 999999, UTC), 999999999),
    ],
)
def test_parse(text, moment, nanosecond):
    assert parse_rfc3339(text) == (moment, nanosecond)
    stamp = Timestamp.parse(text)
    assert stamp == moment
    assert (stamp.text, stamp.nanosecond) == (text, nanosecond)
    assert stamp.tzinfo is not None


@together(
    "text",
    ["", "now", "2026-11-23", "2026-11-23T11:14:47", "2026-13-23T11:14:47Z", "2026-11-23T11:14:60Z", "2026-11-23T11:14:47.Z",
     "2026-11-23T11:14:47+0200", "2026-11-23T11:14:47+25:00", " " + WIRE, WIRE + "\n", "٢026-11-23T11:14:47Z", "0000-01-01T00:00:00Z"],
)  # fmt: skip
def test_what_is_no_time(text):
    with pytest.raises(ValueError):
        Timestamp.parse(text)


def test_another_offset_is_kept():
    stamp = Timestamp.parse("2026-11-23T13:14:47.000000001+02:00")
    assert stamp.utcoffset() == timedelta(hours=2)
    assert stamp.astimezone(UTC).hour == 11
    assert stamp.unix_nano == UNIX * 10**9 + 1


def test_unix_nano_is_exact():
    assert Timestamp.parse(WIRE).unix_nano == UNIX * 10**9 + 123456789
    assert Timestamp.parse("1969-12-31T23:59:59.999999999Z").unix_nano == -1
    assert Timestamp.parse(ZERO).unix_nano == -62135596800 * 10**9


@given(st.integers(-62135596800 * 10**9, 253402300799 * 10**9 + 999999999))
@example(0)
@example(-1)
def test_unix_nano_round_trip(value):
    stamp = Timestamp.from_unix_nano(value)
    assert stamp.unix_nano == value
    assert Timestamp.parse(stamp.text) == stamp
    assert Timestamp.parse(stamp.text).unix_nano == value


def test_a_time_outside_of_the_calendar():
    with pytest.raises(OverflowError):
        Timestamp.from_unix_nano(10**21)


def test_go_zero_time_is_false_and_nothing_else():
    assert not Timestamp.parse(ZERO)
    assert not Timestamp.parse("0001-01-01T01:00:00+01:00")
    assert Timestamp.parse("0001-01-01T00:00:00.000000001Z")
    assert Timestamp.parse("1970-01-01T00:00:00Z")
    assert Timestamp.parse(WIRE)


@together("text", [WIRE, ZERO, "2026-11-23T13:14:47.5+02:00"])
@together(
    "clone",
    [
        copy.copy,
        copy.deepcopy,
        *(lambda value, p=p: pickle.loads(pickle.dumps(value, p)) for p in range(pickle.HIGHEST_PROTOCOL + 1)),
    ],
)
def test_copies_keep_everything(text, clone):
    stamp = Timestamp.parse(text)
    other = clone(stamp)
    assert type(other) is Timestamp
    assert other == stamp
    assert hash(other) == hash(stamp)
    assert (other.text, other.nanosecond, other.utcoffset()) == (stamp.text, stamp.nanosecond, stamp.utcoffset())


def test_it_is_a_datetime():
    stamp = Timestamp.parse(WIRE)
    plain = datetime(2026, 11, 23, 11, 14, 47, 123456, UTC)
    assert isinstance(stamp, datetime)
    assert stamp == plain
    assert hash(stamp) == hash(plain)
    assert stamp < plain + timedelta(microseconds=1)
    assert stamp - plain == timedelta(0)
    assert min(plain + timedelta(1), stamp) is stamp
    assert f"{stamp:%H:%M}" == "11:14"
    assert repr(stamp) == f"<Timestamp {WIRE}>"


@pytest.mark.parametrize(
    "calculate",
    [
        lambda stamp: stamp + timedelta(hours=1),
        lambda stamp: stamp.replace(hour=12),
        lambda stamp: stamp.astimezone(timezone(timedelta(hours=1))) + timedelta(hours=1),
    ],
)
def test_what_is_calculated_has_no_old_text(calculate):
    later = calculate(Timestamp.parse(WIRE))
    assert later == datetime(2026, 11, 23, 12, 14, 47, 123456, UTC)
    assert later.nanosecond == 123456000
    assert later.text == later.isoformat()
    assert later.unix_nano == (UNIX + 3600) * 10**9 + 123456000
    assert copy.copy(later) == later
    assert pickle.loads(pickle.dumps(later)).text == later.text


def test_a_naive_one_is_local_time(berlin):
    assert Timestamp(2026, 11, 23, 12, 14, 47).unix_nano == UNIX * 10**9


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (0, "0"),
        (UNIX, str(UNIX)),
        (-5, "-5"),
        (UNIX + 0.5, f"{UNIX}.500000000"),
        (1700000000.123456, "1700000000.123456000"),
        (0.1, "0.100000000"),
        (-0.5, "-1.500000000"),
        (5.0, "5"),
        (datetime(2026, 11, 23, 11, 14, 47, tzinfo=UTC), str(UNIX)),
        (datetime(2026, 11, 23, 11, 14, 47, 1, UTC), f"{UNIX}.000001000"),
        (datetime(2026, 11, 23, 13, 14, 47, 0, timezone(timedelta(hours=2))), str(UNIX)),
        (datetime(2026, 11, 23, 12, 14, 47, 250000), f"{UNIX}.250000000"),
        (datetime(2026, 7, 1, 2), "1782864000"),
        (Timestamp.parse(WIRE), f"{UNIX}.123456789"),
        (timedelta(0), "1000"),
        (timedelta(minutes=10), "400"),
        (timedelta(milliseconds=1), "999.999000000"),
        ("10m", "400"),
        ("1.5s", "998.500000000"),
        ("1ns", "999.999999999"),
        ("-1m", "1060"),
        (WIRE, f"{UNIX}.123456789"),
        ("2026-11-23T11:14:47Z", str(UNIX)),
        ("2026-11-23T13:14:47.5+02:00", f"{UNIX}.500000000"),
        ("2026-11-23T12:14:47", str(UNIX)),
        ("2026-11-23 12:14:47.000000001", f"{UNIX}.000000001"),
        ("2026-11-23T12:14", str(UNIX - 47)),
        ("2026-11-23T12", str(UNIX - 47 - 14 * 60)),
        ("2026-11-23", "1795388400"),
        ("2026-11-23Z", "1795392000"),
        (f" {UNIX} ", str(UNIX)),
        (f"{UNIX}.5", f"{UNIX}.500000000"),
        (f"{UNIX}.000000000", str(UNIX)),
        ("0", "0"),
    ],
)
def test_bounds(berlin, value, expected):
    assert bound(value, now=1000) == expected


@together(
    "value",
    [
        "",
        "yesterday",
        "10 m",
        "1d",
        "2026-13-01",
        "2026-11-23T12:14.5",
        "1.1234567890",
        "1e9",
        "3000000h",
        float("nan"),
        float("inf"),
        10**20,
        -(2**63) - 1,
        1e30,
    ],
)
def test_what_is_no_point_in_time(value):
    with pytest.raises(errors.InvalidArgument, match="not a point in time"):
        bound(value)


@pytest.mark.parametrize("value", [True, b"10m", object()])
def test_points_in_time_of_other_types(value):
    with pytest.raises(TypeError, match="a point in time is"):
        bound(value)


def test_ago_counts_from_the_present():
    before = time.time()
    assert before - 60 - 1 <= float(bound("1m")) <= time.time() - 60 + 1


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_datetime(value):
    seconds, _, nanos = bound(value).partition(".")
    assert len(nanos) in {0, 9}
    assert (
        datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds), microseconds=int(nanos or 0) // 1000)
        == value
    )
