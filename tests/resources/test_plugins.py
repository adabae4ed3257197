"""Plugins as objects."""

from __future__ import annotations

import io
import tarfile

import pytest

from aiodockerpy import errors
from tests.resources.conftest import query, sent

PLUGIN = {"Id": "p1", "Name": "reg.example/idle:latest", "Enabled": False, "Settings": {"Env": ["A=1"]}}
WANTED = [{"Name": "network", "Description": "", "Value": ["host"]}]


@pytest.fixture
async def plugin(client, fake):
    fake.answers = {"PluginInspect": PLUGIN, "GetPluginPrivileges": WANTED}
    return await client.plugins.get("reg.example/idle")


@pytest.mark.parametrize("packed", [False, True])
async def test_create_sends_the_directory(client, fake, tmp_path, packed):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "rootfs").mkdir()
    (tmp_path / "rootfs" / "idle").write_bytes(b"x" * 5000)
    fake.answers = {"PluginInspect": PLUGIN}
    made = await client.plugins.create("idle", tmp_path, gzip=packed)
    with tarfile.open(fileobj=io.BytesIO(fake.bodies[0])) as tar:
        assert tar.getnames() == ["config.json", "rootfs", "rootfs/idle"]
    assert (made.name, made.enabled, made.settings) == ("reg.example/idle:latest", False, {"Env": ["A=1"]})
    assert repr(made) == "<Plugin: 'reg.example/idle:latest'>"


async def test_a_directory_that_is_not_there_is_told_as_such(client, tmp_path):
    with pytest.raises(FileNotFoundError):
        await client.plugins.create("idle", tmp_path / "none")


@pytest.mark.parametrize("options", [{"DEBUG": 1, "EMPTY": ""}, ["DEBUG=1", "EMPTY="]])
async def test_settings_are_a_mapping_or_pairs(plugin, fake, options):
    before = type(options)(options)
    await plugin.configure(options)
    assert sent(fake.named("PluginSet")[0]) == ["DEBUG=1", "EMPTY="]
    assert options == before
    assert len(fake.named("PluginInspect")) == 2


async def test_enable_and_disable_replace_the_snapshot(plugin, fake):
    fake.answers["PluginInspect"] = {**PLUGIN, "Enabled": True}
    await plugin.enable(timeout=7)
    assert plugin.enabled
    assert query(fake.named("PluginEnable")[0]) == {"timeout": "7"}
    fake.answers["PluginInspect"] = PLUGIN
    await plugin.disable()
    assert not plugin.enabled


async def test_install_grants_what_is_asked_for(client, fake):
    fake.answers = {"PluginInspect": PLUGIN, "GetPluginPrivileges": WANTED}
    made = await client.plugins.install("reg.example/idle", "local")
    pull = fake.named("PluginPull")[0]
    assert (sent(pull), query(pull)) == (WANTED, {"remote": "reg.example/idle", "name": "local"})
    assert made.name == PLUGIN["Name"]


async def test_push_pushes_and_raises_what_the_registry_says(plugin, fake):
    await plugin.push(auth_config={"username": "u", "password": "p"})
    assert fake.named("PluginPush")
    assert not fake.named("PluginPull")
    fake.answers["PluginPush"] = {"errorDetail": {"message": "denied"}, "error": "denied"}
    with pytest.raises(errors.PushError, match="denied"):
        await plugin.push()


async def test_upgrade_of_an_enabled_plugin_is_the_engines_refusal(plugin, fake):
    fake.answers["PluginUpgrade"] = errors.status_error(
        errors.EngineResponse(500, "No", {}, "POST", "/plugins/x/upgrade"), "plugin is enabled"
    )
    with pytest.raises(errors.APIError, match="plugin is enabled"):
        await plugin.upgrade()


async def test_upgrade_names_the_plugin_itself_unless_told(plugin, fake):
    await plugin.upgrade()
    await plugin.upgrade("reg.example/idle:2")
    remotes = [query(call)["remote"] for call in fake.named("PluginUpgrade")]
    assert remotes == ["reg.example/idle:latest", "reg.example/idle:2"]
    assert sent(fake.named("PluginUpgrade")[0]) == WANTED
    assert len(fake.named("PluginInspect")) == 3


async def test_remove(plugin, fake):
    assert await plugin.remove(force=True) is True
    assert "force" in query(fake.named("PluginDelete")[0])


async def test_a_plugin_is_upgraded_from_where_it_was_installed(client, fake):
    fake.answers = {"GetPluginPrivileges": [], "PluginInspect": {"Name": "mine:1"}}
    attrs = {"Name": "mine:1", "PluginReference": "host/theirs:2"}
    await client.plugins.prepare_model(attrs).upgrade()
    assert query(fake.named("PluginUpgrade")[0])["remote"] == "host/theirs:2"
