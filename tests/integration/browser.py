"""Debian's Chromium without a window, for the tests that look at pages."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from playwright.async_api import Page, async_playwright

from tests.lab import packages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FONTS = """<fontconfig>
  <dir>{root}/usr/share/fonts</dir><cachedir>{folder}/fonts</cachedir>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>"""


@asynccontextmanager
async def chromium(
    root: Path, folder: Path, *, width: int = 1280, height: int = 600
) -> AsyncIterator[tuple[Callable[[str], Awaitable[Page]], list[str]]]:
    """Start Chromium with an empty profile; yields a function that opens a page, and what the pages complain about.

    Args:
        root: The folder of its packages, from the fixture ``chromium_packages``.
        folder: Where to keep the profile.
        width: The width of each page.
        height: The height of each page.
    """
    fonts = folder / "fonts.conf"
    fonts.write_text(FONTS.format(root=root, folder=folder))
    env: dict[str, Any] = {**packages.environment(packages.CHROMIUM), "FONTCONFIG_FILE": str(fonts)}
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch_persistent_context(
            folder / "profile",
            executable_path=root / "usr/lib/chromium/chromium",
            args=FLAGS,
            env=env,
            viewport={"width": width, "height": height},
        )

        async def open_page(address: str) -> Page:
            page = await browser.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
            await page.goto(address)
            return page

        try:
            yield open_page, complaints
        finally:
            await browser.close()
