from __future__ import annotations

from aiodockerpy.models.tasks import Task
from tests.models.answers import nothing_unknown, read

INGRESS = {
    "ID": "4qvuz4ko70xaltuqbt8956gd1",
    "Version": {"Index": 18},
    "CreatedAt": "2026-06-07T20:31:11.912919752Z",
    "UpdatedAt": "2026-06-07T21:07:29.955277358Z",
    "Spec": {
        "Name": "ingress",
        "Labels": {"com.docker.swarm.internal": "true"},
        "DriverConfiguration": {},
        "IPv6Enabled": True,
        "Internal": True,
        "Attachable": True,
        "Ingress": True,
        "IPAMOptions": {
            "Driver": {},
            "Configs": [{"Subnet": "10.255.0.0/16", "Range": "10.255.1.0/24", "Gateway": "10.255.0.1"}],
        },
        "ConfigFrom": {"Network": "base"},
        "Scope": "swarm",
    },
    "DriverState": {"Name": "overlay", "Options": {"com.docker.network.driver.overlay.vxlanid_list": "256"}},
    "IPAMOptions": {"Driver": {"Name": "default"}, "Configs": [{"Subnet": "10.255.0.0/16"}]},
}
TASK = {
    "ID": "0kzzo1i0y4jz6027t0k7aezc7",
    "Version": {"Index": 71},
    "CreatedAt": "2026-06-07T21:07:31.171892745Z",
    "UpdatedAt": "2026-06-07T21:07:31.376370513Z",
    "Name": "hopeful_cori",
    "Labels": {},
    "Spec": {
        "ContainerSpec": {"Image": "redis", "Isolation": "default"},
        "Resources": {"Limits": {}, "Reservations": {}},
        "ForceUpdate": 0,
    },
    "ServiceID": "9mnpnzenvg8p8tdbtq4wvbkcz",
    "Slot": 1,
    "NodeID": "60gvrl6tm78dmak4yl7srz94v",
    "Status": {
        "Timestamp": "2026-06-07T21:07:31.290032978Z",
        "State": "failed",
        "Message": "started",
        "Err": "task: non-zero exit (1)",
        "ContainerStatus": {"ContainerID": "e5d62702a1b4", "PID": 0, "ExitCode": 1},
        "PortStatus": {"Ports": [{"Protocol": "tcp", "TargetPort": 80, "PublishedPort": 30000, "PublishMode": "host"}]},
    },
    "DesiredState": "shutdown",
    "JobIteration": {"Index": 0},
    "NetworksAttachments": [{"Network": INGRESS, "Addresses": ["10.255.0.10/16"]}],
    "GenericResources": [{"NamedResourceSpec": {"Kind": "GPU", "Value": "UUID1"}}],
    "Volumes": [{"ID": "v", "Source": "group:x", "Target": "/data"}],
}


def test_task():
    task = read(Task, TASK)
    nothing_unknown(task)
    assert task.status is not None
    assert task.status.timestamp is not None
    assert task.status.timestamp.nanosecond == 290032978
    assert task.status.container_status is not None
    assert task.status.container_status.exit_code == 1
    assert task.networks_attachments is not None
    network = task.networks_attachments[0].network
    assert network is not None
    assert network.spec is not None
    assert network.spec.ipv6_enabled
    assert network.spec.config_from is not None
    assert network.spec.config_from.network == "base"
    assert network.ipam_options is not None
    assert network.ipam_options.configs is not None
    assert network.ipam_options.configs[0].subnet == "10.255.0.0/16"
    assert task.volumes is not None
    assert task.volumes[0].source == "group:x"


def test_a_new_task():
    task = read(Task, {"ID": "a", "Labels": None, "Status": {"State": "new", "PortStatus": {}}, "Volumes": None})
    nothing_unknown(task)
    assert task.node_id is None
    assert task.networks_attachments is None


def test_a_state_newer_than_this_library():
    task = read(Task, {"DesiredState": "paused"})
    assert task.desired_state == "paused"


def test_an_odd_status_keeps_its_raw_value():
    task = read(Task, {"ID": "a", "Status": "running"}, drift=("Status",))
    assert task.status is None
    assert task["Status"] == "running"
    assert task.id == "a"
