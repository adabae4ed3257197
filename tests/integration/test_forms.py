"""Forms of arguments that docker-py and the docker CLI take, on real engines: accepted, and what the engine made of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path, PurePosixPath

import pytest

from aiodockerpy import errors

IMAGE = "busybox:1"


async def test_a_container_of_the_short_forms_is_made_as_meant(client, prefix, tmp_path):
    (tmp_path / "seen").write_text("seen")
    volume = await client.volumes.create(f"{prefix}v", labels=["a=b", "c"], driver_opts={})
    network = await client.networks.create(f"{prefix}n", labels="a=b")
    container = await client.containers.run(
        IMAGE, ["sh", "-c", "cat /host/seen; exec sleep 300"], detach=True, name=f"{prefix}c",
        environment="A=5", labels="a=b", extra_hosts=["db=10.0.0.5", "six:[::1]"], volumes=f"{tmp_path}:/host:ro",
        mounts=[f"type=volume,src={volume.name},dst=/data,readonly", f"{tmp_path}:/again"],
        tmpfs={"/scratch": None}, ulimits="nofile=100:200", log_config={"type": "json-file", "config": {"max-file": 3}},
        restart_policy="on-failure:3", ports=["127.0.0.1::80", "53/udp"], stop_signal=9, cpuset_cpus=0, user=0, devices="/dev/null:r",
        working_dir=PurePosixPath("/host"), network=network, sysctls="net.ipv4.ip_forward=1", stop_timeout=timedelta(seconds=1),
        healthcheck={"test": "true", "interval": "30s", "timeout": timedelta(seconds=2)},
    )  # fmt: skip
    try:
        attrs = container.attrs
        assert volume.attrs["Labels"] == {"a": "b", "c": ""}
        assert network.attrs["Labels"] == {"a": "b"}
        assert "A=5" in attrs["Config"]["Env"]
        assert attrs["Config"]["Labels"]["a"] == "b"
        assert attrs["Config"]["StopSignal"] == "9"
        assert attrs["Config"]["StopTimeout"] == 1
        assert attrs["Config"]["WorkingDir"] == "/host"
        assert attrs["Config"]["Healthcheck"]["Interval"] == 30 * 10**9
        host = attrs["HostConfig"]
        assert host["ExtraHosts"] == ["db:10.0.0.5", "six:::1"]
        assert host["Devices"][0]["CgroupPermissions"] == "r"
        assert host["Binds"] == [f"{tmp_path}:/host:ro"]
        assert host["Tmpfs"] == {"/scratch": ""}
        assert host["Ulimits"] == [{"Name": "nofile", "Soft": 100, "Hard": 200}]
        assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-file": "3"}}
        assert host["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 3}
        assert host["CpusetCpus"] == "0"
        assert {mount["Destination"]: mount["RW"] for mount in attrs["Mounts"]} == {
            "/host": False, "/data": False, "/again": True,
        }  # fmt: skip
        assert container.ports["80/tcp"][0]["HostIp"] == "127.0.0.1"
        assert container.ports["53/udp"][0]["HostPort"].isdigit()
        assert (await container.exec_run(["cat", Path("/host/seen")])).output == b"seen"
        assert (await container.exec_run(["sleep", 0])).exit_code == 0
        await network.disconnect(container)
        await network.connect(container)
        with pytest.raises(errors.InvalidArgument, match="timeout must be"):
            await container.stop(timeout=0.5)
        await container.stop(timeout=timedelta(seconds=1))
    finally:
        await container.remove(force=True)
        await network.remove()
        await volume.remove()


async def test_what_one_handle_gives_another_takes(client, prefix):
    image = await client.images.get(IMAGE)
    loaded = await client.images.load(image.save(named=True))
    assert image in loaded
    container = await client.containers.create(IMAGE, ["true"], name=f"{prefix}c")
    try:
        await container.start()
        await container.wait()
        bits, stat = await container.get_archive("/etc/passwd")
        assert stat["name"] == "passwd"
        assert await container.put_archive("/tmp", bits)
        assert await container.read_bytes("/tmp/passwd") == await container.read_bytes("/etc/passwd")
        imported = await client.api.images.import_image(container.export(), repo=f"{prefix}i", tag="1")
        assert imported
        await client.images.remove(f"{prefix}i:1")
        with pytest.raises(ValueError, match="mine") as caught:
            await container.put_archive("/tmp", _failing())
        assert "nothing was sent" in caught.value.__notes__[0]
        with pytest.raises(FileNotFoundError):
            await client.images.load("/nope.tar")
    finally:
        await container.remove(force=True)


def _failing():
    raise ValueError("mine")
    yield b""
