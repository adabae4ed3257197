"""What a caller gives to a constructor: sent as its value, or refused by a message that names the field."""

from __future__ import annotations

import dataclasses
import enum
import itertools
import json
from collections import UserDict, deque
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from ipaddress import IPv4Network, IPv6Address
from pathlib import PurePosixPath
from types import MappingProxyType
from unittest.mock import MagicMock, Mock
from uuid import UUID

import pytest
from pydantic import SecretStr

from aiodockerpy import models
from aiodockerpy.errors import InvalidArgument
from aiodockerpy.models._base import to_json
from tests.models.test_every_model import EVERY
from tests.together import together


class Level(int, enum.Enum):
    HIGH = 5


class Share(float, enum.Enum):
    HALF = 0.5


class Colour(str, enum.Enum):  # noqa: UP042 - the older form, whose text is not its value
    RED = "red"


class Plain(enum.Enum):
    A = "a"


class Odd(str):
    """A text whose text is not its value."""

    __slots__ = ()

    def __str__(self):
        return "NotItsValue"

    __repr__ = __str__


@dataclasses.dataclass
class Data:
    secret: int = 1


def cyclic(container):
    if isinstance(container, list):
        container.append(container)
    else:
        container["a"] = container
    return container


def deep(depth, value):
    for _ in range(depth):
        value = [value]
    return value


@together(
    ("fields", "sent"),
    [
        ({"hostname": Level.HIGH}, {"Hostname": "5"}),
        ({"hostname": Share.HALF}, {"Hostname": "0.5"}),
        ({"hostname": Colour.RED}, {"Hostname": "red"}),
        ({"hostname": Plain.A}, {"Hostname": "a"}),
        ({"hostname": Odd("x")}, {"Hostname": "x"}),
        ({"cmd": [Level.HIGH, Share.HALF, Odd("x"), Plain.A]}, {"Cmd": ["5", "0.5", "x", "a"]}),
        ({"cmd": (Level.HIGH,)}, {"Cmd": ["5"]}),
        ({"cmd": (word for word in [Level.HIGH])}, {"Cmd": ["5"]}),
        ({"cmd": {1: Level.HIGH}.values()}, {"Cmd": ["5"]}),
        ({"cmd": deque([Level.HIGH])}, {"Cmd": ["5"]}),
        ({"labels": {Level.HIGH: Level.HIGH, Odd("x"): Odd("y")}}, {"Labels": {"5": "5", "x": "y"}}),
        ({"labels": UserDict({Colour.RED: Colour.RED})}, {"Labels": {"red": "red"}}),
        ({"labels": MappingProxyType({Colour.RED: Colour.RED})}, {"Labels": {"red": "red"}}),
        ({"stop_timeout": Level.HIGH}, {"StopTimeout": 5}),
        (
            {"healthcheck": {"interval": Level.HIGH, "test": [Level.HIGH]}},
            {"Healthcheck": {"Interval": 5, "Test": ["5"]}},
        ),
        ({"HostConfig": {"Binds": [Odd("a:/b")]}}, {"HostConfig": {"Binds": ["a:/b"]}}),
        (
            {"networking_config": {"endpoints_config": {Odd("x"): {"gw_priority": Level.HIGH}}}},
            {"NetworkingConfig": {"EndpointsConfig": {"x": {"GwPriority": 5}}}},
        ),
    ],
)
def test_a_value_is_sent_as_what_it_is(fields, sent):
    assert json.loads(to_json(models.ContainerCreateRequest(**fields))) == sent


@together(
    ("fields", "message"),
    [
        ({"stop_timeout": True}, "ContainerCreateRequest.stop_timeout must be a whole number, not True"),
        (
            {"healthcheck": {"retries": False}},
            "ContainerCreateRequest.healthcheck.retries must be a whole number, not False",
        ),
        ({"stop_timeout": 2**64}, "stop_timeout must be a number of at most 64 bits"),
        ({"stop_timeout": float("nan")}, "stop_timeout must be a finite number"),
        ({"stop_timeout": MagicMock()}, "stop_timeout must be a whole number, not <MagicMock"),
        ({"tty": MagicMock()}, "tty must be True or False, not <MagicMock"),
        ({"cmd": MagicMock()}, "cmd must be a list, not <MagicMock"),
        ({"cmd": IPv4Network("10.0.0.0/8")}, "cmd must be a list, not IPv4Network"),
        ({"cmd": itertools.count()}, "cmd must be a list of at most 1,000,000 items, not count"),
        ({"cmd": memoryview(b"a")}, "cmd must be a list"),
        ({"cmd": {"a", "b"}}, "cmd must be a list, since the order counts, not {"),
        ({"Entrypoint": frozenset()}, "Entrypoint must be a list, since the order counts"),
        ({"healthcheck": {"test": {"CMD": 1}.keys()}}, "healthcheck.test must be a list, since the order counts"),
        ({"host_config": {"dns": {"a", "b"}}}, "host_config.dns must be a list, since the order counts, not {"),
        (
            {"host_config": {"console_size": [24, 65536]}},
            "host_config.console_size[1] must be a whole number, 0 to 65,535, not 65536",
        ),
        ({"HostConfig": {"ConsoleSize": ["-1", 80]}}, "ConsoleSize[0] must be a whole number, 0 to 65,535, not '-1'"),
        ({"HostConfig": {"ConsoleSize": ["70000", 80]}}, "ConsoleSize[0] must be a whole number, 0 to 65,535"),
        ({"HostConfig": {"ConsoleSize": ["x", 80]}}, "ConsoleSize[0] must be a whole number, not 'x'"),
        ({"HostConfig": {"ConsoleSize": [24]}}, "ConsoleSize must be a list of 2: rows and columns, not [24]"),
        ({"HostConfig": {"ConsoleSize": [24, 80, 1]}}, "ConsoleSize must be a list of 2: rows and columns, not ["),
        ({"HostConfig": {"ConsoleSize": "24x80"}}, "ConsoleSize must be a list, not '24x80'"),
        ({"host_config": {"cpu_shares": True}}, "ContainerCreateRequest.host_config.cpu_shares must be a whole number"),
        ({"networking_config": {"endpoints_config": {"x": {"gw_priority": True}}}}, "endpoints_config.x.gw_priority"),
    ],
)
def test_what_pydantic_would_convert_to_something_else_is_refused(fields, message):
    for make in (models.ContainerCreateRequest, lambda **given: models.ContainerCreateRequest.model_validate(given)):
        with pytest.raises(InvalidArgument) as caught:
            make(**fields)
    assert message.replace(" ", "") in str(caught.value).replace(" ", "")


HOSTILE = {
    "enum": Level.HIGH,
    "texts": [Odd("x"), Level.HIGH],
    "mapping": {Odd("x"): Share.HALF},
    "nan": float("nan"),
    "infinity": float("-inf"),
    "no decimal": Decimal("nan"),
    "decimal": Decimal("1.5"),
    "fraction": Fraction(1, 3),
    "flag": True,
    "huge": 10**5000,
    "digits": "9" * 5000,
    "surrogate": "\ud800",
    "surrogates": {"\ud800": ["\udfff"]},
    "null": "a\0b",
    "written from the right": "a\u202eb\u200b\U0001f600",
    "bytes": b"\xff",
    "uuid": UUID(int=1),
    "address": IPv6Address("::1"),
    "network": IPv4Network("10.0.0.0/8"),
    "path": PurePosixPath("/a "),
    "partial": partial(print),
    "mock": Mock(),
    "magic": MagicMock(),
    "secret": SecretStr("hidden"),
    "data": Data(),
    "list of itself": cyclic([]),
    "mapping of itself": cyclic({}),
    "deep": deep(5000, 1),
    "naive": datetime(2026, 1, 1),
    "first": datetime.min.replace(tzinfo=UTC),
    "duration": timedelta(1),
    "odd keys": {None: 1, ("a",): object()},
    "objects": [object()],
    "exception": ValueError("x"),
}


def one_of_each_type():
    """Return a field of each type that fields have."""
    return list(
        {str(field.annotation): (model, name) for model in EVERY for name, field in model.model_fields.items()}.values()
    )


@together("value", HOSTILE.items(), ids=lambda item: item[0])
def test_any_value_is_refused_by_name_or_becomes_json(value):
    for model, field in one_of_each_type():
        try:
            text = to_json(model(**{field: value[1]})).decode()
        except InvalidArgument as error:
            text = str(error)
            refused = field in text and text.encode()
        else:
            refused = False
            json.loads(text, parse_constant=pytest.fail)
        assert refused or not any(word in text for word in ("NotItsValue", "HIGH", "HALF", "Mock"))
        assert "hidden" not in text


@together(
    "value", [object(), float("nan"), "\ud800", b"a", cyclic([]), deep(5000, 1)], ids=lambda value: type(value).__name__
)
def test_an_attribute_that_is_set_to_what_is_not_json_is_refused_when_it_is_sent(value):
    request = models.ContainerCreateRequest(image="x")
    request.hostname = value
    with pytest.raises(InvalidArgument, match=r"ContainerCreateRequest.* cannot be sent as JSON"):
        to_json(request)
