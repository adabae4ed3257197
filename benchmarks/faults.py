"""What several clients saw of the same faults: the record of ``python -m benchmarks.promises``, shown as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

Verdict = Sequence[bool | str | None]
"""Whether a client keeps a promise, ``None`` if that cannot be asked of it, and what was seen."""

PEERS = {"aiodocker": "aiodocker", "docker-py": "docker"}
"""The other clients, and the packages that they are in."""


class Record(TypedDict):
    """One run: its versions and date, and the verdicts by promise and client."""

    about: dict[str, str]
    seen: dict[str, dict[str, Verdict]]


def row(promise: str, verdicts: Mapping[str, Verdict]) -> str:
    """Show the verdicts of all clients as one row of a table."""
    bar = "\\|"
    cells = (f"{ {True: '✓', False: '✗', None: '-'}[holds] } {text}" for holds, text in verdicts.values())
    return f"| {' | '.join([promise, *(cell.replace('|', bar) for cell in cells)])} |"


def table(record: Record) -> str:
    """Show a record as a table."""
    clients = list(next(iter(record["seen"].values())))
    lines = [f"| Promise | {' | '.join(clients)} |", f"| --- |{' --- |' * len(clients)}"]
    return "\n".join([*lines, *(row(promise, verdicts) for promise, verdicts in record["seen"].items()), ""])


def kept(record: Record) -> str:
    """Say in one sentence how many of the promises each client keeps, and with which versions."""
    verdicts = list(record["seen"].values())
    counts = {client: sum(seen[client][0] is True for seen in verdicts) for client in verdicts[0]}
    shown = ", ".join(f"{_named(client, record)} keeps {count}" for client, count in counts.items())
    engine, date = record["about"]["Docker Engine"].partition("+")[0], record["about"]["date"]
    return f"Of {len(verdicts)} promises under the same faults, {shown} (Docker Engine {engine}, {date})."


def _named(client: str, record: Record) -> str:
    return f"{client} {record['about'][PEERS[client]]}" if client in PEERS else client
