"""Signals to a process in a container: the engine has no operation for that, so a second process sends them."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from aiodockerpy import errors
from aiodockerpy.models import ExecCreateRequest

if TYPE_CHECKING:
    from aiodockerpy.api import Api

__all__ = ["MARK", "Signaller"]

MARK = "AIODOCKERPY_EXEC"
"""The variable by which a process and everything it starts is found again."""

# Built-in commands only, so that every image with a shell will do. Processes inherit the mark with their environment.
_SCRIPT = """exec 2>/dev/null
sent=33
for p in /proc/[0-9]*; do
  [ -r "$p/environ" ] || continue
  while IFS= read -r line || [ -n "$line" ]; do
    case "$line" in *"$1"*) kill -s "$2" "${p#/proc/}" && sent=0; break;; esac
  done < "$p/environ"
done
exit $sent"""
_SENT, _NOBODY = 0, 33
_LOOK_EVERY = 0.05


class Signaller:
    """Sends signals to one process, and to everything it started, inside its container.

    Args:
        api: The operations.
        container: Where it runs.
        user: As whom it runs.
    """

    def __init__(self, api: Api, container: str, user: str) -> None:
        self._api = api
        self._container = container
        self._user = user
        self._value = secrets.token_hex(16)

    @property
    def mark(self) -> str:
        """What belongs into the environment of the process."""
        return f"{MARK}={self._value}"

    async def send(self, name: str) -> bool:
        """Send a signal by its name, for example ``"TERM"``.

        Returns:
            Whether there was a process to send it to; ``False`` too if that cannot be found out, since the image has no
            shell.
        """
        code: int | None = None
        with suppress(errors.APIError):  # not every engine allows it
            code = await self._send(name, "0", privileged=True)  # may look at the processes of every user
        if code not in {_SENT, _NOBODY}:
            code = await self._send(name, self._user, privileged=False)
        return code == _SENT

    async def _send(self, name: str, user: str, *, privileged: bool) -> int | None:
        request = ExecCreateRequest(
            cmd=["sh", "-c", _SCRIPT, "sh", self.mark, name],
            user=user,
            privileged=privileged,
            attach_stdout=True,
            attach_stderr=True,
        )
        created = await self._api.exec.create(self._container, request)
        await self._api.exec.start(str(created.id))
        while True:
            state = await self._api.exec.inspect(str(created.id))
            if not state.running:
                return state.exit_code
            await asyncio.sleep(_LOOK_EVERY)

    async def end(self, exec_id: str, grace: float) -> bool:
        """End a process: SIGTERM, and after ``grace`` seconds SIGKILL.

        Returns:
            Whether the engine confirms that it has ended.
        """
        for name, seconds in (("TERM", grace), ("KILL", 5.0)):
            if not (await self._api.exec.inspect(exec_id)).running:
                return True
            await self.send(name)
            if await self._gone_within(exec_id, seconds):
                return True
        return False

    async def _gone_within(self, exec_id: str, seconds: float) -> bool:
        limit = asyncio.get_running_loop().time() + seconds
        while (await self._api.exec.inspect(exec_id)).running:
            if asyncio.get_running_loop().time() >= limit:
                return False
            await asyncio.sleep(_LOOK_EVERY)
        return True
