from __future__ import annotations

from aiodockerpy.models._base import to_wire
from aiodockerpy.models.swarm_common import GenericResource, ResourceObject
from tests.models.answers import nothing_unknown, read


def test_what_a_node_has():
    value = {
        "NanoCPUs": 4000000000,
        "MemoryBytes": 8272408576,
        "GenericResources": [
            {"DiscreteResourceSpec": {"Kind": "SSD", "Value": 3}},
            {"NamedResourceSpec": {"Kind": "GPU", "Value": "UUID1"}},
        ],
    }
    nothing_unknown(read(ResourceObject, value))


def test_resources():
    assert to_wire(GenericResource(named_resource_spec={"Kind": "GPU", "Value": "UUID1"})) == {
        "NamedResourceSpec": {"Kind": "GPU", "Value": "UUID1"}
    }
