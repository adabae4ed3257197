#!/bin/bash
# dist.sh PYTHON FOLDER: build sdist and wheel, check both, install the wheel in an empty environment and run it.
set -euo pipefail
python=$1 folder=$2

rm -rf "$folder"
"$python" -m build --no-isolation --outdir "$folder" . # the wheel is built from the unpacked sdist
"$python" -m twine check --strict "$folder"/*
"$python" -m check_wheel_contents "$folder"/*.whl

empty=$(mktemp -d)
trap 'rm -rf "$empty"' EXIT
"$python" -m venv "$empty"
"$empty/bin/python" -m pip install --quiet "$folder"/*.whl
# Isolated from the checkout, so that the installed package is the one that runs.
"$empty/bin/python" -I -m aiodockerpy || [ $? = 1 ] # 1: there is no engine here, which the report says
