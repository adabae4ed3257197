"""Pulling from and pushing to real registries, with credentials from every place they can come from, right and wrong."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

import aiodockerpy
from aiodockerpy import errors
from tests.lab import parts
from tests.lab.private import PrivateEngine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.lab.state import LabState, RegistryState

IMAGE = "busybox:1"
WITH_ACCOUNTS = ("registry-basic", "registry-token")
REGISTRIES = ("registry", *WITH_ACCOUNTS, "registry-tls")
SOURCES = ("auth_config", "login", "auths", "auths by URL", "credsStore", "credHelpers", "DOCKER_AUTH_CONFIG")
WRONG = r"(?i)unauthorized|denied|authentication|no basic auth"
HELPER = """#!/bin/sh
read server
case "$1 $server" in
  "get {registry}") echo '{{"ServerURL": "{registry}", "Username": "{user}", "Secret": "{password}"}}' ;;
  "list unused") echo '{{"{registry}": "{user}"}}' ;;
  *) echo "credentials not found in native keychain"; exit 1 ;;
esac
"""


@dataclass
class Account:
    """A user's configuration, to be filled."""

    folder: Path
    url: str
    registry: RegistryState
    password: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "DOCKER_HOST": self.url,
            "DOCKER_CONFIG": str(self.folder),
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            **({"DOCKER_AUTH_CONFIG": self.variable} if self.variable else {}),
        }

    variable: str = ""

    def write(self, **config: object) -> None:
        (self.folder / "config.json").write_text(json.dumps(config))

    def helper(self) -> None:
        program = self.folder / "docker-credential-lab"
        program.write_text(
            HELPER.format(registry=self.registry.address, user=self.registry.username, password=self.password)
        )
        program.chmod(0o700)

    def come_from(self, source: str) -> dict[str, object]:
        """Put the credentials where the source is; return what the call itself is given."""
        address, user = self.registry.address, self.registry.username
        auth = base64.b64encode(f"{user}:{self.password}".encode()).decode()
        match source:
            case "auth_config":
                return {"auth_config": {"username": user, "password": self.password}}
            case "auths":
                self.write(auths={address: {"auth": auth}})
            case "auths by URL":
                self.write(auths={f"https://{address}/v2/": {"auth": auth}})
            case "credsStore":
                self.write(credsStore="lab")
                self.helper()
            case "credHelpers":
                self.write(credHelpers={address: "lab"}, credsStore="not-there")
                self.helper()
            case "DOCKER_AUTH_CONFIG":
                self.variable = json.dumps({"auths": {address: {"auth": auth}}})
        return {}


@pytest.fixture
def account(engine, tmp_path, lab_up: Callable[..., LabState]) -> Callable[..., Account]:
    if engine.role == "given":
        pytest.skip("the engine of AIODOCKERPY_TEST_HOST does not know the lab's registries")

    def make(part: str, *, right: bool = True) -> Account:
        registry = lab_up(engine.role, part).registries[part.partition("-")[2] or "open"]
        return Account(tmp_path, engine.url, registry, (registry.password or "") if right else "canary-wrong")

    return make


async def push_and_pull(client: aiodockerpy.DockerClient, name: str, given: dict[str, object]) -> None:
    image = await client.images.get(IMAGE)
    await image.tag(name, "1")
    pushed = await client.images.push(name, "1", **given)
    assert pushed["Digest"].startswith("sha256:")
    await client.images.remove(f"{name}:1")
    pulled = await client.images.pull(name, "1", **given)
    assert f"{name}:1" in pulled.tags
    found = await client.images.get_registry_data(f"{name}:1", **given)
    assert found.id == pushed["Digest"]
    await client.images.remove(f"{name}:1")


@pytest.mark.parametrize("part", REGISTRIES)
async def test_push_and_pull(account, prefix, part):
    user = account(part)
    given = user.come_from("auth_config") if part in WITH_ACCOUNTS else {}
    async with aiodockerpy.from_env(environment=user.environment) as client:
        await push_and_pull(client, f"{user.registry.address}/{prefix}a", given)


@pytest.mark.parametrize("part", WITH_ACCOUNTS)
@pytest.mark.parametrize("source", SOURCES)
async def test_where_credentials_come_from(account, prefix, part, source):
    user = account(part)
    given = user.come_from(source)
    async with aiodockerpy.from_env(environment=user.environment) as client:
        if source == "login":
            await client.login(user.registry.username, user.password, registry=user.registry.address)
        await push_and_pull(client, f"{user.registry.address}/{prefix}a", given)


@pytest.mark.parametrize("part", WITH_ACCOUNTS)
@pytest.mark.parametrize("source", [source for source in SOURCES if source != "login"])
async def test_wrong_credentials_are_refused_and_not_shown(account, prefix, part, source):
    user = account(part, right=False)
    given = user.come_from(source)
    name = f"{user.registry.address}/{prefix}a"
    async with aiodockerpy.from_env(environment=user.environment) as client:
        await (await client.images.get(IMAGE)).tag(name, "1")
        with pytest.raises(errors.APIError, match=WRONG) as caught:
            await client.images.push(name, "1", **given)
        assert user.password not in str(caught.value)
        with pytest.raises(errors.APIError) as caught:
            await client.images.pull(name, "1", **given)
        assert user.password not in str(caught.value)
        await client.images.remove(f"{name}:1")


@pytest.mark.parametrize("part", WITH_ACCOUNTS)
async def test_without_credentials_pushing_is_refused(account, prefix, part):
    user = account(part)
    name = f"{user.registry.address}/{prefix}a"
    async with aiodockerpy.from_env(environment=user.environment) as client:
        await (await client.images.get(IMAGE)).tag(name, "1")
        with pytest.raises(errors.APIError, match=WRONG):
            await client.images.push(name, "1")
        await client.images.remove(f"{name}:1")


@pytest.mark.parametrize("part", WITH_ACCOUNTS)
async def test_login(account, prefix, part):
    user = account(part)
    async with aiodockerpy.from_env(environment=user.environment) as client:
        with pytest.raises(errors.APIError) as caught:
            await client.login("alice", "canary-wrong", registry=user.registry.address)
        assert caught.value.status_code in {401, 500}
        assert "canary-wrong" not in str(caught.value)
        name = f"{user.registry.address}/{prefix}a"
        await (await client.images.get(IMAGE)).tag(name, "1")
        with pytest.raises(errors.APIError, match=WRONG):
            await client.images.push(name, "1")  # what was refused is not used
        answer = await client.login(user.registry.username, user.password, registry=user.registry.address)
        assert answer["Status"] == answer.status == "Login Succeeded"
        await client.images.push(name, "1")
        assert not (user.folder / "config.json").exists()
        await client.logout(user.registry.address)
        with pytest.raises(errors.APIError, match=WRONG):
            await client.images.push(name, "1")
        await client.images.remove(f"{name}:1")


async def test_login_is_kept_as_the_cli_keeps_it(account, prefix, docker_cli):
    user = account("registry-basic")
    async with aiodockerpy.from_env(environment=user.environment) as client:
        await client.login(user.registry.username, user.password, registry=user.registry.address, store=True)
    config = user.folder / "config.json"
    assert list(json.loads(config.read_text())["auths"]) == [user.registry.address]
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    name = f"{user.registry.address}/{prefix}a:1"
    docker_cli = type(docker_cli)(docker_cli.path, docker_cli.url, str(user.folder))
    await docker_cli.run("tag", IMAGE, name)
    await docker_cli.run("push", name)  # the CLI finds them
    async with aiodockerpy.from_env(environment=user.environment) as client:
        await client.images.push(name)  # and another client too
        await client.logout(user.registry.address, store=True)
        assert json.loads(config.read_text()).get("auths", {}) == {}
        with pytest.raises(errors.APIError, match=WRONG):
            await client.images.push(name)


async def test_a_registry_whose_authority_is_unknown(account, prefix):
    user = account("registry-tls-untrusted")
    async with aiodockerpy.from_env(environment=user.environment) as client:
        with pytest.raises(errors.APIError, match=r"(?i)x509|unknown authority|HTTP response to HTTPS|tls"):
            await client.images.pull(f"{user.registry.address}/{prefix}a", "1")


async def test_a_broken_helper_is_named_when_the_registry_refuses(account, prefix):
    user = account("registry-basic")
    user.write(credsStore="not-there")
    async with aiodockerpy.from_env(environment=user.environment) as client:
        with pytest.raises(errors.APIError) as caught:
            await client.images.pull(f"{user.registry.address}/{prefix}a", "1")
        assert "docker-credential-not-there" in caught.value.__notes__[0]
        assert isinstance(caught.value.__cause__, errors.StoreError)


async def test_login_can_name_the_file_of_the_other_credentials(account, prefix, tmp_path):
    basic, token = account("registry-basic"), account("registry-token")
    other = tmp_path / "other" / "config.json"
    other.parent.mkdir()
    auth = base64.b64encode(f"{token.registry.username}:{token.password}".encode()).decode()
    other.write_text(json.dumps({"auths": {token.registry.address: {"auth": auth}}}))
    async with aiodockerpy.from_env(environment=basic.environment) as client:
        account = (basic.registry.username, basic.password)
        await client.login(*account, registry=basic.registry.address, dockercfg_path=other)
        for registry in (basic.registry, token.registry):
            await push_and_pull(client, f"{registry.address}/{prefix}a", {})


@pytest.mark.parametrize("part", WITH_ACCOUNTS)
@pytest.mark.parametrize("source", ["auth_configs", "credsStore"])
async def test_a_build_takes_its_base_from_there(account, engine, prefix, part, source):
    """But for BuildKit of 20.10, which does not take the lab's registries for insecure."""
    user, wrong = account(part), account(part, right=False)
    base = f"{user.registry.address}/{prefix}base:1"
    options = {"pull": True, "tag": f"{prefix}b"}

    def dockerfile() -> io.BytesIO:
        return io.BytesIO(f"FROM {base}\n".encode())

    async with aiodockerpy.from_env(environment=user.environment) as client:
        right = {"username": user.registry.username, "password": user.password}
        await (await client.images.get(IMAGE)).tag(base)
        await client.images.push(base, auth_config=right)
        await client.images.remove(base)
        given = {"auth_configs": {user.registry.address: right}} if source == "auth_configs" else {}
        user.come_from(source)
        for builder in ("classic",) if engine.role == "old" else ("classic", "buildkit"):
            image, _ = await client.images.build(fileobj=dockerfile(), builder=builder, **options, **given)
            assert f"{prefix}b:latest" in image.tags
            await client.images.remove(f"{prefix}b")
    wrong.come_from("auths")
    async with aiodockerpy.from_env(environment=wrong.environment) as client:
        with pytest.raises(errors.DockerException, match=WRONG) as caught:
            await client.images.build(fileobj=dockerfile(), builder="classic", **options)
        assert wrong.password not in str(caught.value)


@pytest.mark.parametrize("role", parts.ROLES)
async def test_services_take_their_image_from_there(role, lab_up, tmp_path):
    """Given with the call, and found in the configuration."""
    if os.environ.get("AIODOCKERPY_TEST_HOST"):
        pytest.skip("needs the registries of the lab")
    known = lab_up(role, "registry-basic").registries["basic"]
    right = {"username": known.username, "password": known.password}
    names = [f"{known.address}/adp-service-{role}:{tag}" for tag in (1, 2, 3)]
    async with PrivateEngine(role) as engine:
        user = Account(tmp_path, engine.url, known, known.password or "")
        async with aiodockerpy.from_env(environment=user.environment) as client:
            for name in names:
                await (await client.images.get(IMAGE)).tag(name)
                await client.images.push(name, auth_config=right)
                await client.images.remove(name)
            await client.images.remove("busybox", force=True)
            await client.images.remove(IMAGE, force=True)
            await client.swarm.init(advertise_addr="127.0.0.1", listen_addr="127.0.0.1:2377")
            web = await client.services.create(
                names[0], ["sleep", "600"], name="web", stop_signal="SIGKILL", auth_config=right
            )
            await until_one_runs(web, names[0])
            await web.update(names[1], auth_config=right)
            await until_one_runs(web, names[1])
            user.come_from("auths")
            await web.update(names[2])
            await until_one_runs(web, names[2])
            wrong = await client.services.create(
                names[0], name="wrong", auth_config={"username": known.username, "password": "canary-wrong"}
            )
            assert not any("canary" in str(value) for value in (wrong.attrs, repr(wrong)))
            await client.swarm.leave(force=True)


async def until_one_runs(service, image: str) -> None:
    async with asyncio.timeout(60):
        while True:
            for task in await service.tasks():
                if task["Status"]["State"] == "running" and task["Spec"]["ContainerSpec"]["Image"].startswith(image):
                    return
            await asyncio.sleep(0.1)


BROKEN = [
    '{"credsStore": "absent"}',
    '{"auths": {"ANY": {}},}',
    '\ufeff{"auths": {}}',
    '{"auths": {"ADDRESS": {"auth": "canary"}}}',
    '{"credHelpers": {"ADDRESS": "absent"}}',
    '{"credsStore": 5, "HttpHeaders": {"Content-Length": "5", "Connection": "close", "Host": "x"}}',
]


async def test_a_broken_configuration_stops_no_public_image_and_explains_a_refusal(account, prefix, caplog):
    public, protected = account("registry"), account("registry-basic")
    for number, content in enumerate(BROKEN):
        for user in (public, protected):
            text = content.replace("ADDRESS", user.registry.address)
            (user.folder / "config.json").write_text(text, encoding="utf-8")
            name = f"{user.registry.address}/{prefix}a{number}"
            async with aiodockerpy.from_env(environment=user.environment) as client:
                caplog.clear()
                if user is public:
                    await push_and_pull(client, name, {})
                    assert "absent" in caplog.text or "config.json" in caplog.text
                    continue
                await (await client.images.get(IMAGE)).tag(name, "1")
                for call in (client.images.push(name, "1"), client.images.pull(name, "1")):
                    with pytest.raises(errors.APIError) as caught:
                        await call
                    if "\ufeff" not in content:  # what is behind the mark was read
                        assert "no credentials were sent to the registry" in caught.value.__notes__[0]
                        assert isinstance(caught.value.__cause__, errors.StoreError | errors.InvalidConfigFile)
                await client.images.remove(f"{name}:1")


async def test_entries_of_the_file_count_where_the_helper_is_absent(account, prefix):
    user = account("registry-basic")
    auth = base64.b64encode(f"{user.registry.username}:{user.password}".encode()).decode()
    user.write(credsStore="absent", auths={user.registry.address: {"auth": auth}})
    async with aiodockerpy.from_env(environment=user.environment) as client:
        await push_and_pull(client, f"{user.registry.address}/{prefix}a", {})
