"""Answer health checks; a session that does not answer them is dropped, and the build with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy.buildkit._messages import HealthCheckResponse

if TYPE_CHECKING:
    from aiodockerpy.buildkit._rpc.calls import ServerCall

_SERVING = 1


async def check(call: ServerCall) -> None:
    """Answer ``grpc.health.v1.Health/Check``."""
    await call.answer(HealthCheckResponse(_SERVING))


METHODS = {"/grpc.health.v1.Health/Check": check}
