"""Faults that a test asks for, and whether they happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

__all__ = ["Fault", "Faults"]


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

    def takes(self, operation: str) -> bool:
        """Return whether it happens to a call of this operation; if so it counts as happened."""
        if self.times is not None and self.happened >= self.times:
            return False
        if not fnmatchcase(operation, self.operation):
            return False
        self.happened += 1
        return True


@dataclass(slots=True)
class Faults:
    """The faults of an engine."""

    asked: list[Fault] = field(default_factory=list[Fault])

    def of(self, operation: str) -> list[Fault]:
        """Return the faults that apply to a call."""
        return [fault for fault in self.asked if fault.takes(operation)]

    def missing(self) -> list[str]:
        """Describe the faults that did not happen, or not as often as asked."""
        found: list[str] = []
        for fault in self.asked:
            wanted = fault.times or 1
            if fault.happened < wanted:
                count = f"{fault.happened} of {wanted} times" if fault.happened else "not once"
                found.append(f"the fault {fault.kind}({fault.operation!r}) happened {count}")
        return found
