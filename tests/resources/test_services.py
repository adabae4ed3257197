"""Services as objects, and what their keywords become."""

from __future__ import annotations

import copy

import pytest
from docker import types
from docker.models.services import _get_create_service_kwargs

from aiodockerpy import errors, models
from aiodockerpy._options.services import ServiceOptions, merged, service_json
from aiodockerpy.errors import InvalidArgument
from tests.resources.conftest import Script, query, sent
from tests.together import together

SERVICE = {
    "ID": "s1",
    "Version": {"Index": 8},
    "Spec": {
        "Name": "web",
        "Labels": {"a": "b"},
        "TaskTemplate": {
            "ContainerSpec": {"Image": "reg.example/web:1", "Env": ["A=1"], "Later": 1},
            "ForceUpdate": 2,
            "Runtime": "container",
        },
        "Mode": {"Replicated": {"Replicas": 1}},
        "Later": 1,
    },
}

# Keyword: the value given to both, unless docker-py wants a type of its own for it.
SAME = {
    "args": ["-c", "x"],
    "cap_add": ["NET_ADMIN"],
    "cap_drop": ["CHOWN"],
    "constraints": ["node.role == manager"],
    "container_labels": {"c": "d"},
    "env": {"A": "1", "B": None},
    "groups": ["7"],
    "hostname": "h",
    "hosts": {"db": "10.0.0.1"},
    "init": False,
    "isolation": "default",
    "maxreplicas": 2,
    "mounts": ["data:/data:ro", "/srv:/srv:rw", "/anonymous"],
    "networks": ["backend"],
    "open_stdin": True,
    "platforms": [("x86_64", "linux")],
    "preferences": [("spread", "node.labels.zone")],
    "read_only": True,
    "stop_grace_period": 5,
    "stop_signal": "SIGINT",
    "sysctls": {"net.core.somaxconn": "1"},
    "tty": True,
    "user": "me",
    "workdir": "/w",
    "restart_policy": types.RestartPolicy("on-failure", 1, 2, 3),
    "resources": types.Resources(cpu_limit=10**9, mem_limit=2**20),
    "dns_config": types.DNSConfig(["1.1.1.1"], ["example"], ["ndots:3"]),
    "healthcheck": types.Healthcheck(test="true", interval=10**9),
    "privileges": types.Privileges(selinux_user="u"),
    "secrets": [types.SecretReference("id", "name")],
    "configs": [types.ConfigReference("id", "name")],
}


def without_nulls(value):
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@together("name", SAME)
def test_a_keyword_becomes_what_docker_py_makes_of_it(name):
    given = copy.deepcopy(SAME[name])
    theirs = _get_create_service_kwargs("create", {"image": "i", "command": "sh -c 'a b'", name: SAME[name]})
    mine = service_json("i", "sh -c 'a b'", {name: given})
    assert mine["TaskTemplate"] == without_nulls(theirs["task_template"])
    assert given == SAME[name]


def test_every_keyword_is_known():
    tested_below = {"name", "labels", "mode", "endpoint_spec", "update_config", "rollback_config", "force_update"}
    assert set(ServiceOptions.__annotations__) == {*SAME, *tested_below, "log_driver", "log_driver_options"}


@together(
    ("mode", "expected"),
    [
        (types.ServiceMode("global"), {"Global": {}}),
        (types.ServiceMode("replicated", 2), {"Replicated": {"Replicas": 2}}),
        (types.ServiceMode("replicated-job", 4, 2), {"ReplicatedJob": {"TotalCompletions": 4, "MaxConcurrent": 2}}),
        (types.ServiceMode("global-job"), {"GlobalJob": {}}),
        ({"Replicated": {"Replicas": 0}}, {"Replicated": {"Replicas": 0}}),
        (models.ServiceMode(replicated=models.ReplicatedService(replicas=3)), {"Replicated": {"Replicas": 3}}),
    ],
)
def test_modes_are_taken_in_every_form(mode, expected):
    assert service_json(None, None, {"mode": mode}) == {"Mode": expected}


def test_what_is_not_of_the_task():
    found = service_json(
        None,
        None,
        {
            "name": "web",
            "labels": {"a": "b"},
            "mode": "global-job",
            "endpoint_spec": {"Mode": "vip", "Ports": {8080: 80, 53: (53, "udp"), 9: (9, None, "host")}},
            "update_config": types.UpdateConfig(parallelism=2, order="start-first"),
            "rollback_config": models.UpdateConfig(parallelism=1),
            "log_driver": "json-file",
            "log_driver_options": {"max-size": "1m"},
        },
    )
    assert found == {
        "Name": "web",
        "Labels": {"a": "b"},
        "Mode": {"GlobalJob": {}},
        "EndpointSpec": {
            "Mode": "vip",
            "Ports": [
                {"Protocol": "tcp", "PublishedPort": 8080, "TargetPort": 80},
                {"Protocol": "udp", "PublishedPort": 53, "TargetPort": 53},
                {"Protocol": "tcp", "PublishedPort": 9, "TargetPort": 9, "PublishMode": "host"},
            ],
        },
        "UpdateConfig": {"Parallelism": 2, "FailureAction": "continue", "Order": "start-first"},
        "RollbackConfig": {"Parallelism": 1},
        "TaskTemplate": {"LogDriver": {"Name": "json-file", "Options": {"max-size": "1m"}}},
    }


@together(
    ("options", "error"),
    [
        ({"imgae": "x"}, TypeError),
        ({"mode": "some"}, errors.InvalidArgument),
        ({"log_driver_options": {}}, errors.InvalidArgument),
        ({"mounts": ["a:b:c:d"]}, errors.InvalidArgument),
        ({"preferences": [("pack", "x")]}, errors.InvalidArgument),
        ({"resources": {"Limts": {}}}, InvalidArgument),
    ],
)
def test_what_cannot_be_is_refused(options, error):
    with pytest.raises(error):
        service_json("i", None, options)


def test_merging_leaves_both_sides_as_they_are():
    base, change = copy.deepcopy(SERVICE["Spec"]), service_json("new", None, {"labels": {}})
    before = copy.deepcopy(change)
    found = merged(base, change)
    assert found["TaskTemplate"]["ContainerSpec"] == {"Image": "new", "Env": ["A=1"], "Later": 1}
    assert found["Labels"] == {}
    assert (base, change) == (SERVICE["Spec"], before)


@pytest.fixture
async def service(client, fake):
    fake.answers = {"ServiceInspect": SERVICE, "ServiceUpdate": {"Warnings": None}, "ServiceCreate": {"ID": "s1"}}
    return await client.services.get("web")


async def test_create_returns_the_whole_with_credentials_sent(client, fake, service):
    client.credentials.resolve = resolver = Resolver()
    made = await client.services.create("reg.example/web:1", ["sleep", "1"], name="web")
    assert sent(fake.named("ServiceCreate")[0])["TaskTemplate"]["ContainerSpec"]["Command"] == ["sleep", "1"]
    assert resolver.asked == ["reg.example"]
    assert (made, made.name, made.attrs) == (service, "web", SERVICE)


class Resolver:
    def __init__(self):
        self.asked = []

    async def __call__(self, registry, _given=None):
        self.asked.append(registry)


async def test_update_changes_what_is_given_and_nothing_else(fake, service):
    env = ["B=2"]
    update = service.update(env=env, fetch_current_spec=True)
    env.clear()  # what was given at the call is sent
    await update
    expected = copy.deepcopy(SERVICE["Spec"])
    expected["TaskTemplate"]["ContainerSpec"]["Env"] = ["B=2"]
    call = fake.named("ServiceUpdate")[0]
    assert (sent(call), query(call)["version"]) == (expected, "8")
    assert service.attrs == SERVICE


async def test_update_without_the_present_settings_keeps_the_image(fake, service):
    await service.update(user="u", fetch_current_spec=False)
    assert len(fake.named("ServiceInspect")) == 1
    assert sent(fake.named("ServiceUpdate")[0]) == {
        "Name": "web",
        "Mode": {"Replicated": {"Replicas": 1}},
        "TaskTemplate": {"ContainerSpec": {"Image": "reg.example/web:1", "User": "u"}},
    }


async def test_force_update_counts_on(fake, service):
    await service.force_update()
    assert sent(fake.named("ServiceUpdate")[0])["TaskTemplate"]["ForceUpdate"] == 3


def out_of_sequence():
    response = errors.EngineResponse(500, "Internal Server Error", {}, "POST", "/x")
    return errors.status_error(response, "rpc error: code = Unknown desc = update out of sequence")


@pytest.mark.parametrize("how", ["update", "edit", "scale"])
async def test_who_was_slower_than_another_begins_anew(fake, service, how):
    newer = {**SERVICE, "Version": {"Index": 9}, "Spec": {**SERVICE["Spec"], "Labels": {"by": "another"}}}
    fake.answers["ServiceInspect"] = Script(SERVICE, newer)
    fake.answers["ServiceUpdate"] = Script(out_of_sequence(), {"Warnings": None})
    specs = []

    def change(spec):
        specs.append(spec)
        spec.labels = {**spec.labels, "by": f"{spec.labels.get('by', '')} and me"}

    if how == "edit":
        await service.edit(change)
        assert len(specs) == 2
    elif how == "update":
        await service.update(env=iter(["B=2"]))
    else:
        await service.scale(3)
    first, second = fake.named("ServiceUpdate")
    assert (query(first)["version"], query(second)["version"]) == ("8", "9")
    assert sent(second)["Labels"] == ({"by": "another and me"} if how == "edit" else {"by": "another"})
    assert sent(second)["Later"] == 1
    if how == "update":
        assert [sent(call)["TaskTemplate"]["ContainerSpec"]["Env"] for call in (first, second)] == [["B=2"], ["B=2"]]


async def test_it_does_not_begin_anew_for_ever_nor_for_other_reasons(fake, service):
    fake.answers["ServiceUpdate"] = out_of_sequence()
    with pytest.raises(errors.APIError, match="out of sequence"):
        await service.update(env=["B=2"])
    assert len(fake.named("ServiceUpdate")) == 10
    with pytest.raises(errors.APIError, match="out of sequence"):
        await service.update(env=["B=2"], fetch_current_spec=False)
    assert len(fake.named("ServiceUpdate")) == 11
    fake.answers["ServiceUpdate"] = errors.BadRequest("no")
    with pytest.raises(errors.BadRequest):
        await service.edit(lambda spec: None)
    assert len(fake.named("ServiceUpdate")) == 12


@pytest.mark.parametrize(
    ("mode", "scaled"),
    [
        ({"Replicated": {"Replicas": 1}}, {"Replicated": {"Replicas": 0}}),
        (
            {"ReplicatedJob": {"MaxConcurrent": 2, "TotalCompletions": 5}},
            {"ReplicatedJob": {"MaxConcurrent": 2, "TotalCompletions": 0}},
        ),
        ({"Global": {}}, None),
        ({"GlobalJob": {}}, None),
    ],
)
async def test_scale(fake, service, mode, scaled):
    fake.answers["ServiceInspect"] = {**SERVICE, "Spec": {**SERVICE["Spec"], "Mode": mode}}
    if scaled is None:
        with pytest.raises(errors.InvalidArgument, match="Cannot scale a global container"):
            await service.scale(0)
    else:
        await service.scale(0)
        assert sent(fake.named("ServiceUpdate")[0])["Mode"] == scaled


async def test_tasks_leave_the_filters_as_they_are(fake, service):
    fake.answers["TaskList"] = [{"ID": "t1", "ServiceID": "s1"}]
    filters = {"desired-state": "running"}
    [task] = await service.tasks(filters)
    assert task["ID"] == "t1"
    assert filters == {"desired-state": "running"}
    assert "s1" in query(fake.named("TaskList")[0])["filters"]


@pytest.mark.parametrize("name", ["Slot", "NodeID", "DesiredState", "CreatedAt"])
@pytest.mark.parametrize(
    "mode", [{"Replicated": {"Replicas": 1}}, {"Global": {}}, {"Replicated": {"Replicas": "many"}}]
)
async def test_a_wait_that_meets_values_of_other_types_raises_no_error_of_python(fake, client, name, mode):
    task = {"ID": "t", "NodeID": "n", "DesiredState": "running", "Status": {"State": "running"}, name: [1]}
    fake.answers["ServiceInspect"] = {**SERVICE, "Spec": {**SERVICE["Spec"], "Mode": mode}}
    fake.answers["TaskList"] = [task, {**task, "ID": "u", name: {"a": 1}}]
    fake.answers["NodeList"] = []
    with pytest.raises((errors.UnexpectedResponse, errors.DeadlineExceeded)):
        await (await client.services.get("s1")).wait(0.01, poll=0.01)
