"""Processes started in a running container."""

from aiodockerpy.models._base import LowerModel, Model, wire
from aiodockerpy.models._lazy import LazyModel


class ExecCreateRequest(Model):
    """A process to be started in a container."""

    attach_stdin: bool | None = None
    """Whether its standard input is connected."""
    attach_stdout: bool | None = None
    """Whether its standard output is connected."""
    attach_stderr: bool | None = None
    """Whether its standard error is connected."""
    console_size: list[int] | None = None
    """Height and width of the terminal, in characters. API 1.42+."""
    detach_keys: str | None = None
    """Keys that detach from the terminal, for example ``"ctrl-p,ctrl-q"``."""
    tty: bool | None = None
    """Whether it gets a terminal; output and errors are one stream then."""
    env: list[str] | None = wire(repr=False)
    """Environment, as ``"NAME=value"``, on top of the container's."""
    cmd: list[str] | None = None
    """Program and arguments."""
    privileged: bool | None = None
    """Whether it runs with extended privileges."""
    user: str | None = None
    """User and group, as ``"name[:group]"`` or numbers; the container's if empty."""
    working_dir: str | None = None
    """Its working directory in the container."""


class ExecStartRequest(Model):
    """How a process is started."""

    detach: bool | None = None
    """Whether to start it without connecting to it."""
    tty: bool | None = None
    """Whether it has a terminal; as when it was created."""
    console_size: list[int] | None = None
    """Height and width of the terminal, in characters. API 1.42+."""


class ProcessConfig(LowerModel):
    """What runs."""

    privileged: bool | None = None
    """Whether it runs with extended privileges."""
    user: str | None = None
    """User it runs as."""
    tty: bool | None = None
    """Whether it has a terminal."""
    entrypoint: str | None = None
    """Program."""
    arguments: list[str] | None = None
    """Arguments of the program."""


class ExecInspect(LazyModel):
    """A process started, or to be started, in a container."""

    can_remove: bool | None = None
    """Whether the engine may forget it."""
    detach_keys: str | None = None
    """Keys that detach from the terminal."""
    id: str | None = wire("ID")
    """Id of the exec."""
    running: bool | None = None
    """Whether it runs."""
    exit_code: int | None = None
    """Its exit code; ``None`` as long as it has not ended."""
    process_config: ProcessConfig | None = None
    """What runs."""
    open_stdin: bool | None = None
    """Whether its standard input is connected."""
    open_stderr: bool | None = None
    """Whether its standard error is connected."""
    open_stdout: bool | None = None
    """Whether its standard output is connected."""
    container_id: str | None = wire("ContainerID")
    """Id of its container."""
    pid: int | None = None
    """Its process id on the host; 0 if it does not run."""
