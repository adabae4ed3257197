"""Statistics: the numbers of the command line, and one stream for all readers."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio

from aiodockerpy import errors


@pytest_asyncio.fixture
async def busy(client, prefix):
    command = ["sh", "-c", "while :; do :; done"]
    return await client.containers.run(
        "busybox:1", command, name=f"{prefix}a", detach=True, network_mode="none", init=True, mem_limit="64m"
    )


async def test_awaited_one_sample_with_the_numbers_of_the_command_line(busy):
    sample = await busy.stats()
    figures = sample.figures
    assert sample["memory_stats"]["limit"] == figures.memory_limit == 64 * 1024 * 1024
    assert 0 < figures.memory <= sample.memory_stats.usage
    assert figures.cpu_percent > 0
    assert figures.pids == sample.pids_stats.current >= 2


async def test_one_shot_has_no_sample_before(busy):
    assert (await busy.stats(one_shot=True)).figures.cpu_percent is None


async def test_several_readers_share_one_stream_that_ends_with_the_last(client, busy):
    async def read(count):
        async with busy.stats() as samples:
            return [(await anext(samples)).read for _ in range(count)]

    def streams():
        return [stream.operation for stream in client.diagnostics().streams]

    tasks = [asyncio.create_task(read(count)) for count in (1, 2, 3)]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    assert streams() == ["containers.stats"]
    one, two, three = await asyncio.gather(*tasks)
    assert three[:2] == two
    assert three[:1] == one
    assert streams() == []


async def test_a_reader_that_is_cancelled_hands_the_reading_over(busy):
    async with busy.stats() as first, busy.stats() as second:
        reading = asyncio.create_task(anext(first))
        other = asyncio.create_task(anext(second))
        await asyncio.sleep(0.05)
        reading.cancel()
        assert (await asyncio.wait_for(other, 20)).id == busy.id
        assert (await asyncio.wait_for(anext(first), 20)).id == busy.id


async def test_close_from_another_task_ends_one_reader_only(busy):
    async with busy.stats() as first, busy.stats() as second:
        reading = asyncio.create_task(anext(first, None))
        other = asyncio.create_task(anext(second, None))
        await asyncio.sleep(0.05)
        first.close()
        await asyncio.wait_for(reading, 20)
        assert (await asyncio.wait_for(other, 20)).id == busy.id


async def test_a_container_that_is_gone_is_told_to_each_reader(busy):
    await busy.remove(force=True)
    for _ in range(2):
        with pytest.raises(errors.NotFound):
            async with busy.stats():
                raise AssertionError("not reached")
