from __future__ import annotations

from aiodockerpy.models._base import to_wire
from aiodockerpy.models.configs import Config, ConfigCreate, ConfigCreateRequest, ConfigSpec
from tests.models.answers import nothing_unknown, read

CONFIG = {
    "ID": "ktnbjxoalbkvbvedmg1urrz8h",
    "Version": {"Index": 11},
    "CreatedAt": "2026-11-05T01:20:17.327670065Z",
    "UpdatedAt": "2026-11-05T01:20:17.327670065Z",
    "Spec": {"Name": "app-dev.crt", "Labels": None, "Data": "VEhJUyBJUyBOT1Q=", "Templating": {"Name": "golang"}},
}


def test_config():
    config = read(Config, CONFIG)
    nothing_unknown(config)
    assert config.spec is not None
    assert config.spec.data == "VEhJUyBJUyBOT1Q="
    assert "VEhJUyBJUyBOT1Q" not in repr(config)
    assert config.version is not None
    assert config.version.index == 11


def test_labels_are_edited_and_sent_back():
    spec = ConfigSpec.from_value(CONFIG["Spec"] | {"Newer": 1})
    spec.labels = {"a": "b"}
    assert to_wire(spec) == CONFIG["Spec"] | {"Labels": {"a": "b"}, "Newer": 1}


def test_request():
    assert to_wire(ConfigCreateRequest(name="a", data="")) == {"Name": "a", "Data": ""}


def test_the_answer_to_making_one_is_not_as_the_specification_says():
    assert read(ConfigCreate, {"ID": "wb0lglxx6gc85tdftaa5unh5y"}).id == "wb0lglxx6gc85tdftaa5unh5y"
