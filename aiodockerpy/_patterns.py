"""Regular expressions that are compiled when they are first used: most programs use few of a module's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from re import compile as pattern
else:

    class pattern:  # noqa: N801 - called as `re.compile` is
        """A regular expression with the methods of `re.Pattern`; the arguments are those of `re.compile`."""

        def __init__(self, text: str | bytes, flags: int = 0) -> None:
            self._arguments = (text, flags)

        def __getattr__(self, name: str) -> Any:
            """Compile it, and keep its methods in place of this."""
            compiled = re.compile(*self._arguments)
            for method in ("fullmatch", "match", "search", "sub", "split", "findall", "finditer"):
                setattr(self, method, getattr(compiled, method))
            return getattr(compiled, name)


__all__ = ["pattern"]
