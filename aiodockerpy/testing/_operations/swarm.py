"""What an engine that belongs to no swarm answers about swarms; the fake never belongs to one."""

from __future__ import annotations

from typing import Final, NoReturn

from aiodockerpy.testing._core import Core, operation
from aiodockerpy.testing._http.messages import Refusal, Request

NO_SWARM: Final = (
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm '
    "and try again."
)


async def refuse(core: Core, request: Request) -> NoReturn:
    """Refuse an operation that needs a swarm.

    Raises:
        Refusal: Always.
    """
    del core, request
    raise Refusal(503, NO_SWARM)


for _id in ("ServiceList", "TaskList", "NodeList", "SecretList", "ConfigList"):
    operation(_id)(refuse)
