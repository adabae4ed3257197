"""Cases that share an item of pytest are all run, and those that fail are named."""

from __future__ import annotations

import inspect

import pytest

from tests.together import together


def test_every_case_is_run_and_those_that_fail_are_named():
    seen = []

    @together("number", range(3))
    @together("word", ["a", "b"])
    def check(number, word, fixture):
        seen.append((number, word, fixture))
        assert (number, word) != (1, "b")

    assert list(inspect.signature(check).parameters) == ["fixture"]
    with pytest.raises(ExceptionGroup) as caught:
        check(fixture="f")
    assert len(seen) == 6
    (of_one,) = caught.value.exceptions
    assert of_one.__notes__ == ["number: 1"]
    assert [error.__notes__ for error in of_one.exceptions] == [["word: b"]]


async def test_so_are_those_of_a_coroutine():
    @together("number", range(3))
    async def check(number):
        assert number != 1

    with pytest.raises(ExceptionGroup) as caught:
        await check()
    assert [error.__notes__ for error in caught.value.exceptions] == [["number: 1"]]


def test_a_case_can_be_of_several_arguments_and_have_a_name():
    @together("number, word", [(1, "a"), (2, "b")], ids=["one", "two"])
    def check(word, number):
        assert (number, word) == (1, "a")

    with pytest.raises(ExceptionGroup) as caught:
        check()
    assert [error.__notes__ for error in caught.value.exceptions] == [["number, word: two"]]


def test_what_did_not_raise_is_named_too():
    @together("number", range(3))
    def check(number):
        with pytest.raises(ZeroDivisionError):
            _ = 1 / number

    with pytest.raises(BaseExceptionGroup) as caught:
        check()
    assert [error.__notes__ for error in caught.value.exceptions] == [["number: 1"], ["number: 2"]]
