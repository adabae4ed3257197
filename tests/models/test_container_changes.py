from __future__ import annotations

import pytest

from aiodockerpy.models import ContainerWait
from aiodockerpy.models._base import to_wire
from aiodockerpy.models.container_changes import ContainerCreateRequest, ContainerUpdateRequest, NetworkingConfig
from aiodockerpy.models.endpoints import EndpointIPAMConfig, EndpointSettings
from aiodockerpy.models.host_config import HostConfig, PortBinding, Ulimit
from tests.models.answers import read


@pytest.mark.parametrize("error", [{}, {"Error": None}, {"Error": {"Message": "no"}}])
def test_wait(error: dict[str, object]) -> None:
    found = read(ContainerWait, {"StatusCode": 137, **error})
    assert found["StatusCode"] == 137
    assert (found.error is not None) == bool(error.get("Error"))


class TestRequests:
    def test_create(self) -> None:
        request = ContainerCreateRequest(
            image="busybox",
            cmd=[],
            entrypoint=[""],
            tty=False,
            exposed_ports={"80/tcp": {}},
            stop_timeout=0,
            host_config=HostConfig(
                nano_cpus=1_500_000_000,
                memory_swap=-1,
                pids_limit=0,
                ulimits=[Ulimit(name="nofile", soft=1, hard=-1)],
                port_bindings={"80/tcp": [PortBinding(host_port="8080")], "81/udp": None},
                uts_mode="host",
                blkio_device_read_iops=[],
                masked_paths=[],
                init=False,
            ),
            networking_config=NetworkingConfig(
                endpoints_config={
                    "web": EndpointSettings(ipam_config=EndpointIPAMConfig(ipv4_address="1.2.3.4")),
                    "db": EndpointSettings(),
                }
            ),
        )
        assert to_wire(request) == {
            "Image": "busybox",
            "Cmd": [],
            "Entrypoint": [""],
            "Tty": False,
            "ExposedPorts": {"80/tcp": {}},
            "StopTimeout": 0,
            "HostConfig": {
                "NanoCpus": 1_500_000_000,
                "MemorySwap": -1,
                "PidsLimit": 0,
                "Ulimits": [{"Name": "nofile", "Soft": 1, "Hard": -1}],
                "PortBindings": {"80/tcp": [{"HostPort": "8080"}], "81/udp": None},
                "UTSMode": "host",
                "BlkioDeviceReadIOps": [],
                "MaskedPaths": [],
                "Init": False,
            },
            "NetworkingConfig": {
                "EndpointsConfig": {"web": {"IPAMConfig": {"IPv4Address": "1.2.3.4"}}, "db": {}},
            },
        }

    def test_update_sends_what_was_set(self) -> None:
        request = ContainerUpdateRequest(memory=0, blkio_device_read_bps=[], cpuset_cpus="0")
        assert to_wire(request) == {"Memory": 0, "BlkioDeviceReadBps": [], "CpusetCpus": "0"}
