"""What an exception tells: for the search of secrets in it."""

from __future__ import annotations


def told(error: BaseException | None) -> str:
    """Everything a log or a debugger could show of an exception and of what it came from, suppressed or not."""
    if error is None:
        return ""
    slots = [getattr(error, name, None) for name in ("object", "doc", "filename", "strerror")]
    own = f"{error!s} {error!r} {error.args!r} {vars(error)!r} {slots!r}"
    return own + told(error.__cause__) + told(error.__context__)
