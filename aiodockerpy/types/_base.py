"""The base of docker-py's types: models that can also be written by the names of the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict, ValidationError

from aiodockerpy.models._base import Model, fields_by_wire, wire_names
from aiodockerpy.models._unfit import unfit


def given(**fields: Any) -> dict[str, Any]:
    """Exclude ``None``; ``0``, ``""``, ``[]`` and ``False`` stay."""
    return {name: value for name, value in fields.items() if value is not None}


def arguments(scope: Mapping[str, Any], apart: str = "") -> dict[str, Any]:
    """Return the arguments that a constructor was given.

    Args:
        scope: The ``locals()`` of the constructor before anything else.
        apart: Names of those to leave out, separated by spaces.
    """
    left_out = {"self", "__class__", *apart.split()}
    return given(**{name: value for name, value in scope.items() if name not in left_out})


class Wire(Model):
    """A request that is put together step by step; what is set is checked."""

    model_config: ClassVar[ConfigDict] = ConfigDict(validate_assignment=True)

    def __setitem__(self, name: str, value: Any) -> None:
        """Set a field by its name on the wire, as in a dict.

        Raises:
            KeyError: There is no such field.
            InvalidValue: The value does not fit.
        """
        fields = fields_by_wire(type(self))
        if name not in fields:
            raise KeyError(f"{type(self).__name__} has no field {name!r}, only {', '.join(fields)}")
        setattr(self, fields[name], value)

    if not TYPE_CHECKING:

        def __setattr__(self, name: str, value: Any) -> None:
            try:
                super().__setattr__(name, value)
            except ValidationError as error:
                problem = unfit(error, type(self)).error(type(self).__name__)
            else:
                return
            raise problem

    @classmethod
    def _with_defaults(cls, by_wire: Mapping[str, Any], **defaults: Any) -> dict[str, Any]:
        """Add fields to those that were given by the names of the wire, unless they are among them."""
        names = wire_names(cls)
        return {**by_wire, **{name: value for name, value in defaults.items() if names[name] not in by_wire}}
