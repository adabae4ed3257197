"""What the library returns, as JSON: by ``dumps``, by pydantic, and by the two web frameworks."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiohttp import web
from fastapi import FastAPI
from pydantic import TypeAdapter

import aiodockerpy
from aiodockerpy import buildkit, errors, models, resources, streams, types, utils
from aiodockerpy._jsonable import _names
from aiodockerpy._protocol.timestamps import Timestamp
from aiodockerpy.models._base import Model
from tests.together import together

SEEN = sorted(Path(__file__).parent.joinpath("models/seen").glob("*/*.json"))
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

JOB = resources.JobResult(key="a", ending="exited", exit_code=0, stdout=b"out\xff", queued=NOW)
LINE = streams.LogLine("stdout", "grüße".encode(), "2026-01-01T00:00:00.1Z")
FIGURES = streams.Figures(1.5, 2, 4, 50.0, 5, 6, 7, 8, 9)
CONTAINER = resources.Container(SimpleNamespace(), models.ContainerInspect.from_wire(b'{"Id": "a", "New": null}'))

RESULTS = [
    (JOB, {"key": "a", "ending": "exited", "exit_code": 0, "stdout": "out\ufffd", "queued": "2026-01-02T03:04:05+00:00", "ok": True}),
    (LINE, {"stream": "stdout", "data": "grüße", "time": "2026-01-01T00:00:00.1Z", "partial": False, "details": None}),
    (FIGURES, {"cpu_percent": 1.5, "memory": 2, "pids": 9}),
    (streams.Chunk("stderr", b"a\nb"), {"stream": "stderr", "data": "a\nb"}),
    (streams.Progress((streams.Layer("a", "done"),), fraction=0.5), {"fraction": 0.5, "finished": False}),
    (streams.Layer("a", "done"), {"id": "a", "phase": "done", "fraction": 1.0}),
    (resources.ExecResult(3, b"no"), {"exit_code": 3, "output": "no", "exec_id": "", "timed_out": False}),
    (resources.Reaped([resources.Leftover("volume", "v", "v", {"a": "b"}, "why")], []), {"left": []}),
    (resources.Change("added", CONTAINER), {"kind": "added", "item": {"Id": "a", "New": None}, "before": None}),
    (types.Ping("1.51", "linux"), {"api_version": "1.51", "os_type": "linux"}),
    (CONTAINER, {"Id": "a", "New": None}),
    (resources.Event.from_wire(b'{"Type": "container", "time": 5, "timeNano": 6}'), {"Type": "container", "time": 5, "timeNano": 6}),
    (buildkit.BuildResult("sha256:a", names=("a:1",)), {"image_id": "sha256:a", "names": ["a:1"], "metadata": {}}),
]  # fmt: skip


@together(("value", "expected"), RESULTS, ids=lambda case: type(case[0]).__name__)
def test_results_are_objects(value, expected):
    assert json.loads(utils.dumps(value)).items() >= expected.items()
    assert json.loads(utils.dumps({"a": [value]}))["a"][0].items() >= expected.items()
    assert (
        json.loads(json.dumps(value if isinstance(value, dict) else utils.jsonable(value))).items() >= expected.items()
    )


@together(("value", "expected"), RESULTS, ids=lambda case: type(case[0]).__name__)
def test_pydantic_dumps_them_alike(value, expected):
    adapter = TypeAdapter(list[type(value)])
    assert json.loads(adapter.dump_json([value])) == json.loads(utils.dumps([value]))
    schema = adapter.json_schema(mode="serialization")
    item = schema["items"]
    described = schema["$defs"][item["$ref"].rpartition("/")[2]] if "$ref" in item else item
    assert described["type"] == "object"
    if not isinstance(value, resources.Container):
        assert set(described["properties"]) >= set(expected)


@together("file", SEEN, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_models_dump_what_the_engine_sent(file):
    kind = getattr(models, file.stem)
    value = json.loads(file.read_bytes())
    for sent in value if isinstance(value, list) else [value]:
        found = kind.from_wire(json.dumps(sent))
        assert found.model_dump(mode="json", by_alias=True) == sent
        assert json.loads(utils.dumps(kind.from_wire(json.dumps(sent)))) == sent
        assert json.loads(TypeAdapter(kind).dump_json(kind.from_wire(json.dumps(sent)))) == sent


@together(
    "model",
    [kind for name in models.__all__ if inspect.isclass(kind := getattr(models, name)) and issubclass(kind, Model)],
    ids=lambda model: model.__name__,
)
def test_every_model_is_described_by_its_fields(model):
    """For the OpenAPI documents of web frameworks, by the names that are dumped; what is unknown may come with it."""
    schema = TypeAdapter(model).json_schema(mode="serialization", by_alias=True)
    described = schema["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    assert set(described.get("properties", {})) == set(utils.jsonable(_full(model)))
    assert described["additionalProperties"] is True


def _full(model):
    return dict.fromkeys(aiodockerpy.models._base.wire_names(model).values())


def test_every_public_result_has_a_form_in_json():
    """Classes of values that no call returns, or that hold what only this process has, are named here."""
    none = {
        "AuthConfig", "Context", "Host", "ApiVersion", "Span",  # of the configuration; the first has secrets
        "Cache", "Env", "Output", "BuildOptions", "PlainLines", "Capability", "EngineFeatures",  # of requests
        "CallInfo",
    }  # fmt: skip
    missing = set()
    for package in (aiodockerpy, resources, streams, types, buildkit):
        for name in package.__all__:
            thing = getattr(importlib.import_module(package.__name__), name)
            if inspect.isclass(thing) and (dataclasses.is_dataclass(thing) or hasattr(thing, "_fields")):
                missing |= {name} if _names(thing) is None else set()
    assert missing - none == set()


@together(
    ("value", "expected"),
    [
        (b"a\xff", "a\ufffd"),
        (memoryview(b"a"), "a"),
        (NOW, "2026-01-02T03:04:05+00:00"),
        (Timestamp.parse("2026-01-01T00:00:00.123456789Z"), "2026-01-01T00:00:00.123456789Z"),
        (timedelta(minutes=1.5), 90.0),
        (Path("/a"), "/a"),
        ({"a": {5: ()}}, {"a": {"5": []}}),
        ({"b"}, ["b"]),
        (None, None),
        ("\ud800", "\ud800"),
    ],
)
def test_values(value, expected):
    assert utils.jsonable(value) == expected
    assert json.loads(utils.dumps([value])) == [expected]


@pytest.mark.parametrize("value", [object(), SimpleNamespace(), aiodockerpy.AuthConfig("u", "hunter2"), print, errors])
def test_what_has_no_form_is_refused(value):
    with pytest.raises(errors.WrongType, match="value") as caught:
        utils.dumps({"a": [value]})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**5000], ids=["nan", "infinity", "huge"])
def test_numbers_that_json_does_not_have_are_refused(value):
    with pytest.raises(errors.InvalidValue, match="value"):
        utils.dumps(value)


def test_an_event_is_one_line_of_server_sent_events():
    event = resources.Event.from_wire(json.dumps({"Type": "container", "Actor": {"Attributes": {"a": "x\n\ndata: y"}}}))
    assert "\n" not in utils.dumps(event)
    assert "\r" not in utils.dumps(LINE._replace(data=b"a\r\nb"))


async def asked(app, path):
    """Call an ASGI application; return status and JSON."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [],
        "http_version": "1.1", "scheme": "http", "server": ("test", 80), "client": ("test", 1),
    }  # fmt: skip
    await app(scope, receive, send)
    return sent[0]["status"], json.loads(b"".join(message.get("body", b"") for message in sent[1:]))


async def test_fastapi_answers_with_models_results_and_objects():
    app = FastAPI()

    @app.get("/model", response_model=models.ContainerInspect)
    async def model():
        return models.ContainerInspect.from_wire(b'{"Id": "a", "Mounts": null, "State": {"Pid": 5}, "New": [null]}')

    @app.get("/list", response_model=list[models.ContainerSummary])
    async def many():
        return [models.ContainerSummary.from_wire(b'{"Id": "a", "Names": ["/x"]}')]

    @app.get("/job", response_model=resources.JobResult)
    async def job():
        return JOB

    @app.get("/objects", response_model=list[resources.Container])
    async def objects():
        return [CONTAINER]

    assert await asked(app, "/model") == (
        200,
        {"Id": "a", "Mounts": None, "State": {"Pid": 5}, "New": [None]},
    )
    assert await asked(app, "/list") == (200, [{"Id": "a", "Names": ["/x"]}])
    assert (await asked(app, "/job"))[1]["stdout"] == "out\ufffd"
    assert await asked(app, "/objects") == (200, [{"Id": "a", "New": None}])
    schemas = app.openapi()["components"]["schemas"]
    assert schemas["ContainerInspect"]["properties"]["Created"]["anyOf"][0] == {"type": "string"}
    assert schemas["ContainerState"]["properties"].keys() >= {"Pid", "StartedAt"}


def test_aiohttp_answers_with_them():
    answer = web.json_response({"job": JOB, "containers": [CONTAINER]}, dumps=utils.dumps)
    assert json.loads(answer.text)["containers"] == [{"Id": "a", "New": None}]
