"""Make the pictures of the documentation: ``python -m tests.docs.pictures`` writes them, and tests compare them."""

from __future__ import annotations

import asyncio
import hashlib
import html
import io
import re
import tempfile
import tomllib
from pathlib import Path

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

import aiodockerpy
from aiodockerpy.buildkit import display
from tests.docs import hub

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/pictures"
WORDS = {
    "testing": "fake engine, fault proxy",
    "__main__": "python -m aiodockerpy",
    "_doctor": "reports for bug reports",
    "client": "client",
    "_client": "logins, pools of jobs",
    "scope": "scopes",
    "otel": "OpenTelemetry",
    "terminals": "terminals in browsers",
    "types": "docker-py's constructors",
    "utils": "docker-py's helpers",
    "resources": "collections and objects: behaviour",
    "_options": "keywords turned into requests",
    "buildkit": "gRPC over HTTP/2, sessions, progress",
    "_archives": "tar archives, written and extracted",
    "api": "a method for each operation",
    "_transport": "sockets, HTTP, ssh, aiohttp",
    "hooks": "what the library does, for observers",
    "_arguments": "checks of arguments",
    "streams": "handles of calls that stream",
    "_config": "hosts, credentials",
    "models": "models",
    "_protocol": "bytes",
    "errors": "one tree of exceptions",
    "_errors": "wrong arguments, configuration",
}
"""What each layer of import-linter's contract has."""
_STYLE = """<style>
  text { font: 14px ui-sans-serif, system-ui, sans-serif; fill: #24292f }
  .name { font: 600 14px ui-monospace, monospace }
  rect { fill: #f6f8fa; stroke: #57606a }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } rect { fill: #161b22; stroke: #8b949e } }
</style>"""
SCRIPT = """\
handle = client.images.build(path=".", tag="shop:1", secrets={"token": token})
await show(handle)
"""
DOCKERFILE = """\
FROM python:3.13-slim AS runtime
WORKDIR /shop
COPY shop.py .
RUN --mount=type=secret,id=token test -s /run/secrets/token
RUN echo installed 12 packages
"""


def architecture() -> str:
    """Draw the layers of import-linter's contract, the highest first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers: list[str] = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    rows = "\n".join(_row(number, layer) for number, layer in enumerate(layers))
    height = 34 * len(layers) + 10
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 {height}" role="img" aria-label="The layers">\n'
        f"{_STYLE}\n{rows}\n</svg>\n"
    )


def _row(number: int, layer: str) -> str:
    top = 34 * number + 5
    names = layer.strip("()").split(" : ")
    return (
        f'<rect x="5" y="{top}" width="670" height="28" rx="5"/>'
        f'<text class="name" x="15" y="{top + 19}">{html.escape(", ".join(names))}</text>'
        f'<text x="285" y="{top + 19}">{html.escape("; ".join(WORDS[name] for name in names))}</text>'
    )


async def build(client: aiodockerpy.DockerClient) -> str:
    """Build an image on an engine, and draw what the terminal shows at its end; durations become 0.1s."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "Dockerfile").write_text(DOCKERFILE)
        Path(folder, "shop.py").write_text("print('open')\n")
        handle = client.images.build(path=folder, tag="shop:1", secrets={"token": b"s3cret"})
        picture = display._Picture(handle)
        async with handle as progress:
            async for item in progress:
                picture.feed(item)
    console = Console(file=io.StringIO(), record=True, width=88, force_terminal=True)
    console.print(Syntax(SCRIPT, "python", theme="ansi_dark", background_color="default"))
    for line in _steady(picture.draw()):
        console.print(line)
    return console.export_svg(title="aiodockerpy", unique_id="build")


def console_page() -> str:
    """Return a digest of the console's page, which is kept beside its picture by ``make picture``."""
    static = ROOT / "examples/console/static"
    content = b"".join((static / name).read_bytes() for name in ("index.html", "page.js", "style.css"))
    return f"{hashlib.sha256(content).hexdigest()}\n"


def words(drawn: str) -> list[str]:
    """Return the texts of a picture, which do not depend on who drew it."""
    return [html.unescape(text).strip() for text in re.findall(r">([^<>]+)</text>", drawn) if text.strip()]


def _steady(picture: Text) -> list[Text]:
    """Return the lines in an order, and with times and digests, that every run has."""
    title, *steps = (line for line in picture.split("\n") if line.plain)
    steps.sort(key=lambda line: ("[internal]" not in line.plain, line.plain))
    return [_shortened(line) for line in (title, *steps)]


def _shortened(line: Text) -> Text:
    plain = re.sub(r"@sha256:\w+", "", re.sub(r"\d+\.\ds", "0.1s", line.plain))
    return Text(plain, style=line.spans[0].style if line.spans else "", no_wrap=True)


async def main() -> None:
    """Write the pictures."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "architecture.svg").write_text(architecture())
    async with hub.engine() as engine, aiodockerpy.DockerClient(engine.url) as client:
        (FOLDER / "build.svg").write_text(await build(client))


if __name__ == "__main__":
    asyncio.run(main())
