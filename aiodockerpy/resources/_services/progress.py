"""The progress and the outcome of a service, derived from its tasks. No I/O."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, Self, TypeAlias, get_args

from aiodockerpy._jsonable import dumpable
from aiodockerpy.errors import ServiceFailed
from aiodockerpy.models.tasks import TaskState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from aiodockerpy.models import Service as ServiceInfo, ServiceMode, Task

ServiceOutcome: TypeAlias = Literal["converged", "completed", "failed", "rolled_back", "paused"]
"""How a service has turned out: its tasks run, they have all ended well, some have failed and none is started again, an
update was rolled back, an update (or a rollback) was paused."""

MONITOR = 5.0
"""Seconds for which all tasks have to run, if the service does not say how long its tasks are monitored."""
SETTLED = 1.0
"""Seconds for which all tasks have to have ended: a manager may not have started the next one yet."""
_NANO = 1_000_000_000

_Slot: TypeAlias = Literal["running", "starting", "complete", "failed", "gone"]
_STAGES = get_args(get_args(TaskState)[0])[:10]
"""The states of a task that does well, in their order."""
_WITHOUT_NODE = frozenset({"new", "allocated", "pending"})
_FAILED = frozenset({"failed", "rejected"})
_ENDED = frozenset({"complete", "shutdown", "failed", "rejected", "remove", "orphaned"})
_GIVEN_UP = frozenset({"shutdown", "remove"})


@dumpable()
@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceProgress:
    """How far a service is, at one moment; the last one of a wait has the outcome."""

    service: str = ""
    """The name of the service."""
    outcome: ServiceOutcome | None = None
    """How it has turned out; ``None`` while it is underway."""
    running: int = 0
    """Tasks that run."""
    completed: int = 0
    """Tasks that have ended well, and are not replaced."""
    desired: int = 0
    """Tasks that have to run or, of a job, to complete."""
    failed: int = 0
    """Tasks that have failed so far; each attempt is a task."""
    pending: str = ""
    """Why a task has no node: ``"no suitable node (…)"``."""
    error: str = ""
    """Why the last failed task failed: ``"task: non-zero exit (3)"``."""
    update: str = ""
    """The state of the last update or rollback: ``"updating"``, ``"rollback_started"`` …; empty if there was none."""
    message: str = ""
    """What the managers report about that update."""

    @property
    def ok(self) -> bool:
        """Whether the service has converged or completed. One that was rolled back has not."""
        return self.outcome in {"converged", "completed"}

    def check(self) -> Self:
        """Return this, if it is `ok`.

        Raises:
            ServiceFailed: It is not.
        """
        if not self.ok:
            raise ServiceFailed(str(self), self)
        return self

    def __str__(self) -> str:
        outcome = (self.outcome or "underway").replace("_", " ")
        parts = [f"{self.running} of {self.desired} tasks run"]
        parts += [f"{self.completed} completed"] if self.completed else []
        parts += [f"{self.failed} failed, the last one with '{self.error}'"] if self.failed else []
        parts += [f"pending: {self.pending}"] if self.pending else []
        parts += [f"{self.update.replace('_', ' ')}: {self.message}"] if self.update else []
        return f"service {self.service}: {outcome} ({'; '.join(parts)})"


class Judge:
    """Turns inspections of a service into its progress, and decides when that is an outcome.

    Args:
        max_failures: Failed tasks after which the outcome is ``"failed"``; ``None`` for no limit.
    """

    def __init__(self, max_failures: int | None = None) -> None:
        self._max_failures = max_failures
        self._failures: dict[str, str] = {}
        self._candidate: ServiceOutcome | None = None
        self._since = 0.0

    def look(self, service: ServiceInfo, tasks: Sequence[Task], down: Collection[str], now: float) -> ServiceProgress:
        """Return the progress.

        Args:
            service: The service.
            tasks: Its tasks, as far as they fit its present specification.
            down: The ids of nodes that are down.
            now: The time, in seconds.
        """
        tasks = [task for task in tasks if _is_of_this_run(task, service) and str(task.desired_state) != "remove"]
        for task in sorted(tasks, key=_age):
            if _state(task) in _FAILED:
                self._failures[str(task.id)] = _error(task)
        seen, outcome = _seen(service, tasks, down)
        if outcome != self._candidate:
            self._candidate, self._since = outcome, now
        if now - self._since < _hold(outcome, service):
            outcome = None
        if outcome is None and self._max_failures is not None and len(self._failures) >= self._max_failures:
            outcome = "failed"
        last = next(reversed(self._failures.values()), "")
        return replace(seen, outcome=outcome, failed=len(self._failures), error=last)


def _hold(outcome: ServiceOutcome | None, service: ServiceInfo) -> float:
    """Return the seconds for which a state has to last before it is the outcome."""
    if outcome == "converged":
        config = service.spec.update_config if service.spec is not None else None
        return ((config.monitor if config is not None else None) or MONITOR * _NANO) / _NANO
    is_job = service.job_status is not None
    return SETTLED if outcome == "failed" or (outcome == "completed" and not is_job) else 0


_OF_UPDATES: Final[dict[str, ServiceOutcome | None]] = {
    "paused": "paused",
    "rollback_paused": "paused",
    "rollback_completed": "rolled_back",
    "rollback_started": None,
    "updating": None,
}
"""The outcome that the state of an update determines, whatever the tasks do."""


def _seen(
    service: ServiceInfo, tasks: Sequence[Task], down: Collection[str]
) -> tuple[ServiceProgress, ServiceOutcome | None]:
    """Return what is seen now, and the outcome if it stays like this."""
    mode = service.spec.mode if service.spec is not None else None
    everywhere = mode is not None and (mode.global_ or mode.global_job) is not None
    slots = _slots(tasks, down, by_node=everywhere)
    counts = Counter(slots.values())
    desired = _desired(mode, slots)
    status = service.update_status
    update = str((status.state if status is not None else None) or "")
    seen = ServiceProgress(
        service=str((service.spec.name if service.spec is not None else None) or service.id or ""),
        running=counts["running"],
        completed=counts["complete"],
        desired=desired,
        pending="no node has a task of it" if everywhere and not slots else _pending(tasks),
        update=update,
        message=str((status.message if status is not None else None) or ""),
    )
    if everywhere and not slots and update not in _OF_UPDATES:
        return seen, None
    is_job = mode is not None and (mode.replicated_job or mode.global_job) is not None
    outcome = (_of_job if is_job else _of_service)(slots, desired)
    return seen, _OF_UPDATES.get(update, outcome)


def _of_service(slots: Mapping[object, _Slot], desired: int) -> ServiceOutcome | None:
    counts = Counter(slots.values())
    if counts["running"] == desired:
        return "converged"
    if len(slots) < desired or not slots or counts["starting"]:
        return None
    if counts["failed"] or counts["gone"]:
        return "failed"
    return "completed" if counts["complete"] == len(slots) else None


def _of_job(slots: Mapping[object, _Slot], desired: int) -> ServiceOutcome | None:
    counts = Counter(slots.values())
    if (slots or not desired) and counts["complete"] >= desired:
        return "completed"
    if counts["running"] or counts["starting"]:
        return None
    return "failed" if counts["failed"] or counts["gone"] else None


def _desired(mode: ServiceMode | None, slots: Mapping[object, _Slot]) -> int:
    if mode is not None and mode.replicated_job is not None:
        job = mode.replicated_job
        given = (number for number in (job.total_completions, job.max_concurrent) if number is not None)
        return next(given, 1)
    if mode is not None and (mode.global_ or mode.global_job) is not None:
        return len(slots)
    replicas = mode.replicated.replicas if mode is not None and mode.replicated is not None else None
    return 1 if replicas is None else replicas


def _slots(tasks: Sequence[Task], down: Collection[str], *, by_node: bool) -> dict[object, _Slot]:
    """Return the state of each replica or, of a global service, of each node that it is on."""
    found: defaultdict[object, list[Task]] = defaultdict(list)
    for task in tasks:
        found[task.node_id if by_node else task.slot or 0].append(task)
    states: dict[object, _Slot] = {slot: _slot(inside, down) for slot, inside in found.items()}
    return {slot: state for slot, state in states.items() if not by_node or state != "gone"}


def _slot(tasks: Sequence[Task], down: Collection[str]) -> _Slot:
    wanted = [task for task in tasks if str(task.desired_state) not in _GIVEN_UP]
    if wanted:
        task = min(wanted, key=lambda task: (_stage(str(task.desired_state)), _stage(_state(task))))
        if _state(task) == "complete":
            return "complete" if str(task.desired_state) == "complete" else "starting"
        return "running" if _state(task) == "running" and task.node_id not in down else "starting"
    task = max(tasks, key=_age)
    state = _state(task)
    if state == "complete":
        return "complete"
    if state in _FAILED or task.node_id in down:
        return "failed"
    return "gone" if state in _ENDED else "starting"


def _is_of_this_run(task: Task, service: ServiceInfo) -> bool:
    """Return whether a task is of the last run of a job; true of everything that is not a job."""
    status = service.job_status
    if status is None:
        return True
    run, last = task.job_iteration, status.job_iteration
    return ((run.index if run is not None else None) or 0) == ((last.index if last is not None else None) or 0)


def _stage(state: str) -> int:
    return _STAGES.index(state) if state in _STAGES else len(_STAGES)


def _state(task: Task) -> str:
    return str((task.status.state if task.status is not None else None) or "new")


def _pending(tasks: Sequence[Task]) -> str:
    return next((_error(task) for task in tasks if _state(task) in _WITHOUT_NODE and _error(task)), "")


def _error(task: Task) -> str:
    return str((task.status.err if task.status is not None else None) or "")


def _age(task: Task) -> str:
    return str(task.created_at or "")
