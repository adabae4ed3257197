from __future__ import annotations

import os

import pytest

from aiodockerpy._config.config_file import ConfigFile
from aiodockerpy._config.credentials import CredentialResolver
from aiodockerpy._config.default_store import add_default_store


@pytest.fixture
def programs(tmp_path):
    """Make programs, and return the environment that finds them."""
    folder = tmp_path / "programs"
    folder.mkdir()

    def make(*names):
        for name in names:
            (folder / name).write_text("#!/bin/sh\n")
            (folder / name).chmod(0o755)
        return {"PATH": str(folder)}

    return make


@pytest.mark.parametrize(
    ("platform", "installed", "chosen"),
    [
        ("linux", ["docker-credential-secretservice"], "secretservice"),
        ("linux", ["docker-credential-secretservice", "docker-credential-pass", "pass"], "pass"),
        ("linux", ["docker-credential-secretservice", "pass"], None),
        ("linux", [], None),
        ("darwin", ["docker-credential-osxkeychain", "docker-credential-pass", "pass"], "osxkeychain"),
        ("darwin", ["docker-credential-pass", "pass"], None),
        ("win32", ["docker-credential-wincred"], "wincred"),
        ("freebsd14", ["docker-credential-secretservice", "docker-credential-pass", "pass"], None),
    ],
)
def test_the_store_of_each_platform(tmp_path, programs, platform, installed, chosen):
    config = ConfigFile(tmp_path / "config.json", {})
    add_default_store(config, programs(*installed), platform)
    assert config.data.get("credsStore") == chosen


@pytest.mark.parametrize("key", ["auths", "credHelpers", "CredsStore"])
def test_nothing_is_chosen_where_something_is_configured(tmp_path, programs, key):
    data = {key: "mine" if key == "CredsStore" else {"reg": {} if key == "auths" else "mine"}}
    config = ConfigFile(tmp_path / "config.json", dict(data))
    add_default_store(config, programs("docker-credential-secretservice"), "linux")
    assert config.data == data


def test_a_program_of_the_current_directory_does_not_count(tmp_path, programs, monkeypatch):
    programs("docker-credential-secretservice")
    monkeypatch.chdir(tmp_path / "programs")
    for path in ("", ".", os.pathsep):
        config = ConfigFile(tmp_path / "config.json", {})
        add_default_store(config, {"PATH": path}, "linux")
        assert config.data == {}


@pytest.mark.skipif("sys.platform != 'linux'", reason="the store of another platform is another one")
async def test_all_of_it_goes_by_the_store(home, make_helper):
    helper = make_helper("secretservice")
    helper.keep({"reg": ["me", "canary"]})
    subject = CredentialResolver(home.docker, home.environment)
    assert (await subject.resolve("reg")).username == "me"
    assert list(await subject.get_all()) == ["reg"]
    assert not (home.docker / "config.json").exists()
    await subject.erase("reg")
    assert helper.kept == {}
