"""The numbers of ``docker stats``, by samples as engines send them."""

from __future__ import annotations

import pytest

from aiodockerpy._protocol.stats import Figures, figures

CPU = {
    "cpu_stats": {"cpu_usage": {"total_usage": 3_000}, "system_cpu_usage": 20_000, "online_cpus": 4},
    "precpu_stats": {"cpu_usage": {"total_usage": 1_000}, "system_cpu_usage": 10_000, "online_cpus": 4},
}
SECOND = {"preread": "2026-01-01T00:00:00Z", "read": "2026-01-01T00:00:01Z"}
V2 = {
    **CPU,
    "memory_stats": {"usage": 1000, "limit": 4000, "stats": {"inactive_file": 200, "file": 300}},
    "networks": {"eth0": {"rx_bytes": 1, "tx_bytes": 2}, "eth1": {"rx_bytes": 10, "tx_bytes": 20}},
    "blkio_stats": {
        "io_service_bytes_recursive": [
            {"major": 8, "minor": 0, "op": "read", "value": 5},
            {"major": 8, "minor": 0, "op": "write", "value": 7},
            {"major": 8, "minor": 16, "op": "Read", "value": 100},
            {"major": 8, "minor": 16, "op": "Total", "value": 1000},
            {"major": 8, "minor": 16, "op": "", "value": 1},
        ]
    },
    "pids_stats": {"current": 9},
}


def test_cgroup_v2():
    assert figures(V2) == Figures(80.0, 800, 4000, 20.0, 11, 22, 105, 7, 9)


def test_cgroup_v1_takes_the_total_of_the_inactive_file_pages():
    counters = {"total_inactive_file": 100, "inactive_file": 50}
    sample = {**V2, "memory_stats": {"usage": 1000, "limit": 4000, "stats": counters}}
    assert figures(sample).memory == 900


def test_a_cache_larger_than_the_use_is_not_taken_off():
    sample = {**V2, "memory_stats": {"usage": 1000, "limit": 0, "stats": {"inactive_file": 2000}}}
    assert (figures(sample).memory, figures(sample).memory_percent) == (1000, 0.0)


def test_cgroup_v1_without_online_cpus_counts_those_that_were_used():
    now = {"cpu_usage": {"total_usage": 3_000, "percpu_usage": [1, 2]}, "system_cpu_usage": 20_000}
    assert figures({**V2, "cpu_stats": now}).cpu_percent == pytest.approx(40.0)


@pytest.mark.parametrize("before", [None, {}, {"cpu_usage": {"total_usage": 0}}])
def test_the_first_sample_has_no_cpu_load(before):
    assert figures({**V2, "precpu_stats": before}).cpu_percent is None


def test_counters_that_stand_still_or_go_back_are_no_load():
    assert figures({**CPU, "cpu_stats": CPU["precpu_stats"]}).cpu_percent == 0.0
    assert figures({"cpu_stats": CPU["precpu_stats"], "precpu_stats": CPU["cpu_stats"]}).cpu_percent == 0.0


def test_windows():
    sample = {
        "num_procs": 2,
        "cpu_stats": {"cpu_usage": {"total_usage": 15_000_000}},
        "precpu_stats": {"cpu_usage": {"total_usage": 5_000_000}},
        "memory_stats": {"commitbytes": 9, "privateworkingset": 777},
        "storage_stats": {"read_size_bytes": 3, "write_size_bytes": 4},
        "networks": {"x": {"rx_bytes": 1, "tx_bytes": 2}},
    }
    assert figures({**sample, **SECOND}) == Figures(50.0, 777, 0, 0.0, 1, 2, 3, 4, 2)
    assert figures({**sample, **SECOND, "num_procs": 0, "os_type": "windows"}).cpu_percent == 0.0


@pytest.mark.parametrize("before", [None, "0001-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z", 1])
def test_windows_without_a_sample_before_has_no_cpu_load(before):
    sample = {"os_type": "windows", "num_procs": 2, "cpu_stats": {"cpu_usage": {"total_usage": 15_000_000}}}
    assert figures({**sample, **SECOND, "preread": before}).cpu_percent is None
    assert figures(sample).cpu_percent is None


def test_a_stopped_container_and_unknown_shapes_are_zero():
    empty = Figures(None, 0, 0, 0.0, 0, 0, 0, 0, 0)
    assert figures({}) == empty
    assert figures({"memory_stats": [], "networks": None, "pids_stats": {"current": "x"}, "blkio_stats": {}}) == empty
