"""Plugins as objects, on private engines and with a registry of the lab; what docker-py sees of them is the same."""

from __future__ import annotations

import asyncio
import io
import tarfile
import time

import docker
import docker.errors
import pytest

import aiodockerpy
from aiodockerpy import errors
from tests.integration.parity import ours, same, theirs
from tests.integration.plugin import plugin_archive
from tests.lab.private import PrivateEngine
from tests.lab.registry import REGISTRIES


@pytest.fixture
def folder(tmp_path):
    """A directory with ``config.json`` and ``rootfs``."""
    with tarfile.open(fileobj=io.BytesIO(plugin_archive(tmp_path))) as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)  # which early versions of Python 3.11 lack
        tar.extractall(tmp_path / "plugin")
    return tmp_path / "plugin"


@same("PluginCollection.create", "name", "plugin_data_dir", "gzip")
@same("PluginCollection.get", "name")
@same("PluginCollection.list")
@same("PluginCollection.install", "remote_name", "local_name")
@same("Plugin.id")
@same("Plugin.short_id")
@same("Plugin.name")
@same("Plugin.enabled")
@same("Plugin.settings")
@same("Plugin.configure", "options")
@same("Plugin.enable", "timeout")
@same("Plugin.disable", "force")
@same("Plugin.remove", "force")
@same("Plugin.push")
@same("Plugin.upgrade", "remote")
@same("Plugin.reload")
@pytest.mark.parametrize("role", ["old", "middle", "new"])
async def test_the_life_of_a_plugin(role, lab_up, folder):
    lab_up("registry")
    name = f"{REGISTRIES['registry'].address}/adp-plugin-objects:{time.time_ns()}"
    async with PrivateEngine(role, busybox=False) as engine, aiodockerpy.DockerClient(engine.url) as client:
        py = await asyncio.to_thread(docker.DockerClient, engine.url)
        try:
            with pytest.raises(docker.errors.APIError, match="invalid tar header"):
                py.plugins.create(name, str(folder), gzip=True)
            plugin = await client.plugins.create(name, folder, gzip=True)
            other = py.plugins.get(name)
            assert plugin.attrs == other.attrs
            assert (plugin.id, plugin.name, plugin.enabled, plugin.settings) == (
                other.id,
                other.name,
                other.enabled,
                other.settings,
            )
            assert repr(plugin) == repr(other)
            await settings(plugin, other)
            await switched(client, plugin, other)
            await by_registry(client, plugin, py)
            assert await client.plugins.list() == []
            assert await ours(lambda: client.plugins.get(name)) == theirs(lambda: py.plugins.get(name))
        finally:
            py.close()


async def settings(plugin, other):
    await plugin.configure({"LEVEL": 3})
    assert plugin.settings["Env"] == ["LEVEL=3"]
    other.reload()
    assert plugin.attrs == other.attrs
    assert await ours(lambda: plugin.configure({"NONE": 1})) == theirs(lambda: other.configure({"NONE": 1}))


async def switched(client, plugin, other):
    await plugin.enable(timeout=20)
    assert plugin.enabled
    [listed] = await client.plugins.list(filters={"enabled": True})
    assert listed == plugin
    assert await ours(plugin.enable) == theirs(other.enable)
    assert await ours(plugin.remove) == theirs(other.remove)
    assert plugin.short_id == other.short_id
    with pytest.raises(errors.APIError):
        await plugin.upgrade()  # docker-py fails with an AttributeError
    await plugin.disable()
    assert not plugin.enabled
    assert await ours(plugin.disable) == theirs(other.disable)
    other.enable(timeout=20)
    assert (await plugin.reload()).enabled
    await plugin.disable(force=True)
    other.reload()
    assert plugin.attrs == other.attrs


async def by_registry(client, plugin, py):
    async with plugin.push() as push:
        messages = [message async for message in push]
    assert messages
    await plugin.upgrade()
    await plugin.upgrade(remote=plugin.name)
    assert await plugin.remove(force=True) is True
    installed = await client.plugins.install(plugin.name, "mine")
    assert installed.attrs == py.plugins.get("mine").attrs
    assert installed.name == "mine:latest"
    assert not installed.enabled
    assert await installed.remove() is True
