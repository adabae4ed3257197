from __future__ import annotations

import base64
import json

import pytest

from aiodockerpy import errors
from aiodockerpy.models import AuthConfig, Ulimit
from tests.api.cases import Case, table
from tests.api.fakes import fake_api


@table(
    [
        Case(
            "ImageBuild",
            lambda api: api.build.build(
                b"tar",
                tags=["a", "b"],
                build_args={"A": "1", "B": None},
                labels={"l": ""},
                cache_from=["c"],
                ulimits=[Ulimit(name="nofile", soft=1, hard=2)],
                outputs=[{"Type": "local", "Attrs": {"dest": "out"}}],
                no_cache=False,
                memory=0,
                version="2",
                auth={"example.com": AuthConfig(username="u")},
            ),
            "POST /build",
            query=[
                ("t", "a"),
                ("t", "b"),
                ("buildargs", '{"A":"1","B":null}'),
                ("labels", '{"l":""}'),
                ("cachefrom", '["c"]'),
                ("ulimits", '[{"Name":"nofile","Soft":1,"Hard":2}]'),
                ("outputs", '[{"Type":"local","Attrs":{"dest":"out"}}]'),
                ("nocache", "false"),
                ("memory", "0"),
                ("version", "2"),
            ],
            content=b"tar",
            headers={
                "X-Registry-Config": base64.urlsafe_b64encode(b'{"example.com":{"username":"u"}}').decode(),
                "Content-Type": "application/x-tar",
            },
            answer=b'{"stream":"Step 1"}\r\n{"aux":{"ID":"sha256:1"}}\r\n{"stream":"Successfully built"}\r\n',
            result="sha256:1",
        ),
        Case(
            "ImageBuild",
            lambda api: api.build.build(remote="https://example.com/a.git", q=True),
            "POST /build",
            query=[("remote", "https://example.com/a.git"), ("q", "true")],
            headers={"X-Registry-Config": None},
            answer=b'{"stream":"sha256:2\\n"}\r\n',
            result="sha256:2",
        ),
        Case(
            "ImageBuild",
            lambda api: api.build.build(remote="client-session", session="s", build_id="b", version="2"),
            "POST /build",
            query=[("remote", "client-session"), ("session", "s"), ("buildid", "b"), ("version", "2")],
            answer=b'{"id":"moby.image.id","aux":{"ID":"sha256:3"}}',
            result="sha256:3",
        ),
        Case(
            "BuildPrune",
            lambda api: api.build.prune(all=True, reserved_space=5, filters={"unused-for": "24h"}),
            "POST /build/prune",
            query=[("all", "true"), ("reserved-space", "5"), ("filters", '{"unused-for":["24h"]}')],
            answer={"CachesDeleted": ["a"], "SpaceReclaimed": 1},
            result=lambda pruned: pruned.caches_deleted == ["a"],
        ),
        Case(
            "BuildPrune",
            lambda api: api.build.prune(reserved_space=5),
            "POST /build/prune",
            query=[("keep-storage", "5")],
            version="1.47",
        ),
        Case("BuildCancel", lambda api: api.build.cancel("b"), "POST /build/cancel", query=[("id", "b")], result=None),
        Case(
            "Session",
            lambda api: api.build.session({"X-Docker-Expose-Session-Uuid": "u"}),
            "POST /session",
            headers={"Upgrade": "h2c", "X-Docker-Expose-Session-Uuid": "u"},
            way="upgrade",
            result=lambda duplex: not duplex.closed,
        ),
        Case("Grpc", lambda api: api.build.grpc(), "POST /grpc", headers={"Upgrade": "h2c"}, way="upgrade"),
    ]
)
async def test_build(case):
    await case.check()


@pytest.mark.parametrize("name", ["max_used_space", "min_free_space"])
async def test_what_has_no_older_name_is_refused_below_its_version(name):
    api, transport = fake_api(version="1.47")
    with pytest.raises(errors.UnsupportedByEngine, match=name.replace("_", "-")):
        await api.build.prune(**{name: 1})
    assert not transport.sent


async def test_a_failed_step_tells_its_exit_code_and_log():
    answer = json.dumps({"stream": "Step 1/1 : RUN false"}) + "\r\n"
    answer += json.dumps({"errorDetail": {"code": 7, "message": "returned a non-zero code: 7"}, "error": "x"})
    api, _ = fake_api(answer.encode())
    with pytest.raises(errors.BuildError) as failed:
        await api.build.build(b"")
    assert (failed.value.exit_code, failed.value.msg) == (7, "returned a non-zero code: 7")
    assert list(failed.value.build_log) == ["Step 1/1 : RUN false"]
