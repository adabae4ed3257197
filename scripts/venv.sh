#!/bin/bash
# venv.sh PYTHON FOLDER: make a virtual environment; on Debian without python3-venv, root gets it installed first.
set -euo pipefail
python=$1 folder=$2

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "aiodockerpy needs Python 3.11 or newer; $python is $("$python" --version 2>&1). Give another with: make PYTHON=python3.12 ..." >&2
    exit 1
fi
if [ -x "$folder/bin/python" ] && "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi
rm -rf "$folder"
mkdir -p "$(dirname "$folder")"
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "$python cannot make virtual environments: install its venv package (Debian: python3-venv)" >&2
        exit 1
    fi
    echo "installing python3-venv"
    export DEBIAN_FRONTEND=noninteractive
    lock=(-o DPkg::Lock::Timeout=180 -o Acquire::Retries=3)
    apt-get "${lock[@]}" update -qq
    apt-get "${lock[@]}" install -qq -y --no-install-recommends python3-venv >/dev/null
fi
"$python" -m venv "$folder"
