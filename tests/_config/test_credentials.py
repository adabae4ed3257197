from __future__ import annotations

import asyncio
import logging
import stat

import pytest

from aiodockerpy import DockerClient, from_context, from_env
from aiodockerpy._config.auth import HUB_KEY, AuthConfig, encode_auth
from aiodockerpy._config.credentials import CredentialResolver
from aiodockerpy.errors import (
    Forbidden,
    ImageNotFound,
    InvalidArgument,
    InvalidConfigFile,
    PushError,
    ServerError,
    StoreError,
    Unauthorized,
)
from aiodockerpy.models import AuthStatus
from tests._config.told import told

ME = encode_auth("me", "canary")


def resolver(home, *, environment=None, **options):
    return CredentialResolver(home.docker, home.environment | (environment or {}), **options)


def variable(**auths):
    import json

    return {"DOCKER_AUTH_CONFIG": json.dumps({"auths": {name: {"auth": auth} for name, auth in auths.items()}})}


class TestOrder:
    """Each source alone is found, and each beats the ones below it."""

    SOURCES = ("explicit", "login", "variable", "helper", "store")

    @pytest.mark.parametrize("first", range(len(SOURCES)))
    async def test_the_first_that_has_something_wins(self, home, make_helper, first):
        active = self.SOURCES[first:]
        config = {"auths": {"reg": {"auth": encode_auth("auths", "x")}}}
        if "helper" in active:
            make_helper("one").keep({"reg": ["helper", "x"]})
            config["credHelpers"] = {"reg": "one"}
        if "store" in active:
            make_helper("all").keep({"reg": ["store", "x"]})
            config["credsStore"] = "all"
        home.write_config(config)
        subject = resolver(home, environment=variable(reg=encode_auth("variable", "x")) if "variable" in active else {})
        if "login" in active:
            subject.remember(AuthConfig("login", "x", server_address="reg"))
        explicit = {"username": "explicit", "password": "x"} if "explicit" in active else None
        found = await subject.resolve("reg", explicit)
        assert found.username == active[0]

    async def test_the_file_comes_last(self, home):
        home.write_config({"auths": {"reg": {"auth": ME}}})
        assert await resolver(home).resolve("reg") == AuthConfig("me", "canary", server_address="reg")

    async def test_nothing_anywhere(self, home):
        assert await resolver(home).resolve("reg") is None

    async def test_an_explicit_nonsense_is_refused(self, home):
        with pytest.raises(InvalidArgument):
            await resolver(home).resolve("reg", {"user": "x"})


class TestFile:
    @pytest.mark.parametrize(
        ("stored", "registry", "found"),
        [
            ("reg", "reg", True),
            ("reg:5000", "reg:5000", True),
            ("reg:5000", "reg", False),
            ("https://reg/v2/", "reg", True),
            ("http://reg:5000", "reg:5000", True),
            ("reg/v1/", "reg", True),
            (HUB_KEY, "docker.io", True),
            (HUB_KEY, None, True),
            (HUB_KEY, "index.docker.io", True),
            (HUB_KEY, "reg", False),
            ("docker.io", "docker.io", False),  # the CLI does not find it either
            ("", "docker.io", False),
        ],
    )
    async def test_keys(self, home, stored, registry, found):
        home.write_config({"auths": {stored: {"auth": ME}}})
        assert bool(await resolver(home).resolve(registry)) is found

    async def test_the_exact_key_goes_first(self, home):
        home.write_config({"auths": {"https://reg": {"auth": encode_auth("a", "b")}, "reg": {"auth": ME}}})
        assert (await resolver(home).resolve("reg")).username == "me"

    @pytest.mark.parametrize(
        ("entry", "expected"),
        [
            ({"username": "u", "password": "p"}, AuthConfig("u", "p", server_address="reg")),
            ({"username": "u", "password": "p", "auth": ME}, AuthConfig("me", "canary", server_address="reg")),
            ({"identitytoken": "t"}, AuthConfig(identity_token="t", server_address="reg")),
            ({"IdentityToken": "t", "auth": ME}, AuthConfig("me", "canary", "t", server_address="reg")),
            ({"registrytoken": "t"}, AuthConfig(registry_token="t", server_address="reg")),
            ({}, None),
            (None, None),
            ({"email": "x@y"}, None),
        ],
    )
    async def test_entries(self, home, entry, expected):
        home.write_config({"auths": {"reg": entry}})
        assert await resolver(home).resolve("reg") == expected

    @pytest.mark.parametrize("entry", ["canary", {"auth": "canary"}, {"password": ["canary"]}, {"auth": "Y2FuYXJ5"}])
    async def test_a_broken_entry_is_a_warning_that_quotes_nothing(self, home, entry, caplog):
        home.write_config({"auths": {"reg": entry, "good": {"auth": ME}}})
        subject = resolver(home)
        assert await subject.resolve("reg") is None
        assert (await subject.resolve("good")).username == "me"
        assert list(await subject.get_all()) == ["good"]
        refusal = Unauthorized("no")
        subject.explain("reg", refusal)
        assert "config.json" in caplog.text
        assert "config.json" in refusal.__notes__[0]
        for text in (caplog.text, told(refusal)):
            assert "canary" not in text
            assert "Y2FuYXJ5" not in text

    @pytest.mark.parametrize(
        "content", ['{"auths": {"reg": {}},}', "[]", "\ufeff{", '{"auths": []}', '{"credsStore": 5}']
    )
    async def test_a_broken_file_is_a_warning_and_explains_a_refusal(self, home, content, caplog):
        home.write_config(content)
        subject = resolver(home)
        assert await subject.resolve("reg") is None
        assert await subject.get_all() == {}
        assert "config.json" in caplog.text
        for refusal in (
            Unauthorized("x"),
            Forbidden("x"),
            ImageNotFound("pull access denied for x, repository does not exist"),
            PushError("no basic auth credentials"),
            ServerError("unauthorized: authentication required"),
        ):
            subject.explain("reg", refusal)
            assert "no credentials were sent to the registry" in refusal.__notes__[0]
            assert isinstance(refusal.__cause__, InvalidConfigFile)
        other = ServerError("no space left on device")
        subject.explain("reg", other)
        subject.explain("elsewhere", unasked := Unauthorized("x"))
        assert not hasattr(other, "__notes__")
        assert not hasattr(unasked, "__notes__")
        with pytest.raises(InvalidConfigFile):  # what would be written back is not guessed
            await subject.store(AuthConfig("me", "canary", server_address="reg"))
        assert (home.docker / "config.json").read_text() == content

    async def test_a_login_elsewhere_counts_at_once(self, home):
        subject = resolver(home)
        assert await subject.resolve("reg") is None
        home.write_config({"auths": {"reg": {"auth": ME}}})
        assert (await subject.resolve("reg")).username == "me"


class TestVariable:
    async def test_only_exact_keys(self, home):
        subject = resolver(home, environment=variable(**{"https://reg": ME, HUB_KEY: ME}))
        assert await subject.resolve("reg") is None
        assert (await subject.resolve("docker.io")).username == "me"

    async def test_another_registry_goes_on_to_the_file(self, home):
        home.write_config({"auths": {"reg": {"auth": ME}}})
        subject = resolver(home, environment=variable(other=ME))
        assert (await subject.resolve("reg")).username == "me"

    @pytest.mark.parametrize(
        "text",
        [
            "canary",
            "{}{}",
            "[]",
            '{"auths": []}',
            '{"auths": {"reg": []}}',
            '{"auths": {"reg": {}}}',
            '{"auths": {"reg": {"auth": "canary"}}}',
            f'{{"auths": {{"reg": {{"auth": "{ME}", "email": "x"}}}}}}',
            f'{{"auths": {{"reg": {{"auth": "{ME}"}}}}, "credsStore": "x"}}',
            '{"auths": {"reg": {"username": "me", "password": "canary"}}}',
        ],
    )
    async def test_what_cannot_be_read_is_ignored_with_a_warning(self, home, text, caplog):
        home.write_config({"auths": {"reg": {"auth": encode_auth("file", "x")}}})
        found = await resolver(home, environment={"DOCKER_AUTH_CONFIG": text}).resolve("reg")
        assert found.username == "file"
        assert "DOCKER_AUTH_CONFIG is ignored" in caplog.text
        assert "canary" not in caplog.text
        assert ME not in caplog.text

    @pytest.mark.parametrize("text", ["{}", '{"auths": null}', '{"AUTHS": {}}'])
    async def test_empty_is_fine(self, home, text, caplog):
        assert await resolver(home, environment={"DOCKER_AUTH_CONFIG": text}).resolve("reg") is None
        assert caplog.text == ""


class TestHelpers:
    async def test_the_question_is_the_key(self, home, make_helper):
        fake = make_helper("all")
        fake.keep({HUB_KEY: ["me", "canary"], "reg:5000": ["<token>", "identity"]})
        home.write_config({"credsStore": "all"})
        subject = resolver(home)
        assert await subject.resolve("docker.io") == AuthConfig("me", "canary", server_address=HUB_KEY)
        assert await subject.resolve("reg:5000") == AuthConfig(identity_token="identity", server_address="reg:5000")
        assert [call[:2] for call in fake.calls] == [["get", HUB_KEY], ["get", "reg:5000"]]

    async def test_a_helper_that_has_nothing_ends_the_search_as_in_the_cli(self, home, make_helper):
        make_helper("all")
        home.write_config({"credsStore": "all", "auths": {"reg": {"auth": ME}}})
        assert await resolver(home).resolve("reg") is None

    async def test_a_bearer_token_of_the_file_stays(self, home, make_helper):
        make_helper("all").keep({"reg": ["me", "canary"]})
        home.write_config({"credsStore": "all", "auths": {"reg": {"registrytoken": "bearer"}}})
        expected = AuthConfig("me", "canary", registry_token="bearer", server_address="reg")
        assert await resolver(home).resolve("reg") == expected

    async def test_an_empty_helper_switches_the_store_off(self, home, make_helper):
        fake = make_helper("all")
        home.write_config({"credsStore": "all", "credHelpers": {"reg": ""}, "auths": {"reg": {"auth": ME}}})
        assert (await resolver(home).resolve("reg")).username == "me"
        assert fake.calls == []

    @pytest.mark.parametrize("helper", [{"credsStore": "all"}, {"credHelpers": {"reg": "all", "other": "all"}}])
    @pytest.mark.parametrize("behaviour", ["fail:sealed", "print:nonsense", "missing"])
    async def test_a_failing_helper_is_a_warning_and_entries_of_the_file_count(
        self, home, make_helper, helper, behaviour, caplog
    ):
        if behaviour != "missing":
            make_helper("all").behave(behaviour)
        home.write_config({**helper, "auths": {"reg": {"auth": ME}}})
        subject = resolver(home)
        assert (await subject.resolve("reg")).username == "me"
        assert await subject.resolve("other") is None
        assert list(await subject.get_all()) == ["reg"]
        assert "docker-credential-all" in caplog.text
        refusal = Unauthorized("no")
        subject.explain("other", refusal)
        assert "docker-credential-all" in refusal.__notes__[0]
        assert isinstance(refusal.__cause__, StoreError)
        assert await subject.resolve("other", {"username": "a", "password": "b"})
        subject.explain("other", given := Unauthorized("no"))
        assert not hasattr(given, "__notes__"), "the credentials of the call were sent"

    async def test_docker_pys_further_environment(self, home, make_helper):
        fake = make_helper("all")
        home.write_config({"credsStore": "all"})
        await resolver(home, helper_environment={"HELPER_NOTE": "here"}).resolve("reg")
        assert fake.calls == [["get", "reg", "here"]]

    async def test_answers_are_cached_for_a_short_time(self, home, make_helper):
        fake = make_helper("all")
        fake.keep({"reg": ["me", "1"]})
        home.write_config({"credsStore": "all"})
        now = 100.0
        subject = resolver(home, cache_seconds=30, clock=lambda: now)
        await subject.resolve("reg")
        fake.keep({"reg": ["me", "2"]})
        now = 129.9
        assert (await subject.resolve("reg")).password == "1"
        now = 130.0
        assert (await subject.resolve("reg")).password == "2"
        assert len(fake.calls) == 2

    async def test_nothing_found_is_not_cached(self, home, make_helper):
        fake = make_helper("all")
        home.write_config({"credsStore": "all"})
        subject = resolver(home)
        assert await subject.resolve("reg") is None
        fake.keep({"reg": ["me", "1"]})
        assert (await subject.resolve("reg")).username == "me"

    async def test_forget_empties_the_cache(self, home, make_helper):
        fake = make_helper("all")
        fake.keep({"reg": ["me", "1"]})
        home.write_config({"credsStore": "all"})
        subject = resolver(home)
        await subject.resolve("reg")
        subject.forget("reg")
        await subject.resolve("reg")
        assert fake.actions == ["get", "get"]

    async def test_concurrent_questions_start_it_once(self, home, make_helper):
        fake = make_helper("all")
        fake.keep({"reg": ["me", "1"]})
        home.write_config({"credsStore": "all"})
        subject = resolver(home)
        found = await asyncio.gather(*(subject.resolve("reg") for _ in range(20)))
        assert {auth.username for auth in found} == {"me"}
        assert fake.actions == ["get"]

    async def test_a_cancelled_question_leaves_the_next_one_free(self, home, make_helper):
        fake = make_helper("all")
        fake.keep({"reg": ["me", "1"]})
        fake.behave("hang")
        home.write_config({"credsStore": "all"})
        subject = resolver(home)
        first = asyncio.create_task(subject.resolve("reg"))
        while not fake.calls:
            await asyncio.sleep(0.01)
        second = asyncio.create_task(subject.resolve("reg"))
        fake.behave("")
        first.cancel()
        assert (await second).username == "me"
        with pytest.raises(asyncio.CancelledError):
            await first


class TestLogin:
    async def test_it_is_for_this_process_only(self, home):
        subject = resolver(home)
        subject.remember(AuthConfig("me", "canary"))
        assert subject.remembered("docker.io").username == "me"
        assert (await subject.resolve(None)).username == "me"
        subject.forget("index.docker.io")
        assert await subject.resolve(None) is None
        assert list(home.docker.iterdir()) == []

    async def test_a_url_names_the_registry_too(self, home):
        subject = resolver(home)
        subject.remember(AuthConfig("me", "x", server_address="https://reg:5000/v2/"))
        assert (await subject.resolve("reg:5000")).username == "me"


class TestReload:
    async def test_another_file(self, home, tmp_path):
        other = tmp_path / "other.json"
        other.write_text(f'{{"auths": {{"reg": {{"auth": "{ME}"}}}}}}')
        subject = resolver(home)
        subject.reload(other)
        assert (await subject.resolve("reg")).username == "me"

    async def test_the_cache_is_emptied_and_logins_are_kept(self, home, make_helper):
        fake = make_helper("all")
        fake.keep({"reg": ["me", "1"]})
        home.write_config({"credsStore": "all"})
        subject = resolver(home)
        subject.remember(AuthConfig("login", "x"))
        await subject.resolve("reg")
        subject.reload()
        await subject.resolve("reg")
        assert fake.actions == ["get", "get"]
        assert subject.remembered(None).username == "login"


class TestStoreAndErase:
    async def test_in_the_file(self, home):
        home.write_config({"auths": {"other": {"auth": "eDp5"}}, "psFormat": "x"})
        subject = resolver(home)
        await subject.store(AuthConfig("me", "canary", server_address="https://reg/v2/"))
        assert home.read_config() == {"auths": {"other": {"auth": "eDp5"}, "reg": {"auth": ME}}, "psFormat": "x"}
        assert stat.S_IMODE((home.docker / "config.json").stat().st_mode) == 0o600
        assert (await subject.resolve("reg")).password == "canary"
        await subject.erase("reg")
        assert home.read_config() == {"auths": {"other": {"auth": "eDp5"}}, "psFormat": "x"}

    async def test_what_changes_nothing_writes_nothing(self, home):
        subject = resolver(home)
        await subject.erase("reg")
        assert list(home.docker.iterdir()) == []
        await subject.store(AuthConfig("me", "canary"))
        before = (home.docker / "config.json").stat().st_ino
        await subject.store(AuthConfig("me", "canary"))
        assert (home.docker / "config.json").stat().st_ino == before

    async def test_an_identity_token_in_the_file(self, home):
        await resolver(home).store(AuthConfig(identity_token="t"))
        assert home.read_config() == {"auths": {HUB_KEY: {"identitytoken": "t"}}}

    async def test_in_the_helper(self, home, make_helper):
        fake = make_helper("all")
        home.write_config({"credsStore": "all"})
        subject = resolver(home)
        await subject.store(AuthConfig("me", "canary"))
        await subject.store(AuthConfig("me", identity_token="t", server_address="reg"))
        assert fake.kept == {HUB_KEY: ["me", "canary"], "reg": ["<token>", "t"]}
        assert home.read_config() == {"credsStore": "all", "auths": {HUB_KEY: {}, "reg": {}}}
        await subject.erase("reg")
        await subject.erase(None)
        assert fake.kept == {}
        assert home.read_config() == {"credsStore": "all", "auths": {}}

    async def test_every_spelling_is_erased(self, home):
        home.write_config(
            {"auths": {"reg": {"auth": ME}, "https://reg": {"auth": ME}, "http://reg": {"auth": ME}, "reg2": {}}}
        )
        subject = resolver(home)
        subject.remember(AuthConfig("me", "x", server_address="reg"))
        await subject.erase("reg")
        assert home.read_config() == {"auths": {"reg2": {}}}
        assert await subject.resolve("reg") is None

    async def test_a_failing_helper_writes_nothing(self, home, make_helper):
        make_helper("all").behave("fail:sealed")
        home.write_config({"credsStore": "all"})
        with pytest.raises(StoreError, match="sealed") as caught:
            await resolver(home).store(AuthConfig("me", "canary"))
        assert home.read_config() == {"credsStore": "all"}
        assert "canary" not in told(caught.value)


class TestGetAll:
    async def test_everything_from_everywhere(self, home, make_helper):
        make_helper("all").keep(
            {
                HUB_KEY: ["hub", "x"],
                f"{HUB_KEY}access-token": ["hub", "canary"],
                f"{HUB_KEY}refresh-token": ["hub", "canary"],
                "gcr.io": ["default", "x"],
                "variable": ["default", "x"],
            }
        )
        make_helper("one").keep({"gcr.io": ["one", "x"]})
        home.write_config(
            {"credsStore": "all", "credHelpers": {"gcr.io": "one", "none.io": "one"}, "auths": {"file": {"auth": ME}}}
        )
        subject = resolver(home, environment=variable(variable=encode_auth("variable", "x")))
        subject.remember(AuthConfig("login", "x", server_address="mine"))
        found = await subject.get_all()
        assert {registry: auth.username for registry, auth in found.items()} == {
            HUB_KEY: "hub",
            "gcr.io": "one",
            "variable": "variable",
            "mine": "login",
        }

    async def test_the_file_alone(self, home):
        home.write_config({"auths": {"a": {"auth": ME}, "b": {}, "https://c/v1/": {"identitytoken": "t"}}})
        found = await resolver(home).get_all()
        assert sorted(found) == ["a", "https://c/v1/"]

    async def test_a_helper_for_the_hub_by_its_short_name(self, home, make_helper):
        fake = make_helper("one")
        fake.keep({HUB_KEY: ["hub", "x"]})
        home.write_config({"credHelpers": {"docker.io": "one", HUB_KEY: "one", "https://odd/": "one"}})
        assert sorted(await resolver(home).get_all()) == ["docker.io", HUB_KEY]
        assert ["get", "https://odd/", ""] in fake.calls

    async def test_failing_helpers_are_warnings(self, home, make_helper, caplog):
        make_helper("all").behave("fail:sealed")
        make_helper("broken").behave('print:{"Secret": "canary"')
        make_helper("good").keep({"good.io": ["me", "x"]})
        helpers = {"good.io": "good", "broken.io": "broken", "absent.io": "absent"}
        home.write_config({"credsStore": "all", "credHelpers": helpers})
        caplog.set_level(logging.DEBUG)
        assert list(await resolver(home).get_all()) == ["good.io"]
        assert "sealed" in caplog.text
        assert "broken.io" in caplog.text
        assert "absent.io" in caplog.text
        assert "canary" not in caplog.text

    async def test_one_failing_entry_is_a_warning(self, home, make_helper, caplog):
        make_helper("all").keep({"broken.io": ["me"], "good.io": ["me", "x"]})
        home.write_config({"credsStore": "all"})
        assert list(await resolver(home).get_all()) == ["good.io"]
        assert "broken.io" in caplog.text


async def test_no_secret_is_seen(home, make_helper, caplog):
    """Every source at once, at the most talkative level."""
    caplog.set_level(0)
    make_helper("all").keep({"helper": ["me", "canary"], "token": ["<token>", "canary"]})
    home.write_config({"credsStore": "all", "credHelpers": {"file": ""}, "auths": {"file": {"auth": ME}}})
    subject = resolver(home, environment=variable(variable=ME))
    subject.remember(AuthConfig("me", "canary", server_address="login"))
    seen = [repr(subject), str(subject)]
    for registry in ("helper", "token", "file", "variable", "login"):
        found = await subject.resolve(registry)
        assert found
        seen += [repr(found), str(found)]
    seen += [repr(await subject.get_all()), caplog.text]
    assert "canary" not in " ".join(seen)
    assert ME not in " ".join(seen)


class TestClient:
    """What of this can be said to a client."""

    @pytest.mark.parametrize("make", [DockerClient, from_env, from_context])
    async def test_variables_for_the_helpers(self, home, make_helper, make):
        helper = make_helper("lab")
        home.write_config({"credsStore": "lab"})
        client = make(environment=home.environment, credstore_env={"HELPER_NOTE": "noted"})
        await client.credentials.resolve("reg")
        assert helper.calls == [["get", "reg", "noted"]]

    async def test_another_file_if_it_is_there(self, home, tmp_path):
        home.write_config({"auths": {"reg": {"auth": ME}}})
        other = tmp_path / "other.json"
        client = DockerClient(environment=home.environment)
        client._accepted["host"] = (AuthConfig("u", "p", server_address="host"), AuthStatus(status="ok"))
        await client.login("u", "p", registry="host", dockercfg_path=other)
        assert (await client.credentials.resolve("reg")).username == "me"
        other.write_text('{"auths": {"reg": {"username": "you", "password": "x"}}}')
        await client.login("u", "p", registry="host", dockercfg_path=other)
        assert (await client.credentials.resolve("reg")).username == "you"
