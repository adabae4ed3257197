"""Whole answers as models; a long one must not hold up the loop."""

from __future__ import annotations

import asyncio
import json
import sys
import threading

import pytest

from aiodockerpy import errors
from aiodockerpy._protocol.operations import call
from aiodockerpy._transport.base import Reply
from aiodockerpy.api._verbs import LARGE, fetch, fetch_list
from aiodockerpy.models import ContainerSummary, SystemDataUsage
from aiodockerpy.models._base import Model
from aiodockerpy.models._lists import list_from_wire


class Answering:
    """A transport with one answer."""

    max_response_size = 1 << 20

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def request(self, _):
        return Reply(200, {}, self.body)


def containers(count: int) -> bytes:
    ports = [{"PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"}]
    labels = {f"label{number}": "x" * 20 for number in range(10)}
    each = {"Id": "", "Names": ["/a"], "Image": "busybox", "State": "running", "Ports": ports, "Labels": labels}
    return json.dumps([{**each, "Id": f"{number:064x}"} for number in range(count)]).encode()


LIST = call("ContainerList")


@pytest.fixture
def brief_turns():
    """Let threads take turns so often that the number of turns does not depend on the machine's speed."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


async def test_promise_28_a_list_of_5000_leaves_the_loop_its_turns(brief_turns):
    body = containers(5000)
    assert len(body) > LARGE
    turns = 0
    task = asyncio.create_task(fetch_list(Answering(body), LIST, ContainerSummary))
    while not task.done():
        await asyncio.sleep(0)
        turns += 1
    assert task.result() == list_from_wire(ContainerSummary, body)
    assert len(task.result()) == 5000
    assert turns >= 20


async def test_promise_28_a_body_of_over_2_mb_is_read_in_a_thread(monkeypatch):
    threads = []
    read = Model.from_wire.__func__

    def noted(cls, body, *, operation=""):
        threads.append(threading.current_thread())
        return read(cls, body, operation=operation)

    monkeypatch.setattr(Model, "from_wire", classmethod(noted))
    small, large = b'{"LayersSize":1}', b'{"LayersSize":1,"More":"' + b"x" * LARGE + b'"}'
    for body in (small, large):
        assert (await fetch(Answering(body), call("SystemDataUsage"), SystemDataUsage)).layers_size == 1
    assert threads[0] is threading.main_thread()
    assert threads[1] is not threading.main_thread()


@pytest.mark.parametrize("end", [b"", b"]x", b",]"])
async def test_a_long_list_that_is_broken_is_told_as_any_other(end):
    body = containers(5000)[:-1] + end
    with pytest.raises(errors.UnexpectedResponse, match=r"ContainerList is not JSON \(at character"):
        await fetch_list(Answering(body), LIST, ContainerSummary)


async def test_what_does_not_fit_in_a_long_list_keeps_its_raw_value():
    items = [*json.loads(containers(5000)), {"Id": 5}]
    found = await fetch_list(Answering(json.dumps(items).encode()), LIST, ContainerSummary)
    assert found[-1].id == 5
    assert found[-1].drift == ("Id",)
    assert found[0].drift == ()
