from __future__ import annotations

from aiodockerpy.models._base import to_wire
from aiodockerpy.models.secrets import Secret, SecretCreate, SecretCreateRequest, SecretSpec
from aiodockerpy.models.swarm_common import Driver
from tests.models.answers import nothing_unknown, read

SECRET = {
    "ID": "blt1owaxmitz71s9v5zh81zun",
    "Version": {"Index": 85},
    "CreatedAt": "2026-07-20T13:55:28.678958722Z",
    "UpdatedAt": "2026-07-20T13:55:28.678958722Z",
    "Spec": {
        "Name": "mysql-passwd",
        "Labels": {"some.label": "some.value"},
        "Driver": {"Name": "secret-bucket", "Options": {"OptionA": "value"}},
        "Templating": {"Name": "golang"},
    },
}


def test_secret():
    secret = read(Secret, SECRET)
    nothing_unknown(secret)
    assert secret.spec is not None
    assert secret.spec.driver == Driver(name="secret-bucket", options={"OptionA": "value"})
    assert secret.spec.data is None


def test_nulls():
    spec = read(SecretSpec, {"Name": "a", "Labels": None})
    assert spec.labels is None


def test_the_data_are_sent_and_not_shown():
    request = SecretCreateRequest(name="a", data="aHVudGVyMg==", labels={})
    assert to_wire(request) == {"Name": "a", "Data": "aHVudGVyMg==", "Labels": {}}
    assert "aHVudGVyMg" not in repr(request)


def test_data_of_another_shape_are_not_shown_either():
    secret = read(Secret, {"Spec": {"Data": {"x": "aHVudGVyMg=="}}}, drift=("Spec.Data",))
    assert "aHVudGVyMg" not in repr(secret)


def test_the_answer_to_making_one_is_not_as_the_specification_says():
    assert read(SecretCreate, {"ID": "wb0lglxx6gc85tdftaa5unh5y"}).id == "wb0lglxx6gc85tdftaa5unh5y"
