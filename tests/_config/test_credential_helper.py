from __future__ import annotations

import asyncio
import contextlib
import os
import time

import pytest

from aiodockerpy._config.auth import AuthConfig
from aiodockerpy._config.credential_helper import CredentialHelper
from aiodockerpy.errors import CredentialsNotFound, InitializationError, StoreError
from tests._config.told import told


@pytest.fixture
def fake(make_helper):
    return make_helper("fake")


@pytest.fixture
def helper(fake, home):
    return CredentialHelper("fake", environment=home.environment, timeout=20)


async def test_the_four_actions(fake, helper):
    await helper.store("reg", AuthConfig("me", "sécret"))
    assert await helper.get("reg") == AuthConfig("me", "sécret", server_address="reg")
    assert await helper.list() == {"reg": "me"}
    await helper.erase("reg")
    assert fake.kept == {}
    assert [call[:2] for call in fake.calls] == [
        ["store", '{"ServerURL": "reg", "Username": "me", "Secret": "s\\u00e9cret"}'],
        ["get", "reg"],
        ["list", "unused"],
        ["erase", "reg"],
    ]


async def test_nothing_there(fake, helper):
    with pytest.raises(CredentialsNotFound):
        await helper.get("reg")


async def test_not_installed(home):
    with pytest.raises(InitializationError, match="docker-credential-absent is not installed"):
        await CredentialHelper("absent", environment=home.environment | {"PATH": "/nowhere"}).get("reg")


async def test_not_a_program(fake, home):
    (fake.directory.parent / "docker-credential-text").touch(mode=0o644)
    with pytest.raises(InitializationError, match="cannot be started"):
        await CredentialHelper("text", environment=home.environment | {"PATH": str(fake.directory.parent)}).get("reg")


@pytest.mark.parametrize("output", ["", " >&2"])
async def test_a_helper_that_writes_without_end_is_ended(home, tmp_path, output):
    program = tmp_path / "docker-credential-endless"
    program.write_text(f"#!/bin/sh\nexec yes{output}\n")
    program.chmod(0o755)
    helper = CredentialHelper("endless", environment={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    with pytest.raises(StoreError, match="docker-credential-endless get wrote more than 4194304 bytes, and was ended"):
        await helper.get("reg")


@pytest.mark.parametrize("suffix", ["../x", "x/../../y", "x\x00"])
async def test_a_path_is_no_name(suffix, home):
    with pytest.raises(InitializationError, match="not a valid program name"):
        await CredentialHelper(suffix, environment=home.environment).get("reg")


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("fail:the vault is sealed\n", "docker-credential-fake get failed with exit code 1: the vault is sealed"),
        ("stderr:no session", "failed with exit code 3: no session"),
        ("fail:", "failed with exit code 1: .it wrote no reason"),
        ("killed", "was ended by signal 9: .it wrote no reason"),
        ("print:", "not a JSON object"),
        ("print:[]", "not a JSON object"),
        ('print:{"Username": 1}', "not a JSON object"),
    ],
)
async def test_a_failing_helper(fake, helper, mode, message):
    fake.behave(mode)
    with pytest.raises(StoreError, match=message):
        await helper.get("reg")


@pytest.mark.parametrize(
    "mode",
    [
        'print:{"Username": "me", "Secret": "canary" oops',
        'fail:{"Secret": "canary"}',
        "fail:cannot store canary",
        "stderr:{canary}",
    ],
)
async def test_a_failure_repeats_no_secret(fake, helper, mode, caplog):
    caplog.set_level(0)
    fake.behave(mode)
    with pytest.raises(StoreError) as caught:
        await (helper.store("reg", AuthConfig("me", "canary")) if "store" in mode else helper.get("reg"))
    assert "canary" not in told(caught.value) + caplog.text


@pytest.mark.parametrize(
    "printed",
    [
        '{"username": "me", "SECRET": "canary"}',
        '{"Username": "me", "Secret": "canary"}\nbye',
        '{"Username": "me", "Secret": "canary"}{"Username": "x"}',
        '{"ServerURL": "https://elsewhere", "Username": "me", "Secret": "canary", "More": [1]}',
    ],
)
async def test_what_helpers_print_is_read_as_by_the_cli(fake, helper, printed):
    fake.behave(f"print:{printed}")
    assert await helper.get("reg") == AuthConfig("me", "canary", server_address="reg")


async def test_a_helper_may_leave_fields_null(fake, helper):
    fake.behave('print:{"Username": null, "Secret": null}')
    assert not await helper.get("reg")


async def test_a_list_that_is_none(fake, helper):
    fake.behave('print:{"reg": ["me"]}')
    with pytest.raises(StoreError, match="not a JSON object"):
        await helper.list()


def gone(pid: int) -> bool:
    """Whether a process has ended; a zombie has."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


async def pids(fake) -> list[int]:
    while not (fake.pid("parent") and fake.pid("child")):
        await asyncio.sleep(0.01)
    return [fake.pid("parent"), fake.pid("child")]


async def all_gone(processes: list[int]) -> None:
    while not all(gone(pid) for pid in processes):
        await asyncio.sleep(0.01)


async def test_the_time_limit_ends_it_and_its_children(fake, home):
    fake.behave("hang")
    with pytest.raises(StoreError, match=r"did not end within 1\.5 s") as caught:
        await CredentialHelper("fake", environment=home.environment, timeout=1.5).get("reg")
    assert caught.value.__cause__ is None
    await all_gone(await pids(fake))


async def test_cancelling_ends_it_and_its_children(fake, helper):
    fake.behave("hang")
    call = asyncio.create_task(helper.get("reg"))
    processes = await pids(fake)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await all_gone(processes)


async def test_the_loop_is_not_blocked(fake, helper):
    fake.behave("hang")
    call = asyncio.create_task(helper.get("reg"))
    await pids(fake)  # which needs the loop while the helper runs
    assert not call.done()
    call.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await call


async def test_no_descriptor_is_left(fake, helper):
    fake.keep({"reg": ["me", "x"]})
    await helper.get("reg")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        await helper.get("reg")
    deadline = time.monotonic() + 5
    while len(os.listdir("/proc/self/fd")) > before and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    assert len(os.listdir("/proc/self/fd")) <= before
