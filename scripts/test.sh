#!/bin/bash
# test.sh PYTHON WORKERS: all tests, first those without an engine, then on the lab's engines. A lab that was down before is down again afterwards.
set -uo pipefail
python=$1 workers=$2

stop_lab() { "$python" -m tests.lab down; }

if [ -z "${AIODOCKERPY_TEST_HOST:-}" ]; then
    if ! "$python" -m tests.lab status >/dev/null 2>&1; then
        stop_lab # what a lab that was killed has left behind
        trap stop_lab EXIT
        trap 'exit 130' INT TERM HUP
    fi
    # Without the lab its tests are skipped, but in CI that would be a lie.
    "$python" -m tests.lab up || [ "${CI:-}" != true ] || exit 1
fi
status=0
# One worker more than works at once, here and below: some tests wait most of their time.
without_engine=(-q -n $((workers + 1)) --dist worksteal)
"$python" -m pytest "${without_engine[@]}" tests --ignore=tests/integration || status=1
# Twenty times the examples that each run tries.
"$python" -m pytest "${without_engine[@]}" -m hypothesis --hypothesis-profile=thorough tests --ignore=tests/integration || status=1
own=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])') # this Python has run them
PYTHONS=$(printf '3.%d\n' 11 12 13 14 | grep -vxF "$own" | xargs) scripts/pythons.sh .cache/pythons "${without_engine[@]}" || status=1
# The tests of one engine run one after the other, those of different engines side by side.
"$python" -m pytest -q -n $((workers + 1)) --dist loadgroup --durations=15 --rerun-show-tracebacks tests/integration || status=1
# What holds on the fake engine is a list, which must be true in both directions.
[ -n "${AIODOCKERPY_TEST_HOST:-}" ] || "$python" -m tests.testing.gate || status=1
exit "$status"
