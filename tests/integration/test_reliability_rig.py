"""Each fault of the proxy in front of each engine, and the gate that finds what is left behind."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

import aiodockerpy
from aiodockerpy import errors
from tests.lab.faults import FaultProxy, Faults
from tests.lab.leaks import Snapshot, held_by, remaining

# What happens to a call of a client that has made one before.
FAULTS = {
    "delay": (Faults(delay=0.05, delay_request=0.05), None),
    "small pieces": (Faults(chunk=7), None),
    "slow": (Faults(rate=200_000), None),
    "stall": (Faults(stall_after=200), errors.DeadlineExceeded),
    "stalled request": (Faults(stall_request_after=10), errors.DeadlineExceeded),
    "cut": (Faults(cut_after=400), errors.ConnectionFailed),
    "cut at once": (Faults(cut_after=0), errors.ConnectionFailed),
    "cut request": (Faults(cut_request_after=10), errors.ConnectionFailed),
    "reset": (Faults(cut_after=400, reset=True), errors.ConnectionFailed),
    "half-close": (Faults(half_close_after=400), errors.ConnectionFailed),
    "executed, then cut": (Faults(execute_then_cut=True), errors.ConnectionFailed),
    "refused": (Faults(refuse=True), errors.ConnectionFailed),
    "dropped while idle": (Faults(drop_idle=0.05), None),
    "not HTTP": (Faults(tamper=lambda block: block.replace(b"HTTP/1.1 ", b"SMTP/1.1 ")), errors.DockerException),
}


@pytest.mark.parametrize("tcp", [False, True], ids=["unix", "tcp"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_before_each_engine(engine, fault, tcp):
    """The call fails as it should or works, and works again without the fault, by the same client."""
    faults, error = FAULTS[fault]
    target = engine.tcp_url if tcp and engine.tcp_url else engine.url
    async with FaultProxy(target, tcp=tcp) as proxy:
        async with aiodockerpy.DockerClient(proxy.url, timeout=0.3 if "stall" in fault else 60) as client:
            assert await client.ping()
            await proxy.cut_all()  # the counts begin with the next connection
            proxy.faults = faults
            if fault == "dropped while idle":
                await client.ping()
                await proxy.until(lambda proxy: proxy.open_connections == 0)
                proxy.faults = Faults()  # the next call may take its time
            if error is None:
                assert (await client.info()).id
            else:
                with pytest.raises(error):
                    await client.info()
            proxy.faults = Faults()
            assert (await client.info()).id


async def test_the_gate_finds_each_kind_of_leak(engine, prefix):
    before = Snapshot.take()
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url, version=engine.oldest) as client:
        events = client.events(filters={"container": [prefix]})
        async with events:
            proxy.faults.stall_after = 0
            call = asyncio.create_task(client.info())
            await proxy.until(lambda proxy: proxy.open_connections == 2)
            left = await remaining(before, settle=0.1, clients=[client._session])
            kinds = {"task", "file", "1 slots in use", "stream"}
            assert {kind for kind in kinds if any(what.startswith(kind) for what in left)} == kinds
            call.cancel()
            with suppress(asyncio.CancelledError):
                await call
        assert held_by(client._session) == []
    assert await remaining(before) == []
