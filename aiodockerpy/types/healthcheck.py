"""docker-py's type for health checks."""

from __future__ import annotations

from typing import Any

from pydantic import field_validator

from aiodockerpy import models
from aiodockerpy._options.containers import shell_test
from aiodockerpy.types._base import Wire

__all__ = ["Healthcheck"]


class Healthcheck(models.HealthConfig, Wire):
    """A health check of containers and services: ``Healthcheck(test="curl -f localhost", interval=10**9)``.

    A ``test`` that is text runs in a shell. Times are nanoseconds.
    """

    @field_validator("test", mode="before")
    @classmethod
    def _shell(cls, value: Any) -> Any:
        return shell_test(value)
