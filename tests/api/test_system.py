"""The engine itself, and registries."""

from __future__ import annotations

from aiodockerpy.models import AuthConfig
from tests.api.cases import Case, table
from tests.api.fakes import fake_api
from tests.together import together


@table(
    [
        Case(
            "SystemAuth",
            lambda api: api.system.auth(AuthConfig(username="u", password="p", serveraddress="host:5000")),
            "POST /auth",
            json={"username": "u", "password": "p", "serveraddress": "host:5000"},
            answer={"Status": "Login Succeeded", "IdentityToken": "t"},
            result=lambda answer: answer.status == "Login Succeeded" and "'t'" not in repr(answer),
        ),
        Case(
            "SystemInfo",
            lambda api: api.system.info(),
            "GET /info",
            answer={"ID": "e"},
            result=lambda info: info.id == "e",
        ),
        Case(
            "SystemVersion",
            lambda api: api.system.version(),
            "GET /version",
            answer={"Version": "28.5.2"},
            result=lambda version: version["Version"] == version.version == "28.5.2",
        ),
        Case(
            "SystemPing",
            lambda api: api.system.ping(),
            "GET /_ping",
            answer=b"OK",
            answer_headers={"Api-Version": "1.51"},
            result=lambda ping: ping.api_version == "1.51",
        ),
        Case(
            "SystemPingHead",
            lambda api: api.system.ping_head(),
            "HEAD /_ping",
            answer=b"",
            answer_headers={"Api-Version": "1.41"},
            result=lambda ping: ping.api_version == "1.41",
        ),
        Case(
            "SystemEvents",
            lambda api: api.system.events(since=1, until=3, filters={"type": ["container", "image"]}),
            "GET /events",
            query=[("since", "1"), ("until", "3"), ("filters", '{"type":["container","image"]}')],
            answer=b'{"Type":"image","timeNano":1704067200123456789}\n{"Type":"container"}\n',
            result=lambda events: [event.type for event in events] == ["image", "container"],
        ),
        Case(
            "SystemDataUsage",
            lambda api: api.system.data_usage(type=["image", "volume"], verbose=True),
            "GET /system/df",
            query=[("type", "image"), ("type", "volume"), ("verbose", "true")],
            answer={"LayersSize": 5, "Images": None},
            result=lambda usage: usage.layers_size == 5,
        ),
        Case(
            "DistributionInspect",
            lambda api: api.distribution.inspect("host:5000/a:1", auth=AuthConfig(username="u")),
            "GET /distribution/host:5000%2Fa:1/json",
            headers={"X-Registry-Auth": "eyJ1c2VybmFtZSI6InUifQ=="},
            answer={"Descriptor": {"digest": "sha256:1"}, "Platforms": [{"os": "linux"}]},
            result=lambda found: found.descriptor.digest == "sha256:1" and found.platforms[0].os == "linux",
        ),
    ]
)
async def test_system(case):
    await case.check()


@together("part", ["images", "build", "distribution", "networks", "volumes", "swarm", "nodes", "services",
                                  "tasks", "secrets", "configs", "plugins", "system", "containers", "exec"])  # fmt: skip
def test_each_part_is_made_once(part):
    api, _ = fake_api()
    assert getattr(api, part) is getattr(api, part)
