"""The pool of jobs, over a runner that runs nothing."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from datetime import timedelta

import pytest

from aiodockerpy import DockerClient, errors
from aiodockerpy.resources._jobs import pool as pools
from aiodockerpy.resources._jobs.pool import JobPool
from aiodockerpy.resources._jobs.result import JobResult


class Runner:
    """Runs coroutine functions: ``image`` is the function."""

    def __init__(self):
        self.opened = self.closed = 0
        self.running = self.most = self.ran = 0
        self.removed = []

    async def open(self):
        self.opened += 1

    def prepare(self, words):
        if unknown := words.keys() - {"image", "command"}:
            raise TypeError(f"submit() got an unexpected keyword argument {min(unknown)!r}")
        return words["image"]

    async def run(self, job, prepared, cancellation):
        self.running += 1
        self.ran += 1
        self.most = max(self.most, self.running)
        try:
            code = await prepared()
        except asyncio.CancelledError:
            await asyncio.sleep(0)  # removing takes a moment
            self.removed.append(job.key)
            return JobResult(key=job.key, ending="cancelled", queued=job.queued)
        finally:
            self.running -= 1
        return JobResult(key=job.key, ending="exited", exit_code=code, queued=job.queued)

    async def close(self):
        assert not self.running
        self.closed += 1


async def well():
    await asyncio.sleep(0)
    return 0


async def badly():
    return 3


async def for_ever():
    await asyncio.Event().wait()


@pytest.fixture
def runner():
    return Runner()


@pytest.fixture
def pool(runner):
    def make(**options):
        return JobPool(runner, **{"concurrency": 4, "queue_timeout": None, "retry": None, **options})

    return make


async def test_a_job_is_awaited_any_number_of_times(pool, runner):
    async with pool() as jobs:
        job = await jobs.submit(well, key="a")
        assert not job.done()
        assert repr(job) == "<Job 'a' running>"
        first, second = await asyncio.gather(job, job)
        assert first is second is job.result() is await job
        assert first.ok
        assert repr(job) == "<Job 'a' exited>"
    assert (runner.opened, runner.closed) == (1, 1)


async def test_no_more_run_than_is_allowed_and_submitting_waits_for_room(pool, runner):
    async with pool(concurrency=3) as jobs:
        for number in range(20):
            await jobs.submit(well, key=number)
            assert runner.running <= 3
    assert runner.most == 3


async def test_waiting_for_room_has_a_limit_and_frees_its_key(pool):
    async with pool(concurrency=1, queue_timeout=0.01) as jobs:
        holder = await jobs.submit(for_ever)
        with pytest.raises(errors.DeadlineExceeded, match=r"no room for another job within 0\.01 s \(queue_timeout\)"):
            await jobs.submit(well, key="late")
        holder.cancel()
        await holder
        assert (await (await jobs.submit(well, key="late"))).ok


async def test_limits_of_time_may_be_timedeltas(pool):
    async with pool(queue_timeout=5) as jobs:
        job = await jobs.submit(for_ever, timeout=timedelta(milliseconds=1500))
        assert job.timeout == 1.5
        job.cancel()


async def test_leaving_the_block_removes_what_still_runs(pool, runner):
    async with pool() as jobs:
        handles = [await jobs.submit(for_ever, key=key) for key in "abc"]
        await asyncio.sleep(0)
    assert sorted(runner.removed) == ["a", "b", "c"]
    assert {(await job).ending for job in handles} == {"cancelled"}


async def test_an_exception_in_the_block_removes_what_still_runs_and_comes_out(pool, runner):
    with pytest.raises(KeyError, match="mine"):
        async with pool() as jobs:
            await jobs.submit(for_ever, key="a")
            raise KeyError("mine")
    assert runner.removed == ["a"]


async def test_a_cancelled_block_waits_until_everything_is_removed(pool, runner):
    entered = asyncio.Event()

    async def block():
        async with pool() as jobs:
            await jobs.submit(for_ever, key="a")
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(block())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert runner.removed == ["a"]
    assert runner.closed == 1


async def test_a_job_that_is_cancelled_before_its_first_step_has_a_result(pool):
    async with pool() as jobs:
        job = await jobs.submit(for_ever)
        job.cancel()
        assert (await job).ending == "cancelled"
        job.cancel()  # does nothing


async def test_a_job_may_be_cancelled_any_number_of_times(pool, runner):
    handles = []
    async with pool(concurrency=10) as jobs:
        for steps in range(10):
            handles.append(await jobs.submit(for_ever, key=steps))
            handles[-1].cancel()
            for _ in range(steps):  # among them those in which it is removed
                await asyncio.sleep(0)
            handles[-1].cancel()
    assert {(await job).ending for job in handles} == {"cancelled"}
    assert sorted(runner.removed) == list(range(10))


async def test_a_cancelled_job_is_not_tried_again(pool, runner):
    async def deaf():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return 3

    async with pool(retry=lambda _: True) as jobs:
        job = await jobs.submit(deaf)
        await asyncio.sleep(0)
        job.cancel()
        assert (await job).exit_code == 3
    assert runner.ran == 1


async def test_jobs_that_wait_for_room_at_once_have_numbers_of_their_own(pool):
    async with pool(concurrency=1) as jobs:
        handles = await asyncio.gather(*(jobs.submit(well) for _ in range(5)))
        assert [job.number for job in handles] == [job.key for job in handles] == list(range(5))


@pytest.mark.parametrize("waits", [False, True])
async def test_the_iterable_of_specs_has_ended_when_the_block_is_left(pool, waits):
    ended = []

    async def specs():
        try:
            while True:
                yield (well,)
                if waits:
                    await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0.01)
            ended.append(True)
            raise

    iterable = specs()
    async with pool() as jobs:
        async for _ in jobs.map(iterable):
            break
    assert ended == [True] * waits
    assert asyncio.all_tasks() == {asyncio.current_task()}
    await iterable.aclose()


async def test_map_gives_results_as_they_end(pool):
    release = asyncio.Event()

    async def slow():
        await release.wait()
        return 0

    async with pool() as jobs:
        results = jobs.map([{"image": slow, "key": "slow"}, (well,), (badly, "command")])
        assert {(await anext(results)).key for _ in range(2)} == {1, 2}
        release.set()
        assert [result.key async for result in results] == ["slow"]


async def test_map_takes_async_iterables(pool):
    async def specs():
        for key in "ab":
            yield {"image": well, "key": key}

    async with pool() as jobs:
        assert {result.key async for result in jobs.map(specs())} == {"a", "b"}


async def test_map_takes_specs_only_as_fast_as_results_are_read(pool):
    taken = 0

    def specs():
        nonlocal taken
        while True:
            taken += 1
            yield (well,)

    async with pool(concurrency=2) as jobs:
        results = jobs.map(specs())
        await anext(results)
        for _ in range(100):
            await asyncio.sleep(0)
        assert taken <= 8


async def test_any_number_of_specs_needs_constant_memory(pool, monkeypatch):
    monkeypatch.setattr(pools, "RECENT", 50)

    async def measured(count):
        async with pool(concurrency=8) as jobs:
            async for _ in jobs.map((well,) for _ in range(count)):
                pass
            gc.collect()
            return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        small = await measured(400)  # so many that the set of the keys that are remembered has its full size
        large = await measured(1_200)
    finally:
        tracemalloc.stop()
    assert large < small + 10_000


class Own(BaseException):
    """An exception of the program that is no ``Exception``."""


KINDS = pytest.mark.parametrize("kind", [LookupError, Own, KeyboardInterrupt, SystemExit, asyncio.CancelledError])


@KINDS
async def test_an_iterable_that_raises_ends_the_block_with_its_own_exception(pool, runner, kind):
    def specs():
        yield {"image": for_ever, "key": "running"}
        raise kind("mine")

    with pytest.raises(kind, match="mine"):
        async with pool() as jobs:
            async for _ in jobs.map(specs()):
                pass
    assert runner.removed == ["running"]


@pytest.mark.parametrize(
    ("specs", "error", "text"),
    [
        ([{"command": "x"}], errors.InvalidArgument, "needs an 'image'"),
        (["busybox"], TypeError, r"each must be a mapping of keywords or a tuple \(image, command\), not 'busybox'"),
        ([(1, 2, 3)], TypeError, "a mapping of keywords or a tuple"),
        ([{"image": well, 5: "x"}], TypeError, r"the keywords of a job must be text, not 5 \(int\)"),
        (5, TypeError, "specs must be an iterable of job keywords, not 5"),
    ],
)
async def test_specs_that_are_none_are_refused(pool, specs, error, text):
    with pytest.raises(error, match=text):
        async with pool() as jobs:
            async for _ in jobs.map(specs):
                pass


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"concurrency": 0}, errors.InvalidArgument, "concurrency must be a whole number, 1 or more, not 0"),
        ({"concurrency": 1.5}, errors.InvalidArgument, r"concurrency must be a whole number, 1 or more, not 1\.5"),
        ({"concurrency": True}, TypeError, "concurrency must be a whole number, 1 or more, not True"),
        ({"queue_timeout": -1}, errors.InvalidArgument, "queue_timeout must be a number of seconds .* not -1"),
        ({"queue_timeout": "1"}, TypeError, "queue_timeout must be a number of seconds .* not '1'"),
        ({"retry": 3}, TypeError, "retry must be a function, not 3"),
        ({"call_timeout": 0}, errors.InvalidArgument, "call_timeout must be a number of seconds .* above 0, not 0"),
        ({"poll": timedelta(0)}, errors.InvalidArgument, "poll must be a number of seconds .* above 0, not"),
    ],
)
def test_a_pool_refuses_wrong_limits(options, error, text):
    client = DockerClient("unix:///nowhere.sock", environment={})
    with pytest.raises(error, match=text):
        client.swarm_jobs(**options)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"timeout": -1}, errors.InvalidArgument, "timeout must be a number of seconds .* not -1"),
        ({"timeout": float("nan")}, errors.InvalidArgument, "timeout must be .* not nan"),
        ({"timeout": "1"}, TypeError, "timeout must be a number of seconds .* not '1'"),
        ({"key": []}, TypeError, r"key must be a hashable value, not \[\]"),
        ({"key": {"a"}}, TypeError, r"key must be a hashable value, not \{'a'\}"),
        ({"key": "used"}, errors.InvalidArgument, "key: 'used' is the key of another job"),
        ({"nmae": "x"}, TypeError, "unexpected keyword argument 'nmae'"),
    ],
)
async def test_a_job_is_refused_before_anything_runs(pool, runner, options, error, text):
    async with pool() as jobs:
        await (await jobs.submit(well, key="used"))
        with pytest.raises(error, match=text):
            await jobs.submit(well, **options)
    assert runner.ran == 1


async def test_jobs_are_submitted_inside_the_block_only(pool):
    jobs = pool()
    with pytest.raises(RuntimeError, match="inside 'async with' only"):
        await jobs.submit(well)
    async with jobs:
        pass
    with pytest.raises(RuntimeError, match="inside 'async with' only"):
        await jobs.submit(well)
    with pytest.raises(RuntimeError, match="entered once only"):
        async with jobs:
            pass


async def test_nothing_is_tried_again_unless_the_caller_says_so(pool, runner):
    seen = []

    def retry(result):
        seen.append((result.exit_code, result.attempts))
        return 0.001 if result.attempts == 1 else result.attempts < 3

    async with pool(retry=retry) as jobs:
        assert (await (await jobs.submit(badly))).attempts == 3
        assert (await (await jobs.submit(well))).attempts == 1
    assert seen == [(3, 1), (3, 2), (3, 3)]
    assert runner.ran == 4


@pytest.mark.parametrize("again", ["soon", [], -1, float("nan")])
async def test_what_decides_about_another_attempt_returns_whether_or_when(pool, again):
    async with pool(retry=lambda _: again) as jobs:
        job = await jobs.submit(badly)
        with pytest.raises(
            errors.InvalidArgument, match=r"retry\(\) returned a value that must be a number of seconds"
        ):
            await job


async def test_what_decides_about_another_attempt_is_not_awaited(pool):
    async def retry(_result):
        return True

    async with pool(retry=retry) as jobs:
        job = await jobs.submit(badly)
        with pytest.raises(errors.WrongType, match="retry must be a function that returns its result at once"):
            await job


@KINDS
async def test_what_decides_about_another_attempt_may_raise(pool, kind):
    def fail(_result):
        raise kind("mine")

    async with pool(retry=fail) as jobs:
        with pytest.raises(kind):
            await (await jobs.submit(badly))
        with pytest.raises(kind):
            async for _ in jobs.map([(badly,)]):
                pass


@pytest.mark.parametrize("again", [False, None])
async def test_nothing_is_tried_again_without_a_yes(pool, again):
    async with pool(retry=lambda _: again) as jobs:
        assert (await (await jobs.submit(badly))).attempts == 1


async def test_an_error_of_a_runner_is_raised_where_the_job_is_awaited(pool):
    async def broken():
        raise errors.ProtocolError("unreadable")

    async with pool() as jobs:
        job = await jobs.submit(broken)
        with pytest.raises(errors.ProtocolError, match="unreadable"):
            await job
        with pytest.raises(errors.ProtocolError, match="unreadable"):
            async for _ in jobs.map([(broken,)]):
                pass


async def test_what_retry_raises_is_reported_by_the_loop_if_the_job_is_not_awaited(pool):
    reported = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))

    def fail(result):
        raise ZeroDivisionError(result.key)

    async with pool(retry=fail) as jobs:
        awaited, unread = await jobs.submit(badly, key="awaited"), await jobs.submit(badly, key="unread")
        with pytest.raises(ZeroDivisionError):
            await awaited
        while not unread.done():
            await asyncio.sleep(0)
    del awaited, unread
    gc.collect()
    assert [str(error) for error in reported] == ["unread"]
