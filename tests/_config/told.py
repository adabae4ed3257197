"""What an exception tells: for the search of secrets in it."""

from __future__ import annotations


def told(error: BaseException | None) -> str:
    """Everything a log or a debugger would show of an exception and of what it came from, without source lines."""
    if error is None:
        return ""
    own = f"{error!s} {error!r} {error.args!r} {vars(error)!r}"
    return own + told(error.__cause__) + ("" if error.__suppress_context__ else told(error.__context__))
