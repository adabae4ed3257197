from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from aiodockerpy._config.config_file import (
    CONFIG_FILE_NAME,
    ConfigFile,
    config_directory,
    edit_config_file,
    home_directory,
    put,
    read_config_file,
    read_config_or_warn,
    write_atomically,
)
from aiodockerpy.errors import InvalidArgument, InvalidConfigFile
from tests._config.told import told
from tests.together import together


def test_directories(tmp_path):
    assert home_directory({"HOME": "/home/me", "USERPROFILE": "/home/me"}) == Path("/home/me")
    assert home_directory({}) == Path.home()
    assert config_directory({"HOME": "/home/me"}) == Path("/home/me/.docker")
    assert config_directory({"DOCKER_CONFIG": str(tmp_path), "HOME": "/home/me"}) == tmp_path


@pytest.mark.parametrize("name", ["DOCKER_CONFIG", "HOME"])
def test_a_directory_that_cannot_be_is_refused(name):
    with pytest.raises(InvalidArgument, match="null character"):
        config_directory({"HOME": "/", name: "/a\0b"})


@pytest.mark.parametrize("content", [None, "", "\n", "null", "{}"])
def test_nothing_there_is_an_empty_configuration(home, content):
    if content is not None:
        home.write_config(content)
    config = read_config_file(home.docker / "config.json")
    assert (config.auths, config.creds_store, config.raw_cred_helpers, config.http_headers) == ({}, "", {}, {})
    assert (config.current_context, config.detach_keys, config.proxies_for("tcp://x:1")) == ("", "", {})


@pytest.mark.parametrize("content", ["{", "[]", '"x"', '{"a": hunter2}', b"\xff{}", "{}}"])
def test_a_broken_file_is_an_error_that_names_it_and_quotes_nothing(home, content):
    path = home.docker / "config.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InvalidConfigFile, match=r"config\.json") as caught:
        read_config_file(home.docker / "config.json")
    assert "hunter2" not in told(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (os.mkfifo, "it is a FIFO"),
        (lambda path: path.symlink_to("/dev/zero"), "it is longer than 16 MiB"),
        (lambda path: path.symlink_to(path.name), "Too many levels of symbolic links"),
    ],
)
def test_what_never_ends_is_an_error(home, make, reason):
    make(home.docker / "config.json")
    with pytest.raises(InvalidConfigFile, match=f"cannot be read: {reason}"):
        read_config_file(home.docker / "config.json")


def test_the_null_device_is_an_empty_file(home):
    (home.docker / "config.json").symlink_to(os.devnull)
    assert read_config_file(home.docker / "config.json").data == {}


def test_an_unreadable_file_is_an_error(home):
    (home.docker / "config.json").mkdir()
    with pytest.raises(InvalidConfigFile, match="cannot be read"):
        read_config_file(home.docker / "config.json")


@pytest.mark.parametrize(
    ("content", "read"),
    [
        ({"auths": []}, lambda config: config.auths),
        ({"auths": {"x": "hunter2"}}, lambda config: config.auths),
        ({"credsStore": 1}, lambda config: config.creds_store),
        ({"credHelpers": {"x": 1}}, lambda config: config.cred_helper("x")),
        ({"credHelpers": 1}, lambda config: config.cred_helper("x")),
        ({"currentContext": {}}, lambda config: config.current_context),
    ],
)
def test_a_wrong_type_names_the_key(home, content, read):
    home.write_config(content)
    with pytest.raises(InvalidConfigFile, match=next(iter(content))) as caught:
        read(read_config_file(home.docker / "config.json"))
    assert "hunter2" not in str(caught.value)


PROXIES = {"httpProxy": "http://p:1", "noProxy": "n"}
HEADERS = {"X-A": "a", "X-B": "b"}


@together(
    ("content", "left_out", "proxies", "headers"),
    [
        ({"proxies": 5}, "proxies", [], HEADERS),
        ({"proxies": {"default": "hunter2"}}, "proxies.default", [], HEADERS),
        ({"proxies": {"default": {**PROXIES, "httpProxy": 5}}}, "proxies.default.httpProxy", ["NO_PROXY"], HEADERS),
        ({"proxies": {"tcp://x": ["hunter2"], "default": PROXIES}}, "proxies.tcp://x", [], HEADERS),
        ({"proxies": {"tcp://y": 5, "default": PROXIES}}, "", ["HTTP_PROXY", "NO_PROXY"], HEADERS),
        ({"HttpHeaders": 5}, "HttpHeaders", ["HTTP_PROXY", "NO_PROXY"], {}),
        (
            {"HttpHeaders": {"X-A": ["hunter2"], "X-B": "b"}},
            "HttpHeaders.X-A",
            ["HTTP_PROXY", "NO_PROXY"],
            {"X-B": "b"},
        ),
        ({"detachKeys": 5}, "detachKeys", ["HTTP_PROXY", "NO_PROXY"], HEADERS),
        ({"auths": 5, "credHelpers": 5, "credsStore": 5}, "", ["HTTP_PROXY", "NO_PROXY"], HEADERS),
    ],
)
def test_a_wrong_type_is_left_out_with_a_warning_as_by_the_cli(caplog, content, left_out, proxies, headers):
    caplog.clear()
    config = ConfigFile(Path("/c.json"), {"proxies": {"default": PROXIES}, "HttpHeaders": HEADERS, **content})
    assert [name for name in config.proxies_for("tcp://x") if name.isupper()] == proxies
    assert (config.http_headers, config.detach_keys) == (headers, "")
    warned = [message.partition(" must be ") for message in caplog.messages]
    expected = [f"/c.json: the value of {left_out!r}"] if left_out else []
    assert [what for what, _, _ in warned] == expected
    assert all(kind in {"a string; it is left out", "an object; it is left out"} for _, _, kind in warned)


@together(
    ("entries", "host", "expected"),
    [
        (["tcp://x:1", "default"], "tcp://x:1", "tcp://x:1"),
        (["tcp://x:1", "default"], "tcp://y:1", "default"),
        (["ssh://me@x", "http://docker.example.com", "default"], "ssh://me@x", "ssh://me@x"),  # docker-py's
        (
            ["ssh://me@x", "http://docker.example.com", "default"],
            "ssh://me@y",
            "http://docker.example.com",
        ),  # the CLI's
        (["http://docker.example.com", "default"], "tcp://x:1", "default"),
        (["default"], "ssh://me@x", "default"),
        (["ssh://me@x"], "ssh://me@y", None),
    ],
)
def test_which_proxies_an_engine_has(entries, host, expected):
    config = ConfigFile(Path("x"), {"proxies": {name: {"httpProxy": name} for name in entries}})
    assert config.proxies_for(host).get("HTTP_PROXY") == expected


def test_a_helper_of_another_registry_may_be_malformed():
    config = ConfigFile(Path("x"), {"credHelpers": {"a": "good", "b": 5}})
    assert (config.cred_helper("a"), config.cred_helper("c")) == ("good", None)


def test_keys_in_any_case(home):
    home.write_config({"CREDSSTORE": "x", "httpheaders": {"A": "b"}, "CurrentContext": "c", "DetachKeys": "ctrl-x"})
    config = read_config_file(home.docker / "config.json")
    assert (config.creds_store, config.http_headers) == ("x", {"A": "b"})
    assert (config.current_context, config.detach_keys) == ("c", "ctrl-x")


def test_the_last_of_several_spellings_counts_as_in_the_cli():
    assert ConfigFile(Path("x"), {"CREDSSTORE": "a", "credsStore": "b"}).creds_store == "b"
    assert ConfigFile(Path("x"), {"credsStore": "a", "CREDSSTORE": "b"}).creds_store == "b"


@pytest.mark.parametrize("rest", ["}", " trailing", '\n{"credsStore": "b"}', "\x00"])
def test_what_follows_the_object_is_not_looked_at_as_by_the_cli_and_never_lost(home, rest, caplog):
    path = home.write_config('\n {"credsStore": "a"}' + rest)
    assert read_config_or_warn(path).creds_store == "a"
    assert caplog.messages == []
    before = path.read_bytes()
    with pytest.raises(InvalidConfigFile):
        edit_config_file(path, lambda config: True)
    assert path.read_bytes() == before


def test_a_helper_that_is_null_is_none_and_not_the_store():
    config = ConfigFile(Path("x"), {"credsStore": "store", "credHelpers": {"a": None}})
    assert (config.cred_helper("a"), config.cred_helper("b")) == ("", None)


def test_proxies_in_both_spellings_and_for_one_host():
    config = ConfigFile(
        Path("x"),
        {
            "proxies": {
                "default": {
                    "httpProxy": "http://p:1",
                    "httpsProxy": "http://p:2",
                    "noProxy": "*.local",
                    "ftpProxy": "",
                },
                "tcp://special:2376": {"allProxy": "socks5://q"},
            }
        },
    )
    assert config.proxies_for("unix:///var/run/docker.sock") == {
        "HTTP_PROXY": "http://p:1",
        "http_proxy": "http://p:1",
        "HTTPS_PROXY": "http://p:2",
        "https_proxy": "http://p:2",
        "NO_PROXY": "*.local",
        "no_proxy": "*.local",
    }
    assert config.proxies_for("tcp://special:2376") == {"ALL_PROXY": "socks5://q", "all_proxy": "socks5://q"}


def test_its_content_is_in_no_repr():
    config = ConfigFile(Path("x"), {"auths": {"r": {"auth": "hunter2"}}})
    assert "hunter2" not in f"{config!r} {config}"


def test_an_edit_keeps_what_it_does_not_know(home):
    home.write_config({"psFormat": "ä", "CurrentContext": "old", "auths": {"r": {"auth": "eDp5", "later": 1}}})

    def change(config):
        put(config.data, "currentContext", "new")
        return True

    edit_config_file(home.docker / CONFIG_FILE_NAME, change)
    assert home.read_config() == {
        "psFormat": "ä",
        "auths": {"r": {"auth": "eDp5", "later": 1}},
        "currentContext": "new",
    }
    assert [path.name for path in home.docker.iterdir()] == ["config.json"]


def test_an_edit_makes_the_directory_and_a_private_file(tmp_path):
    directory = tmp_path / "a" / "b"
    edit_config_file(directory / CONFIG_FILE_NAME, lambda config: put(config.data, "detachKeys", "ctrl-x") or True)
    assert read_config_file(directory / "config.json").detach_keys == "ctrl-x"
    assert stat.S_IMODE((directory / "config.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_no_change_writes_nothing(home):
    edit_config_file(home.docker / CONFIG_FILE_NAME, lambda config: bool(config.data))
    assert list(home.docker.iterdir()) == []


def test_a_broken_file_is_never_overwritten(home):
    path = home.write_config("{broken")
    with pytest.raises(InvalidConfigFile):
        edit_config_file(home.docker / CONFIG_FILE_NAME, lambda _: True)
    assert path.read_text() == "{broken"


def test_none_drops_every_spelling():
    data = {"CurrentContext": "a", "currentContext": "b", "x": 1}
    put(data, "currentContext", None)
    assert data == {"x": 1}


def test_a_symbolic_link_stays_one(tmp_path):
    target = tmp_path / "real.json"
    link = tmp_path / "link.json"
    link.symlink_to(target)
    write_atomically(link, b"1")
    assert link.is_symlink()
    assert target.read_bytes() == b"1"


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fdopen", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
