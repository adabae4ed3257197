"""What a task's state means: the states that swarms of 20.10 and 28.5 were seen to report."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from aiodockerpy import errors
from aiodockerpy.models import Node, Task
from aiodockerpy.resources._jobs.tasks import TaskTable, verdict

BEFORE, CREATED, AFTER = (f"2030-01-01T00:00:0{second}Z" for second in range(3))


def task(state, message="started", err="", code=None, desired="running"):
    status = {"State": state, "Message": message, "Err": err}
    if code is not None:
        status["ContainerStatus"] = {"ContainerID": "c", "ExitCode": code}
    return Task.from_value({"ID": "t", "NodeID": "n", "CreatedAt": CREATED, "DesiredState": desired, "Status": status})


def client(joined=BEFORE):
    """One whose node has joined at a time, or is not there."""

    async def inspect(id):
        assert id == "n"
        if joined is None:
            raise errors.NotFound("no such node")
        return Node.from_value({"ID": id, "UpdatedAt": joined})

    return SimpleNamespace(api=SimpleNamespace(nodes=SimpleNamespace(inspect=inspect)))


EXIT = "task: non-zero exit ({})".format


@pytest.mark.parametrize(
    ("found", "ending", "code"),
    [
        (task("complete", "finished", code=0), "exited", 0),
        (task("failed", err=EXIT(3), code=3), "exited", 3),
        (task("failed", err=EXIT(127), code=127), "exited", 127),
        (task("failed", err=EXIT(137), code=137), "exited", 137),  # out of memory looks the same
        (task("failed", "starting", "exec: no-such-command: not found", 127), "not_started", None),
        (task("rejected", "preparing", "No such image: none:1"), "not_started", None),
        (task("rejected", "preparing", "bind source path does not exist"), "not_started", None),
        (task("shutdown", "shutdown", code=137), "node_lost", None),
        (task("orphaned", "node failure"), "node_lost", None),
        (task("remove"), "node_lost", None),
        (task("running", desired="remove"), "removed", None),
        (task("shutdown", code=137, desired="remove"), "removed", None),
        (task("complete", "finished", code=0, desired="remove"), "exited", 0),
        (task("failed", err=EXIT(3), code=3, desired="remove"), "exited", 3),
    ],
)
async def test_an_end_is_judged_by_what_is_certain(found, ending, code):
    judged = await verdict(client(), found)
    assert judged is not None
    assert (judged[0], judged[2]) == (ending, code)


@pytest.mark.parametrize("state", ["new", "allocated", "pending", "assigned", "preparing", "starting", "running"])
async def test_a_task_that_has_not_ended_has_no_verdict(state):
    assert await verdict(client(), task(state)) is None


@pytest.mark.parametrize("joined", [AFTER, None, "no time"])
@pytest.mark.parametrize("code", [137, 143, 255])
async def test_a_code_that_a_restarted_engine_may_have_made_up_is_none(joined, code):
    judged = await verdict(client(joined), task("failed", err=EXIT(code), code=code))
    assert judged is not None
    assert (judged[0], judged[2]) == ("engine_lost", None)


@pytest.mark.parametrize("joined", [AFTER, None])
async def test_a_start_that_a_restart_of_the_engine_cut_short_may_have_run_the_command(joined):
    found = task("failed", "starting", "starting container failed: Canceled: context canceled", 128)
    judged = await verdict(client(joined), found)
    assert judged is not None
    assert (judged[0], judged[2]) == ("engine_lost", None)


async def test_other_codes_are_the_jobs_own_even_if_its_node_was_restarted():
    judged = await verdict(client(AFTER), task("failed", err=EXIT(7), code=7))
    assert judged is not None
    assert (judged[0], judged[2]) == ("exited", 7)


async def test_one_list_serves_all_services_of_a_batch():
    asked = []

    async def listed(filters):
        asked.append(filters)
        return [Task.from_value({"ID": f"t{number}", "ServiceID": f"s{number}"}) for number in range(10)]

    table = TaskTable(SimpleNamespace(api=SimpleNamespace(tasks=SimpleNamespace(list=listed))), "batch=1", 60, 1)
    watched = [table.watch(f"s{number}") for number in range(10)]
    table.start()
    await watched[0].next(until=None)
    await table.stop()
    assert [entry.task.id for entry in watched] == [f"t{number}" for number in range(10)]
    assert asked == [{"label": ["batch=1"]}]


async def test_values_of_other_types_hold_up_no_other_job():
    async def listed(*, filters):
        odd = {"ID": "t", "ServiceID": [1], "NodeID": [1], "Version": {"Index": [1]}, "Slot": [1]}
        return [Task.from_value(odd), Task.from_value({"ID": "t1", "ServiceID": "s1"})]

    table = TaskTable(SimpleNamespace(api=SimpleNamespace(tasks=SimpleNamespace(list=listed))), "batch=1", 60, 1)
    watched = table.watch("s1")
    table.start()
    await watched.next(until=None)
    await table.stop()
    assert watched.task.id == "t1"
    assert table.node_name((await listed(filters={}))[0]) == ""


async def test_an_end_whose_values_have_other_types():
    assert await verdict(client(), task("failed", message="started", err=[1], code=[137])) == ("exited", "", None)
