"""How the tasks of a service become its progress, and when that is an outcome."""

from __future__ import annotations

import pytest

from aiodockerpy import errors
from aiodockerpy.models import Service, Task
from aiodockerpy.resources._services.progress import MONITOR, SETTLED, Judge, ServiceProgress
from tests.together import together

REPLICATED = {"Replicated": {"Replicas": 2}}
JOB = {"ReplicatedJob": {"TotalCompletions": 2, "MaxConcurrent": 1}}
AGES = iter(range(1_000_000))


def service(mode=REPLICATED, update=None, job=None, **spec):
    value = {"ID": "s1", "Spec": {"Name": "web", "Mode": mode, **spec}}
    if update is not None:
        value["UpdateStatus"] = {"State": update, "Message": f"it is {update}"}
    if job is not None or "ReplicatedJob" in mode or "GlobalJob" in mode:
        value["JobStatus"] = {"JobIteration": {"Index": job} if job else {}}
    return Service.from_value(value)


def task(state, desired="running", slot=1, *, node="n1", err="", run=None, age=None):
    age = next(AGES) if age is None else age
    value = {
        "ID": f"t{age}",
        "CreatedAt": f"2026-01-01T00:{age // 60 % 60:02}:{age % 60:02}Z",
        "NodeID": node,
        "Status": {"State": state, "Err": err},
        "DesiredState": desired,
    }
    if slot is not None:
        value["Slot"] = slot
    if run is not None:
        value["JobIteration"] = {"Index": run}
    return Task.from_value(value)


def settled(service, tasks, down=(), **options):
    """Look twice, with all the time between that an outcome may need."""
    judge = Judge(**options)
    judge.look(service, tasks, down, 0)
    return judge.look(service, tasks, down, MONITOR)


FAILED = task("failed", "shutdown", err="task: non-zero exit (3)")
COMPLETE = task("complete", "shutdown")
RUNNING = task("running")
PENDING = task("pending", err="no suitable node")

CASES = {
    "no task yet": (REPLICATED, [], None),
    "all run": (REPLICATED, [RUNNING, task("running", slot=2)], "converged"),
    "one is not created": (REPLICATED, [RUNNING], None),
    "one is starting": (REPLICATED, [RUNNING, task("starting", slot=2)], None),
    "one is shutting down": (REPLICATED, [RUNNING, task("running", "shutdown", slot=2)], None),
    "one was scaled away": (
        REPLICATED,
        [RUNNING, task("running", slot=2), task("running", "remove", slot=3)],
        "converged",
    ),
    "none are wanted": ({"Replicated": {"Replicas": 0}}, [], "converged"),
    "all failed for good": (REPLICATED, [FAILED, task("failed", "shutdown", slot=2)], "failed"),
    "all were rejected": (REPLICATED, [task("rejected", "shutdown", slot=slot) for slot in (1, 2)], "failed"),
    "one failed for good, one runs": (REPLICATED, [FAILED, task("running", slot=2)], "failed"),
    "one failed for good, one is starting": (REPLICATED, [FAILED, task("ready", slot=2)], None),
    "one runs while its successor starts": (
        REPLICATED,
        [RUNNING, task("running", slot=2), task("starting", slot=2)],
        None,
    ),
    "one failed, and its restart is on its way": (REPLICATED, [RUNNING, task("failed", slot=2)], None),
    "one failed, and is replaced": (
        REPLICATED,
        [RUNNING, task("failed", "shutdown", slot=2), task("ready", "ready", slot=2)],
        None,
    ),
    "one failed, and was replaced": (
        REPLICATED,
        [RUNNING, task("failed", "shutdown", slot=2), task("running", slot=2)],
        "converged",
    ),
    "one failed, the next completed": (
        {"Replicated": {"Replicas": 1}},
        [task("failed", "shutdown", age=1), task("complete", "shutdown", age=2)],
        "completed",
    ),
    "all ended well": (REPLICATED, [COMPLETE, task("complete", "shutdown", slot=2)], "completed"),
    "one ended well, one runs": (REPLICATED, [COMPLETE, task("running", slot=2)], None),
    "one was drained away": (REPLICATED, [RUNNING, task("shutdown", "shutdown", slot=2)], "failed"),
    "no node fits": (REPLICATED, [PENDING, task("pending", slot=2, err="no suitable node")], None),
    "its node is down": (REPLICATED, [RUNNING, task("running", slot=2, node="dead")], None),
    "its node is down, and it is not replaced": (
        {"Replicated": {"Replicas": 1}},
        [task("running", "shutdown", node="dead")],
        "failed",
    ),
    "global, no node": ({"Global": {}}, [], None),
    "global, on all nodes": (
        {"Global": {}},
        [task("running", slot=None), task("running", slot=None, node="n2")],
        "converged",
    ),
    "global, on one of two": (
        {"Global": {}},
        [task("running", slot=None), task("preparing", slot=None, node="n2")],
        None,
    ),
    "global, one node was drained": (
        {"Global": {}},
        [task("running", slot=None), task("shutdown", "shutdown", slot=None, node="n2")],
        "converged",
    ),
    "global, one failed for good": (
        {"Global": {}},
        [task("running", slot=None), task("failed", "shutdown", slot=None, node="n2")],
        "failed",
    ),
    "job, none yet": (JOB, [], None),
    "job, one of two": (JOB, [task("complete", "complete", None), task("running", "complete", 1)], None),
    "job, between two": (JOB, [task("complete", "complete", None)], None),
    "job, both": (JOB, [task("complete", "complete", None), task("complete", "complete", 1)], "completed"),
    "job, one failed for good": (JOB, [task("failed", "shutdown", None)], "failed"),
    "job, one failed, and is replaced": (JOB, [task("failed", "shutdown", None), task("new", "complete", None)], None),
    "job, all of an earlier run": (JOB, [task("complete", "complete", 1, run=7)] * 2, None),
    "job of nothing": ({"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 0}}, [], "completed"),
    "global job": ({"GlobalJob": {}}, [task("complete", "complete", None)], "completed"),
    "global job on one of two": (
        {"GlobalJob": {}},
        [task("complete", "complete", None), task("running", "complete", None, node="n2")],
        None,
    ),
    "global job, failed": ({"GlobalJob": {}}, [task("failed", "shutdown", None)], "failed"),
    "a state of a newer engine": (REPLICATED, [RUNNING, task("hibernating", slot=2)], None),
    "a mode of a newer engine": ({"Serverless": {}}, [RUNNING], "converged"),
}


@together("case", CASES)
def test_an_outcome_is_what_the_tasks_say(case):
    mode, tasks, expected = CASES[case]
    found = settled(service(mode), tasks, down={"dead"})
    assert found.outcome == expected
    assert found.ok is (expected in {"converged", "completed"})


@together(
    ("update", "expected"),
    [
        ("updating", None),
        ("rollback_started", None),
        ("completed", "converged"),
        ("paused", "paused"),
        ("rollback_paused", "paused"),
        ("rollback_completed", "rolled_back"),
        ("something newer", "converged"),
    ],
)
def test_an_update_decides_before_the_tasks_do(update, expected):
    found = settled(service(update=update), [RUNNING, task("running", slot=2)])
    assert found.outcome == expected
    assert (found.update, found.message) == (update, f"it is {update}")


def test_failures_end_no_update_that_is_underway():
    assert settled(service(update="updating"), [FAILED, task("failed", "shutdown", slot=2)]).outcome is None


def test_tasks_have_to_run_for_as_long_as_they_are_monitored():
    judge, monitored = Judge(), service(UpdateConfig={"Monitor": 3 * 10**9})
    running, restarted = [RUNNING, task("running", slot=2)], [RUNNING, task("ready", "ready", slot=2)]
    looks = [(0, running), (2.9, running), (3, restarted), (4, running), (6.9, running), (7, running)]
    assert [judge.look(monitored, tasks, (), now).outcome for now, tasks in looks] == [None] * 5 + ["converged"]
    assert Judge().look(service(UpdateConfig={"Monitor": 0}), running, (), 0).outcome is None


def test_tasks_that_have_ended_are_looked_at_again():
    judge = Judge()
    tasks = [FAILED, task("failed", "shutdown", slot=2)]
    outcomes = [judge.look(service(), tasks, (), now).outcome for now in (0, SETTLED / 2, SETTLED)]
    assert outcomes == [None, None, "failed"]


def test_a_completed_job_is_not_looked_at_again():
    tasks = [task("complete", "complete", None), task("complete", "complete", 1)]
    assert Judge().look(service(JOB), tasks, (), 0).outcome == "completed"


def test_a_crash_loop_is_counted_by_its_attempts_and_has_an_outcome_on_request():
    judge, limited = Judge(), Judge(max_failures=3)
    mode = {"Replicated": {"Replicas": 1}}
    seen = []
    for attempt in range(4):  # the history keeps two tasks
        tasks = [
            task("failed", "shutdown", age=attempt, err=f"exit {attempt}"),
            task("ready", "ready", age=attempt + 100),
        ]
        seen.append(judge.look(service(mode), tasks, (), attempt * 10.0))
        last = limited.look(service(mode), tasks, (), attempt * 10.0)
    assert [progress.failed for progress in seen] == [1, 2, 3, 4]
    assert [progress.error for progress in seen] == ["exit 0", "exit 1", "exit 2", "exit 3"]
    assert {progress.outcome for progress in seen} == {None}
    assert (last.outcome, last.failed) == ("failed", 4)


def test_a_rollback_is_one_however_many_tasks_have_failed():
    tasks = [FAILED, RUNNING, task("running", slot=2)]
    assert settled(service(update="rollback_completed"), tasks, max_failures=1).outcome == "rolled_back"


def test_progress_is_said_in_words():
    found = settled(service(), [PENDING, task("failed", "shutdown", slot=2, err="task: non-zero exit (3)")])
    assert str(found) == (
        "service web: underway (0 of 2 tasks run; 1 failed, the last one with 'task: non-zero exit (3)'; "
        "pending: no suitable node)"
    )
    assert (found.running, found.desired, found.pending) == (0, 2, "no suitable node")


def test_only_success_passes_a_check():
    assert ServiceProgress(outcome="completed").check().ok
    with pytest.raises(errors.ServiceFailed, match="service web: rolled back") as caught:
        ServiceProgress(service="web", outcome="rolled_back").check()
    assert caught.value.progress.outcome == "rolled_back"


@pytest.mark.parametrize("value", [{}, {"Spec": None}, {"Spec": {"Mode": None}}, {"UpdateStatus": {}, "JobStatus": {}}])
def test_an_answer_with_nothing_in_it_has_no_outcome(value):
    assert settled(Service.from_value(value), [Task.from_value({}), Task.from_value({"Status": None})]).outcome is None
