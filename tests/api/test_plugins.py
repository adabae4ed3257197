from __future__ import annotations

from aiodockerpy.models import PluginPrivilege
from tests.api.cases import Case, table

PRIVILEGES = [PluginPrivilege(name="network", description="", value=["host"])]
WIRE = [{"Name": "network", "Description": "", "Value": ["host"]}]


@table(
    [
        Case(
            "PluginList",
            lambda api: api.plugins.list(filters={"enabled": True, "capability": "volumedriver"}),
            "GET /plugins",
            query=[("filters", '{"enabled":["true"],"capability":["volumedriver"]}')],
            answer=[{"Name": "p:latest", "Enabled": True}],
            result=lambda found: found[0].enabled,
        ),
        Case(
            "GetPluginPrivileges",
            lambda api: api.plugins.privileges("host:5000/p"),
            "GET /plugins/privileges",
            query=[("remote", "host:5000/p")],
            answer=WIRE,
            result=lambda found: found[0].value == ["host"],
        ),
        Case(
            "PluginPull",
            lambda api: api.plugins.pull("host:5000/p", PRIVILEGES, name="p"),
            "POST /plugins/pull",
            query=[("remote", "host:5000/p"), ("name", "p")],
            json=WIRE,
            answer=b'{"status":"Downloading"}\r\n',
            answer_headers={"Docker-Plugin-Name": "p:latest"},
            result=None,
        ),
        Case(
            "PluginPull",
            lambda api: api.plugins.pull("p"),
            "POST /plugins/pull",
            query=[("remote", "p")],
            json=[],
            answer=b'{"status":"Done"}\n',
        ),
        Case(
            "PluginInspect",
            lambda api: api.plugins.inspect("a/p:1"),
            "GET /plugins/a%2Fp:1/json",
            answer={"Name": "a/p:1"},
        ),
        Case(
            "PluginDelete",
            lambda api: api.plugins.remove("p", force=True),
            "DELETE /plugins/p",
            query=[("force", "true")],
        ),
        Case("PluginEnable", lambda api: api.plugins.enable("p"), "POST /plugins/p/enable", query=[("timeout", "30")]),
        Case(
            "PluginEnable",
            lambda api: api.plugins.enable("p", timeout=0),
            "POST /plugins/p/enable",
            query=[("timeout", "0")],
        ),
        Case(
            "PluginDisable",
            lambda api: api.plugins.disable("p", force=True),
            "POST /plugins/p/disable",
            query=[("force", "true")],
        ),
        Case(
            "PluginUpgrade",
            lambda api: api.plugins.upgrade("p", "host/p:2", PRIVILEGES),
            "POST /plugins/p/upgrade",
            query=[("remote", "host/p:2")],
            json=WIRE,
            answer=b'{"status":"Done"}\n',
            result=None,
        ),
        Case(
            "PluginCreate",
            lambda api: api.plugins.create("p", b"tar"),
            "POST /plugins/create",
            query=[("name", "p")],
            content=b"tar",
            headers={"Content-Type": "application/x-tar"},
            status=204,
            answer=b"",
            result=None,
        ),
        Case(
            "PluginPush",
            lambda api: api.plugins.push("host/p"),
            "POST /plugins/host%2Fp/push",
            headers={"X-Registry-Auth": "e30="},
            answer=b'{"status":"Done"}\n',
            result=None,
        ),
        Case(
            "PluginSet",
            lambda api: api.plugins.set("p", ["A=1"]),
            "POST /plugins/p/set",
            json=["A=1"],
            answer=b"",
            result=None,
        ),
    ]
)
async def test_plugins(case):
    await case.check()
