from __future__ import annotations

import pytest

from aiodockerpy._config.hosts import Host, parse_host
from aiodockerpy.errors import InvalidArgument
from tests._config.cli_answers import HOSTS, OTHER_HOSTS, PREFIXES
from tests.together import together

UNIX = Host("unix", path="/var/run/docker.sock")


@together(
    ("value", "expected"),
    [
        ("", UNIX),
        (None, UNIX),
        ("  ", UNIX),
        ("unix://", UNIX),
        ("unix:///", UNIX),
        ("unix:///var/run/docker.sock", UNIX),
        (" unix:///var/run/docker.sock\n", UNIX),
        ("unix://var/run/docker.sock", UNIX),
        ("http+unix:///var/run/docker.sock", UNIX),
        ("http+unix://", UNIX),
        ("UNIX:///run/Docker.sock", Host("unix", path="/run/Docker.sock")),
        (
            "unix:///Users/Jane Doe/.docker/run/docker.sock",
            Host("unix", path="/Users/Jane Doe/.docker/run/docker.sock"),
        ),
        ("npipe://", Host("npipe", path="//./pipe/docker_engine")),
        ("npipe:////./pipe/other", Host("npipe", path="//./pipe/other")),
        ("tcp://", Host("tcp", name="localhost", port=2375)),
        ("tcp://:7777", Host("tcp", name="localhost", port=7777)),
        (":7777", Host("tcp", name="localhost", port=7777)),
        ("0.0.0.0", Host("tcp", name="0.0.0.0", port=2375)),
        ("server", Host("tcp", name="server", port=2375)),
        ("server:", Host("tcp", name="server", port=2375)),
        ("server:8080", Host("tcp", name="server", port=8080)),
        ("server:8080/engine/", Host("tcp", name="server", port=8080, prefix="/engine")),
        ("tcp://server/engine/v2", Host("tcp", name="server", port=2375, prefix="/engine/v2")),
        ("http://server:8080", Host("tcp", name="server", port=8080)),
        ("http://server", Host("tcp", name="server", port=80)),
        ("https://server/engine", Host("tcp", name="server", port=443, prefix="/engine", tls=True)),
        ("[::1]", Host("tcp", name="::1", port=2375)),
        ("[::1]:", Host("tcp", name="::1", port=2375)),
        ("tcp://[fd12::82d1]:2376/docker", Host("tcp", name="fd12::82d1", port=2376, prefix="/docker")),
        ("tcp://::1", Host("tcp", name="::1", port=2375)),
        ("tcp://[fe80::1%25eth0]:2375", Host("tcp", name="fe80::1%eth0", port=2375)),
        ("ssh://server", Host("ssh", name="server")),
        ("ssh://server/", Host("ssh", name="server")),
        ("ssh://me@server:2222", Host("ssh", name="server", port=2222, user="me")),
        ("ssh://me@[::1]:22", Host("ssh", name="::1", port=22, user="me")),
        ("ssh://me%40corp@server", Host("ssh", name="server", user="me@corp")),
        ("ssh://server/run/user/1000/docker.sock", Host("ssh", name="server", path="/run/user/1000/docker.sock")),
        ("ssh://server/run/my%20engine.sock", Host("ssh", name="server", path="/run/my engine.sock")),
        ("ssh://server/run/my engine.sock", Host("ssh", name="server", path="/run/my engine.sock")),
        ("ssh://corp%5Cme@server", Host("ssh", name="server", user="corp\\me")),
        ("ssh://host$@server", Host("ssh", name="server", user="host$")),
        ("ssh://[fe80::1%25eth0]", Host("ssh", name="fe80::1%eth0")),
    ],
)
def test_parse(value, expected):
    assert parse_host(value, platform="linux") == expected


@together(("value", "url"), [*HOSTS, *((value, ours) for value, _, ours in OTHER_HOSTS)])
def test_hosts_are_read_as_by_the_cli_or_differ_on_purpose(value, url):
    try:
        found = parse_host(value, platform="linux").url
    except InvalidArgument:
        found = None
    assert found == url


@together(("given", "sent"), PREFIXES)
def test_the_path_is_sent_as_by_the_cli(given, sent):
    host = parse_host(f"tcp://server:1{given}")
    assert host.prefix == sent
    assert parse_host(host.url) == host


@together(
    "value",
    [
        f"{scheme}{place}{character}"
        for scheme in ("", "unix://", "npipe://", "tcp://", "http://", "https://", "ssh://")
        for place in ("", "/", "server/", "me@server")
        for character in ("\udc80", "%ff", "\ud800", "%41\udc80", "\udc80%80")
    ],
)
def test_bytes_that_are_not_utf_8_are_a_path_or_refused(value):
    """They come from the environment; half of a surrogate pair comes from JSON, and can be in no file name."""
    try:
        host = parse_host(value, platform="linux")
    except InvalidArgument:
        return
    assert "\ud800" not in value
    assert parse_host(host.url, platform="linux", tls=host.tls) == host
    assert host.prefix.isascii()


def test_a_missing_port_may_be_that_of_the_web():
    assert parse_host("tcp://server", web_port=True).port == 80
    assert parse_host("tcp://server", web_port=True, tls=True).port == 443
    assert parse_host("https://server", web_port=True) == parse_host("https://server")
    assert parse_host("tcp://server:1", web_port=True).port == 1


def test_the_zone_of_an_address_is_for_this_machine_only():
    host = parse_host("tcp://[fe80::1%25eth0]:1")
    assert (host.name, host.unscoped.name, host.unscoped.authority) == ("fe80::1%eth0", "fe80::1", "[fe80::1]:1")


def test_platform_and_tls_choose_the_default():
    assert parse_host("", platform="win32") == Host("npipe", path="//./pipe/docker_engine")
    assert parse_host("", tls=True, platform="win32") == Host("tcp", name="localhost", port=2376, tls=True)
    assert parse_host("", tls=True).url == "tcp://localhost:2376"


def test_tls_applies_to_tcp_only():
    assert parse_host("tcp://server", tls=True) == Host("tcp", name="server", port=2375, tls=True)
    assert not parse_host("unix:///run/d.sock", tls=True).tls
    assert not parse_host("ssh://server", tls=True).tls


@together(
    ("value", "reason"),
    [
        ("fd://", "file descriptors.*; there are unix"),
        ("udp://127.0.0.1:2375", "unknown scheme 'udp'; there are unix"),
        ("tcp://server:3333/path?q=1", "query or fragment"),
        ("tcp://server#x", "query or fragment"),
        ("ssh://server/path#fragment", "query or fragment"),
        ("tcp://tcp://server", "two schemes"),
        ("tcp://ser ver", "blank"),
        ("tcp://server\r\nX: y", "control character"),
        ("unix:///run/a\x00b", "control character"),
        ("unix:///" + "a" * 200, "at most"),
        ("tcp://server:port", "port"),
        ("tcp://server:0", "port"),
        ("tcp://server:65536", "port"),
        ("tcp://server:-1", "port"),
        ("tcp://a:b:c", "colons"),
        ("tcp://[nope]:1", "IPv6"),
        ("tcp://[::1", "IPv6"),
        ("tcp://[::1]x", "IPv6"),
        ("tcp://-server", "'-'"),
        ("tcp://me@server", "not sent"),
        ("ssh://", "host name is empty"),
        ("ssh://:22/path", "host name is empty"),
        ("ssh://@server", "user name is empty"),
        ("ssh://-oProxyCommand=touch%20x", "'-'"),
        ("ssh://-lroot@server", "'-'"),
        ("ssh://%2DoProxyCommand=x", "'-'"),
        ("ssh://me%20you@server", "blank"),
        ("ssh://server/a%0Ab", "control character"),
        ("ssh://server%00", "control character"),
        ("ssh://server/a%", "'%25'"),
        ("ssh://server/%zz", "'%25'"),
        ("ssh://ser%zzver", "'%25'"),
        ("ssh://m%e@server", "'%25'"),
        ("ssh://$(touch x)", "shells"),
        ("ssh://a;b", "shells"),
        ("ssh://$IFS", "shells"),
        ("ssh://a%60b%60", "shells"),
        ("ssh://me%0a;x@server", "shells|control"),
        ("ssh://me|x@server", "shells"),
        ("ssh://'me'@server", "shells"),
    ],
)
def test_refused(value, reason):
    with pytest.raises(InvalidArgument, match=reason):
        parse_host(value, source="DOCKER_HOST")


def test_http_never_means_tls():
    with pytest.raises(InvalidArgument, match="plain text"):
        parse_host("http://server", tls=True)


@together(
    "value",
    [
        "ssh://me:hunter2-secret@server",
        "ssh://me:hunter2-secret@server?x",
        "ssh://me:a?hunter2-secret@server",
        "ssh://me:a#b@hunter2-secret@server",
        "tcp://me:hunter2-secret@server:2375",
        "me:hunter2-secret@server",
        "tcp://server?token=hunter2-secret",
        "tcp://server#hunter2-secret",
        "fd://me:hunter2-secret@server",
        "tcp://me:hunter2-secret@tcp://server",
        "tcp://me:hunter2-secret@ser\nver",
    ],
)
def test_a_secret_in_the_url_is_in_no_message(value):
    with pytest.raises(InvalidArgument) as caught:
        parse_host(value)
    assert "hunter2-secret" not in f"{caught.value} {caught.value!r} {vars(caught.value)}"


@together(
    ("value", "url"),
    [
        ("unix:///run/d.sock", "unix:///run/d.sock"),
        ("npipe://", "npipe:////./pipe/docker_engine"),
        ("[::1]:1/x", "tcp://[::1]:1/x"),
        ("https://h/x", "tcp://h:443/x"),
        ("ssh://me%40corp@h:22/a%20b", "ssh://me%40corp@h:22/a%20b"),
        ("ssh://h", "ssh://h"),
    ],
)
def test_urls_and_round_trip(value, url):
    host = parse_host(value)
    assert host.url == url
    if not host.tls:
        assert parse_host(host.url) == host


def test_str_tells_the_reason():
    host = parse_host("tcp://h", source="DOCKER_HOST")
    assert str(host) == "tcp://h:2375 (DOCKER_HOST)"
    assert host.authority == "h:2375"
    assert not host.is_local
    assert UNIX.is_local
