"""The gate that keeps the fake honest: integration tests that hold on the fake, checked in both directions.

``python -m tests.testing.gate`` runs the integration tests on fake engines. It fails if a test of the list
``holds.txt`` fails, or if one passes that is not in the list. ``--write`` writes the list anew. In the list a line that
begins with ``?`` is a test, or the beginning of the names of several, that may pass or fail: it depends on how fast the
machine is.

Not counted are the tests of what the fake never has, and those that need parts of the lab and skip themselves.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from tests.testing.gate_plugin import OUTCOMES

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LIST = HERE / "holds.txt"
NEVER = {
    "BuildKit": ["buildkit", "test_build.py"],
    "swarm": ["test_parity_services.py", "test_parity_swarm.py", "test_service_wait.py", "test_services.py"],
    "registries": ["test_registries.py", "test_secrets.py"],
    "plugins": ["test_plugins.py"],
    "TLS and ssh": ["test_ssh.py", "test_tls.py"],
    "lab restarts": [
        "test_reliability_restarts.py",
        "test_lab.py",
        "test_soak.py",
        "test_every_operation.py",
        "test_npipe.py",
    ],
    "nothing, since they use no engine or a fake of their own": ["test_logs_of_500.py", "test_typing.py"],
}
"""Files and folders of tests of what the fake never has."""
TOO_SLOW = [
    "test_reliability_events.py::test_promise_32_a_slow_reader_is_told_what_it_lost",
    "test_reliability_events.py::test_promise_33_cuts_lose_and_repeat_nothing",
    "test_reliability_processes.py::test_cancelled_it_is_ended_with_all_it_started",
    "test_reliability_processes.py::test_promise_20_a_race_for_the_first_use_starts_it_once",
    "test_reliability_streams.py::test_promise_11_what_came_of_a_log_before_a_cut_is_delivered",
    "test_reliability_streams.py::test_promise_14_a_cut_answer_is_never_whole",
    "test_reliability_streams.py::test_promise_17_a_process_waits_for_a_slow_reader",
    "test_wait_until.py::test_failures_of_the_start_period_are_not_unhealthy",
]
"""Tests that take longer on the fake than the gate may; they are not run, and count as not holding."""
LIMIT = 20  # seconds for one test: what the fake does not have may hang
WANTED = 0.6


def run(tests: list[str], *, workers: int = 2) -> dict[str, str]:
    """Run tests on fake engines, one for each process; return the outcome of each: passed, failed or skipped."""
    ignored = [f"--ignore=tests/integration/{name}" for names in NEVER.values() for name in names]
    slow = [f"--deselect=tests/integration/{name}" for name in TOO_SLOW]
    with tempfile.TemporaryDirectory() as folder:
        words = [
            sys.executable, "-m", "pytest", "-q", "-p", "tests.testing.gate_plugin", "-p", "no:cacheprovider", "--tb=no",
            "--no-header", "-rN", "--timeout", str(LIMIT), "-n", str(workers), "--dist", "worksteal",
            *(tests or ["tests/integration", *ignored, *slow]),
        ]  # fmt: skip
        env = {**os.environ, OUTCOMES: str(Path(folder, "outcomes")), "AIODOCKERPY_NO_RERUNS": "1"}
        pytest = subprocess.Popen(words, cwd=ROOT, env=env, start_new_session=True)
        try:
            pytest.wait()
        finally:
            _kill_all_of(pytest.pid)
        return _outcomes(Path(folder))


def _kill_all_of(session: int) -> None:
    """Kill what pytest has left: a worker that is ended by a timeout cannot end its engine, which holds our output open."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(session, signal.SIGKILL)


def _outcomes(folder: Path) -> dict[str, str]:
    found: dict[str, set[str]] = defaultdict(set)
    for path in folder.glob("outcomes.gw*"):
        for line in path.read_text().splitlines():
            test, outcome = json.loads(line)
            found[test].add(outcome)
    return {
        test: "failed" if "failed" in outcomes else "passed" if "passed" in outcomes else "skipped"
        for test, outcomes in found.items()
    }


def read() -> tuple[set[str], set[str]]:
    """Read the list: the tests that hold, and those that may or may not."""
    lines = {line for line in LIST.read_text().splitlines() if line and not line.startswith("#")}
    unsteady = {line.removeprefix("? ") for line in lines if line.startswith("? ")}
    return {line for line in lines if not line.startswith("? ")}, unsteady


def judge(outcomes: dict[str, str], holds: set[str], unsteady: set[str]) -> list[str]:
    """Compare what came out with the list; return what is wrong."""
    passed = {test for test, outcome in outcomes.items() if outcome == "passed"}
    counted = {test for test, outcome in outcomes.items() if outcome != "skipped"} | set(TOO_SLOW)
    wrong = [f"is in the list and does not hold: {test}" for test in sorted(holds - passed)]
    new = [test for test in sorted(passed - holds) if not test.startswith(tuple(unsteady))]
    wrong += [f"holds and is not in the list: {test}" for test in new]
    share = len(passed) / max(1, len(counted))
    print(f"{len(passed)} of {len(counted)} integration tests hold on the fake ({share:.0%})")
    if share < WANTED:
        wrong.append(f"only {share:.0%} of the tests hold, and {WANTED:.0%} are promised")
    return wrong


def main(arguments: list[str]) -> int:
    """Run the gate; return its exit status."""
    outcomes = run([])
    holds, unsteady = read() if LIST.exists() else (set(), set())
    failed = sorted(test for test in holds if outcomes.get(test) == "failed")  # what is gone cannot be run again
    if failed and len(failed) < 30 and "--write" not in arguments:
        outcomes |= run(failed, workers=1)  # once more, without the others
    if "--write" in arguments:
        passed = {test for test, outcome in outcomes.items() if outcome == "passed"}
        passed -= {test for test in passed if test.startswith(tuple(unsteady))}
        lines = sorted([*passed, *(f"? {test}" for test in unsteady)])
        LIST.write_text("# Integration tests that hold on the fake engine; see gate.py.\n" + "\n".join(lines) + "\n")
        return 0
    wrong = judge(outcomes, holds, unsteady)
    print(*wrong, sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
