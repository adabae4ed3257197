"""What the docker CLI answers, recorded of 28.5.2; ``tests/integration/cli`` compares it with the command itself."""

from __future__ import annotations

HOSTS: list[tuple[str, str | None]] = [
    ("unix://", "unix:///var/run/docker.sock"),
    ("unix:///run//x.sock", "unix:///run//x.sock"),
    ("unix:///run/../run/x.sock", "unix:///run/../run/x.sock"),
    ("unix:///run/my engine.sock", "unix:///run/my engine.sock"),
    ("unix:///run/a%20b.sock", "unix:///run/a%20b.sock"),
    ("unix:///run/ü.sock", "unix:///run/ü.sock"),
    ("unix:///run/q?x.sock", "unix:///run/q?x.sock"),
    ("unix:///run/f#x.sock", "unix:///run/f#x.sock"),
    ("unix:/run/x.sock", "tcp://unix:2375/run/x.sock"),
    ("unix:run/x.sock", None),
    ("/run/x.sock", "tcp://localhost:2375/run/x.sock"),
    ("npipe:////./pipe/other", "npipe:////./pipe/other"),
    ("tcp://", "tcp://localhost:2375"),
    ("tcp://:", "tcp://localhost:2375"),
    (":", "tcp://localhost:2375"),
    ("7777", "tcp://7777:2375"),
    ("tcp:///engine", "tcp://localhost:2375/engine"),
    ("SERVER", "tcp://SERVER:2375"),
    ("server/engine", "tcp://server:2375/engine"),
    ("\tserver:7777\n", "tcp://server:7777"),
    ("\u00a0server\u2003", "tcp://server:2375"),
    ("tcp://server:65535", "tcp://server:65535"),
    ("tcp://server:-1", None),
    ("tcp://server:+7777", None),
    ("tcp://server:0x1e61", None),
    ("tcp://server:http", None),
    ("tcp://server: 7777", None),
    ("tcp://server:\uff17\uff17", None),
    ("tcp://ser ver", None),
    ("tcp://ser\tver", None),
    ("tcp://under_score", "tcp://under_score:2375"),
    ("tcp://bücher", "tcp://bücher:2375"),
    ("tcp://server/a%zz", None),
    ("tcp://server/a%", None),
    ("://server", None),
    ("tcp://server/http://x", None),
    ("tcp://a:b:c", None),
    ("tcp://[::1]:", "tcp://[::1]:2375"),
    ("::1", "tcp://[::1]:2375"),
    ("tcp://::1:7777", "tcp://[::1:7777]:2375"),
    ("tcp://[::ffff:127.0.0.1]:1", "tcp://[::ffff:127.0.0.1]:1"),
    ("tcp://[fe80::1%25eth0]:1", "tcp://[fe80::1%eth0]:1"),
    ("[::1]7777", None),
    ("tcp://[]", None),
    ("tcp://[server]:1", None),
    ("tcp://[127.0.0.1]:1", None),
    ("udp://server", None),
    ("ssh://me@server:2222/run/x.sock", "ssh://me@server:2222/run/x.sock"),
]
"""``DOCKER_HOST``, and the address that ``docker context inspect`` shows; ``None`` if it is refused."""

OTHER_HOSTS: list[tuple[str, str | None, str | None]] = [
    # docker-py's forms
    ("unix://run/x.sock", "unix://run/x.sock", "unix:///run/x.sock"),
    ("unix:///run/x.sock/", "unix:///run/x.sock/", "unix:///run/x.sock"),
    ("http+unix:///run/x.sock", None, "unix:///run/x.sock"),
    ("http://server", None, "tcp://server:80"),
    ("https://server", None, "tcp://server:443"),
    # schemes in any case
    ("UNIX:///run/x.sock", None, "unix:///run/x.sock"),
    ("Tcp://server", None, "tcp://server:2375"),
    # IPv6
    ("tcp://[::1]", None, "tcp://[::1]:2375"),
    ("tcp://[fe80::1%eth0]:1", None, "tcp://[fe80::1%eth0]:1"),
    # what is not sent is refused
    ("tcp://me:secret@server", "tcp://server:2375", None),
    ("tcp://server?x=1", "tcp://server:2375", None),
    ("tcp://server#x", "tcp://server:2375", None),
    # what fails later
    ("tcp://server:0", "tcp://server:0", None),
    ("tcp://server:65536", "tcp://server:65536", None),
    ("tcp:server:7777", "tcp://[tcp:server:7777]:2375", None),
    ("tcp://tcp://server", "tcp://server:2375", None),
    ("tcp://-server", "tcp://-server:2375", None),
    ("tcp://*", "tcp://*:2375", None),
    ("fd://", "fd://", None),
    ("ssh://me@-server", "ssh://me@-server", None),
]
"""``DOCKER_HOST``, the command's address, and this library's, which is another one on purpose."""

PREFIXES: list[tuple[str, str]] = [
    ("", ""),
    ("/", ""),
    ("//", ""),
    ("/engine/", "/engine"),
    ("//engine", "/engine"),
    ("/a//b", "/a/b"),
    ("/./a/.", "/a"),
    ("/a/../b", "/b"),
    ("/../a", "/a"),
    ("/a b", "/a%20b"),
    ("/a%20b", "/a%20b"),
    ("/a%2Fb", "/a/b"),
    ("/%2e%2e/a", "/a"),
    ("/ü", "/%C3%BC"),
    ("/a%ffb", "/a%FFb"),
    ("/a+b;c,d=e&f@g:$h~", "/a+b;c,d=e&f@g:$h~"),
    ("/a(b)!*'", "/a%28b%29%21%2A%27"),
]
"""What follows the port of ``DOCKER_HOST``, and how the paths of its requests begin."""

CONTEXT_PORTS: list[tuple[str, bool, str]] = [
    ("tcp://{name}", False, "{name}:80"),
    ("tcp://{name}", True, "{name}:443"),
    ("tcp://{name}:", False, "{name}:80"),
    ("tcp://{name}/", True, "{name}:443"),
    ("tcp://{name}:2375", True, "{name}:2375"),
]
"""The address in a context, whether it has TLS, and where the command connects to."""
