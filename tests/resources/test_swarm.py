"""The swarm, its nodes, secrets and configs as objects."""

from __future__ import annotations

from base64 import b64decode

import pytest

from aiodockerpy import errors
from aiodockerpy._options.swarm import swarm_spec
from aiodockerpy.models import SwarmSpec
from tests.resources.conftest import not_found, query, sent

SWARM = {
    "ID": "swarm1234567890",
    "Version": {"Index": 11},
    "Spec": {
        "Name": "default",
        "Raft": {"SnapshotInterval": 10000, "Later": 1},
        "CAConfig": {"NodeCertExpiry": 5},
        "Later": {"a": 1},
    },
}


def refusal(status):
    return errors.status_error(errors.EngineResponse(status, "No", {}, "POST", "/swarm/leave"), "no swarm")


def test_the_swarm_can_be_shown_before_it_was_looked_at(client, fake):
    assert (repr(client.swarm), client.swarm.id, client.swarm.attrs, client.swarm.version) == (
        "<Swarm: not loaded>",
        "",
        {},
        None,
    )
    assert fake.calls == []


async def test_reload_fills_the_swarm(client, fake):
    fake.answers = {"SwarmInspect": SWARM}
    await client.swarm.reload()
    assert client.swarm.attrs == SWARM
    assert (client.swarm.id, client.swarm.version) == ("swarm1234567890", 11)


async def test_an_update_changes_what_is_given_and_nothing_else(client, fake):
    fake.answers = {"SwarmInspect": SWARM}
    labels = {"a": "b"}
    update = client.swarm.update(rotate_worker_token=True, heartbeat_tick=3, labels=labels)
    labels.clear()  # what was given at the call is sent
    assert await update is True
    call = fake.named("SwarmUpdate")[0]
    assert sent(call) == {
        "Name": "default",
        "Labels": {"a": "b"},
        "Raft": {"SnapshotInterval": 10000, "HeartbeatTick": 3, "Later": 1},
        "CAConfig": {"NodeCertExpiry": 5},
        "Later": {"a": 1},
    }
    assert query(call)["version"] == "11"
    await client.swarm.update(labels=iter(["a=b"]))
    assert sent(fake.named("SwarmUpdate")[1])["Labels"] == {"a": "b"}


@pytest.mark.parametrize("status", [406, 503])
async def test_leaving_by_force_is_content_without_a_swarm(client, fake, status):
    fake.answers = {"SwarmLeave": refusal(status)}
    assert await client.swarm.leave(force=True) is True
    with pytest.raises(errors.APIError):
        await client.swarm.leave()


async def test_force_hides_no_other_failure_to_leave(client, fake):
    fake.answers = {"SwarmLeave": refusal(500)}
    with pytest.raises(errors.APIError):
        await client.swarm.leave(force=True)


async def test_a_pool_goes_with_a_size(client, fake):
    fake.answers = {"SwarmInit": "node1", "SwarmInspect": SWARM}
    assert await client.swarm.init(subnet_size=26) == "node1"
    body = sent(fake.named("SwarmInit")[0])
    assert (body["DefaultAddrPool"], body["SubnetSize"], body["ListenAddr"]) == (["10.0.0.0/8"], 26, "0.0.0.0:2377")
    await client.swarm.init(default_addr_pool=["10.5.0.0/16"])
    assert sent(fake.named("SwarmInit")[1])["SubnetSize"] == 24


async def test_unlock_takes_what_get_unlock_key_gives(client, fake):
    fake.answers = {"SwarmUnlockkey": {"UnlockKey": "k"}}
    key = await client.swarm.get_unlock_key()
    assert await client.swarm.unlock(key) is True
    assert await client.swarm.unlock("k") is True
    assert [sent(call) for call in fake.named("SwarmUnlock")] == [{"UnlockKey": "k"}] * 2


class TestSwarmSpec:
    def test_false_and_zero_are_sent(self):
        spec = swarm_spec({"autolock_managers": False, "ca_force_rotate": 0, "task_history_retention_limit": 0})
        assert spec.to_dict() == {
            "Orchestration": {"TaskHistoryRetentionLimit": 0},
            "CAConfig": {"ForceRotate": 0},
            "EncryptionConfig": {"AutoLockManagers": False},
        }

    def test_the_base_stays_as_it_is(self):
        base = SwarmSpec.from_value(SWARM["Spec"])
        swarm_spec({"heartbeat_tick": 9, "name": "other"}, base)
        assert base.to_dict() == SWARM["Spec"]

    def test_an_unknown_keyword_is_refused(self):
        with pytest.raises(TypeError, match="unexpected keyword argument 'lables'"):
            swarm_spec({"lables": {}})

    def test_one_outside_authority_or_several(self):
        assert swarm_spec({"external_ca": {"URL": "https://ca"}}) == swarm_spec(
            {"external_cas": [{"URL": "https://ca"}]}
        )
        with pytest.raises(errors.InvalidArgument):
            swarm_spec({"external_ca": {"URL": "a"}, "external_cas": []})


async def test_a_node_is_updated_at_the_version_of_its_snapshot(client, fake):
    fake.answers = {"NodeInspect": {"ID": "n1", "Version": {"Index": 4}, "Spec": {}}}
    node = await client.nodes.get("n1")
    given = {"Availability": "drain", "Role": "manager"}
    assert await node.update(given) is True
    call = fake.named("NodeUpdate")[0]
    assert (sent(call), query(call)) == (given, {"version": "4"})
    assert await node.remove(force=True) is True
    assert fake.named("NodeDelete")[0].query


async def test_nodes_are_listed_with_one_request(client, fake):
    fake.answers = {"NodeList": [{"ID": "a"}, {"ID": "b"}]}
    assert [node.id for node in await client.nodes.list()] == ["a", "b"]
    assert len(fake.calls) == 1


@pytest.mark.parametrize(("kind", "extra"), [("Secret", "driver"), ("Config", "templating")])
class TestSecretsAndConfigs:
    def collection(self, client, kind):
        return getattr(client, f"{kind.lower()}s")

    async def test_what_is_created_is_complete(self, client, fake, kind, extra):
        fake.answers = {
            f"{kind}Create": {"ID": "x1"},
            f"{kind}Inspect": {"ID": "x1", "Spec": {"Name": "n", "Labels": {"a": "b"}}},
        }
        created = await self.collection(client, kind).create(
            name="n", data="dätä", labels={"a": "b"}, **{extra: {"Name": "d"}}
        )
        body = sent(fake.named(f"{kind}Create")[0])
        assert b64decode(body.pop("Data")).decode() == "dätä"
        assert body == {"Name": "n", "Labels": {"a": "b"}, extra.capitalize(): {"Name": "d"}}
        assert (created.id, created.name, created.attrs["Spec"]["Labels"]) == ("x1", "n", {"a": "b"})
        assert repr(created) == f"<{kind}: 'n'>"

    async def test_removed_ones_are_not_found(self, client, fake, kind, extra):
        fake.answers = {f"{kind}Inspect": {"ID": "x1"}, f"{kind}Delete": not_found()}
        found = await self.collection(client, kind).get("x1")
        with pytest.raises(errors.NotFound):
            await found.remove()

    async def test_an_empty_id_is_refused_at_once(self, client, fake, kind, extra):
        with pytest.raises(errors.NullResource):
            await self.collection(client, kind).get("")
        assert fake.calls == []
