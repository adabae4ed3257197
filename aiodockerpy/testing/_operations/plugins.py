"""Plugins, of which it has none: command lines look for them where a name is not known."""

from __future__ import annotations

from aiodockerpy.testing._core import Core, operation
from aiodockerpy.testing._http.messages import Refusal, Reply, Request, answer_json


@operation("PluginList")
async def plugins(core: Core, request: Request) -> Reply:
    """List no plugins."""
    del core
    request.filters()
    return answer_json([])


@operation("PluginInspect")
async def inspect(core: Core, request: Request) -> Reply:
    """Find no plugin."""
    del core
    raise Refusal(404, f'plugin "{request.parts["name"]}" not found')
