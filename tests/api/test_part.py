"""Whole answers as models; a long one must not hold up the loop."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest

from aiodockerpy import errors
from aiodockerpy._protocol.operations import call
from aiodockerpy._transport.base import Reply
from aiodockerpy.api._part import LARGE, Part
from aiodockerpy.models import ContainerSummary, SystemDataUsage
from aiodockerpy.models._base import Model


class Answering:
    """A transport with one answer."""

    max_response_size = 1 << 20

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def request(self, _):
        return Reply(200, {}, self.body)


def containers(count: int, size: int) -> bytes:
    """Return the list of some containers, each of about as many bytes."""
    each = {"Names": ["/a"], "State": "running", "Ports": [{"PrivatePort": 80}], "Labels": {"label": "x" * size}}
    return json.dumps([{"Id": f"{number:064x}", **each} for number in range(count)]).encode()


VERY_LONG = containers(1000, 9000)
LIST = call("ContainerList")


async def test_promise_28_a_list_of_5000_is_read_while_the_loop_goes_on():
    """The reader waits for a turn of the loop, which only a loop that goes on gives."""
    loop = asyncio.get_running_loop()

    async def turn():
        return threading.current_thread()

    class Summary(ContainerSummary):
        @classmethod
        def many_from_wire(cls, body):
            assert asyncio.run_coroutine_threadsafe(turn(), loop).result(60) is not threading.current_thread()
            return super().many_from_wire(body)

    body = containers(5000, 500)
    assert len(body) > LARGE
    found = await Part(Answering(body))._fetch_list(LIST, lambda: Summary)
    assert [item.to_dict() for item in found] == json.loads(body)


async def test_promise_28_a_long_list_is_read_in_parts():
    steps = []

    class Summary(ContainerSummary):
        @classmethod
        def many_from_wire(cls, body):
            steps.append(len(body))
            return super().many_from_wire(body)

    found = await Part(Answering(VERY_LONG))._fetch_list(LIST, lambda: Summary)
    assert [item.to_dict() for item in found] == json.loads(VERY_LONG)
    assert max(steps) < 1_000_000 < len(VERY_LONG)


async def test_promise_28_a_body_of_over_2_mb_is_read_in_a_thread(monkeypatch):
    threads = []
    read = Model.from_wire.__func__

    def noted(cls, body, *, operation=""):
        threads.append(threading.current_thread())
        return read(cls, body, operation=operation)

    monkeypatch.setattr(Model, "from_wire", classmethod(noted))
    small, large = b'{"LayersSize":1}', b'{"LayersSize":1,"More":"' + b"x" * LARGE + b'"}'
    for body in (small, large):
        assert (await Part(Answering(body))._fetch(call("SystemDataUsage"), lambda: SystemDataUsage)).layers_size == 1
    assert threads[0] is threading.main_thread()
    assert threads[1] is not threading.main_thread()


@pytest.mark.parametrize("end", [b"", b"]x", b",]"])
async def test_a_very_long_list_that_is_broken_is_told_as_any_other(end):
    with pytest.raises(errors.UnexpectedResponse, match=r"ContainerList is not JSON \(at character"):
        await Part(Answering(VERY_LONG[:-1] + end))._fetch_list(LIST, lambda: ContainerSummary)


async def test_what_does_not_fit_in_a_very_long_list_keeps_its_raw_value():
    found = await Part(Answering(VERY_LONG[:-1] + b',{"Id":5}]'))._fetch_list(LIST, lambda: ContainerSummary)
    assert found[-1].id == 5
    assert found[-1].drift == ("Id",)
    assert found[0].drift == ()
