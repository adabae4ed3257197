"""Faults that a test asks for, and whether they happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(slots=True)
class Fault:
    """One fault.

    Attributes:
        kind: ``fail``, ``delay``, ``hang`` or ``cut``.
        operation: The operations that have it, as a pattern.
        times: How often it happens; ``None`` for always.
        happened: How often it has happened.
    """

    kind: str
    operation: str
    times: int | None = None
    status: int = 500
    message: str = ""
    seconds: float = 0
    after: int = 0
    happened: int = 0

    def takes(self, *names: str) -> bool:
        """Return whether it happens to a call that has these names; if so it counts as happened."""
        if self.times is not None and self.happened >= self.times:
            return False
        if not any(fnmatchcase(name, self.operation) for name in names):
            return False
        self.happened += 1
        return True


@dataclass(slots=True)
class Faults:
    """The faults of an engine."""

    asked: list[Fault] = field(default_factory=list[Fault])

    def of(self, *names: str) -> list[Fault]:
        """Return the faults that apply to a call that has these names."""
        return [fault for fault in self.asked if fault.takes(*names)]

    def missing(self) -> list[str]:
        """Describe the faults that did not happen, or not as often as asked."""
        found: list[str] = []
        for fault in self.asked:
            wanted = fault.times or 1
            if fault.happened < wanted:
                count = f"happened {fault.happened} of {wanted} times" if fault.happened else "never happened"
                found.append(f"the fault {fault.kind}({fault.operation!r}) {count}")
        return found
