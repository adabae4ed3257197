"""That a set, which has no order, is no value where the order counts."""

from __future__ import annotations

import inspect

import pytest

from aiodockerpy import models, types, utils
from aiodockerpy._protocol.ordered import order_counts
from aiodockerpy.api import Api
from aiodockerpy.client import DockerClient
from aiodockerpy.errors import WrongType
from tests.api.fakes import FakeTransport
from tests.together import together

CLIENT = DockerClient("unix:///nowhere")
CONTAINER = CLIENT.containers.prepare_model({"Id": "a"})
API = Api(FakeTransport())
PREFERENCES = {("spread", "a"), ("spread", "b")}
TEXTS = frozenset({"b", "a"})


@together(
    "call",
    [
        lambda: API.images.commit("a", changes=TEXTS),
        lambda: API.images.create(changes=TEXTS),
        lambda: API.images.import_image(b"", changes=TEXTS),
        lambda: CONTAINER.commit(changes=TEXTS),
        lambda: CONTAINER.exec_run(TEXTS),
        lambda: CONTAINER.wait_exec(TEXTS),
        lambda: CLIENT.containers.create("a", TEXTS),
        lambda: CLIENT.containers.create("a", dns=TEXTS),
        lambda: CLIENT.containers.run("a", device_cgroup_rules=TEXTS),
        lambda: CLIENT.containers.run("a", dns_search=TEXTS),
        lambda: CLIENT.containers.run("a", entrypoint=TEXTS),
        lambda: CLIENT.images.load({b"b", b"a"}),
        lambda: CLIENT.services.create("a", args=TEXTS),
        lambda: CLIENT.services.create("a", command=TEXTS),
        lambda: CLIENT.services.create("a", dns_config={"search": TEXTS}),
        lambda: CLIENT.services.create("a", preferences=PREFERENCES),
        lambda: CLIENT.swarm.init(default_addr_pool=TEXTS),
        lambda: DockerClient("unix:///nowhere", hooks={object()}),
        lambda: models.HostConfig(dns=TEXTS),
        lambda: types.DNSConfig(nameservers=TEXTS),
        lambda: types.DNSConfig(search=TEXTS),
        lambda: types.Healthcheck(test=TEXTS),
        lambda: types.Placement(preferences=PREFERENCES),
        lambda: utils.exclude_paths(".", TEXTS),
        lambda: utils.split_command(TEXTS),
        lambda: utils.tar(".", exclude=TEXTS),
    ],
)
async def test_a_set_is_refused_where_the_order_counts(call):
    with pytest.raises(WrongType):
        made = call()
        if inspect.isawaitable(made):
            await made


def test_a_field_is_found_by_its_name_and_by_that_on_the_wire():
    assert order_counts("dns_search")
    assert order_counts("DnsSearch")
    assert not order_counts("cap_add")


async def test_a_set_of_what_has_no_order_is_sent_sorted():
    transport = FakeTransport([])
    await Api(transport).plugins.set("a", ["B=2"])
    await Api(transport).plugins.set("a", {"B=2", "A=1"})
    assert [sent.body for sent in transport.sent] == [b'["B=2"]', b'["A=1","B=2"]']
