from __future__ import annotations

from aiodockerpy.models._base import to_wire
from aiodockerpy.models.nodes import Node, NodeSpec
from tests.models.answers import nothing_unknown, read

NODE = {
    "ID": "24ifsmvkjbyhk",
    "Version": {"Index": 8},
    "CreatedAt": "2026-11-18T10:44:24.496525531Z",
    "UpdatedAt": "2026-11-19T07:05:24.09Z",
    "Spec": {"Availability": "active", "Name": "node-name", "Role": "manager", "Labels": {"foo": "bar"}},
    "Description": {
        "Hostname": "bf3067039e47",
        "Platform": {"Architecture": "x86_64", "OS": "linux"},
        "Resources": {
            "NanoCPUs": 4000000000,
            "MemoryBytes": 8272408576,
            "GenericResources": [{"DiscreteResourceSpec": {"Kind": "SSD", "Value": 3}}],
        },
        "Engine": {
            "EngineVersion": "28.5.2",
            "Labels": {"foo": "bar"},
            "Plugins": [{"Type": "Volume", "Name": "local"}, {"Type": "Network", "Name": "overlay"}],
        },
        "TLSInfo": {"TrustRoot": "-----BEGIN", "CertIssuerSubject": "MBMx", "CertIssuerPublicKey": "MFkw"},
        "CSIInfo": [
            {
                "PluginName": "csi",
                "NodeID": "n1",
                "MaxVolumesPerNode": 9,
                "AccessibleTopology": {"Segments": {"region": "R1"}},
            }
        ],
    },
    "Status": {"State": "ready", "Message": "", "Addr": "172.17.0.2"},
    "ManagerStatus": {"Leader": True, "Reachability": "reachable", "Addr": "10.0.0.46:2377"},
}


def test_node():
    node = read(Node, NODE)
    nothing_unknown(node)
    assert node.description is not None
    assert node.description.resources is not None
    assert node.description.resources.nano_cpus == 4 * 10**9
    assert node.description.platform is not None
    assert node.description.platform.os == "linux"
    assert node.description.csi_info is not None
    assert node.description.csi_info[0].node_id == "n1"
    assert node.manager_status is not None
    assert node.manager_status.leader


def test_a_worker_has_no_manager_status():
    worker = {name: value for name, value in NODE.items() if name != "ManagerStatus"}
    assert read(Node, worker).manager_status is None


def test_states_newer_than_this_library():
    node = read(Node, {"Status": {"State": "sleeping"}, "Spec": {"Role": "witness", "Labels": None}})
    assert node.status is not None
    assert node.status.state == "sleeping"


def test_a_spec_is_edited_and_sent_back():
    spec = NodeSpec.from_value(NODE["Spec"] | {"Newer": [1]})
    spec.availability = "drain"
    assert to_wire(spec) == NODE["Spec"] | {"Availability": "drain", "Newer": [1]}
