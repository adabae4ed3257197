from __future__ import annotations

import pytest

from aiodockerpy.models._base import to_wire
from aiodockerpy.models.common import DriverData, ErrorResponse, IDResponse, OCIPlatform
from tests.models.answers import nothing_unknown, read


@pytest.mark.parametrize(
    ("model", "value"),
    [
        (ErrorResponse, {"message": "No such container: x"}),
        (IDResponse, {"Id": "ff0e"}),
        (DriverData, {"Name": "overlay2", "Data": {"MergedDir": "/m", "UpperDir": "/u"}}),
        (DriverData, {"Name": "overlayfs", "Data": None}),
    ],
    ids=str,
)
def test_answers(model, value):
    nothing_unknown(read(model, value))


def test_a_platform_is_sent_in_the_terms_of_oci():
    assert to_wire(OCIPlatform(os="linux", architecture="arm64", variant="v8", os_version="1")) == {
        "os": "linux",
        "architecture": "arm64",
        "variant": "v8",
        "os.version": "1",
    }


def test_a_map_of_another_shape():
    data = read(
        DriverData, {"Data": {"LowerDir": None, "MergedDir": "/m", "Depth": 5}}, drift=("Data.Depth", "Data.LowerDir")
    )
    assert data.data == {"LowerDir": None, "MergedDir": "/m", "Depth": 5}
