"""Jobs that are refused when they are submitted, on one engine and on a swarm: nothing is created for them."""

from __future__ import annotations

import asyncio
import json

import pytest
import pytest_asyncio

from aiodockerpy import errors
from tests.resources.conftest import Body, Script, not_found, query, sent

CREATIONS = {"ContainerCreate", "ServiceCreate", "ImageCreate"}
IMAGE = "busybox:1"


class Silent(Body):
    """A stream of events in which nothing happens."""

    async def read(self):
        await asyncio.Event().wait()


@pytest_asyncio.fixture(params=["jobs", "swarm_jobs"])
async def jobs(request, client, fake):
    """A pool that was entered, over an engine that refuses every creation."""
    fake.answers = {
        "SystemEvents": Silent(b""),
        "SwarmInspect": {"ID": "swarm"},
        "TaskList": [],
        "NodeList": [],
        **dict.fromkeys(CREATIONS, not_found()),
    }
    async with getattr(client, request.param)() as pool:
        yield pool


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"nmae": "x"}, TypeError, "unexpected keyword argument 'nmae'"),
        ({"timeout": -1}, errors.InvalidArgument, "timeout must be a number of seconds .*not -1"),
        ({"timeout": "1"}, TypeError, "timeout must be a number of seconds .*not '1'"),
        ({"key": []}, TypeError, "key must be a hashable value"),
        ({"command": 5}, errors.InvalidArgument, "command"),
        ({"command": "unbalanced 'quote"}, errors.InvalidArgument, "command"),
        ({"labels": 5}, errors.InvalidArgument, "labels"),
        ({"image": ""}, errors.NullResource, "image"),
    ],
)
async def test_a_job_that_cannot_be_is_refused_with_the_name_of_what_is_wrong(jobs, fake, options, error, text):
    with pytest.raises(error, match=text):
        await jobs.submit(**{"image": IMAGE, "command": ["true"], **options})
    assert not CREATIONS & {call.operation.id for call in fake.calls}


async def test_a_key_is_used_once(jobs, fake):
    first = await jobs.submit(IMAGE, ["true"], key="taken")
    assert (await first).ending == "not_started"
    sent = len(fake.calls)
    with pytest.raises(errors.InvalidArgument, match="key: 'taken' is the key of another job of this pool"):
        await jobs.submit(IMAGE, ["true"], key="taken")
    assert len(fake.calls) == sent


@pytest.mark.parametrize("kind", ["jobs", "swarm_jobs"])
@pytest.mark.parametrize(
    ("limits", "error", "text"),
    [
        ({"concurrency": 0}, errors.InvalidArgument, "concurrency must be a whole number, 1 or more, not 0"),
        ({"queue_timeout": -1}, errors.InvalidArgument, "queue_timeout must be a number of seconds.*not -1"),
        ({"stop_grace": -1}, errors.InvalidArgument, "stop_grace must be a whole number, 0 to 9,223,372,036, not -1"),
        ({"max_output": -1}, errors.InvalidArgument, "max_output must be a whole number, 0 or more, not -1"),
        ({"retry": 3}, TypeError, "retry"),
        ({"cuncurrency": 1}, TypeError, "cuncurrency"),
    ],
)
async def test_a_pool_with_wrong_limits_is_refused(client, fake, kind, limits, error, text):
    with pytest.raises(error, match=text):
        getattr(client, kind)(**limits)
    assert fake.calls == []


@pytest.mark.parametrize("limits", [{"starts": 0}, {"keep": "some"}])
def test_limits_of_one_engine_alone(client, limits):
    with pytest.raises(errors.InvalidArgument, match=next(iter(limits))):
        client.jobs(**limits)


@pytest.mark.parametrize(
    "limits", [{"poll": -1}, {"pending_timeout": -1}, {"node_lost_after": -1}, {"call_timeout": -1}]
)
def test_limits_of_a_swarm_alone(client, limits):
    with pytest.raises(errors.InvalidArgument, match=next(iter(limits))):
        client.swarm_jobs(**limits)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("jobs", {"detach": True}),
        ("jobs", {"restart_policy": "always"}),
        ("swarm_jobs", {"mode": "global"}),
        ("swarm_jobs", {"restart_policy": {}}),
    ],
)
async def test_what_the_pool_decides_is_refused(client, fake, kind, options):
    fake.answers = {"SystemEvents": Silent(b""), "SwarmInspect": {"ID": "swarm"}, "TaskList": []}
    async with getattr(client, kind)() as pool:
        with pytest.raises(errors.InvalidArgument, match=next(iter(options))):
            await pool.submit(IMAGE, ["true"], **options)
    assert not CREATIONS & {call.operation.id for call in fake.calls}


async def test_a_job_that_was_not_created_removes_nothing_that_has_its_name(jobs, fake):
    refused = await jobs.submit(IMAGE, ["true"], name="of-others")
    assert (await refused).ending == "not_started"
    for steps in range(8):
        job = await jobs.submit(IMAGE, ["true"], name="of-others")
        for _ in range(steps):
            await asyncio.sleep(0)
        job.cancel()
        await job
    assert not [call for call in fake.calls if call.operation.method == "DELETE"]


def refusal(status, text):
    return errors.status_error(errors.EngineResponse(status, "", {}, "POST", "/x"), text, operation="")


def internal_error(text):
    return refusal(500, text)


async def test_a_service_that_managers_refuse_with_an_internal_error_is_not_started(client, fake):
    refused = internal_error("network nope not found")
    fake.answers = {"SwarmInspect": {"ID": "swarm"}, "TaskList": [], "ServiceCreate": refused}
    async with client.swarm_jobs() as pool:
        result = await (await pool.submit(IMAGE, ["true"], networks=["nope"]))
    assert (result.ending, result.error, result.may_still_run) == ("not_started", "network nope not found", False)


async def test_a_leader_is_waited_for_before_a_service_is_created(client, fake):
    none = internal_error("The swarm does not have a leader.")
    fake.answers = {
        "SwarmInspect": Script({"ID": "swarm"}, none, none, {"ID": "swarm"}),
        "TaskList": [],
        "ServiceCreate": Script(none, none, none, {"ID": "made"}),
        "ServiceInspect": {"ID": "made"},
    }
    async with client.swarm_jobs(poll=0.01) as pool:
        job = await pool.submit(IMAGE, ["true"])
        while len(fake.named("ServiceCreate")) < 4:
            await asyncio.sleep(0.01)
        job.cancel()
    assert (await job).ending == "cancelled"
    assert [call.path for call in fake.named("ServiceDelete")] == ["/services/made"]


@pytest.mark.parametrize(
    ("state", "timeout", "ending", "exit_code"),
    [("failed", None, "exited", 3), ("running", 0.05, "timed_out", None), ("pending", None, "unschedulable", None)],
)
async def test_whatever_a_manager_refuses_a_job_has_a_result_that_says_what_is_left_behind(
    client, fake, state, timeout, ending, exit_code
):
    forbidden = refusal(403, "not allowed")
    status = {
        "State": state,
        "Timestamp": "2026-01-01T00:00:00Z",
        "Message": "started",
        "ContainerStatus": {"ExitCode": 3},
    }
    task = {"ID": "task", "ServiceID": "made", "NodeID": "one", "Status": status}
    fake.answers = {
        "SwarmInspect": {"ID": "swarm"},
        "ServiceCreate": {"ID": "made"},
        "ServiceInspect": {"ID": "made"},
        "TaskList": Script(forbidden, [task]),
        "NodeInspect": forbidden,
        "ServiceLogs": forbidden,
        "ServiceDelete": forbidden,
    }
    async with client.swarm_jobs(poll=0.01, pending_timeout=0.1) as pool:
        result = await (await pool.submit(IMAGE, ["true"], timeout=timeout))
    assert (result.ending, result.exit_code) == (ending, exit_code)
    assert result.may_still_run == (ending != "exited")
    assert "the service is left behind: 403" in result.error


@pytest.mark.parametrize(("seen", "ending"), [([], "unschedulable"), (["running"], "removed")])
async def test_a_service_that_others_have_removed_is_not_waited_for(client, fake, seen, ending):
    def tasks(_call):
        status = [{"State": state, "Message": "started"} for state in seen]
        seen.clear()
        return [{"ID": "task", "ServiceID": "made", "Status": one} for one in status]

    fake.answers = {"SwarmInspect": {"ID": "swarm"}, "TaskList": tasks, "ServiceCreate": {"ID": "made"}}
    fake.answers["ServiceInspect"] = {"ID": "made"}
    async with client.swarm_jobs(poll=0.01, pending_timeout=0.1) as pool:
        result = await (await pool.submit(IMAGE, ["true"]))
    assert (result.ending, result.may_still_run) == (ending, False)


class Stopping:
    """A swarm of one job, whose task is listed some times more after its service was removed."""

    def __init__(self, fake, desired="running", times=3):
        self._task = {"ID": "task", "ServiceID": "made", "DesiredState": desired}
        self._task["Status"] = {"State": "running", "Timestamp": "2026-01-01T00:00:00Z"}
        self._times = times
        self._left = 0
        self._removed = False
        self.at_once = 0
        fake.answers = {
            "SwarmInspect": {"ID": "swarm"},
            "ServiceCreate": self._create,
            "ServiceInspect": {"ID": "made"},
            "TaskList": self._list,
            "ServiceLogs": not_found(),
            "ServiceDelete": self._remove,
        }

    def _create(self, _call):
        self.at_once = max(self.at_once, 2 if self._left else 1)
        self._left, self._removed = self._times, False
        return {"ID": "made"}

    def _remove(self, _call):
        self._removed = True
        return b""

    def _list(self, _call):
        self._left -= self._removed and self._left > 0
        return [self._task] if self._left else []


@pytest.mark.parametrize(("desired", "ending"), [("running", "timed_out"), ("remove", "removed")])
async def test_the_task_of_an_attempt_is_gone_before_the_next_one(client, fake, desired, ending):
    swarm = Stopping(fake, desired)
    async with client.swarm_jobs(poll=0.01, retry=lambda result: result.attempts < 2) as pool:
        result = await (await pool.submit(IMAGE, ["sleep", "60"], timeout=0.01))
    assert (result.ending, result.attempts, result.may_still_run, swarm.at_once) == (ending, 2, False, 1)


async def test_a_task_that_stays_is_not_waited_for_longer_than_for_a_lost_node(client, fake, monkeypatch):
    monkeypatch.setattr("aiodockerpy.resources._jobs.swarm.GONE_SECONDS", 0)
    Stopping(fake, times=1000)
    async with client.swarm_jobs(poll=0.01, stop_grace=0, node_lost_after=0.1) as pool:
        result = await (await pool.submit(IMAGE, ["sleep", "60"], timeout=0.01))
    assert (result.ending, result.may_still_run) == ("timed_out", True)
    assert "is still being stopped" in result.error


@pytest.mark.parametrize("kind", ["jobs", "swarm_jobs"])
@pytest.mark.parametrize("made", [[], ["made"]])
async def test_a_creation_whose_answer_was_lost_is_found_by_a_label_of_its_own(client, fake, kind, made):
    """A container or a service of others may have its name."""
    what, id = ("Container", "Id") if kind == "jobs" else ("Service", "ID")

    taken = refusal(409, "the name is taken")

    def lose(_call):
        job.cancel()
        return errors.RequestMaybeSent("the connection was cut")

    fake.answers = {
        "SystemEvents": Silent(b""),
        "SwarmInspect": {"ID": "swarm"},
        "TaskList": [],
        f"{what}Create": Script(lose, taken),
        f"{what}List": [{id: one} for one in made],
    }
    async with getattr(client, kind)() as pool:
        job = await pool.submit(IMAGE, ["true"], name="of-others")
        assert (await job).ending == "cancelled"
    create, search = fake.named(f"{what}Create")[0], fake.named(f"{what}List")[0]
    (label,) = json.loads(query(search)["filters"])["label"]
    name, _, value = label.partition("=")
    assert sent(create)["Labels"][name] == value
    assert value not in {"", "of-others"}
    assert [call.path for call in fake.named(f"{what}Delete")] == [f"/{what.lower()}s/{one}" for one in made]
