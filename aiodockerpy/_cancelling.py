"""Distinguish the cancellation of a task from a ``CancelledError`` that the caller's own code raises."""

from __future__ import annotations

import asyncio


def was_cancelled(error: BaseException) -> bool:
    """Return whether an exception is the cancellation of this task, and not of something that the task has awaited."""
    if not isinstance(error, asyncio.CancelledError):
        return False
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
