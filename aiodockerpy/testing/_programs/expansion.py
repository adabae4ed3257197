"""Expand the words of the small shell: quotes, variables, substitutions, arithmetic."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Awaitable, Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

_NAME = re.compile(r"[A-Za-z_]\w*|[0-9@*#?$!]")
_BRACES = re.compile(r"([A-Za-z_]\w*|[0-9@*#?$!])(?:(:?[-=+]|##?|%%?)(.*))?", re.DOTALL)
_OPERATORS: Final[dict[type[ast.AST], Callable[..., Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: int.__floordiv__,
    ast.Mod: operator.mod,
    ast.LShift: int.__lshift__,
    ast.RShift: int.__rshift__,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.USub: operator.neg,
}


def arithmetic(text: str, variables: Mapping[str, str]) -> int:
    """Compute ``$((text))``.

    Raises:
        ValueError: It is not an expression of whole numbers.
    """
    expression = re.sub(r"\$?\b([A-Za-z_]\w*)", lambda name: variables.get(name[1], "") or "0", text)
    try:
        return int(_value(ast.parse(expression.strip() or "0", mode="eval").body))
    except (SyntaxError, KeyError, ZeroDivisionError, AttributeError):
        raise ValueError(text) from None


def _value(node: Any) -> int:
    if isinstance(node, ast.Constant):
        return int(str(node.value))
    if isinstance(node, ast.Compare):
        return int(_OPERATORS[type(node.ops[0])](_value(node.left), _value(node.comparators[0])))
    if isinstance(node, ast.UnaryOp):
        return int(_OPERATORS[type(node.op)](_value(node.operand)))
    return int(_OPERATORS[type(node.op)](_value(node.left), _value(node.right)))


class Expansion:
    """Expands words.

    Args:
        lookup: Gives the value of a variable or a special parameter; ``None`` if it is not set.
        substitute: Runs a script and returns its output.
        variables: The variables, for arithmetic and assignments in words.
    """

    def __init__(
        self,
        lookup: Callable[[str], str | None],
        substitute: Callable[[str], Awaitable[str]],
        variables: dict[str, str],
    ) -> None:
        self._lookup = lookup
        self._substitute = substitute
        self._variables = variables

    async def fields(self, words: list[str]) -> list[str]:
        """Expand words to fields; what expands without quotes is split at blanks."""
        return [field for word in words for field in await self._split(word)]

    async def text(self, word: str) -> str:
        """Expand a word to one text."""
        return "".join([text for text, _ in await self._segments(word)])

    async def _split(self, word: str) -> list[str]:
        fields: list[str] = []
        current: str | None = None
        for text, splits in await self._segments(word):
            if not splits:
                current = (current or "") + text
                continue
            parts = text.split()
            if text[:1].isspace() and current is not None:
                fields.append(current)
                current = None
            for number, part in enumerate(parts):
                if number:
                    fields.append(current or "")
                    current = None
                current = (current or "") + part
            if parts and text[-1:].isspace() and current is not None:
                fields.append(current)
                current = None
        if current is not None:
            fields.append(current)
        return fields

    async def _segments(self, word: str) -> list[tuple[str, bool]]:
        """Split a word into texts, each with whether blanks in it separate fields."""
        found: list[tuple[str, bool]] = []
        place, quoted = 0, False
        while place < len(word):
            char = word[place]
            if char == "'" and not quoted:
                end = word.index("'", place + 1)
                found.append((word[place + 1 : end], False))
                place = end + 1
            elif char == '"':
                quoted = not quoted
                found.append(("", False))
                place += 1
            elif char == "\\":
                following = word[place + 1 : place + 2]
                kept = quoted and following not in '$`"\\'
                found.append(("\\" + following if kept else following, False))
                place += 2
            elif char in "$`":
                text, place = await self._dollar(word, place)
                found.append((text, not quoted))
            else:
                end = place + 1
                while end < len(word) and word[end] not in "'\"\\$`":
                    end += 1
                if quoted and "'" in word[place : end + 1]:
                    while end < len(word) and word[end] not in '"\\$`':
                        end += 1
                found.append((word[place:end], False))
                place = end
        return found

    async def _dollar(self, word: str, place: int) -> tuple[str, int]:
        if word[place] == "`":
            end = word.index("`", place + 1)
            return await self._substitute(word[place + 1 : end]), end + 1
        if word.startswith("$((", place):
            end = word.index("))", place)
            return str(arithmetic(word[place + 3 : end], self._variables)), end + 2
        if word.startswith("$(", place):
            end = _matching(word, place + 1)
            return await self._substitute(word[place + 2 : end]), end + 1
        if word.startswith("${", place):
            end = word.index("}", place)
            return await self._braces(word[place + 2 : end]), end + 1
        name = _NAME.match(word, place + 1)
        if name is None:
            return "$", place + 1
        return self._lookup(name[0]) or "", name.end()

    async def _braces(self, text: str) -> str:
        match = _BRACES.fullmatch(text)
        if match is None:
            raise ValueError(text)
        name, how, word = match[1], match[2], match[3]
        value = self._lookup(name)
        if how is None:
            return value or ""
        if how[0] in "#%":
            return _without(value or "", how, await self.text(word))
        missing = value is None or (how.startswith(":") and not value)
        if how.endswith("+"):
            return "" if missing else await self.text(word)
        if not missing:
            return value or ""
        default = await self.text(word)
        if how.endswith("="):
            self._variables[name] = default
        return default


def _without(value: str, how: str, pattern: str) -> str:
    """Remove the shortest or longest beginning or end that has a pattern."""
    places = range(len(value) + 1)
    if how[0] == "#":
        cuts = [place for place in places if fnmatchcase(value[:place], pattern)]
        return value[cuts[-1 if how == "##" else 0] :] if cuts else value
    cuts = [place for place in places if fnmatchcase(value[place:], pattern)]
    return value[: cuts[0 if how == "%%" else -1]] if cuts else value


def _matching(text: str, place: int) -> int:
    """Find the parenthesis that closes the one at this place; those in quotes do not count."""
    depth, quote = 0, ""
    while place < len(text):
        char = text[place]
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        else:
            depth += (char == "(") - (char == ")")
            if not depth:
                return place
        place += 1
    raise ValueError(text)
