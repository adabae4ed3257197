"""The end of an output, of which the beginning is not kept."""


class Tail:
    """Keeps the last bytes of an output.

    Args:
        limit: Bytes to keep.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept = bytearray()
        self._dropped = 0

    @property
    def total(self) -> int:
        """Bytes that were added."""
        return len(self._kept) + self._dropped

    @property
    def dropped(self) -> int:
        """Bytes that were added and are not among the last ones."""
        return max(0, self.total - self._limit)

    def add(self, data: bytes) -> None:
        """Process the next bytes."""
        self._kept += data
        if len(self._kept) >= 2 * self._limit + 4096:
            self._cut()

    def _cut(self) -> None:
        excess = max(0, len(self._kept) - self._limit)
        del self._kept[:excess]
        self._dropped += excess

    def value(self) -> bytes:
        """Return the last bytes."""
        self._cut()
        return bytes(self._kept)
