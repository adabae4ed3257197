from __future__ import annotations

import asyncio
import os
import socket
import ssl
from contextlib import suppress

import pytest
import trustme

from aiodockerpy._config.hosts import parse_host
from aiodockerpy._config.resolve import Endpoint
from aiodockerpy._config.tls import TLSConfig
from aiodockerpy._transport.route import SshSettings, find_route
from aiodockerpy._transport.sockets.dial import TcpAddress, UnixAddress
from aiodockerpy._transport.ssh.asyncssh import AsyncSsh
from aiodockerpy._transport.ssh.openssh import OpenSsh
from aiodockerpy.errors import EngineUnreachable, InvalidArgument, StreamInterrupted


@pytest.mark.parametrize(
    ("url", "address", "base", "prefix"),
    [
        ("unix:///run/docker.sock", UnixAddress("/run/docker.sock"), "http://docker.example.com", ""),
        ("tcp://host:2375", TcpAddress("host", 2375), "http://host:2375", ""),
        ("tcp://[::1]:2375/engine", TcpAddress("::1", 2375), "http://[::1]:2375", "/engine"),
        ("https://host/a/b/", TcpAddress("host", 443), "https://host:443", "/a/b"),
    ],
)
async def test_where_a_host_leads(url, address, base, prefix):
    host = parse_host(url)
    route = await find_route(Endpoint(host, TLSConfig() if host.tls else None))
    assert route.target.address == address._replace(source=str(host))
    assert (route.base, route.host.prefix) == (base, prefix)
    assert (route.target.ssl_context is not None) == host.tls
    assert route.label == f"{host.url} (base_url)"


@pytest.mark.parametrize(
    ("address", "header", "name"),
    [
        ("tcp://[fe80::1%25eth0]:2376", "[fe80::1]:2376", "fe80::1"),
        ("tcp://server.:2376", "server.:2376", "server"),
        ("tcp://Server:2376", "Server:2376", "Server"),
    ],
)
async def test_a_zone_and_the_dot_of_a_name_are_no_part_of_what_a_certificate_is_for(address, header, name):
    host = parse_host(address, tls=True)
    route = await find_route(Endpoint(host, TLSConfig()))
    assert (route.headers["Host"], route.target.server_hostname) == (header, name)
    assert route.base == f"https://{header}"
    assert route.target.address.host == host.name


async def test_the_name_in_the_certificate():
    host = parse_host("tcp://10.0.0.1:2376", tls=True)
    assert (await find_route(Endpoint(host, TLSConfig()))).target.server_hostname == "10.0.0.1"
    named = TLSConfig(server_hostname="engine.test")
    assert (await find_route(Endpoint(host, named))).target.server_hostname == "engine.test"
    own = ssl.create_default_context()
    route = await find_route(Endpoint(host, TLSConfig.from_ssl_context(own, server_hostname="x.test")))
    assert route.target.ssl_context is own
    assert route.target.server_hostname == "x.test"


async def test_a_context_for_another_protocol():
    """Made anew, since the other one is for HTTP/1; one that came from the caller cannot be copied."""
    host = parse_host("tcp://10.0.0.1:2376", tls=True)
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.set_alpn_protocols(["h2", "http/1.1"])
    authority.issue_cert("10.0.0.1").configure_cert(server)
    with authority.cert_pem.tempfile() as ca:
        route = await find_route(Endpoint(host, TLSConfig(ca_cert=ca)))
        context = await route.context_for("h2")
        agreed = {context: "h2", route.target.ssl_context: None}
        for client, protocol in agreed.items():
            assert negotiated(client, server) == protocol
    own = await find_route(Endpoint(host, TLSConfig.from_ssl_context(ssl.create_default_context())))
    with pytest.raises(InvalidArgument, match="h2"):
        await own.context_for("h2")
    assert await (await find_route(Endpoint(parse_host("tcp://host")))).context_for("h2") is None


def negotiated(client: ssl.SSLContext, server: ssl.SSLContext) -> str | None:
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname="10.0.0.1")
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (ours, theirs, ours, theirs):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    return ours.selected_alpn_protocol()


async def test_headers_are_not_shown():
    route = await find_route(Endpoint(parse_host("tcp://host"), headers={"X-Secret": "canary"}))
    assert route.headers["X-Secret"] == "canary"
    assert "canary" not in repr(route)


async def test_ssh_begins_with_a_folder_and_nothing_else():
    route = await find_route(Endpoint(parse_host("ssh://me@host:2222/run/docker.sock")))
    assert isinstance(route.target.address, UnixAddress)
    folder = os.path.dirname(route.target.address.path)
    assert os.stat(folder).st_mode & 0o777 == 0o700
    assert os.listdir(folder) == []
    assert route.base == "http://docker.example.com"
    assert route.tunnel is not None
    assert not route.tunnel.alive
    assert str(route.target.address) == "ssh://me@host:2222/run/docker.sock (base_url)"
    await route.aclose()
    assert not os.path.exists(folder)
    with pytest.raises(RuntimeError, match="closed"):
        await route.ready()


@pytest.mark.parametrize(
    ("way", "path", "expected"),
    [
        ("openssh", "", OpenSsh),
        ("asyncssh", None, AsyncSsh),
        (None, None, OpenSsh),
        (None, "", AsyncSsh),
    ],
)
async def test_program_or_library(tmp_path, way, path, expected):
    program = tmp_path / "ssh"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    environment = {"PATH": str(tmp_path) if path is None else str(tmp_path / "nowhere")}
    route = await find_route(Endpoint(parse_host("ssh://host")), ssh=SshSettings(way, environment))
    assert route.tunnel is not None
    logins = route.tunnel._logins._log_in
    assert isinstance(
        next(cell.cell_contents for cell in logins.__closure__ if callable(cell.cell_contents)).__self__, expected
    )
    await route.aclose()


async def test_an_error_tells_what_ssh_said():
    route = await find_route(Endpoint(parse_host("ssh://host")))
    assert route.tunnel is not None
    error = StreamInterrupted("cut", received=3)
    route.explain(error)
    assert str(error) == "the engine at ssh://host (base_url): cut"
    route.tunnel._words.add(b"x" * 5000 + b"\nTimeout, server host not responding.\r\n")
    route.explain(error)
    route.explain(error)
    assert str(error).startswith("the engine at ssh://host (base_url): cut; ssh said: xxx")
    assert str(error).endswith("Timeout, server host not responding.")
    assert str(error).count("Timeout") == 1
    assert len(str(error)) < 4200
    assert error.received == 3
    await route.aclose()


FAKE = """#!/bin/sh
printf '%s\\n' "$*" >> {log}
env >> {log}.env
echo "fake: no route" >&2
exit 255
"""


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo no >&2; sleep 600 & exit 255", r"\(base_url\): no$"),
        ("while :; do echo noise; done", r"\(base_url\) within 1 s$"),
    ],
    ids=["what holds its error output open", "output that nobody reads"],
)
async def test_an_ssh_that_fails_is_not_waited_for(tmp_path, script, message):
    program = tmp_path / "ssh"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    settings = SshSettings("openssh", {"PATH": f"{tmp_path}:/usr/bin:/bin"})
    route = await find_route(Endpoint(parse_host("ssh://me@host")), connect_timeout=1, ssh=settings)
    async with asyncio.timeout(30):
        with pytest.raises(EngineUnreachable, match=message):
            await route.ready()
        await route.aclose()


@pytest.mark.parametrize(("timeout", "seconds"), [(7, 7), (0.2, 1), (2**40, 2**31 - 1)])
async def test_how_ssh_is_called(tmp_path, timeout, seconds):
    program, log = tmp_path / "ssh", tmp_path / "log"
    program.write_text(FAKE.format(log=log))
    program.chmod(0o700)
    settings = SshSettings("openssh", {"PATH": f"{tmp_path}:/usr/bin:/bin", "MINE": "1"})
    endpoint = Endpoint(parse_host("ssh://me@host:2222/run/d.sock"))
    route = await find_route(endpoint, connect_timeout=timeout, ssh=settings)
    with pytest.raises(EngineUnreachable, match=r"ssh://me@host:2222/run/d\.sock \(base_url\): fake: no route"):
        await route.ready()
    words = log.read_text().split()
    assert words[-6:] == ["-l", "me", "-p", "2222", "--", "host"]
    options = "-oBatchMode=yes -oStrictHostKeyChecking=yes -N -T -a -x"
    assert {*options.split(), f"-oConnectTimeout={seconds}"} <= set(words)
    variables = (tmp_path / "log.env").read_text().splitlines()
    assert "MINE=1" in variables
    assert "SSH_ASKPASS_REQUIRE=never" in variables
    assert not any(line.startswith("HOME=") for line in variables)
    with pytest.raises(EngineUnreachable):
        await route.ready()
    assert len(log.read_text().splitlines()) == 2
    await route.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_tunnel_is_given_up_once():
    plain = await find_route(Endpoint(parse_host("tcp://host")))
    assert plain.give_up_tunnel() is False
    route = await find_route(Endpoint(parse_host("ssh://host")))
    assert route.tunnel is not None
    assert route.give_up_tunnel() is False
    route.tunnel._open = True
    route.tunnel._logins._first = type("Alive", (), {"alive": True})()
    assert route.tunnel.alive
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(route.tunnel.address.path)
        listener.listen()
        assert route.give_up_tunnel() is True
        assert route.tunnel.alive  # another call has opened it anew
    assert route.give_up_tunnel() is True
    assert not route.tunnel.alive
    await route.aclose()
