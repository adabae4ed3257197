from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import pytest

from aiodockerpy import errors
from aiodockerpy.models import ContainerStats
from tests.models.answers import nothing_unknown, read
from tests.together import together

SEEN = Path(__file__).parent / "seen"


@pytest.mark.parametrize("engine", ["20.10", "26.1", "28.5"])
def test_a_reading(engine: str) -> None:
    found = ContainerStats.from_wire((SEEN / engine / "ContainerStats.json").read_bytes())
    assert found.read is not None
    assert found.preread is not None
    assert 0 < found.read.unix_nano - found.preread.unix_nano < 3_000_000_000
    assert found.cpu_stats is not None
    assert found.cpu_stats.cpu_usage is not None
    assert found["cpu_stats"]["cpu_usage"]["total_usage"] == found.cpu_stats.cpu_usage.total_usage
    assert found.memory_stats is not None
    assert found.memory_stats.stats is not None
    assert found.memory_stats.stats["hierarchical_memory_limit"] == 9223372036854771712


def test_a_stopped_container() -> None:
    found = read(
        ContainerStats,
        {
            "read": "0001-01-01T00:00:00Z",
            "preread": "0001-01-01T00:00:00Z",
            "pids_stats": {},
            "blkio_stats": {"io_service_bytes_recursive": None, "sectors_recursive": None},
            "cpu_stats": {"cpu_usage": {"total_usage": 0}, "throttling_data": {"periods": 0}},
            "memory_stats": {},
        },
    )
    nothing_unknown(found)
    assert not found.read


def test_numbers_above_63_bits() -> None:
    found = read(ContainerStats, {"pids_stats": {"limit": 2**64 - 1}, "memory_stats": {"stats": {"x": 2**64 - 1}}})
    assert found.pids_stats is not None
    assert found.pids_stats.limit == 2**64 - 1


WHOLE = (SEEN / "28.5" / "ContainerStats.json").read_bytes()
NEEDS_ALL = [
    repr,
    copy.copy,
    copy.deepcopy,
    lambda sample: pickle.loads(pickle.dumps(sample)),
    lambda sample: sample.to_dict(),
    lambda sample: sample.model_dump(),
    lambda sample: list(sample.items()),
    lambda sample: sample.model_fields_set,
    lambda sample: (sample.unknown, sample.drift),
    lambda sample: "read" in sample and sample["read"],
]


@together("look", NEEDS_ALL)
@together("first", [None, "memory_stats"])
def test_a_sample_read_as_it_is_looked_at_is_a_model_as_any_other(look, first) -> None:
    sample, whole = ContainerStats.from_wire(WHOLE), ContainerStats.from_value(json.loads(WHOLE))
    if first:
        assert getattr(sample, first) == getattr(whole, first)
    assert look(sample) == look(whole)
    assert sample == whole


def test_what_was_given_away_stays_the_same() -> None:
    sample = ContainerStats.from_wire(WHOLE)
    memory = sample.memory_stats
    assert sample.memory_stats is memory
    assert sample.to_dict() == json.loads(WHOLE)
    assert sample.memory_stats is memory
    assert copy.copy(sample).memory_stats is memory
    sample.num_procs = 7
    assert sample["num_procs"] == 7


def test_the_figures_need_nothing_else() -> None:
    sample = ContainerStats.from_wire(WHOLE)
    figures = sample.figures
    assert figures == ContainerStats.from_value(json.loads(WHOLE)).figures
    assert figures.memory_limit == sample["memory_stats"]["limit"]


@pytest.mark.parametrize("first", ["drift", "memory_stats", "pids_stats", "unheard"])
def test_what_does_not_fit_is_kept_whatever_is_read_first(first) -> None:
    told = {"memory_stats": {"usage": "much"}, "pids_stats": [1], "unheard": 1, "num_procs": 3}
    sample = ContainerStats.from_wire(json.dumps(told))
    getattr(sample, first)
    assert sample.memory_stats is not None
    assert sample.memory_stats["usage"] == "much"
    assert sample.pids_stats is None
    assert sample["pids_stats"] == [1]
    assert sample.unknown == {"unheard": 1}
    assert sample.drift == ("memory_stats.usage", "pids_stats")
    assert sample.to_dict() == told
    with pytest.raises(AttributeError):
        _ = sample.nothing_of_that_name


@pytest.mark.parametrize("body", [b"[]", b"null", b"{", b'{"a": 1} x'])
def test_what_is_no_object_is_refused_at_once(body) -> None:
    with pytest.raises(errors.UnexpectedResponse):
        ContainerStats.from_wire(body, operation="ContainerStats")
