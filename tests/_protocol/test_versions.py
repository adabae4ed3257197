from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from aiodockerpy import errors
from aiodockerpy._protocol.versions import NEWEST_KNOWN, OLDEST_SUPPORTED, ApiVersion, negotiate
from tests.together import together

NUMBERS = st.integers(0, 9999)


@pytest.mark.parametrize(
    ("text", "expected"), [("1.41", (1, 41)), ("v1.41", (1, 41)), (" 1.5\n", (1, 5)), ("2.0", (2, 0))]
)
def test_parse(text, expected):
    assert ApiVersion.parse(text) == ApiVersion(*expected)


@together("text", ["", "1", "1.", ".41", "1.41.0", "V1.41", "1.-1", "auto", "1.4_1", "1.٤", "1.99999", "1.41\0"])
def test_parse_refuses(text):
    with pytest.raises(errors.InvalidVersion, match="API version"):
        ApiVersion.parse(text)


@given(NUMBERS, NUMBERS)
def test_round_trip(major, minor):
    version = ApiVersion(major, minor)
    assert ApiVersion.parse(str(version)) == version
    assert hash(ApiVersion.parse(f"v{version}")) == hash(version)


def test_order_is_numeric():
    assert ApiVersion.parse("1.9") < ApiVersion.parse("1.41") < ApiVersion.parse("1.100") < ApiVersion.parse("2.0")


@together(
    ("engine", "expected"),
    [
        ("1.41", "1.41"),
        ("1.51", "1.51"),
        ("1.99", str(NEWEST_KNOWN)),
        (None, str(OLDEST_SUPPORTED)),
    ],
)
def test_negotiate(engine, expected):
    assert str(negotiate(engine and ApiVersion.parse(engine))) == expected


def test_an_old_engine_is_told_so():
    with pytest.raises(errors.InvalidVersion, match=r"1\.40.*1\.41.*upgrade the engine"):
        negotiate(ApiVersion(1, 40))
