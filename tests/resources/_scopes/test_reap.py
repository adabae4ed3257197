"""The order in which what belongs to a scope is removed, on an engine of a script."""

from __future__ import annotations

import json

import pytest

from aiodockerpy.resources._scopes import reap
from tests.resources.conftest import Script, query


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(reap, "PAUSE", 0)


async def test_networks_are_removed_when_the_containers_of_removed_services_are_gone(client, fake):
    """They run on for as long as their grace period, and the list of tasks shows them until they are gone."""
    async with client.scope("ci") as scope:
        of_it = {name: str(value) for name, value in scope.labels.items()}
        fake.answers = {f"{kind}List": [] for kind in ("Container", "Image", "Secret", "Config")} | {
            "VolumeList": {"Volumes": []},
            "ServiceList": Script([{"ID": "s", "Spec": {"Name": "web", "Labels": of_it}}], []),
            "NetworkList": Script([{"Id": "n", "Name": "back", "Labels": of_it}], []),
            "TaskList": Script([{"ID": "t"}], [{"ID": "t"}], []),
        }
    names = [
        call.operation.id for call in fake.calls if call.operation.id in {"ServiceDelete", "TaskList", "NetworkDelete"}
    ]
    assert names == ["ServiceDelete", "TaskList", "TaskList", "TaskList", "NetworkDelete"]
    (label,) = json.loads(query(fake.named("TaskList")[0])["filters"])["label"]
    assert label == f"aiodockerpy.scope.id={of_it['aiodockerpy.scope.id']}"
