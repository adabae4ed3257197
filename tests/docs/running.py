"""Run the blocks of a page, in their order and in one namespace, as a reader would who types them one after the other."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.docs.blocks import Block, Comment, matches

if TYPE_CHECKING:
    from collections.abc import Coroutine

LIMIT = 60  # seconds for one block
GRACE = 0.5  # seconds for which a block may use what was made meanwhile


class WrongPage(AssertionError):
    """A block did not do what its page says."""


def compiled(text: str, page: str, line: int) -> Any:
    """Compile code with ``await`` at its top level, so that tracebacks show the lines of the page."""
    return compile("\n" * (line - 1) + text, page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


class Page:
    """The namespace and the folder in which the blocks of one page run.

    Args:
        name: The page, for messages.
        names: What each block can use: the open client and the imports that the documentation takes for granted.
    """

    def __init__(self, name: str, names: dict[str, Any]) -> None:
        self.name = name
        self.names = names

    async def run(self, block: Block) -> None:
        """Run one block with what its comments ask for, and compare its output."""
        where = f"{self.name}:{block.line}"
        if block.language in {"sh", "console"}:
            await self._shell(block, where)
        elif block.language == "python":
            await self._python(block, where)

    async def _python(self, block: Block, where: str) -> None:
        for file in block.said("file"):
            _write(file)
        for comment in block.said("before"):
            await self._execute(comment.text, comment.line)
        printed = await self._printed(block, where)
        if block.output is not None and not matches(block.output, printed):
            raise WrongPage(f"{where} printed\n{printed}\nand the page shows\n{block.output}")
        for comment in block.said("after"):
            try:
                await self._execute(comment.text, comment.line)
            except AssertionError as wrong:
                raise WrongPage(f"{self.name}:{comment.line} is not so: {comment.text}") from wrong

    async def _printed(self, block: Block, where: str) -> str:
        wanted = [comment.text for comment in block.said("raises")]
        output = io.StringIO()
        try:
            async with asyncio.timeout(LIMIT):
                with contextlib.redirect_stdout(output):
                    await self._beside(block)
        except Exception as error:
            if type(error).__name__ not in wanted:
                raise WrongPage(f"{where} raised {type(error).__name__}: {error}") from error
        else:
            if wanted:
                raise WrongPage(f"{where} did not raise {wanted[0]}")
        return output.getvalue()

    async def _beside(self, block: Block) -> None:
        if "asyncio.run(" in block.text:
            print(await _program(block.text), end="")
            return
        main = asyncio.create_task(self._execute(block.text, block.line))
        try:
            for comment in block.said("meanwhile"):
                await self._execute(comment.text, comment.line)
                await asyncio.wait([main], timeout=GRACE)
                main.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await main
        finally:
            main.cancel()
            await asyncio.gather(main, return_exceptions=True)

    async def _execute(self, text: str, line: int) -> None:
        result: Coroutine[Any, Any, None] | None = eval(compiled(text, self.name, line), self.names)
        if inspect.iscoroutine(result):
            await result

    async def _shell(self, block: Block, where: str) -> None:
        for file in block.said("file"):
            _write(file)
        commands = [
            line.removeprefix("$ ") for line in block.text.splitlines() if block.language == "sh" or line[:2] == "$ "
        ]
        status, output = await _call("bash", "-ec", "\n".join(commands))
        if status:
            raise WrongPage(f"{where}: exit status {status}\n{output}")
        if block.output is not None and not matches(block.output, output):
            raise WrongPage(f"{where} printed\n{output}\nand the page shows\n{block.output}")


def _write(file: Comment) -> None:
    name, _, content = file.text.partition("\n")
    path = Path(name.strip())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content + "\n", encoding="utf-8")


async def _program(text: str) -> str:
    status, output = await _call(sys.executable, "-c", text)
    if status:
        raise WrongPage(f"the program ended with {status}:\n{output}")
    return output


async def _call(*words: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()
