from __future__ import annotations

from aiodockerpy.models import ExecCreateRequest, ExecInspect
from aiodockerpy.models._base import to_wire
from tests.models.answers import nothing_unknown, read


def test_inspect() -> None:
    found = read(
        ExecInspect,
        {
            "ID": "e1",
            "ExitCode": None,
            "Running": True,
            "ContainerID": "d82e",
            "ProcessConfig": {"tty": False, "entrypoint": "sh", "arguments": ["-c", "x"], "privileged": False},
        },
    )
    nothing_unknown(found)
    assert found.exit_code is None
    assert found["ExitCode"] is None
    assert found.process_config is not None
    assert found.process_config.tty is False


def test_create() -> None:
    request = ExecCreateRequest(cmd=["id"], attach_stdin=False, console_size=[24, 80], env=[])
    assert to_wire(request) == {"Cmd": ["id"], "AttachStdin": False, "ConsoleSize": [24, 80], "Env": []}
