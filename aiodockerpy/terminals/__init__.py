"""Terminals in the browser: a process in a container, connected to a websocket.

Example:
    .. code-block:: python

        from aiohttp import web

        from aiodockerpy.terminals import bridge


        async def terminal(request: web.Request) -> web.WebSocketResponse:
            websocket = web.WebSocketResponse(heartbeat=20)
            await websocket.prepare(request)
            await bridge(container.exec_run("sh", stdin=True, tty=True, kill_on_cancel=True), websocket)
            return websocket
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodockerpy.terminals.bridging import TerminalEnd as TerminalEnd, bridge as bridge
    from aiodockerpy.terminals.websockets import WebSocket as WebSocket
else:
    from aiodockerpy._exports import exports

    __getattr__, __dir__, __all__ = exports(
        __name__,
        {"aiodockerpy.terminals.bridging": "TerminalEnd bridge", "aiodockerpy.terminals.websockets": "WebSocket"},
    )
