"""Signals to a command in a container. The engine has no operation for that, so a second command sends them."""

from __future__ import annotations

import asyncio
import re
import secrets
from typing import TYPE_CHECKING

from aiodockerpy import errors, models
from aiodockerpy._protocol.unfit import shown
from aiodockerpy.resources._base import created_id

if TYPE_CHECKING:
    from aiodockerpy.api import Api

MARK = "AIODOCKERPY_EXEC"
"""The environment variable by which a process and its children are found."""

# Built-in commands, so that every image with a shell will do, and `ls` where there is one. A process belongs to the
# command if it has the mark in its environment, or the parent, the session, or a pipe or terminal for its input or
# output of one that does: so processes are found that have another environment, and those whose parent has ended. The
# sessions and pipes are printed for the next time, when those who had them may have ended.
_SCRIPT = """exec 2>/dev/null
mark=$1 signal=$2 sessions="${3:+ $3} " pipes="${4:+ $4} " ours=" " code=33
fields() {
  state= parent= session=
  while read -r key value rest; do
    case $key in State:) state=$value;; PPid:) parent=$value;; NSsid:) session=$value; break;; esac
  done < "/proc/$1/status"
  case $state in Z|X|'') return 1;; esac
}
marked() {
  [ -r "/proc/$1/environ" ] || return 1
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in *"$mark"*) return 0;; esac
  done < "/proc/$1/environ"
  return 1
}
add() {
  new=1 ours="$ours$1 "
  case $session in "$others"|0|'') ;; *) sessions="$sessions$session ";; esac
}
family() {
  new=1
  while [ $new ]; do
    new=
    for p in /proc/[0-9]*; do
      p=${p#/proc/}
      case $ours in *" $p "*) continue;; esac
      [ "$p" != 1 ] && fields "$p" || continue
      [ -n "$session" ] && [ "$session" = "$own" ] && continue
      case $ours in *" $parent "*) add "$p"; continue;; esac
      case $sessions in *" $session "*) add "$p"; continue;; esac
      marked "$p" && add "$p"
    done
  done
}
holders() {
  while read -r line; do
    target=${line##* -> } p=${line% -> *}
    p=${p##*/proc/} p=${p%%/*}
    case $target in pipe:*|socket:*|/dev/pts/*) ;; *) continue;; esac
    case $ours in *" $p "*) member=1;; *) member=;; esac
    case $pipes in *" $target "*) known=1;; *) known=;; esac
    if [ $member ] && [ ! $known ]; then pipes="$pipes$target "; fi
    if [ $known ] && [ ! $member ] && [ "$p" != 1 ] && fields "$p"; then add "$p"; fi
  done <<END
$files
END
}
fields 1; others=$session
fields $$; own=$session
files=$(ls -l /proc/[0-9]*/fd/[012])
family; holders; holders; family
for p in $ours; do
  if kill -s "$signal" "$p"; then code=0; elif [ $code != 0 ] && [ -e "/proc/$p" ]; then code=34; fi
done
echo $sessions; echo $pipes
exit $code"""
_SENT, _NOBODY, _FORBIDDEN = 0, 33, 34
_NO_SHELL = frozenset({126, 127})
_LOOK_EVERY = 0.05
_LOOK_AGAIN = (0.1, 0.2, 0.4, 0.8, 1.0)
"""Seconds between looks at what a command has left behind; each look is a command of its own."""
_KILL_SECONDS = 5.0


_SIGNAL = r"""(?x) (?:SIG)? (
    [0-9]{1,2} | HUP | INT | QUIT | ILL | TRAP | ABRT | BUS | FPE | KILL | USR1 | SEGV | USR2 | PIPE | ALRM | TERM
    | STKFLT | CHLD | CONT | STOP | TSTP | TTIN | TTOU | URG | XCPU | XFSZ | VTALRM | PROF | WINCH | IO | PWR | SYS
    | RTMIN (?:\+[0-9]{1,2})? | RTMAX (?:-[0-9]{1,2})?
)"""


def signal_name(signal: str) -> str:
    """Return the name of a signal as shells have it, or its number.

    Raises:
        InvalidValue: There is no such signal.
    """
    found = re.fullmatch(_SIGNAL, signal.upper())
    if found is None:
        text = "send_signal() signal must be the name of a signal such as 'HUP', or its number as text"
        raise errors.InvalidValue(f"{text}, not {shown(signal)}")
    return found[1]


class Signaller:
    """Sends signals to one command, and to everything it started, inside its container.

    Args:
        api: The Engine API.
        container: Where it runs.
        user: The user it runs as.

    Attributes:
        found: Whether a process was found to send a signal to.
    """

    def __init__(self, api: Api, container: str, user: str) -> None:
        self._api = api
        self._container = container
        self._user = user
        self._value = secrets.token_hex(16)
        self._sessions = ""
        self._pipes = ""
        self.found = False

    @property
    def mark(self) -> str:
        """The variable to add to the environment of the command."""
        return f"{MARK}={self._value}"

    async def send(self, name: str) -> bool:
        """Send a signal by its name, for example ``"TERM"``.

        Returns:
            Whether there was a process to send it to; ``False`` too if that cannot be found out, since the image has no
            shell.

        Raises:
            Conflict: The container is paused, or does not run.
        """
        return await self._deliver(name) == _SENT

    async def _deliver(self, name: str) -> int | None:
        try:
            code = await self._send(name, "0", privileged=True)  # only then are the processes of every user visible
        except errors.APIError:  # not every engine allows it
            code = None
        if code not in {_SENT, _NOBODY}:
            code = await self._send(name, self._user, privileged=False)
        self.found = self.found or code in {_SENT, _FORBIDDEN}
        return code

    async def _send(self, name: str, user: str, *, privileged: bool) -> int | None:
        request = models.ExecCreateRequest(
            cmd=["sh", "-c", _SCRIPT, "sh", self.mark, name, self._sessions, self._pipes],
            user=user,
            privileged=privileged,
            attach_stdout=True,
            attach_stderr=True,
        )
        id = created_id(await self._api.exec.create(self._container, request))
        output = await self._api.exec.start(id)
        while True:
            state = await self._api.exec.inspect(id)
            if not state.running:
                break
            await asyncio.sleep(_LOOK_EVERY)
        if state.exit_code in {_SENT, _NOBODY, _FORBIDDEN}:
            self._sessions, _, self._pipes = output.decode(errors="replace").strip().partition("\n")
        return state.exit_code

    async def end(self, exec_id: str, grace: float, *, first: str = "TERM") -> bool:
        """End the command and everything it started: SIGTERM, or ``first``, and after ``grace`` seconds SIGKILL.

        Without a grace there is only SIGKILL.

        Returns:
            Whether all of it has ended: the engine confirms it of the command, and nothing else is found. ``False`` if
            it cannot be ended: the container is paused, or the image has no shell and the command still runs.
        """
        try:
            for name, seconds in ((first, grace), ("KILL", _KILL_SECONDS))[not grace :]:
                if await self._gone_within(exec_id, seconds, name):
                    return True
        except errors.NotFound:  # the container was removed
            return True
        except errors.Conflict:  # it is paused, or has stopped
            return not await self._runs(exec_id)
        return False

    async def _gone_within(self, exec_id: str, seconds: float, name: str) -> bool:
        found = await self._deliver(name)
        limit = asyncio.get_running_loop().time() + (0 if found in _NO_SHELL else seconds)
        pauses = iter(_LOOK_AGAIN)
        while await self._runs(exec_id):
            if asyncio.get_running_loop().time() >= limit:
                return False
            if found == _NOBODY:  # the engine is still starting it
                await asyncio.sleep(next(pauses, _LOOK_AGAIN[-1]))
                found = await self._deliver(name)
            else:
                await asyncio.sleep(_LOOK_EVERY)
        pauses = iter(_LOOK_AGAIN)
        while found in {_SENT, _FORBIDDEN}:
            found = await self._deliver("0")
            left = limit - asyncio.get_running_loop().time()
            if found in {_SENT, _FORBIDDEN}:
                if left <= 0:
                    return False
                await asyncio.sleep(min(left, next(pauses, _LOOK_AGAIN[-1])))
        return True

    async def _runs(self, exec_id: str) -> bool:
        try:
            return bool((await self._api.exec.inspect(exec_id)).running)
        except errors.NotFound:
            return False
