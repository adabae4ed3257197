"""What stopping and restarting an engine does to its containers."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from aiodockerpy.testing import _lifecycle as lifecycle
from aiodockerpy.testing._http.messages import Refusal
from aiodockerpy.testing._signals import Signals
from aiodockerpy.testing._state.clock import settle

if TYPE_CHECKING:
    from aiodockerpy.testing._core import Core


async def go_down(core: Core, *, live_restore: bool) -> None:
    """Stop the containers, unless they are to run on, and forget events."""
    core.down = True
    if not live_restore:
        running = [container for container in core.world.containers.values() if container.process is not None]
        for number in (Signals.SIGTERM, Signals.SIGKILL):
            for container in running:
                if container.process is not None:
                    container.process.kill(number)
            await settle()
    core.world.events.lose()


def resume(core: Core) -> None:
    """Start the containers that run by their restart policy."""
    core.down = False
    for container in list(core.world.containers.values()):
        policy = container.host["RestartPolicy"]["Name"]
        wanted = policy == "always" or (policy == "unless-stopped" and not container.stopped_by_hand)
        if wanted and not container.running and container.started:
            with contextlib.suppress(Refusal):
                lifecycle.start(core, container)
