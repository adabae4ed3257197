"""The logs of many containers as one stream: bounded, fair, and complete or marked where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy import errors
from aiodockerpy._protocol.unfit import Unfit
from aiodockerpy.resources._following.places import Places
from aiodockerpy.streams.source import all_items
from aiodockerpy.streams.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodockerpy.resources._following.events import SubscriptionState
    from aiodockerpy.resources._following.merged.lines import ContainerLine, LinesLost
    from aiodockerpy.resources._following.merged.source import Merged
    from aiodockerpy.resources.container import Container


def check_positions(after: Mapping[str, str] | None) -> None:
    """Refuse texts that are not positions.

    Raises:
        InvalidArgument: One of them is invalid.
    """
    for id, text in (after or {}).items():
        try:
            Places.parse(text)
        except Unfit as unfit:
            raise unfit.inside(f"[{id!r}]").error("after", "logs") from None


class MergedLogs(Stream["ContainerLine | LinesLost", "list[ContainerLine | LinesLost]"]):
    """The lines of all containers that match, as one stream.

    Containers that start later are followed too, from their first line. Each is followed across its restarts, restarts
    of the engine and broken connections, until it is removed; no line is lost and none is repeated. Where that cannot
    be proven, a `LinesLost` is delivered.

    What the reader does not take stays in the engine, but for 64 KiB of each container at most. The containers take
    turns of some hundred lines, so that one that writes much does not hold up the others.

    Example:
        .. code-block:: python

            async with client.containers.logs(filters={"label": "app=web"}, tail=0) as lines:
                async for line in lines:
                    if isinstance(line, LinesLost):
                        print("lines may be missing", line.name, line.reason)
                    else:
                        print(line.container.name, line.stream, line.text)
    """

    def __init__(self, merged: Merged, max_size: int) -> None:
        self._merged = merged
        super().__init__(self._merged.open, all_items, name="containers.logs of many", max_size=max_size)

    @property
    def state(self) -> SubscriptionState:
        """Whether the engine is connected: ``"new"``, ``"connected"``, ``"reconnecting"`` or ``"closed"``."""
        events = self._merged.events
        return events.state if events is not None else "new"

    @property
    def containers(self) -> list[Container]:
        """The containers that are followed now, whether they run or not."""
        return [member.container for member in self._merged.members.values()]

    def positions(self) -> dict[str, str]:
        """Return how far the log of each container was delivered, to go on there later.

        A line counts as delivered when the iteration or `~aiodockerpy.streams.Stream.batch` has returned it. The texts
        can be written to a file; ``after`` of the next call takes them.

        Returns:
            A text for each container, by id.
        """
        self._merged.delivered.settle(len(self._ready))
        return self._merged.positions()

    async def _gather(self) -> list[ContainerLine | LinesLost]:
        self._finish()
        raise errors.InvalidArgument("the logs of many containers have no end: iterate them instead of awaiting")

    async def aclose(self) -> None:
        """Close the connections and wait until all tasks have ended."""
        self.close()
        await self._merged.ended()
