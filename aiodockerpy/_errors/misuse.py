"""Errors of the caller or of a configuration file, raised before anything is sent."""

from __future__ import annotations

from aiodockerpy._errors.base import DockerException


class InvalidArgument(DockerException):
    """An argument is invalid."""


class InvalidValue(InvalidArgument, ValueError):
    """A value that does not fit its parameter; the message names the parameter, the value, and what is needed."""


class NullResource(InvalidArgument, ValueError):
    """An empty id or name."""


class WrongType(InvalidArgument, TypeError):
    """A value of the wrong type; the message names the parameter, the value, and what is needed."""


class InvalidVersion(DockerException):
    """The API version does not fit: the engine's, the client's, or the one asked for."""


class UnsupportedByEngine(InvalidVersion):
    """The negotiated API version lacks an operation, a parameter or a field. Nothing was sent.

    Attributes:
        what: What is lacking, for example ``"images.push: platform"``.
        needed: The first API version that has it, or the last one that had it.
        present: The version in use.
    """

    def __init__(self, what: str, *, needed: str, present: str, removed: bool = False) -> None:
        limit = f"exists up to API {needed}" if removed else f"needs API {needed}"
        super().__init__(f"{what} {limit}; the API version in use is {present}")
        self.what = what
        self.needed = needed
        self.present = present


class UnsupportedByStore(UnsupportedByEngine):
    """The image store that the engine is set up with lacks what is asked for. Nothing was sent.

    Attributes:
        reason: What the engine's own store cannot do.
    """

    def __init__(self, what: str, reason: str) -> None:
        InvalidVersion.__init__(self, f"{what} needs the engine's containerd image store: {reason}")
        self.what = what
        self.needed = ""
        self.present = ""
        self.reason = reason


class InvalidRepository(DockerException):
    """An image reference that cannot be parsed."""


class DeprecatedMethod(DockerException):
    """A way of calling that docker-py dropped long ago."""


class InvalidConfigFile(DockerException):
    """A configuration file that cannot be read; the message names it."""


class TLSParameterError(DockerException):
    """Certificates, keys or TLS options that do not fit together."""


class MissingContextParameter(DockerException):
    """A context lacks a parameter."""

    def __init__(self, param: str) -> None:
        super().__init__(f"missing parameter: {param}")
        self.param = param


class ContextAlreadyExists(DockerException):
    """A context of that name exists."""

    def __init__(self, name: str) -> None:
        super().__init__(f"context {name} already exists")
        self.name = name


class ContextException(DockerException):
    """A context cannot be used."""

    def __init__(self, msg: str) -> None:
        super().__init__(msg)
        self.msg = msg


class ContextNotFound(DockerException):
    """No context of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"context '{name}' not found")
        self.name = name


class StoreError(DockerException):
    """A credential helper failed."""


class CredentialsNotFound(StoreError):
    """A credential helper has nothing for the registry."""


class InitializationError(StoreError):
    """A credential helper cannot be started."""


class InsecureTLSWarning(UserWarning):
    """The check of the engine's certificate, or of the name in it, is switched off."""

    __module__ = DockerException.__module__
