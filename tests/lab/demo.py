"""``make demo``: find an engine or start a private one, make sure of an image, run the quickstart, and leave nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path
from urllib.parse import quote

from tests.lab import images, network, packages, paths, registry, rest, state
from tests.lab.engine import Engine
from tests.lab.sandbox import remove_mount_point
from tests.lab.shell import LabError, LabUnavailable, terminate

PROJECT = Path(__file__).parents[2]
QUICKSTART = PROJECT / "examples" / "quickstart.py"
HUB_IMAGE = "busybox:latest"
ENGINE = Engine("demo", "new", 60)
REGISTRY_PORT = 5005
LAYERS = 4
PING = "import asyncio, aiodockerpy\nasync def main():\n    async with aiodockerpy.from_env() as client:\n        await client.ping()\nasyncio.run(asyncio.wait_for(main(), 15))"
UNAVAILABLE = 3


def say(text: str) -> None:
    """Print what is being done."""
    print(f"demo: {text}", flush=True)


def main() -> int:
    """Run the demonstration; return the exit status of the quickstart, 3 if there can be no engine."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with ExitStack() as stack:
            environment = find_engine() or start_engine(stack)
            environment["AIODOCKERPY_DEMO_IMAGE"] = find_image(stack, environment)
            say(f"running {QUICKSTART.relative_to(PROJECT)} with the image {environment['AIODOCKERPY_DEMO_IMAGE']}")
            return subprocess.run([sys.executable, QUICKSTART], env=environment, check=False).returncode
    except LabUnavailable as missing:
        say(f"no engine answers here, and a private one is not possible: {missing}")
        return UNAVAILABLE
    except LabError as error:
        say(f"failed: {error}")
        return 1
    except KeyboardInterrupt:
        return 130


def find_engine() -> dict[str, str] | None:
    """Return the environment in which the library reaches an engine of this machine; None if none answers."""
    for description, changes in _candidates():
        environment = {**os.environ, **changes}
        problem = _ping(environment)
        if problem is None:
            say(f"using the engine of {description}")
            return environment
        say(f"no answer from {description}: {problem}")
    return None


def _candidates() -> list[tuple[str, dict[str, str]]]:
    if os.environ.get("DOCKER_HOST"):
        return [(f"DOCKER_HOST, {os.environ['DOCKER_HOST']}", {})]
    found: list[tuple[str, dict[str, str]]] = []
    context = os.environ.get("DOCKER_CONTEXT") or _current_context()
    if context and context != "default":
        found.append((f"the docker context {context}", {}))
    runtime = os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
    for socket in (Path("/var/run/docker.sock"), Path(runtime, "docker.sock")):
        if socket.exists():
            found.append((f"the default socket {socket}", {"DOCKER_HOST": f"unix://{socket}"}))
    return found


def _current_context() -> str | None:
    folder = Path(os.environ.get("DOCKER_CONFIG", Path.home() / ".docker"))
    try:
        value = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("currentContext")
    except (OSError, ValueError, AttributeError):
        return None
    return value if isinstance(value, str) else None


def _ping(environment: dict[str, str]) -> str | None:
    done = subprocess.run(
        [sys.executable, "-c", PING], env=environment, check=False, capture_output=True, text=True, cwd=PROJECT
    )
    return None if done.returncode == 0 else (done.stderr.strip().splitlines() or ["no reason given"])[-1]


def start_engine(stack: ExitStack) -> dict[str, str]:
    """Start an engine with namespaces and data of its own, which ends with the demonstration."""
    network.check_machine()
    if not paths.is_made(ENGINE.bundle.path, ENGINE.bundle.ingredients):
        say(
            f"no engine answers here: unpacking one from Debian's packages into {packages.ENGINES[ENGINE.role].path}; nothing is installed"
        )
    packages.require(packages.TOOLS)
    packages.require(ENGINE.bundle)
    network.ensure()
    stack.callback(_tidy_up)
    engine = Engine(
        ENGINE.name,
        ENGINE.role,
        ENGINE.number,
        arguments=(f"--insecure-registry={network.address(1)}:{REGISTRY_PORT}",),
    )
    stack.callback(engine.destroy)
    engine.start()
    say(
        f"started a private engine {engine.version()['Version']} at {engine.url}, with data in {paths.data(engine.name)}; it is stopped at the end"
    )
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"}
    }
    return {**kept, "DOCKER_HOST": engine.url}


def _tidy_up() -> None:
    if not any(paths.runtime().glob("*/holder.pid")) and not any(paths.runtime().glob("registry-*/pid")):
        network.remove()
        remove_mount_point()


def find_image(stack: ExitStack, environment: dict[str, str]) -> str:
    """Return the reference of an image that the engine can pull: a hub's if it reaches one, else a local registry's."""
    url = environment.get("DOCKER_HOST", "")
    private = url == ENGINE.url
    if not private and _reaches_hub(url):
        say(f"the engine reaches Docker Hub: pulling {HUB_IMAGE} from there")
        return HUB_IMAGE
    known = state.load()
    if url in {engine.url for engine in known.engines.values()} and "open" in known.registries:
        say("this is an engine of the test lab: pulling from the lab's registry")
        return f"{known.registries['open'].address}/{images.LAYERED}:1"
    host = network.address(1) if private else "127.0.0.1"
    say("the engine reaches no hub: making an image from busybox-static and serving it from a registry here")
    packages.require(packages.TOOLS)
    packages.require(packages.REGISTRY)
    address = f"{host}:{REGISTRY_PORT}"
    pid = registry.serve(paths.runtime("registry-demo"), paths.data("registry-demo"), address)
    stack.callback(_stop_registry, pid)
    layers = [images.busybox_tar(), *(images.random_layer(number) for number in range(1, LAYERS))]
    images.push(f"http://{address}", images.BUSYBOX, "latest", layers)
    reference = f"{address}/{HUB_IMAGE}"
    if url.startswith("unix://") and not private:
        stack.callback(rest.call, url, "DELETE", f"/images/{quote(reference)}")
    return reference


def _reaches_hub(url: str) -> bool:
    if not url.startswith(("unix://", "tcp://")):
        return True  # only the library can reach this engine; a failed pull shows the rest
    try:
        return rest.call(url, "GET", f"/distribution/{HUB_IMAGE}/json", timeout=30)[0] == 200
    except (OSError, HTTPException):
        return False


def _stop_registry(pid: int) -> None:
    terminate(pid)
    for folder in (paths.runtime("registry-demo"), paths.data("registry-demo")):
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
