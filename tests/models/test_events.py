from __future__ import annotations

import pytest

from aiodockerpy.models import EventMessage
from tests.models.answers import nothing_unknown, read

ACTOR = {"ID": "d82e", "Attributes": {"image": "busybox:1", "name": "web"}}
NEW = {"Type": "container", "Action": "start", "Actor": ACTOR, "scope": "local", "time": 1, "timeNano": 1000000001}
OLD = {"status": "start", "id": "d82e", "from": "busybox:1", **NEW}


@pytest.mark.parametrize("value", [OLD, NEW])
def test_what_old_engines_send_beside_the_actor(value: dict[str, object]) -> None:
    event = read(EventMessage, value)
    nothing_unknown(event)
    assert event.status == "start"
    assert event.id == "d82e"
    assert event.from_ == "busybox:1"
    assert event.time_nano == 1000000001


def test_an_image() -> None:
    event = read(EventMessage, {"Type": "image", "Action": "pull", "Actor": {"ID": "busybox:1", "Attributes": {}}})
    assert (event.status, event.id, event.from_) == ("pull", "busybox:1", None)


@pytest.mark.parametrize(
    "value", [{}, {"Type": "network", "Action": "create", "Actor": {"ID": "n", "Attributes": None}}]
)
def test_others_have_no_such_things(value: dict[str, object]) -> None:
    event = read(EventMessage, value)
    assert (event.status, event.id, event.from_) == (None, None, None)


def test_a_container_without_an_actor() -> None:
    event = read(EventMessage, {"Type": "container", "Action": "die"})
    assert (event.status, event.id, event.from_) == ("die", None, None)
    assert read(EventMessage, {"Type": "container", "Actor": {"Attributes": None}}).from_ is None
