"""docker-py's type for health checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationInfo, field_validator

from aiodockerpy import models
from aiodockerpy._options.shapes import healthcheck_fields
from aiodockerpy._protocol.unfit import Unfit
from aiodockerpy.types._base import Wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodockerpy._options.keywords import Nanoseconds


class Healthcheck(models.HealthConfig, Wire):
    """A health check of containers and services: ``Healthcheck(test="curl -f localhost", interval="30s")``.

    A ``test`` that is text runs in a shell. Times are nanoseconds, a timedelta, or text such as ``"1m30s"``.
    """

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            test: str | Sequence[str] | None = None,
            interval: Nanoseconds | None = None,
            timeout: Nanoseconds | None = None,
            retries: int | None = None,
            start_period: Nanoseconds | None = None,
            start_interval: Nanoseconds | None = None,
        ) -> None: ...

    @field_validator("test", "interval", "timeout", "start_period", "start_interval", mode="before")
    @classmethod
    def _short_form(cls, value: Any, info: ValidationInfo) -> Any:
        try:
            return healthcheck_fields({str(info.field_name): value})[str(info.field_name)]
        except Unfit as unfit:
            raise ValueError(unfit.wanted) from None
