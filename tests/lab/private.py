"""Engines of one test, which may kill, pause and restart them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from tests.lab import images, network, packages, parts
from tests.lab.engine import TLS_PORT, Engine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType


class PrivateEngine:
    """A throw-away engine: ``async with PrivateEngine("new", live_restore=True) as engine: ...``.

    Args:
        role: ``old``, ``middle`` or ``new``.
        live_restore: Whether containers go on when dockerd ends.
        extra_args: Further arguments of dockerd.
        tls_certificate: With it dockerd listens with mutual TLS (``tls_url``) and not with plain TCP: ``server``, ``expired`` or
            ``wrong-name``, of `tests.lab.certs`.
        features: Of dockerd's configuration, such as ``{"containerd-snapshotter": True}``.
        busybox: Whether to import ``busybox:1``.
    """

    def __init__(
        self,
        role: str = "new",
        *,
        live_restore: bool = False,
        extra_args: Sequence[str] = (),
        tls_certificate: str | None = None,
        features: dict[str, bool] | None = None,
        busybox: bool = True,
    ) -> None:
        self.role = role
        self._live_restore = live_restore
        self._extra_args = tuple(extra_args)
        self._certificate = tls_certificate
        self._features = features or {}
        self._busybox = busybox
        self._engine: Engine | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.destroy()

    @property
    def engine(self) -> Engine:
        """The engine beneath; only once started."""
        if self._engine is None:
            raise RuntimeError("the private engine was not started")
        return self._engine

    @property
    def url(self) -> str:
        """Its ``unix://`` address."""
        return self.engine.url

    @property
    def socket(self) -> str:
        """The path of its unix socket."""
        return str(self.engine.socket)

    @property
    def tcp_url(self) -> str | None:
        """Its plain TCP address; None for one with TLS."""
        return self.engine.tcp_url

    @property
    def tls_url(self) -> str | None:
        """Its TCP address with mutual TLS; None for one without."""
        return f"tcp://{self.engine.sandbox.address}:{TLS_PORT}" if self._certificate else None

    @property
    def docker_cli(self) -> str:
        """The docker command line of its version."""
        return str(self.engine.cli)

    @property
    def pid(self) -> int | None:
        """The machine's number of dockerd; None while it does not run."""
        return self.engine.pid

    def running(self) -> bool:
        """Return whether dockerd answers."""
        return self._engine is not None and self._engine.running()

    async def start(self) -> None:
        """Start it, or start dockerd again after `stop` or `kill`; returns when it answers."""
        if self._engine is None:
            await asyncio.to_thread(network.check_machine)
            await asyncio.to_thread(packages.require, packages.TOOLS)
            await asyncio.to_thread(network.ensure)
            self._engine = await asyncio.to_thread(self._make)
        await asyncio.to_thread(self._engine.start)
        if self._busybox:
            await asyncio.to_thread(images.import_busybox, self._engine)

    async def stop(self) -> None:
        """End dockerd with SIGTERM and wait for it."""
        await asyncio.to_thread(self.engine.stop)

    async def kill(self) -> None:
        """End dockerd with SIGKILL."""
        await asyncio.to_thread(self.engine.kill)

    async def restart(self) -> None:
        """Stop and start."""
        await self.stop()
        await self.start()

    def pause(self) -> None:
        """Freeze dockerd with SIGSTOP: connections are taken by the kernel, and nothing answers."""
        self.engine.pause()

    def resume(self) -> None:
        """Let a paused dockerd go on."""
        self.engine.resume()

    async def destroy(self) -> None:
        """End dockerd and all its containers, and remove what it stored."""
        engine, self._engine = self._engine, None
        if engine is not None:
            await asyncio.to_thread(engine.destroy)
            network.release(engine.number)

    def _make(self) -> Engine:
        number = network.reserve()
        plain = Engine(
            f"private{number}",
            self.role,
            number,
            arguments=self._extra_args,
            plain_tcp=self._certificate is None,
            live_restore=self._live_restore,
            features=self._features,
        )
        if self._certificate is None:
            return plain
        return replace(plain, arguments=(*self._extra_args, *parts.tls_arguments(plain, certificate=self._certificate)))
