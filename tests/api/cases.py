"""What a table of operations is made of: a call, and all that must come of it."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.fakes import FakeTransport, fake_api

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiodockerpy.api import Api

__all__ = ["NOTHING", "Case", "table"]

NOTHING: Any = object()


@dataclass
class Case:
    """One call of one operation.

    Attributes:
        operation: Its operationId.
        make: The call.
        request: Method and path that are sent.
        query: The query in any order.
        json: The body; ``None`` for none.
        content: The body that is sent as it is.
        headers: Headers that the call must have; ``None`` for one that it must not have.
        answer: What the engine answers.
        result: What comes of it: the value, or a function that is true of it.
        version: The API version.
    """

    operation: str
    make: Callable[[Api], Any]
    request: str
    query: list[tuple[str, str]] = field(default_factory=list)
    json: Any = None
    content: Any = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    answer: object = None
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    result: Any = NOTHING
    version: str = "1.55"
    way: str = ""

    async def check(self) -> None:
        api, transport = fake_api(self.answer, status=self.status, headers=self.answer_headers, version=self.version)
        result = self.make(api)
        if inspect.isawaitable(result):
            result = await result
        self._check_sent(transport)
        if callable(self.result):
            assert self.result(result), result
        elif self.result is not NOTHING:
            assert result == self.result

    def _check_sent(self, transport: FakeTransport) -> None:
        assert len(transport.sent) == 1
        assert transport.last.call.operation.id == self.operation
        assert transport.request_line == self.request
        assert sorted(transport.query) == sorted(self.query)
        assert transport.json == self.json
        assert transport.last.call.content == self.content
        for name, value in self.headers.items():
            assert transport.last.headers.get(name) == value, name
        if self.way:
            assert transport.way == self.way
        assert all(stream.closed for stream in transport.streams) or transport.way in {"upgrade", "websocket"}


def table(cases: list[Case]) -> pytest.MarkDecorator:
    """Parametrize a test by cases."""
    return pytest.mark.parametrize("case", cases, ids=[case.operation for case in cases])
