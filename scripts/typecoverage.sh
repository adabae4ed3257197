#!/usr/bin/env bash
# typecoverage.sh PYRIGHT: fail if less than 99 % of the public names of the installed package have a known type.
set -euo pipefail
PATH=$(cd "$(dirname "$1")" && pwd):$PATH # pyright looks for the package with the python that is found first
report=$("$1" --verifytypes aiodockerpy --ignoreexternal || true)
score=$(sed -n 's/^Type completeness score: \([0-9.]*\)%$/\1/p' <<<"$report")
if ! awk -v score="${score:-0}" 'BEGIN { exit !(score >= 99) }'; then
  printf '%s\n' "$report"
  exit 1
fi
echo "types of public names known: $score %"
