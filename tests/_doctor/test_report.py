"""``python -m aiodockerpy``, with engines of a few lines and homes of every kind."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
import sys

import pytest

from aiodockerpy import __version__, errors
from aiodockerpy._doctor.cli import LIMIT, examine, main
from aiodockerpy._doctor.remedies import problem_of
from tests.lab.serving import serving

CANARY = "canary-4711"
VERSION = {
    "Components": [{"Name": "Engine", "Version": "28.5.2"}],
    "Version": "28.5.2",
    "ApiVersion": "1.51",
    "MinAPIVersion": "1.24",
}
INFO = {
    "Driver": "overlayfs",
    "DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]],
    "OperatingSystem": "Debian",
    "KernelVersion": "6.1",
    "Architecture": "x86_64",
    "CgroupVersion": "2",
    "CgroupDriver": "systemd",
    "SecurityOptions": ["name=rootless"],
    "HttpProxy": f"http://user:{CANARY}@proxy",
    "Swarm": {"LocalNodeState": "active", "ControlAvailable": True},
    "Warnings": ["WARNING: no swap\n  limit"],
}


def engine(**answers):
    """Answer by the last part of the path; what is not known is 404, and ``None`` is never answered."""

    async def handle(reader, writer):
        while head := await reader.readuntil(b"\r\n\r\n"):
            path = head.split()[1].decode().rpartition("/")[2]
            status, body = "200 OK", answers.get(path, 404)
            if body is None:
                await asyncio.sleep(600)
            if body == 404:
                status, body = "404 Not Found", {"message": "page not found"}
            content = b"OK" if path == "_ping" else json.dumps(body).encode()
            api = "Api-Version: 1.51\r\nContent-Type: application/json\r\n"
            writer.write(f"HTTP/1.1 {status}\r\n{api}Content-Length: {len(content)}\r\n\r\n".encode())
            writer.write(b"" if head.startswith(b"HEAD") else content)

    return handle


@pytest.fixture
def home(tmp_path):
    (tmp_path / ".docker").mkdir()
    return tmp_path


def environment(home, **variables):
    return {"HOME": str(home), "PATH": str(home / "bin"), **variables}


def configure(home, **content):
    (home / ".docker/config.json").write_text(json.dumps(content))


async def report_on(home, answers, *, limit=5.0, **variables):
    path = home / "engine.sock"
    async with serving(engine(**answers), path=path):
        return await examine(environment(home, DOCKER_HOST=f"unix://{path}", **variables), limit=limit)


async def test_everything_that_is_asked_for_in_a_report_of_a_bug(home):
    report = await report_on(home, {"_ping": "", "version": VERSION, "info": INFO})
    assert report.software.aiodockerpy == __version__
    assert report.software.packages["aiohttp"]
    assert (report.place.host, report.place.source) == (f"unix://{home}/engine.sock", "DOCKER_HOST")
    assert (report.place.config_file, report.place.config_exists) == (f"{home}/.docker/config.json", False)
    found = report.engine
    assert (found.name, found.version, found.api_newest, found.api_oldest) == (
        "Docker Engine",
        "28.5.2",
        "1.51",
        "1.24",
    )
    assert (found.api_used, found.image_store, found.storage_driver) == ("1.51", "containerd", "overlayfs")
    assert (found.cgroups, found.security, found.buildkit) == ("version 2, systemd", ("name=rootless",), None)
    assert found.swarm == "active, manager"
    assert [problem.what for problem in report.problems] == ["the engine warns: WARNING: no swap limit"]
    text = report.to_text()
    for word in (
        __version__,
        "28.5.2",
        "1.24 to 1.51, 1.51 used",
        "containerd, overlayfs",
        "active, manager",
        "DOCKER_HOST",
    ):
        assert word in text
    assert json.loads(report.to_json())["engine"]["version"] == "28.5.2"


@pytest.mark.parametrize("component", ["Podman Engine", "Engine"])
async def test_an_engine_is_called_by_its_own_name(home, component):
    version = {**VERSION, "Components": [{"Name": component}]}
    report = await report_on(home, {"_ping": "", "version": version, "info": INFO})
    assert report.engine.name == component.replace("Engine", "Docker Engine" if component == "Engine" else "Engine")


async def test_an_answer_that_does_not_come_leaves_those_that_did(home):
    report = await report_on(home, {"_ping": "", "version": VERSION, "info": None}, limit=0.5)
    assert report.engine.version == "28.5.2"
    assert report.engine.image_store is None
    assert "asked for its state: no answer within 0.5 s" in report.problems[-1].what
    assert (await report_on(home, {"_ping": None}, limit=0.2)).engine is None


@pytest.mark.parametrize(
    ("variables", "what", "remedy"),
    [
        ({"DOCKER_HOST": "unix:///nowhere.sock"}, "No such file", "systemctl start docker"),
        ({"DOCKER_HOST": "tcp://127.0.0.1:9"}, "refused", "start the engine"),
        ({"DOCKER_HOST": "tcp://nowhere.invalid:1"}, "nowhere.invalid", "check the name of the host"),
        ({"DOCKER_HOST": "ftp://x"}, "ftp", "set DOCKER_HOST to an address such as"),
        ({"DOCKER_CONTEXT": "prod"}, "prod", "docker context ls"),
        ({"DOCKER_API_VERSION": "new"}, "DOCKER_API_VERSION", "unset DOCKER_API_VERSION"),
        ({"DOCKER_HOST": "tcp://127.0.0.1:9", "DOCKER_TLS_VERIFY": "1"}, "ca.pem", "DOCKER_CERT_PATH must hold"),
        ({"DOCKER_HOST": "ssh://nowhere"}, "ssh", "ssh HOST docker version"),
    ],
)
async def test_each_problem_comes_with_its_remedy(home, variables, what, remedy):
    report = await examine(environment(home, **variables))
    [problem] = report.problems
    assert what in problem.what
    assert remedy in problem.remedy
    assert report.engine is None


@pytest.mark.parametrize(
    ("answers", "remedy"),
    [
        ({}, "something other than a Docker engine"),
        ({"_ping": "", "version": [1]}, "something other than a Docker engine"),
    ],
)
async def test_a_stranger_is_no_engine(home, answers, remedy):
    report = await report_on(home, answers)
    assert remedy in report.problems[-1].remedy


def test_a_socket_of_others_needs_their_group():
    error = errors.EngineUnreachable("no connection to the engine at unix:///x: Permission denied")
    error.__cause__ = PermissionError(13, "Permission denied")
    assert "usermod -aG docker" in problem_of(error).remedy


async def test_a_broken_configuration_is_named_and_the_rest_reported(home):
    (home / ".docker/config.json").write_text("{")
    report = await examine(environment(home))
    assert "config.json is not valid JSON" in report.problems[0].what
    assert "repair the file" in report.problems[0].remedy
    assert (report.place.host, report.engine) == (None, None)
    assert "problems" in report.to_text()


async def test_credential_helpers_are_named_and_looked_for(home):
    (home / "bin").mkdir()
    program = home / "bin/docker-credential-here"
    program.write_text("#!/bin/sh\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    helpers = {"one.test": "here", "two.test": "gone"}
    configure(home, credsStore="lost", credHelpers=helpers, auths={"three.test": {"auth": "eDp5"}})
    report = await report_on(home, {"_ping": "", "version": VERSION, "info": {}})
    found = report.credentials
    assert (found.store, found.helpers, found.in_file, found.missing) == (
        "lost",
        helpers,
        ("three.test",),
        ("gone", "lost"),
    )
    assert [problem.what.split()[3] for problem in report.problems] == [
        "docker-credential-gone",
        "docker-credential-lost",
    ]


async def test_a_context_that_is_hidden_by_the_environment_is_named(home):
    configure(home, currentContext="prod")
    report = await report_on(home, {"_ping": "", "version": VERSION, "info": {}})
    assert "context 'prod'" in report.problems[0].what
    assert report.problems[0].remedy == "unset DOCKER_HOST to use it"


async def test_no_secret_is_shown(home):
    configure(
        home,
        auths={f"https://u:{CANARY}@one.test": {"auth": CANARY, "identitytoken": CANARY}},
        credHelpers={f"u:{CANARY}@two.test": "gone"},
        HttpHeaders={"X-Token": CANARY},
        proxies={"default": {"httpProxy": f"http://u:{CANARY}@proxy"}},
    )
    secret = {"DOCKER_AUTH_CONFIG": CANARY, "DOCKER_CUSTOM_HEADERS": f"X-Token={CANARY}"}
    answered = await report_on(home, {"_ping": "", "version": VERSION, "info": INFO}, **secret)
    for host in (f"tcp://u:{CANARY}@h:1", f"ssh://u:{CANARY}@h", f"tcp://127.0.0.1:9?{CANARY}", f"x://{CANARY}@h"):
        refused = await examine(environment(home, DOCKER_HOST=host, **secret))
        assert refused.problems
        for report in (answered, refused):
            assert CANARY not in report.to_text() + report.to_json() + repr(report)


def test_the_status_says_whether_an_engine_answered(home, capsys):
    assert main(["--json"], environment(home, DOCKER_HOST="unix:///nowhere.sock")) == 1
    assert json.loads(capsys.readouterr().out)["engine"] is None
    assert main([], environment(home, DOCKER_HOST="unix:///nowhere.sock")) == 1
    assert "systemctl start docker" in capsys.readouterr().out
    assert LIMIT < 5


def test_as_a_program_it_ends_though_nobody_listens(home):
    variables = {**os.environ, **environment(home, DOCKER_HOST="unix:///nowhere.sock")}
    done = subprocess.run(
        [sys.executable, "-m", "aiodockerpy"], env=variables, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert done.stdout.startswith(f"aiodockerpy {__version__}\n")
    assert done.stderr == ""
