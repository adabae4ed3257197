"""Models that are read as far as they are looked at behave as all others, in whatever order they are looked at."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, strategies as st

from aiodockerpy.errors import UnexpectedResponse
from aiodockerpy.models import (
    ContainerInspect,
    ContainerSummary,
    EndpointSettings,
    MountPoint,
    NetworkSettings,
    PortSummary,
    VolumeList,
)
from aiodockerpy.models._base import plain, to_wire
from aiodockerpy.models._lazy import LazyModel
from aiodockerpy.models._lists import list_from_wire
from aiodockerpy.models._time import Time  # noqa: TC001 - pydantic evaluates the annotations of models
from tests.together import together

SUMMARY = {
    "Id": "f" * 64,
    "Names": ["/a"],
    "State": "of the future",
    "Labels": {"a": "b"},
    "Ports": [{"PrivatePort": 80, "Type": "tcp"}, {"PrivatePort": 81, "Type": "udp", "New": 1}],
    "HostConfig": {"NetworkMode": "bridge"},
    "NetworkSettings": {"Networks": {"bridge": {"IPAddress": "10.0.0.2", "IPPrefixLen": 16, "Aliases": None}}},
    "Mounts": [{"Type": "volume", "RW": True}],
    "Unheard": {"x": [1]},
}
ODD = [None, 7, "text", [], [None], [7], {}, {"a": None}, {"a": {"IPAddress": 7}}, [{"PrivatePort": "x"}, {}]]


def read(value: object) -> ContainerSummary:
    return ContainerSummary.from_wire(json.dumps(value))


def test_every_depth_is_typed():
    found = read(SUMMARY)
    assert isinstance(found.ports[1], PortSummary)
    assert (found.ports[1].private_port, found.ports[1].unknown) == (81, {"New": 1})
    endpoint = found.network_settings.networks["bridge"]
    assert isinstance(endpoint, EndpointSettings)
    assert (endpoint.ip_address, endpoint.ip_prefix_len, endpoint.aliases) == ("10.0.0.2", 16, None)
    assert isinstance(found.mounts[0], MountPoint)
    assert found.state == "of the future"
    assert found["NetworkSettings"]["Networks"]["bridge"]["IPAddress"] == "10.0.0.2"


@given(st.permutations(sorted(ContainerSummary.model_fields)), st.integers(0, 8))
def test_the_order_of_looking_makes_no_difference(fields, count):
    found, whole = read(SUMMARY), ContainerSummary.from_value(SUMMARY)
    for field in fields[:count]:
        assert getattr(found, field) == getattr(whole, field)
    assert found.to_dict() == SUMMARY
    assert found == whole
    assert to_wire(found) == to_wire(whole)


@together("odd", ODD, ids=json.dumps)
@together("name", ["Names", "Labels", "State", "Ports", "NetworkSettings", "HostConfig", "Mounts", "Id"])
def test_what_does_not_fit_is_the_same_as_read_at_once(name, odd):
    value = {**SUMMARY, name: odd}
    whole = ContainerSummary.from_value(value)
    found = read(value)
    field = next(field for field in ContainerSummary.model_fields if field.replace("_", "") == name.lower())
    assert plain(getattr(found, field)) == plain(getattr(whole, field))
    assert found.drift == whole.drift
    assert found.to_dict() == value


@together(
    "ports",
    [
        {},
        {"80/tcp": None},
        {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "81/tcp": []},
        {"80/tcp": [{"HostPort": 8080, "New": 1}]},
        {"80/tcp": [None]},
        {"80/tcp": [{}], "81/tcp": 7},
        {"80/tcp": {"HostPort": "1"}},
        [],
        7,
    ],
    ids=json.dumps,
)
def test_lists_in_objects_are_the_same_as_read_at_once(ports):
    whole = NetworkSettings.from_value({"Ports": ports})
    found = NetworkSettings.from_wire(json.dumps({"Ports": ports}))
    assert found.ports == whole.ports
    assert [type(item) for item in items_of(found.ports)] == [type(item) for item in items_of(whole.ports)]
    assert (found.drift, found.to_dict()) == (whole.drift, {"Ports": ports})


def items_of(value):
    """Yield a value and what is in it."""
    yield value
    for item in value.values() if type(value) is dict else value if type(value) is list else ():
        yield from items_of(item)


@together("text", ["2026-11-23T11:14:47.123456789Z", "0001-01-01T00:00:00Z", "yesterday", "", 7, None])
def test_times_are_the_same_as_read_at_once(text):
    value = {"Created": text}
    found, whole = ContainerInspect.from_wire(json.dumps(value)), ContainerInspect.from_value(value)
    assert (type(found.created), plain(found.created)) == (type(whole.created), text)
    assert found.drift == whole.drift


def test_what_is_looked_at_is_read_without_a_schema():
    class Answer(LazyModel):
        name: str | None = None
        labels: dict[str, str] | None = None
        ports: list[PortSummary] | None = None
        created: Time | None = None

    found = Answer.from_wire('{"Name": "a", "Labels": {"b": "c"}, "Ports": [{}], "Created": "2026-11-23T11:14:47Z"}')
    assert (found.name, found.labels, len(found.ports), found.created.year) == ("a", {"b": "c"}, 1, 2026)
    assert not hasattr(found, "data")
    assert not Answer.__pydantic_complete__
    assert found.drift == ()
    assert Answer.__pydantic_complete__


@together("name", [*SUMMARY, "Image", "id", "names", "Created"])
def test_by_wire_name_it_is_the_same_as_read_at_once(name):
    found, whole = read(SUMMARY), ContainerSummary.from_value(SUMMARY)
    assert (name in found, found.get(name, "nothing")) == (name in whole, whole.get(name, "nothing"))


def test_what_was_changed_before_the_rest_was_read_stays():
    found = read(SUMMARY)
    names, labels = found.names, found.labels
    names.append("/b")
    assert found.drift == ()
    labels["c"] = "d"
    assert (found.names, found.labels) == (["/a", "/b"], {"a": "b", "c": "d"})
    assert found.to_dict()["Names"] == ["/a", "/b"]


def test_deeper_misfits_are_told_by_the_model_they_are_in():
    found = read({"NetworkSettings": {"Networks": {"a": {"IPAddress": 7}}}})
    endpoint = found.network_settings.networks["a"]
    assert (endpoint.ip_address, endpoint.drift) == (7, ("IPAddress",))
    assert found.drift == ("NetworkSettings.Networks.a.IPAddress",)
    assert found.network_settings.networks["a"] is endpoint


def test_what_is_changed_is_sent_wherever_it_stands():
    found = read(SUMMARY)
    found.network_settings.networks["bridge"].gateway = "10.0.0.1"
    found.names.append("/b")
    found.ports[0].public_port = 8080
    del found.labels
    changed = found.to_dict()
    assert changed["NetworkSettings"]["Networks"]["bridge"]["Gateway"] == "10.0.0.1"
    assert changed["Names"] == ["/a", "/b"]
    assert changed["Ports"][0] == {"PrivatePort": 80, "Type": "tcp", "PublicPort": 8080}
    assert changed["Unheard"] == {"x": [1]}
    with pytest.raises(AttributeError):
        _ = found.labels


def test_a_dict_of_it_shares_nothing_with_it():
    found = read(SUMMARY)
    found.to_dict()["Labels"]["a"] = "changed"
    assert found.labels == {"a": "b"}


def test_copies_are_independent():
    found = read(SUMMARY)
    deep = copy.deepcopy(found)
    deep.network_settings.networks["bridge"].gateway = "changed"
    assert found == ContainerSummary.from_value(SUMMARY)


def test_by_wire_name_without_reading_everything():
    found = read({"Id": "x", "Names": None})
    assert found["Id"] == "x"
    assert found["Names"] is None
    assert found.get("Labels", {}) == {}
    with pytest.raises(KeyError):
        found["id"]


def test_made_by_hand():
    made = ContainerSummary(id="x", ports=[PortSummary(private_port=80)])
    assert to_wire(made) == {"Id": "x", "Ports": [{"PrivatePort": 80}]}
    assert made.labels is None
    assert made == read({"Id": "x", "Ports": [{"PrivatePort": 80}]})


def test_the_class_has_no_such_attributes():
    with pytest.raises(AttributeError):
        _ = ContainerSummary.id
    with pytest.raises(AttributeError):
        _ = read({}).nothing_of_that_name


class TestLists:
    def test_items(self):
        found = list_from_wire(ContainerSummary, json.dumps([SUMMARY, {"Id": 5}]))
        assert [item.id for item in found] == ["f" * 64, 5]
        assert [item.drift for item in found] == [(), ("Id",)]

    @together("body", [b"[1]", b"[[]]", b'[{"Id": "x"}, null]', b"{}", b"[", b"nul"])
    def test_no_list_of_objects(self, body):
        with pytest.raises(UnexpectedResponse, match="ContainerList"):
            list_from_wire(ContainerSummary, body, operation="ContainerList")

    def test_null_is_empty(self):
        assert list_from_wire(ContainerSummary, b"null") == []

    def test_inside_of_an_answer(self):
        found = VolumeList.from_wire(b'{"Volumes": [{"Name": "a", "New": 1}], "Warnings": null}')
        assert [(volume.name, volume.unknown) for volume in found.volumes] == [("a", {"New": 1})]
