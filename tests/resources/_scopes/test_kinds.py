"""Where each kind of object has its labels and its name: in entries of lists, and in the JSON of inspections."""

from __future__ import annotations

from aiodockerpy import models
from aiodockerpy.resources._scopes.kinds import KINDS
from aiodockerpy.resources._scopes.owner import KIND
from tests.together import together

LABELS = {"aiodockerpy.scope": "ci"}
IN_SPEC = {"ID": "a1", "Spec": {"Name": "web", "Labels": LABELS}}
LISTED = {
    "service": models.Service.from_value(IN_SPEC),
    "container": models.ContainerSummary.from_value({"Id": "a1", "Names": ["/web"], "Labels": LABELS}),
    "network": models.NetworkInspect.from_value({"Id": "a1", "Name": "web", "Labels": LABELS}),
    "volume": models.Volume.from_value({"Name": "web", "Labels": LABELS}),
    "image": models.ImageSummary.from_value({"Id": "a1", "RepoTags": ["web"], "Labels": LABELS}),
    "secret": models.Secret.from_value(IN_SPEC),
    "config": models.Config.from_value(IN_SPEC),
}
INSPECTED = {
    "service": IN_SPEC,
    "container": {"Id": "a1", "Config": {"Labels": LABELS}},
    "network": {"Id": "a1", "Labels": LABELS},
    "volume": {"Name": "web", "Labels": LABELS},
    "image": {"Id": "a1", "Config": {"Labels": LABELS}},
    "secret": IN_SPEC,
    "config": IN_SPEC,
}


@together("kind", KINDS, ids=lambda kind: kind.name)
def test_labels_are_found_in_lists_and_inspections(kind):
    entry = LISTED[kind.name]
    assert (kind.labels(entry), kind.called(entry)) == (LABELS, "web")
    assert kind.labels(INSPECTED[kind.name]) == LABELS


@together("kind", KINDS, ids=lambda kind: kind.name)
@together("of", KINDS, ids=lambda kind: kind.name)
def test_the_labels_of_an_image_are_not_those_of_its_containers(kind, of):
    assert kind.is_own({**LABELS, KIND: of.name}) == (kind is of)
    assert kind.is_own(LABELS)  # of a release that did not name the kind


@together("kind", KINDS, ids=lambda kind: kind.name)
@together("answer", [{}, {"Labels": None}, {"Spec": None, "Config": None}, {"Spec": {"Labels": None}}])
def test_an_object_may_have_no_labels(kind, answer):
    assert kind.labels(answer) == {}
