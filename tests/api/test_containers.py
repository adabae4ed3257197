"""Containers, and processes in them."""

from __future__ import annotations

import base64
import json

import pytest

from aiodockerpy import errors
from aiodockerpy.models import ContainerCreateRequest, ContainerUpdateRequest, ExecCreateRequest, HostConfig
from tests.api.cases import Case, table
from tests.api.fakes import fake_api

FRAMES = b"\1\0\0\0\0\0\0\4out\n\2\0\0\0\0\0\0\4err\n"
STAT = {
    "X-Docker-Container-Path-Stat": base64.b64encode(
        json.dumps(
            {"name": "etc", "size": 4096, "mode": 2147484141, "mtime": "2026-01-01T00:00:00Z", "linkTarget": ""}
        ).encode()
    ).decode()
}


@table(
    [
        Case(
            "ContainerList",
            lambda api: api.containers.list(all=True, limit=0, filters={"status": ["exited", "dead"], "exited": 137}),
            "GET /containers/json",
            query=[("all", "true"), ("limit", "0"), ("filters", '{"status":["exited","dead"],"exited":["137"]}')],
            answer=[{"Id": "c", "Names": ["/web"]}],
            result=lambda found: found[0].names == ["/web"],
        ),
        Case(
            "ContainerCreate",
            lambda api: api.containers.create(
                ContainerCreateRequest(image="a", cmd=["sh"], host_config=HostConfig(memory=0)),
                name="web",
                platform="linux/arm64",
            ),
            "POST /containers/create",
            query=[("name", "web"), ("platform", "linux/arm64")],
            json={"Image": "a", "Cmd": ["sh"], "HostConfig": {"Memory": 0}},
            status=201,
            answer={"Id": "c", "Warnings": []},
            result=lambda created: created.id == "c",
        ),
        Case(
            "ContainerInspect",
            lambda api: api.containers.inspect("/web", size=True),
            "GET /containers/web/json",
            query=[("size", "true")],
            answer={"Id": "c", "State": {"FinishedAt": "0001-01-01T00:00:00Z"}},
            result=lambda found: not found.state.finished_at,
        ),
        Case(
            "ContainerTop",
            lambda api: api.containers.top("web", ps_args="aux"),
            "GET /containers/web/top",
            query=[("ps_args", "aux")],
            answer={"Titles": ["PID"], "Processes": [["1"]]},
            result=lambda top: top.processes == [["1"]],
        ),
        Case(
            "ContainerLogs",
            lambda api: api.containers.logs("web", tail=5, since="2026-01-01T00:00:00.5Z", stderr=False),
            "GET /containers/web/logs",
            query=[("tail", "5"), ("since", "1767225600.500000000"), ("stdout", "true"), ("stderr", "false")],
            answer=FRAMES,
            result=b"out\nerr\n",
            way="open",
        ),
        Case(
            "ContainerLogs",
            lambda api: api.containers.logs("web", tty=True),
            "GET /containers/web/logs",
            query=[("stdout", "true"), ("stderr", "true")],
            answer=FRAMES,
            result=FRAMES,
        ),
        Case(
            "ContainerChanges",
            lambda api: api.containers.changes("web"),
            "GET /containers/web/changes",
            answer=[{"Path": "/a", "Kind": 1}],
            result=lambda changes: (changes[0].path, changes[0].kind) == ("/a", 1),
        ),
        Case(
            "ContainerExport",
            lambda api: api.containers.export("web"),
            "GET /containers/web/export",
            answer=b"\0" * 1024,
            result=b"\0" * 1024,
        ),
        Case(
            "ContainerStats",
            lambda api: api.containers.stats("web", stream=False, one_shot=True),
            "GET /containers/web/stats",
            query=[("stream", "false"), ("one-shot", "true")],
            answer=b'{"memory_stats":{"limit":18446744073709551615}}\n',
            result=lambda stats: stats.memory_stats.limit == 2**64 - 1,
        ),
        Case(
            "ContainerResize",
            lambda api: api.containers.resize("web", height=24, width=80),
            "POST /containers/web/resize",
            query=[("h", "24"), ("w", "80")],
            result=None,
        ),
        Case(
            "ContainerStart",
            lambda api: api.containers.start("web"),
            "POST /containers/web/start",
            status=204,
            result=True,
        ),
        Case(
            "ContainerStart",
            lambda api: api.containers.start("web", checkpoint="c", checkpoint_dir="/d", detach_keys="ctrl-a"),
            "POST /containers/web/start",
            query=[("checkpoint", "c"), ("checkpoint-dir", "/d"), ("detachKeys", "ctrl-a")],
            status=304,
            result=False,
        ),
        Case(
            "ContainerStop",
            lambda api: api.containers.stop("web", stop_timeout=0, signal="SIGINT"),
            "POST /containers/web/stop",
            query=[("t", "0"), ("signal", "SIGINT")],
            status=304,
            result=False,
        ),
        Case(
            "ContainerStop",
            lambda api: api.containers.stop("web", stop_timeout=-1),
            "POST /containers/web/stop",
            query=[("t", "-1")],
            status=204,
            result=True,
            version="1.41",
        ),
        Case(
            "ContainerRestart",
            lambda api: api.containers.restart("web", stop_timeout=3),
            "POST /containers/web/restart",
            query=[("t", "3")],
            result=None,
        ),
        Case(
            "ContainerKill",
            lambda api: api.containers.kill("web", signal=9),
            "POST /containers/web/kill",
            query=[("signal", "9")],
            result=None,
        ),
        Case(
            "ContainerUpdate",
            lambda api: api.containers.update("web", ContainerUpdateRequest(memory=1 << 30)),
            "POST /containers/web/update",
            json={"Memory": 1 << 30},
            answer={"Warnings": None},
            result=lambda updated: updated.warnings is None,
        ),
        Case(
            "ContainerRename",
            lambda api: api.containers.rename("web", "db"),
            "POST /containers/web/rename",
            query=[("name", "db")],
            result=None,
        ),
        Case("ContainerPause", lambda api: api.containers.pause("web"), "POST /containers/web/pause", result=None),
        Case(
            "ContainerUnpause", lambda api: api.containers.unpause("web"), "POST /containers/web/unpause", result=None
        ),
        Case(
            "ContainerAttach",
            lambda api: api.containers.attach("web", stdin=True, logs=True, stream=False),
            "POST /containers/web/attach",
            query=[("stdin", "true"), ("stdout", "true"), ("stderr", "true"), ("logs", "true")],
            answer=FRAMES,
            result=b"out\nerr\n",
            way="upgrade",
        ),
        Case(
            "ContainerAttachWebsocket",
            lambda api: api.containers.attach_websocket("web", stdin=False),
            "GET /containers/web/attach/ws",
            query=[("stream", "true"), ("stdin", "false"), ("stdout", "true"), ("stderr", "true")],
            way="websocket",
        ),
        Case(
            "ContainerAttachWebsocket",
            lambda api: api.containers.attach_websocket("web"),
            "GET /containers/web/attach/ws",
            query=[("stream", "true")],
            version="1.41",
            way="websocket",
        ),
        Case(
            "ContainerWait",
            lambda api: api.containers.wait("web", condition="next-exit"),
            "POST /containers/web/wait",
            query=[("condition", "next-exit")],
            answer=b'{"StatusCode":137}\n',
            result=lambda ended: ended.status_code == ended["StatusCode"] == 137,
        ),
        Case(
            "ContainerDelete",
            lambda api: api.containers.remove("web", v=True, force=True),
            "DELETE /containers/web",
            query=[("v", "true"), ("force", "true")],
            status=204,
            result=None,
        ),
        Case(
            "ContainerArchiveInfo",
            lambda api: api.containers.archive_info("web", "/etc"),
            "HEAD /containers/web/archive",
            query=[("path", "/etc")],
            answer=b"",
            answer_headers=STAT,
            result=lambda stat: stat.name == "etc",
        ),
        Case(
            "ContainerArchive",
            lambda api: api.containers.archive("web", "/etc"),
            "GET /containers/web/archive",
            query=[("path", "/etc")],
            answer=b"\0" * 1024,
            answer_headers=STAT,
            result=b"\0" * 1024,
        ),
        Case(
            "PutContainerArchive",
            lambda api: api.containers.put_archive("web", "/", b"tar", copy_uid_gid=True),
            "PUT /containers/web/archive",
            query=[("path", "/"), ("copyUIDGID", "true")],
            content=b"tar",
            headers={"Content-Type": "application/x-tar"},
            result=None,
        ),
        Case(
            "ContainerPrune",
            lambda api: api.containers.prune(filters={"until": "10m"}),
            "POST /containers/prune",
            query=[("filters", '{"until":["10m"]}')],
            answer={"SpaceReclaimed": 3},
            result=lambda pruned: pruned.space_reclaimed == 3,
        ),
        Case(
            "CheckpointList",
            lambda api: api.containers.checkpoints("web", dir="/d"),
            "GET /containers/web/checkpoints",
            query=[("dir", "/d")],
            answer=[{"Name": "c"}],
            result=lambda found: found[0].name == "c",
        ),
        Case(
            "CheckpointCreate",
            lambda api: api.containers.create_checkpoint("web", "c", exit=True),
            "POST /containers/web/checkpoints",
            json={"CheckpointID": "c", "Exit": True},
            status=201,
            result=None,
        ),
        Case(
            "CheckpointDelete",
            lambda api: api.containers.remove_checkpoint("web", "c"),
            "DELETE /containers/web/checkpoints/c",
            status=204,
            result=None,
        ),
        Case(
            "ContainerExec",
            lambda api: api.exec.create("web", ExecCreateRequest(cmd=["id"], attach_stdout=True)),
            "POST /containers/web/exec",
            json={"Cmd": ["id"], "AttachStdout": True},
            answer={"Id": "e"},
            result=lambda created: created.id == "e",
        ),
        Case(
            "ExecStart",
            lambda api: api.exec.start("e", tty=True, console_size=(24, 80)),
            "POST /exec/e/start",
            json={"Detach": False, "Tty": True, "ConsoleSize": [24, 80]},
            answer=b"raw",
            result=b"raw",
            way="upgrade",
        ),
        Case(
            "ExecStart",
            lambda api: api.exec.start_detached("e"),
            "POST /exec/e/start",
            json={"Detach": True, "Tty": False},
            answer=b"",
            result=None,
            way="request",
        ),
        Case(
            "ExecResize",
            lambda api: api.exec.resize("e", height=1, width=2),
            "POST /exec/e/resize",
            query=[("h", "1"), ("w", "2")],
            result=None,
        ),
        Case(
            "ExecInspect",
            lambda api: api.exec.inspect("e"),
            "GET /exec/e/json",
            answer={"ID": "e", "ExitCode": 127},
            result=lambda found: found.exit_code == 127,
        ),
    ]
)
async def test_containers(case):
    await case.check()


async def test_streams_of_a_websocket_can_be_chosen_from_1_42_on_only():
    api, transport = fake_api(version="1.41")
    with pytest.raises(errors.UnsupportedByEngine, match=r"1\.42"):
        await api.containers.attach_websocket("web", stdout=False)
    assert not transport.sent


async def test_an_archive_tells_what_it_is_before_it_is_read():
    api, _ = fake_api(b"\0" * 1024, headers=STAT)
    async with api.containers.archive("web", "/etc") as archive:
        assert archive.stat.name == "etc"
