"""The state of an engine as tests read it, and what they can do to its containers."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from aiodockerpy._arguments import checks_methods
from aiodockerpy._protocol.unfit import shown
from aiodockerpy.errors import InvalidValue
from aiodockerpy.testing import _lifecycle as lifecycle
from aiodockerpy.testing._state.normal import variables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiodockerpy.testing._core import Core
    from aiodockerpy.testing._state.objects import Container

Json = dict[str, Any]
_HEALTH = frozenset({"none", "starting", "healthy", "unhealthy"})


class ContainerView:
    """A container, as it is at the moment of each look.

    Args:
        attrs: Returns the answer to an inspect.
        logs: Returns everything that it wrote.
    """

    def __init__(self, attrs: Callable[[], Json], logs: Callable[[], bytes]) -> None:
        self._attrs = attrs
        self._logs = logs

    @property
    def attrs(self) -> Json:
        """The answer to an inspect."""
        return self._attrs()

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.attrs["Id"])

    @property
    def name(self) -> str:
        """Its name, without the slash."""
        return str(self.attrs["Name"]).removeprefix("/")

    @property
    def image(self) -> str:
        """The image, as it was named."""
        return str(self.attrs["Config"]["Image"])

    @property
    def command(self) -> list[str]:
        """Program and arguments."""
        attrs = self.attrs
        return [attrs["Path"], *attrs["Args"]]

    @property
    def labels(self) -> dict[str, str]:
        """Its labels."""
        return dict(self.attrs["Config"]["Labels"] or {})

    @property
    def env(self) -> dict[str, str]:
        """The environment that it was given, its image's included."""
        return variables(self.attrs["Config"]["Env"])

    @property
    def status(self) -> str:
        """Its state, such as ``running``."""
        return str(self.attrs["State"]["Status"])

    @property
    def exit_code(self) -> int:
        """The exit code of the last run."""
        return int(self.attrs["State"]["ExitCode"])

    @property
    def health(self) -> str:
        """The result of the health check; ``none`` without one."""
        return str((self.attrs["State"].get("Health") or {"Status": "none"})["Status"])

    @property
    def restarts(self) -> int:
        """How often its restart policy has restarted it."""
        return int(self.attrs["RestartCount"])

    @property
    def networks(self) -> list[str]:
        """The networks that it is on."""
        return list(self.attrs["NetworkSettings"]["Networks"])

    @property
    def ports(self) -> Mapping[str, list[Json] | None]:
        """Published ports, by port of the container; empty while it does not run."""
        return dict(self.attrs["NetworkSettings"]["Ports"])

    @property
    def output(self) -> str:
        """Everything that it wrote, both streams together."""
        return self._logs().decode(errors="replace")

    def __repr__(self) -> str:
        attrs = self.attrs
        return f"<container {attrs['Name'].removeprefix('/')} ({attrs['State']['Status']})>"


@checks_methods
class FakeContainer(ContainerView):
    """A container of the fake engine.

    Args:
        core: The engine.
        do: Runs something in the engine's event loop.
        wanted: Its name or id.
    """

    def __init__(self, core: Core, do: Callable[[Callable[[], Any]], Any], wanted: str) -> None:
        from aiodockerpy.testing._operations.shapes import container_inspect

        self._core = core
        self._do = do
        self._wanted = wanted
        super().__init__(
            lambda: do(lambda: copy.deepcopy(container_inspect(self._core, self._found(), size=False))),
            lambda: do(lambda: b"".join(entry.data for entry in self._found().output.log)),
        )

    def _found(self) -> Container:
        from aiodockerpy.testing._http.messages import Refusal

        try:
            return self._core.world.container(self._wanted)
        except Refusal as refusal:
            names = ", ".join(sorted(found.name for found in self._core.world.containers.values())) or "none"
            raise AssertionError(f"{refusal.message}; there are: {names}") from None

    def read(self, path: str) -> bytes:
        """Read a file of it.

        Raises:
            FileNotFoundError: It is not there.
        """
        content: bytes = self._do(lambda: self._found().files.read(path))
        return content

    def exit(self, code: int) -> None:
        """End its process with this exit code."""
        self._do(lambda: self._end(code))

    def oom_kill(self) -> None:
        """End its process as the kernel does when memory runs out."""

        def kill() -> None:
            container = self._found()
            lifecycle.emit(self._core, container, "oom")
            self._end(137)
            container.oom_killed = True

        self._do(kill)

    def _end(self, code: int) -> None:
        container = self._found()
        if container.process is None:
            raise AssertionError(f"container {container.name} does not run")
        container.process.exit(code)

    def set_health(self, status: str) -> None:
        """Set the result of its health check from now on.

        Args:
            status: ``starting``, ``healthy``, ``unhealthy`` or ``none``.

        Raises:
            InvalidValue: It is none of these.
        """
        if status not in _HEALTH:
            raise InvalidValue(f"status must be one of {', '.join(sorted(_HEALTH))}, not {shown(status)}")

        def change() -> None:
            container = self._found()
            container.health_set_by_hand = True
            lifecycle.set_health(self._core, container, status)

        self._do(change)
