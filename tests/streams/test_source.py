"""Pieces that are collected."""

from __future__ import annotations

import asyncio

import pytest

from aiodockerpy.streams import source
from aiodockerpy.streams.source import joined


@pytest.mark.parametrize(("most", "in_a_thread"), [(6, False), (5, True), (0, True)])
async def test_many_bytes_are_joined_in_a_thread(monkeypatch, most, in_a_thread):
    threads = []

    async def to_thread(work, *arguments):
        threads.append(work)
        return work(*arguments)

    monkeypatch.setattr(source, "_LARGE", most)
    monkeypatch.setattr(asyncio, "to_thread", to_thread)
    assert await joined([b"ab", b"", b"cde"]) == b"abcde"
    assert bool(threads) == in_a_thread
