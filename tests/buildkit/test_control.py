"""The Control API: what is sent, and what its answers become."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aiodockerpy import errors
from aiodockerpy.buildkit import BuildKit, BuildKitInfo, _messages as pb
from aiodockerpy.buildkit._rpc.framing import UNKNOWN, RpcError
from tests.buildkit.engine import CONTROL, FakeEngine

RECORD = pb.UsageRecord(
    id="r", mutable=True, in_use=False, size=12, created_at=pb.Timestamp(1_700_000_000, 5000),
    usage_count=3, description="exec", record_type="regular", shared=True, parents=["p", "q"],
)  # fmt: skip


async def test_workers() -> None:
    async def answer(call) -> None:
        record = pb.WorkerRecord(
            "w",
            {"a": "b", "org.mobyproject.buildkit.worker.snapshotter": "overlayfs"},
            [pb.Platform("amd64", "linux"), pb.Platform("arm", "linux", "v7")],
            pb.BuildkitVersion("p", "v", "r"),
        )
        await call.answer(pb.ListWorkersResponse([record, pb.WorkerRecord("old")]))

    async with FakeEngine() as engine:
        engine.methods[f"{CONTROL}ListWorkers"] = answer
        new, old = await BuildKit(engine).workers()
    assert (new.id, new.platforms, new.buildkit) == ("w", ("linux/amd64", "linux/arm/v7"), BuildKitInfo("p", "v", "r"))
    assert new.containerd_store
    assert (old.buildkit, old.containerd_store) == (None, False)


async def test_info() -> None:
    async def answer(call) -> None:
        await call.answer(pb.InfoResponse(pb.BuildkitVersion("github.com/moby/buildkit", "v0.25.1", "abc")))

    async with FakeEngine() as engine:
        engine.methods[f"{CONTROL}Info"] = answer
        assert (await BuildKit(engine).info()).version == "v0.25.1"


async def test_an_engine_without_info() -> None:
    async with FakeEngine(version="1.41") as engine:
        with pytest.raises(errors.UnsupportedByEngine) as caught:
            await BuildKit(engine).info()
    assert (caught.value.needed, caught.value.present) == ("1.43", "1.41")


async def test_disk_usage() -> None:
    seen = []

    async def answer(call) -> None:
        seen.append((await call.request(pb.FilterRequest)).filter)
        await call.answer(pb.DiskUsageResponse([RECORD, pb.UsageRecord(id="old", parent="x")]))

    async with FakeEngine() as engine:
        engine.methods[f"{CONTROL}DiskUsage"] = answer
        record, old = await BuildKit(engine).disk_usage(filters=["type==regular"])
    assert seen == [["type==regular"]]
    assert (record.id, record.type, record.size, record.usage_count) == ("r", "regular", 12, 3)
    assert (record.mutable, record.in_use, record.shared) == (True, False, True)
    assert record.created_at == datetime.fromtimestamp(1_700_000_000, UTC) + timedelta(microseconds=5)
    assert record.last_used_at is None
    assert (record.parents, old.parents) == (("p", "q"), ("x",))


async def test_prune() -> None:
    seen = []

    async def answer(call) -> None:
        seen.append(await call.request(pb.PruneRequest))
        await call.answer(RECORD)
        await call.answer(pb.UsageRecord(id="s", size=30))

    async with FakeEngine() as engine:
        engine.methods[f"{CONTROL}Prune"] = answer
        kit = BuildKit(engine)
        removed = await kit.prune(all=True, filters=["x"], keep_duration=timedelta(hours=1), max_used_space=5)
        await kit.prune()
    assert [record.id for record in removed.records] == ["r", "s"]
    assert removed.space_reclaimed == 42
    assert seen == [
        pb.PruneRequest(filter=["x"], all=True, keep_duration=3600 * 10**9, max_used_space=5),
        pb.PruneRequest(),
    ]


async def test_a_refusal_is_an_api_error() -> None:
    async def refuse(call) -> None:
        raise RpcError(UNKNOWN, "parse error in filter")

    async with FakeEngine() as engine:
        engine.methods[f"{CONTROL}DiskUsage"] = refuse
        with pytest.raises(errors.APIError, match="parse error in filter"):
            await BuildKit(engine).disk_usage(filters=["==="])
