#!/bin/bash
# pythons.sh FOLDER [pytest argument ...]: the tests without an engine, on each supported Python that this machine has, in development mode with warnings as errors.
set -uo pipefail
folder=$1
shift

find_python() {
    local candidate
    for candidate in "$(command -v "python$1")" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/python; do
        # pyenv's shims are there for versions that are not installed, and fail.
        if [ -n "$candidate" ] && "$candidate" -c 'import ssl, venv' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

status=0 summary=()
for version in ${PYTHONS:-3.11 3.12 3.13 3.14}; do
    if ! interpreter=$(find_python "$version"); then
        summary+=("Python $version: NOT TESTED, this machine does not have it")
        continue
    fi
    venv=$folder/$version
    if [ ! -e "$venv/.ready" ] || [ pyproject.toml -nt "$venv/.ready" ]; then
        scripts/venv.sh "$interpreter" "$venv" &&
            "$venv/bin/python" -m pip install --quiet --upgrade 'pip>=25.1' &&
            "$venv/bin/python" -m pip install --quiet --editable . --group test --group examples --group dist && touch "$venv/.ready"
    fi
    if "$venv/bin/python" -X dev -W error -m pytest "$@" tests --ignore=tests/integration; then
        summary+=("Python $version: passed")
    else
        summary+=("Python $version: FAILED")
        status=1
    fi
done
printf '%s\n' "${summary[@]}"
exit "$status"
