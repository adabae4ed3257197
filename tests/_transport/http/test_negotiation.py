"""Which API version is spoken."""

from __future__ import annotations

import asyncio

import pytest

from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy._transport.http.negotiation import Negotiation
from aiodockerpy.errors import InvalidVersion


class Engine:
    def __init__(self, *versions):
        self.versions = list(versions)
        self.pings = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def ping(self):
        self.pings += 1
        await self.gate.wait()
        version = self.versions.pop(0) if len(self.versions) > 1 else self.versions[0]
        if isinstance(version, Exception):
            raise version
        return {"Api-Version": version} if version else {}


@pytest.mark.parametrize(
    ("told", "spoken"),
    [("1.41", "1.41"), ("1.45", "1.45"), ("1.55", "1.55"), ("1.56", "1.56"), ("1.99", "1.56"), (None, "1.41")],
)
async def test_the_newest_that_both_know(told, spoken):
    assert str(await Negotiation(Engine(told).ping).version()) == spoken


async def test_an_engine_too_old_is_refused():
    with pytest.raises(InvalidVersion, match=r"1\.40"):
        await Negotiation(Engine("1.40").ping).version()


async def test_concurrent_callers_ask_once():
    engine = Engine("1.51")
    negotiation = Negotiation(engine.ping)
    versions = await asyncio.gather(*(negotiation.version() for _ in range(10)))
    assert {str(version) for version in versions} == {"1.51"}
    assert engine.pings == 1


async def test_a_cancelled_asker_leaves_the_question_to_the_next():
    engine = Engine("1.51")
    engine.gate.clear()
    negotiation = Negotiation(engine.ping)
    first = asyncio.create_task(negotiation.version())
    second = asyncio.create_task(negotiation.version())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    engine.gate.set()
    assert str(await second) == "1.51"
    assert engine.pings == 2


async def test_a_failed_question_is_asked_again():
    engine = Engine(ConnectionError("away"), "1.51")
    negotiation = Negotiation(engine.ping)
    with pytest.raises(ConnectionError):
        await negotiation.version()
    assert str(await negotiation.version()) == "1.51"


async def test_a_fixed_version_is_never_asked_for():
    engine = Engine("1.51")
    negotiation = Negotiation(engine.ping, ApiVersion(1, 44))
    negotiation.notice({"Api-Version": "1.45"})
    assert str(await negotiation.version()) == "1.44"
    assert engine.pings == 0


async def test_an_engine_that_tells_another_version_is_asked_anew():
    engine = Engine("1.51", "1.45")
    negotiation = Negotiation(engine.ping)
    await negotiation.version()
    negotiation.notice({"Api-Version": "1.51"})
    negotiation.notice({})
    assert engine.pings == 1
    negotiation.notice({"Api-Version": "1.45"})
    assert negotiation.agreed is None
    assert str(await negotiation.version()) == "1.45"
