"""The code blocks of pages, and what is said about them."""

from __future__ import annotations

import pytest

from tests.docs.blocks import matches, parse
from tests.docs.running import Page
from tests.together import together

PAGE = """
# A page

<!-- before: number = 2 -->
<!-- file: Dockerfile
FROM busybox
-->
```python
print(number + 1)
```

It prints:

<!-- output -->
```text
3
```

1. In a list:

   ```sh
   true
   ```
"""


def test_blocks_have_their_comments_lines_and_output():
    python, shell = parse(PAGE)
    assert (python.language, python.text, python.line, python.output) == ("python", "print(number + 1)\n", 9, "3\n")
    assert [(comment.word, comment.text, comment.line) for comment in python.comments] == [
        ("before", "number = 2", 4),
        ("file", "Dockerfile\nFROM busybox", 5),
    ]
    assert (shell.language, shell.text, shell.line) == ("sh", "true\n", 22)


def test_an_output_belongs_to_a_block():
    with pytest.raises(ValueError, match="line 2"):
        parse("<!-- output -->\n```text\n3\n```\n")


@together(
    ("shown", "printed", "equal"),
    [
        ("a\n", "a", True),
        ("a", "b", False),
        ("id ... up", "id 12ab up", True),
        ("first\n...\nlast", "first\n1\n2\nlast", True),
        ("a.c", "abc", False),
        ("a", "a\nb", False),
    ],
)
def test_shown_and_printed(shown, printed, equal):
    assert matches(shown, printed) is equal


async def run(page):
    names = {}
    for block in parse(page):
        await Page("page.md", names).run(block)
    return names


async def test_blocks_share_their_names_and_may_await():
    names = await run("```python\nimport asyncio\nawait asyncio.sleep(0)\n```\n```python\nlater = asyncio\n```\n")
    assert names["later"].__name__ == "asyncio"


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ("```python\nprint(1)\n```\n<!-- output -->\n```text\n2\n```\n", "page.md:2 printed"),
        ("```python\n1 / 0\n```\n", "page.md:2 raised ZeroDivisionError"),
        ("<!-- raises: KeyError -->\n```python\n1\n```\n", "did not raise KeyError"),
        ("<!-- raises: KeyError -->\n```python\n1 / 0\n```\n", "raised ZeroDivisionError"),
        ("<!-- after: assert 1 == 2 -->\n```python\n1\n```\n", "page.md:1 is not so"),
        ("```sh\nfalse\n```\n", "exit status 1"),
        ("```python\nimport asyncio\nasyncio.run(1)\n```\n", "the program ended with 1"),
    ],
)
async def test_a_page_that_is_wrong(page, problem):
    with pytest.raises(AssertionError, match=problem):
        await run(page)


async def test_a_block_that_never_ends_is_cancelled_after_what_happens_meanwhile():
    names = await run(
        "<!-- meanwhile: seen.append(2) -->\n```python\nimport asyncio\nseen = [1]\nawait asyncio.sleep(0)\nseen\n"
        "await asyncio.Event().wait()\n```\n".replace(
            "seen.append(2)", "await __import__('asyncio').sleep(0.01); seen.append(2)"
        )
    )
    assert names["seen"] == [1, 2]
