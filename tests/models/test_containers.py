from __future__ import annotations

import json
from pathlib import Path

import pytest

from aiodockerpy.models import ContainerInspect, ContainerState, NetworkSettings
from aiodockerpy.models.host_config import PortBinding
from tests.models.answers import read

SEEN = Path(__file__).parent / "seen"
ENDPOINT = {
    "EndpointID": "67bf",
    "Gateway": "172.17.0.1",
    "GlobalIPv6Address": "fd00::2",
    "GlobalIPv6PrefixLen": 64,
    "IPAddress": "172.17.0.2",
    "IPPrefixLen": 16,
    "IPv6Gateway": "fd00::1",
    "MacAddress": "02:42:ac:11:00:02",
}


class TestContainerInspect:
    @pytest.mark.parametrize("engine", ["20.10", "26.1", "28.5"])
    def test_a_running_container(self, engine: str) -> None:
        found = ContainerInspect.from_wire((SEEN / engine / "ContainerInspect.json").read_bytes())
        assert found.state is not None
        assert found.state.status == "running"
        assert found.state.running is True
        assert found.state.health is not None
        assert found.state.health.status == "healthy"
        assert found.created
        assert not found.state.finished_at
        assert found.config is not None
        assert found.config.healthcheck is not None
        assert found.config.healthcheck.interval == 1_000_000_000
        assert found.network_settings is not None
        assert found.network_settings.ports is not None
        assert found.network_settings.ports["81/udp"] is None
        assert found.host_config is not None
        assert found.host_config.port_bindings == {"80/tcp": [PortBinding(host_ip="", host_port="")]}

    def test_as_a_dict(self) -> None:
        body = (SEEN / "28.5" / "ContainerInspect.json").read_bytes()
        found, value = ContainerInspect.from_wire(body), json.loads(body)
        assert found["State"]["StartedAt"] == value["State"]["StartedAt"]
        assert found["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"] == "32768"
        assert found["HostConfig"].get("Binds", "?") is None
        assert found.to_dict() == value


class TestNetworkSettings:
    @pytest.mark.parametrize("value", [ENDPOINT, {"Networks": {"bridge": ENDPOINT}}, {"Networks": {"nat": ENDPOINT}}])
    def test_the_default_bridge_is_read_from_either_place(self, value: dict[str, object]) -> None:
        found = read(NetworkSettings, value)
        assert found.endpoint_id == "67bf"
        assert found.gateway == "172.17.0.1"
        assert found.global_ipv6_address == "fd00::2"
        assert found.global_ipv6_prefix_len == 64
        assert found.ip_address == "172.17.0.2"
        assert found.ip_prefix_len == 16
        assert found.ipv6_gateway == "fd00::1"
        assert found.mac_address == "02:42:ac:11:00:02"

    def test_without_the_default_bridge(self) -> None:
        found = read(NetworkSettings, {"IPAddress": "", "Networks": {"web": ENDPOINT}})
        assert found.default_bridge is None
        assert found.ip_address is None
        assert found.ip_prefix_len is None


class TestContainerState:
    def test_times_that_never_were(self) -> None:
        found = read(
            ContainerState, {"StartedAt": "2026-01-01T00:00:00.000000001Z", "FinishedAt": "0001-01-01T00:00:00Z"}
        )
        assert found.started_at
        assert found.started_at.nanosecond == 1
        assert found.finished_at is not None
        assert not found.finished_at
