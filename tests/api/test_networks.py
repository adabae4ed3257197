from __future__ import annotations

from aiodockerpy.models import EndpointSettings, NetworkCreateRequest
from tests.api.cases import Case, table


@table(
    [
        Case(
            "NetworkList",
            lambda api: api.networks.list(filters={"driver": ["bridge", "macvlan"], "dangling": True}),
            "GET /networks",
            query=[("filters", '{"driver":["bridge","macvlan"],"dangling":["true"]}')],
            answer=[{"Name": "bridge", "Id": "1", "IPAM": {"Config": None}}],
            result=lambda found: found[0].name == "bridge" and found[0].ipam.config is None,
        ),
        Case(
            "NetworkInspect",
            lambda api: api.networks.inspect("/backend", verbose=True, scope="local"),
            "GET /networks/backend",
            query=[("verbose", "true"), ("scope", "local")],
            answer={"Name": "backend", "Containers": {"c": {"Name": "web", "IPv4Address": "10.0.0.2/24"}}},
            result=lambda network: network.containers["c"].name == "web",
        ),
        Case(
            "NetworkCreate",
            lambda api: api.networks.create(NetworkCreateRequest(name="n", internal=False, options={})),
            "POST /networks/create",
            json={"Name": "n", "Internal": False, "Options": {}},
            status=201,
            answer={"Id": "1", "Warning": ""},
            result=lambda created: created.id == "1",
        ),
        Case(
            "NetworkConnect",
            lambda api: api.networks.connect("n", "web", endpoint_config=EndpointSettings(aliases=["db"])),
            "POST /networks/n/connect",
            json={"Container": "web", "EndpointConfig": {"Aliases": ["db"]}},
            answer=b"",
            result=None,
        ),
        Case(
            "NetworkDisconnect",
            lambda api: api.networks.disconnect("n", "web", force=True),
            "POST /networks/n/disconnect",
            json={"Container": "web", "Force": True},
            answer=b"",
            result=None,
        ),
        Case(
            "NetworkDelete",
            lambda api: api.networks.remove("n"),
            "DELETE /networks/n",
            status=204,
            answer=b"",
            result=None,
        ),
        Case(
            "NetworkPrune",
            lambda api: api.networks.prune(filters={"label!": "keep"}),
            "POST /networks/prune",
            query=[("filters", '{"label!":["keep"]}')],
            answer={"NetworksDeleted": ["n"]},
            result=lambda pruned: pruned.networks_deleted == ["n"],
        ),
    ]
)
async def test_networks(case):
    await case.check()
