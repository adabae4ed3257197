"""The swarm, its nodes, services, tasks, secrets and configs."""

from __future__ import annotations

import base64

import pytest

from aiodockerpy import errors
from aiodockerpy.models import (
    AuthConfig,
    ConfigCreateRequest,
    ConfigSpec,
    NodeSpec,
    SecretCreateRequest,
    SecretSpec,
    ServiceCreateRequest,
    ServiceSpec,
    SwarmInitRequest,
    SwarmJoinRequest,
    SwarmSpec,
)
from tests.api.cases import Case, table
from tests.api.fakes import fake_api

FRAME = b"\1\0\0\0\0\0\0\3hi\n"


@table(
    [
        Case(
            "SwarmInspect",
            lambda api: api.swarm.inspect(),
            "GET /swarm",
            answer={"ID": "s"},
            result=lambda s: s.id == "s",
        ),
        Case(
            "SwarmInit",
            lambda api: api.swarm.init(SwarmInitRequest(listen_addr="127.0.0.1:2377", force_new_cluster=False)),
            "POST /swarm/init",
            json={"ListenAddr": "127.0.0.1:2377", "ForceNewCluster": False},
            answer=b'"node1"\n',
            result="node1",
        ),
        Case(
            "SwarmJoin",
            lambda api: api.swarm.join(SwarmJoinRequest(remote_addrs=["a:2377"], join_token="t")),
            "POST /swarm/join",
            json={"RemoteAddrs": ["a:2377"], "JoinToken": "t"},
            result=None,
        ),
        Case(
            "SwarmLeave",
            lambda api: api.swarm.leave(force=True),
            "POST /swarm/leave",
            query=[("force", "true")],
            result=None,
        ),
        Case(
            "SwarmUpdate",
            lambda api: api.swarm.update(SwarmSpec(name="default"), version=3, rotate_worker_token=True),
            "POST /swarm/update",
            query=[("version", "3"), ("rotateWorkerToken", "true")],
            json={"Name": "default"},
            result=None,
        ),
        Case(
            "SwarmUnlockkey",
            lambda api: api.swarm.unlock_key(),
            "GET /swarm/unlockkey",
            answer={"UnlockKey": "SWMKEY-1"},
            result=lambda key: key.unlock_key == "SWMKEY-1" and "SWMKEY" not in repr(key),
        ),
        Case(
            "SwarmUnlock",
            lambda api: api.swarm.unlock("SWMKEY-1"),
            "POST /swarm/unlock",
            json={"UnlockKey": "SWMKEY-1"},
            result=None,
        ),
        Case(
            "NodeList",
            lambda api: api.nodes.list(filters={"role": "manager", "node.label": "a"}),
            "GET /nodes",
            query=[("filters", '{"role":["manager"],"node.label":["a"]}')],
            answer=[{"ID": "n"}],
            result=lambda found: found[0].id == "n",
        ),
        Case("NodeInspect", lambda api: api.nodes.inspect("self"), "GET /nodes/self", answer={"ID": "n"}),
        Case("NodeDelete", lambda api: api.nodes.remove("n", force=True), "DELETE /nodes/n", query=[("force", "true")]),
        Case(
            "NodeUpdate",
            lambda api: api.nodes.update("n", NodeSpec(availability="drain", role="worker"), version=9),
            "POST /nodes/n/update",
            query=[("version", "9")],
            json={"Availability": "drain", "Role": "worker"},
            result=None,
        ),
        Case(
            "ServiceList",
            lambda api: api.services.list(filters={"mode": "global"}, status=True),
            "GET /services",
            query=[("filters", '{"mode":["global"]}'), ("status", "true")],
            answer=[{"ID": "s", "ServiceStatus": {"RunningTasks": 1}}],
            result=lambda found: found[0].service_status.running_tasks == 1,
        ),
        Case(
            "ServiceCreate",
            lambda api: api.services.create(ServiceCreateRequest(name="s"), auth=AuthConfig(username="u")),
            "POST /services/create",
            json={"Name": "s"},
            headers={"X-Registry-Auth": base64.urlsafe_b64encode(b'{"username":"u"}').decode()},
            answer={"ID": "s", "Warnings": None},
            result=lambda created: created.id == "s",
        ),
        Case(
            "ServiceInspect",
            lambda api: api.services.inspect("s", insert_defaults=True),
            "GET /services/s",
            query=[("insertDefaults", "true")],
            answer={"ID": "s"},
        ),
        Case("ServiceDelete", lambda api: api.services.remove("s"), "DELETE /services/s", answer=b"", result=None),
        Case(
            "ServiceUpdate",
            lambda api: api.services.update(
                "s", ServiceSpec(name="s"), version=1, registry_auth_from="previous-spec", rollback="previous"
            ),
            "POST /services/s/update",
            query=[("version", "1"), ("registryAuthFrom", "previous-spec"), ("rollback", "previous")],
            json={"Name": "s"},
            headers={"X-Registry-Auth": None},  # an empty one would take the kept credentials away
            answer={"Warnings": ["w"]},
            result=lambda updated: updated.warnings == ["w"],
        ),
        Case(
            "ServiceLogs",
            lambda api: api.services.logs("s", since=5, tail=3, details=True, stderr=False),
            "GET /services/s/logs",
            query=[("since", "5"), ("tail", "3"), ("details", "true"), ("stdout", "true"), ("stderr", "false")],
            answer=FRAME,
            result=b"hi\n",
        ),
        Case(
            "TaskList",
            lambda api: api.tasks.list(filters={"desired-state": "running"}),
            "GET /tasks",
            query=[("filters", '{"desired-state":["running"]}')],
            answer=[{"ID": "t"}],
            result=lambda found: found[0].id == "t",
        ),
        Case("TaskInspect", lambda api: api.tasks.inspect("t"), "GET /tasks/t", answer={"ID": "t"}),
        Case(
            "TaskLogs",
            lambda api: api.tasks.logs("t", tty=True, follow=True, timestamps=True),
            "GET /tasks/t/logs",
            query=[("follow", "true"), ("timestamps", "true"), ("stdout", "true"), ("stderr", "true")],
            answer=b"2026-01-01T00:00:00.000000000Z hi\n",
            result=b"2026-01-01T00:00:00.000000000Z hi\n",
        ),
        *(
            case
            for kind, request, spec in (
                ("secret", SecretCreateRequest, SecretSpec),
                ("config", ConfigCreateRequest, ConfigSpec),
            )
            for case in (
                Case(
                    f"{kind.capitalize()}List",
                    lambda api, kind=kind: getattr(api, f"{kind}s").list(filters={"name": "n"}),
                    f"GET /{kind}s",
                    query=[("filters", '{"name":["n"]}')],
                    answer=[{"ID": "i", "Spec": {"Name": "n"}}],
                    result=lambda found: found[0].spec.name == "n",
                ),
                Case(
                    f"{kind.capitalize()}Create",
                    lambda api, kind=kind, request=request: getattr(api, f"{kind}s").create(
                        request(name="n"), data=b"\xff\xfe\xfd"
                    ),
                    f"POST /{kind}s/create",
                    json={"Name": "n", "Data": "//79"},
                    answer={"ID": "i"},
                    result=lambda created: created.id == "i",
                ),
                Case(
                    f"{kind.capitalize()}Inspect",
                    lambda api, kind=kind: getattr(api, f"{kind}s").inspect("n"),
                    f"GET /{kind}s/n",
                    answer={"ID": "i"},
                ),
                Case(
                    f"{kind.capitalize()}Update",
                    lambda api, kind=kind, spec=spec: getattr(api, f"{kind}s").update(
                        "n", spec(name="n", labels={"a": ""}), version=4
                    ),
                    f"POST /{kind}s/n/update",
                    query=[("version", "4")],
                    json={"Name": "n", "Labels": {"a": ""}},
                    result=None,
                ),
                Case(
                    f"{kind.capitalize()}Delete",
                    lambda api, kind=kind: getattr(api, f"{kind}s").remove("n"),
                    f"DELETE /{kind}s/n",
                    status=204,
                    answer=b"",
                    result=None,
                ),
            )
        ),
    ]
)
async def test_swarm(case):
    await case.check()


async def test_data_leaves_the_request_as_it_is_and_shows_nowhere():
    api, _ = fake_api({"ID": "i"})
    request = SecretCreateRequest(name="n", data="b2xk")
    await api.secrets.create(request, data=b"new")
    assert request.data == "b2xk"
    assert "b2xk" not in repr(request)


@pytest.mark.parametrize("answer", [b"", b"{}", b"null", b"[1]", b'"'])
async def test_a_node_id_is_a_text(answer):
    api, _ = fake_api(answer)
    with pytest.raises(errors.UnexpectedResponse, match="SwarmInit"):
        await api.swarm.init(SwarmInitRequest())


async def test_lines_of_a_service_tell_their_task():
    details = b"com.docker.swarm.node.id=n,com.docker.swarm.task.id=t hi\n"
    api, _ = fake_api(b"\1\0\0\0\0\0\0" + bytes([len(details)]) + details)
    async with api.services.logs("s", details=True) as lines:
        found = [(line.text, line.details["com.docker.swarm.task.id"]) async for line in lines]
    assert found == [("hi", "t")]
