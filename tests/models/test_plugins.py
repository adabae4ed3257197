from __future__ import annotations

import pytest

from aiodockerpy.models._base import to_wire
from aiodockerpy.models._lists import list_from_wire
from aiodockerpy.models.plugins import Plugin, PluginConfigInterface, PluginInterfaceType, PluginPrivilege
from tests.models.answers import nothing_unknown, read

MOUNT = {
    "Name": "some-mount",
    "Description": "This is a mount",
    "Settable": None,
    "Source": "/var/lib/docker/plugins/",
    "Destination": "/mnt/state",
    "Type": "bind",
    "Options": ["rbind", "rw"],
}
DEVICE = {"Name": "fuse", "Description": "", "Settable": ["path"], "Path": "/dev/fuse"}
PLUGIN = {
    "Id": "5724e2c8652da337ab2eedd19fc6fc0ec908e4bd907c7421bf6a8dfc70c4c078",
    "Name": "tiborvass/sample-volume-plugin:latest",
    "Enabled": True,
    "Settings": {"Mounts": [], "Env": ["DEBUG=0"], "Args": None, "Devices": [DEVICE]},
    "PluginReference": "localhost:5000/tiborvass/sample-volume-plugin:latest",
    "Config": {
        "DockerVersion": "17.06.0-ce",
        "Description": "A sample volume plugin",
        "Documentation": "https://docs.example/",
        "Interface": {"Types": ["docker.volumedriver/1.0"], "Socket": "plugins.sock", "ProtocolScheme": ""},
        "Entrypoint": ["/usr/bin/sample-volume-plugin", "/data"],
        "WorkDir": "/bin/",
        "User": {"UID": 1000, "GID": 1000},
        "Network": {"Type": "host"},
        "Linux": {"Capabilities": ["CAP_SYS_ADMIN"], "AllowAllDevices": False, "Devices": [DEVICE | {"Path": None}]},
        "PropagatedMount": "/mnt/volumes",
        "IpcHost": False,
        "PidHost": False,
        "Mounts": [MOUNT],
        "Env": [{"Name": "DEBUG", "Description": "If set, prints debug", "Settable": None, "Value": "0"}],
        "Args": {"Name": "args", "Description": "arguments", "Settable": None, "Value": []},
        "rootfs": {
            "type": "layers",
            "diff_ids": ["sha256:675532206fbf3030b8458f88d6e26d4eb1577688a25efec97154c94e8b6b"],
        },
    },
}


def test_plugin():
    plugin = read(Plugin, PLUGIN)
    nothing_unknown(plugin)
    assert plugin.config is not None
    assert plugin.config.rootfs is not None
    assert plugin.config.rootfs.type == "layers"
    assert plugin.config.user is not None
    assert plugin.config.user.uid == 1000
    assert plugin.settings is not None
    assert plugin.settings.args is None
    assert plugin.settings.env == ["DEBUG=0"]
    assert plugin["Config"]["Mounts"][0]["Settable"] is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("docker.volumedriver/1.0", ("docker", "volumedriver", "1.0")),
        ("docker.metricscollector/1.0", ("docker", "metricscollector", "1.0")),
        ("moby.x.authz", ("moby.x", "authz", "")),
        ("plain", ("", "plain", "")),
    ],
)
def test_interface_types_are_taken_apart(text, parts):
    found = PluginInterfaceType.parse(text)
    assert (found.prefix, found.capability, found.version) == parts


def test_capabilities():
    interface = read(PluginConfigInterface, {"Types": ["docker.logdriver/1.0"], "Socket": "x.sock"})
    assert [found.capability for found in interface.capabilities] == ["logdriver"]
    assert read(PluginConfigInterface, {"Types": None}).capabilities == []
    assert read(PluginConfigInterface, {"Types": 5}, drift=("Types",)).capabilities == []


def test_privileges_go_back_as_they_came():
    body = b'[{"Name":"network","Description":"permissions","Value":["host"]},{"Name":"mount","Value":null}]'
    privileges = list_from_wire(PluginPrivilege, body)
    assert to_wire(privileges) == [
        {"Name": "network", "Description": "permissions", "Value": ["host"]},
        {"Name": "mount"},
    ]
    assert to_wire([PluginPrivilege(name="device", value=["/dev/fuse"])]) == [
        {"Name": "device", "Value": ["/dev/fuse"]}
    ]
