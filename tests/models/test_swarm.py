from __future__ import annotations

import pytest

from aiodockerpy.errors import InvalidArgument
from aiodockerpy.models._base import to_wire
from aiodockerpy.models.swarm import (
    CAConfig,
    ClusterInfo,
    JoinTokens,
    Swarm,
    SwarmInitRequest,
    SwarmJoinRequest,
    SwarmSpec,
    SwarmUnlockRequest,
    UnlockKey,
)
from tests.models.answers import nothing_unknown, read
from tests.together import together

TOKEN = "SWMTKN-1-3pu6hszjas19xyp7ghgosyx9k8atbfcr8p2is99znpy26u2lkl-1awxwuwd3z9j1z3puu7rcgdbx"

SWARM = {
    "ID": "abajmipo7b4xz5ip2nrla6b11",
    "Version": {"Index": 373531},
    "CreatedAt": "2026-11-18T10:44:24.496525531Z",
    "UpdatedAt": "2026-11-19T07:05:24.09662Z",
    "Spec": {
        "Name": "default",
        "Labels": {"foo": "bar"},
        "Orchestration": {"TaskHistoryRetentionLimit": 5},
        "Raft": {
            "SnapshotInterval": 10000,
            "KeepOldSnapshots": 0,
            "LogEntriesForSlowFollowers": 500,
            "ElectionTick": 10,
            "HeartbeatTick": 1,
        },
        "Dispatcher": {"HeartbeatPeriod": 5000000000},
        "CAConfig": {
            "NodeCertExpiry": 7776000000000000,
            "ExternalCAs": [
                {"Protocol": "cfssl", "URL": "https://ca.example/sign", "Options": {"a": "b"}, "CACert": "-----BEGIN"}
            ],
            "SigningCACert": "-----BEGIN",
            "SigningCAKey": "",
            "ForceRotate": 18446744073709551615,
        },
        "EncryptionConfig": {"AutoLockManagers": False},
        "TaskDefaults": {"LogDriver": {"Name": "json-file", "Options": {"max-file": "10"}}},
    },
    "TLSInfo": {"TrustRoot": "-----BEGIN", "CertIssuerSubject": "MBMxETAPBgNV", "CertIssuerPublicKey": "MFkwEwYH"},
    "RootRotationInProgress": False,
    "DataPathPort": 4789,
    "DefaultAddrPool": ["10.0.0.0/8"],
    "SubnetSize": 24,
    "JoinTokens": {"Worker": TOKEN, "Manager": TOKEN},
}


def test_swarm():
    swarm = read(Swarm, SWARM)
    nothing_unknown(swarm)
    assert isinstance(swarm, ClusterInfo)
    assert swarm.version is not None
    assert swarm.version.index == 373531
    assert swarm.spec is not None
    assert swarm.spec.ca_config is not None
    assert swarm.spec.ca_config.force_rotate == 2**64 - 1
    assert swarm.spec.dispatcher is not None
    assert swarm.spec.dispatcher.heartbeat_period == 5 * 10**9
    assert swarm.join_tokens is not None
    assert swarm.join_tokens.worker == TOKEN
    assert swarm["JoinTokens"]["Manager"] == TOKEN


def test_nulls_and_missing_parts():
    swarm = read(Swarm, {"ID": "x", "Spec": {"Labels": None, "CAConfig": None}, "DefaultAddrPool": None})
    assert swarm.default_addr_pool is None
    assert swarm.join_tokens is None
    assert swarm.spec == SwarmSpec(labels=None, ca_config=None)


@together(
    "holder",
    [
        JoinTokens(worker=TOKEN, manager=TOKEN),
        Swarm.from_value(SWARM),
        SwarmJoinRequest(remote_addrs=["10.0.0.1:2377"], join_token=TOKEN),
        SwarmUnlockRequest(unlock_key=TOKEN),
        UnlockKey(unlock_key=TOKEN),
        CAConfig(signing_ca_key=TOKEN),
        SwarmInitRequest(spec=SwarmSpec(ca_config=CAConfig(signing_ca_key=TOKEN))),
    ],
    ids=lambda holder: type(holder).__name__,
)
def test_secrets_are_not_shown(holder):
    assert TOKEN in str(to_wire(holder))
    assert TOKEN not in repr(holder)
    assert TOKEN not in str(holder)


@pytest.mark.parametrize("model", [SwarmJoinRequest, SwarmUnlockRequest, UnlockKey])
def test_a_refused_argument_is_not_shown(model):
    with pytest.raises(InvalidArgument) as refused:
        model(token=TOKEN)
    assert TOKEN not in str(refused.value)


def test_a_spec_is_edited_and_sent_back_with_all_that_is_unknown():
    spec = SwarmSpec.from_value({**SWARM["Spec"], "Newer": {"A": [None]}, "Raft": {"ElectionTick": 10, "Odd": 1}})
    assert spec.raft is not None
    spec.raft.election_tick = 7
    assert to_wire(spec) == {**SWARM["Spec"], "Newer": {"A": [None]}, "Raft": {"ElectionTick": 7, "Odd": 1}}


def test_requests_have_what_the_specification_forgot():
    assert to_wire(SwarmInitRequest(auto_lock_managers=True, availability="drain", data_path_port=0)) == {
        "AutoLockManagers": True,
        "Availability": "drain",
        "DataPathPort": 0,
    }
    assert to_wire(SwarmJoinRequest(availability="pause")) == {"Availability": "pause"}


def test_a_misspelt_field_is_refused():
    with pytest.raises(InvalidArgument, match="advertise_address"):
        SwarmInitRequest(advertise_address="eth0")
