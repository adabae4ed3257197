"""The pages of the documentation as readers get them: small, and readable on a phone."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.browser import chromium
from tests.integration.conftest import GIVEN_HOST
from tests.lab import paths

DOCS = Path(__file__).parents[2] / "docs"
SITE = DOCS / "_build/html"
LARGEST = 150_000
PHONE = 500
PRIVATE = re.compile(r"\baiodockerpy(?:\.\w+)*\._[a-z][\w.]*|\b_[A-Z][a-z]\w*|~aiodockerpy[\w.]*|\{?:?py:\w+[:}]")
"""Names that are not public, and markup that was not read as such."""
TOO_WIDE = """() => {
    const name = element => element.tagName.toLowerCase() + (element.className ? '.' + element.className : '')
        + ': ' + element.textContent.trim().slice(0, 60);
    const width = document.documentElement.clientWidth;
    const scrolls = element => ['auto', 'scroll'].includes(getComputedStyle(element).overflowX);
    const inside = element => element && (scrolls(element) ? element !== document.documentElement
        : inside(element.parentElement));
    return [...document.querySelectorAll('article *')].filter(element => {
        const cut = ['hidden', 'clip'].includes(getComputedStyle(element).overflowX)
            && element.scrollWidth > element.clientWidth + 1;
        return cut || element.getBoundingClientRect().right > width + 1 && !inside(element.parentElement);
    }).map(name).concat(document.documentElement.scrollWidth > width ? ['the page scrolls sideways'] : []);
}"""
"""What is wider than the window: cut off, or outside of it without a box of its own that scrolls."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(GIVEN_HOST is not None, reason="needs no engine: once for all engines is enough"),
]


@pytest.fixture(scope="module")
def pages():
    """Every page of the documentation; what ``make docs`` or ``make docs-check`` has done before is not done again."""
    command = [sys.executable, "-m", "sphinx", "--quiet", "-d", SITE.with_name("doctrees"), "-b", "html", DOCS, SITE]
    with paths.locked("docs"):
        for page in SITE.rglob("*.html"):
            if not (DOCS / page.relative_to(SITE)).with_suffix(".md").exists():
                page.unlink()  # its source was removed
        subprocess.run(command, check=True)
    return sorted(SITE.rglob("*.html"))


def test_no_page_is_large(pages):
    sizes = {str(page.relative_to(SITE)): page.stat().st_size for page in pages}
    assert {page: size for page, size in sizes.items() if size > LARGEST} == {}


def test_the_reference_shows_public_names(pages):
    found = {}
    for page in (page for page in pages if "reference" in page.parts):
        article = page.read_text().partition("<article")[2].partition("</article")[0]
        text = html.unescape(re.sub("<[^>]+>", "", article))
        found[page.name] = PRIVATE.findall(text)
    assert {page: names for page, names in found.items() if names} == {}


SAMPLES = {
    "<article><p>short</p></article>": [],
    "<article><div style='overflow-x: auto'><p style='width: 900px'>scrolls</p></div></article>": [],
    "<article><p style='width: 900px'>wide</p></article>": ["p: wide", "the page scrolls sideways"],
    "<article><p style='overflow: hidden'><b style='padding: 300px'>cut</b></p></article>": ["p: cut", "b: cut"],
}


async def test_every_page_fits_a_phone(pages, chromium_packages, tmp_path):
    wide = {}
    async with chromium(chromium_packages, tmp_path, width=PHONE, height=800) as (open_page, complaints):
        browser = await open_page("about:blank")
        for body, found in SAMPLES.items():
            await browser.set_content(body)
            assert await browser.evaluate(TOO_WIDE) == found
        for page in pages:
            await browser.goto(page.as_uri())
            if found := await browser.evaluate(TOO_WIDE):
                wide[str(page.relative_to(SITE))] = found[:3]
    assert wide == {}
    assert complaints == []
