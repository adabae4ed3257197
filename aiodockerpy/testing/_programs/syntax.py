"""The grammar of a small shell: words, lists, pipes, loops and conditions; no functions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias


class ShellSyntaxError(Exception):
    """A line is not valid in this shell."""


@dataclass(slots=True)
class Redirect:
    """A redirection: descriptor, operator, and the word or descriptor it goes to."""

    fd: int
    operator: str
    target: str


@dataclass(slots=True)
class Command:
    """A simple command: words that are not expanded yet."""

    words: list[str] = field(default_factory=list[str])
    redirects: list[Redirect] = field(default_factory=list[Redirect])


@dataclass(slots=True)
class Sequence:
    """Commands one after the other."""

    items: list[Node]
    redirects: list[Redirect] = field(default_factory=list[Redirect])
    subshell: bool = False


@dataclass(slots=True)
class Pair:
    """``left && right`` or ``left || right``."""

    operator: str
    left: Node
    right: Node


@dataclass(slots=True)
class Not:
    """``! command``."""

    item: Node


@dataclass(slots=True)
class Pipe:
    """``a | b | c``."""

    items: list[Node]


@dataclass(slots=True)
class Background:
    """``command &``."""

    item: Node


@dataclass(slots=True)
class For:
    """``for name in words; do …; done``."""

    name: str
    words: list[str]
    body: Node
    redirects: list[Redirect] = field(default_factory=list[Redirect])


@dataclass(slots=True)
class While:
    """``while`` or ``until`` a condition; do …; done."""

    condition: Node
    body: Node
    until: bool
    redirects: list[Redirect] = field(default_factory=list[Redirect])


@dataclass(slots=True)
class If:
    """``if`` with its branches, and what else."""

    branches: list[tuple[Node, Node]]
    otherwise: Node | None
    redirects: list[Redirect] = field(default_factory=list[Redirect])


@dataclass(slots=True)
class Case:
    """``case word in pattern) …;; esac``."""

    word: str
    branches: list[tuple[list[str], Node]]
    redirects: list[Redirect] = field(default_factory=list[Redirect])


Node: TypeAlias = Command | Sequence | Pair | Not | Pipe | Background | For | While | If | Case

_OPERATOR = re.compile(r"&&|\|\||;;|>>|>&|<&|[;&|()<>\n]")
_REDIRECT = re.compile(r"\d*(>>|>&|<&|>|<)")
_RESERVED = frozenset(["then", "else", "elif", "fi", "do", "done", "in", "}", "esac"])


def _word_end(text: str, place: int) -> int:
    """Find where a word ends; quotes and substitutions are within it."""
    while place < len(text):
        char = text[place]
        if char == "\\":
            place += 2
        elif char == "'":
            place = _closing(text, place + 1, "'")
        elif char == '"':
            place = _double_end(text, place + 1)
        elif char == "`":
            place = _closing(text, place + 1, "`")
        elif text.startswith("$(", place):
            place = _paren_end(text, place + 2)
        elif text.startswith("${", place):
            place = _closing(text, place + 2, "}")
        elif char in " \t" or _OPERATOR.match(text, place):
            return place
        else:
            place += 1
    return place


def _closing(text: str, place: int, mark: str) -> int:
    found = text.find(mark, place)
    if found < 0:
        raise ShellSyntaxError("unterminated quoted string")
    return found + 1


def _double_end(text: str, place: int) -> int:
    while place < len(text):
        if text[place] == '"':
            return place + 1
        if text[place] == "\\":
            place += 2
        elif text.startswith("$(", place):
            place = _paren_end(text, place + 2)
        else:
            place += 1
    raise ShellSyntaxError("unterminated quoted string")


def _paren_end(text: str, place: int) -> int:
    depth = 1
    while place < len(text):
        char = text[place]
        if char == "'":
            place = _closing(text, place + 1, "'")
            continue
        if char == '"':
            place = _double_end(text, place + 1)
            continue
        place += 2 if char == "\\" else 1
        depth += (char == "(") - (char == ")")
        if not depth:
            return place
    raise ShellSyntaxError("unterminated substitution")


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    place = 0
    while place < len(text):
        char = text[place]
        if char in " \t":
            place += 1
        elif char == "#":
            place = (text + "\n").index("\n", place)
        elif text.startswith("\\\n", place):
            place += 2
        elif (redirect := _REDIRECT.match(text, place)) is not None:
            found.append(redirect[0])
            place = redirect.end()
        elif (operator := _OPERATOR.match(text, place)) is not None:
            found.append(operator[0])
            place = operator.end()
        else:
            end = _word_end(text, place)
            found.append(text[place:end])
            place = end
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._place = 0

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._place += 1
        return token

    def _expect(self, token: str) -> None:
        if self._next() != token:
            raise ShellSyntaxError(f'syntax error: expecting "{token}"')

    def _newlines(self) -> None:
        while self._peek() == "\n":
            self._place += 1

    def script(self) -> Node:
        node = self._list()
        if self._peek():
            raise ShellSyntaxError(f'syntax error: unexpected "{self._peek()}"')
        return node

    def _list(self) -> Node:
        items: list[Node] = []
        while True:
            while self._peek() in {";", "\n"}:
                self._place += 1
            token = self._peek()
            if not token or token in _RESERVED or token in {")", ";;"}:
                return items[0] if len(items) == 1 else Sequence(items)
            item = self._and_or()
            if self._peek() == "&":
                self._place += 1
                item = Background(item)
            items.append(item)

    def _and_or(self) -> Node:
        left = self._pipe()
        while self._peek() in {"&&", "||"}:
            operator = self._next()
            self._newlines()
            left = Pair(operator, left, self._pipe())
        return left

    def _pipe(self) -> Node:
        if self._peek() == "!":
            self._place += 1
            return Not(self._pipe())
        items = [self._command()]
        while self._peek() == "|":
            self._place += 1
            self._newlines()
            items.append(self._command())
        return items[0] if len(items) == 1 else Pipe(items)

    def _command(self) -> Node:
        token = self._peek()
        readers: dict[str, Callable[[], For | While | If | Case]] = {
            "case": self._case,
            "for": self._for,
            "while": self._while,
            "until": self._while,
            "if": self._if,
        }
        node: Sequence | For | While | If | Case
        if token in readers:
            node = readers[token]()
        elif token in {"(", "{"}:
            self._place += 1
            node = Sequence([self._list()], subshell=token == "(")
            self._expect(")" if token == "(" else "}")
        else:
            return self._simple()
        while _REDIRECT.fullmatch(self._peek()):
            node.redirects.append(self._redirect())
        return node

    def _simple(self) -> Command:
        command = Command()
        while ((token := self._peek()) and not _OPERATOR.fullmatch(token)) or _REDIRECT.fullmatch(token):
            if _REDIRECT.fullmatch(token):
                command.redirects.append(self._redirect())
            else:
                command.words.append(self._next())
        if not command.words and not command.redirects:
            raise ShellSyntaxError(f'syntax error: unexpected "{self._peek() or "end of file"}"')
        return command

    def _redirect(self) -> Redirect:
        token = self._next()
        operator = token.lstrip("0123456789")
        digits = token.removesuffix(operator)
        target = self._next()
        if not target:
            raise ShellSyntaxError("syntax error: unexpected newline")
        return Redirect(int(digits) if digits else (0 if operator.startswith("<") else 1), operator, target)

    def _for(self) -> For:
        self._expect("for")
        name = self._next()
        words: list[str] = []
        if self._peek() == "in":
            self._place += 1
            while self._peek() not in {";", "\n", ""}:
                words.append(self._next())
        while self._peek() in {";", "\n"}:
            self._place += 1
        return For(name, words, self._do())

    def _do(self) -> Node:
        self._expect("do")
        body = self._list()
        self._expect("done")
        return body

    def _case(self) -> Case:
        self._expect("case")
        node = Case(self._next(), [])
        self._newlines()
        self._expect("in")
        self._newlines()
        while self._peek() != "esac":
            if self._peek() == "(":
                self._place += 1
            patterns = [self._next()]
            while self._peek() == "|":
                self._place += 1
                patterns.append(self._next())
            self._expect(")")
            node.branches.append((patterns, self._list()))
            if self._peek() == ";;":
                self._place += 1
            self._newlines()
        self._expect("esac")
        return node

    def _while(self) -> While:
        until = self._next() == "until"
        condition = self._list()
        return While(condition, self._do(), until)

    def _if(self) -> If:
        branches: list[tuple[Node, Node]] = []
        otherwise = None
        while self._next() in {"if", "elif"}:
            condition = self._list()
            self._expect("then")
            branches.append((condition, self._list()))
            if self._peek() == "else":
                self._place += 1
                otherwise = self._list()
        self._place -= 1
        self._expect("fi")
        return If(branches, otherwise)


def parse(text: str) -> Node:
    """Read a script.

    Raises:
        ShellSyntaxError: It has something that this shell lacks.
    """
    return _Parser(text).script()
