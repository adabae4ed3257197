"""What every model of the Engine API shares: tolerant in, strict out.

**In.** `Model.from_wire` and ``list_from_wire`` read an answer. One pass of pydantic's own JSON parser does the work.
Only when something does not fit (a null inside a list, a retyped field) is the answer read again, with what does not
fit set aside and put into the attribute as it came; the attribute is ``None`` if an object or a list belongs there. So
no answer fails because of a field; ``drift`` lists what did not fit.

**Out.** The constructor refuses an unknown field. `to_wire` gives the body of a request: what was set, without
nulls, together with everything unknown that came from the wire. `Model.to_dict` gives the answer back as it came.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Final,
    Literal,
    Self,
    TypedDict,
    TypeVar,
    cast,
    get_args,
    get_origin,
)

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    JsonValue as JsonValue,  # noqa: PLC0414 - models take it from here
    SerializationInfo,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    ValidationError,
)
from pydantic.alias_generators import to_pascal
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from aiodockerpy import errors
from aiodockerpy._docker_py import DICT_METHODS, missing_attribute
from aiodockerpy._protocol.json_paths import Path, is_list, is_object, locate, order, prune
from aiodockerpy._protocol.outside import JsonError, read_json
from aiodockerpy._protocol.timestamps import Timestamp
from aiodockerpy._protocol.unfit import Unfit, shown
from aiodockerpy.models._given import plain_fields
from aiodockerpy.models._unfit import unfit

T = TypeVar("T")


class _AsSent(TypedDict):
    strict: bool
    extra: Literal["allow"]
    by_alias: bool
    by_name: bool


# Answers are read without conversions, by the names of the wire alone, and with what is unknown.
AS_SENT: _AsSent = {"strict": True, "extra": "allow", "by_alias": True, "by_name": False}

# What is kept beside a model that did not fit: the paths (at the outermost model), the fields that hold raw values, and
# the values that stand where an object, a list or a mapping should: an attribute has one of those or None.
_DRIFT = "drift"
_MISFITS = "misfits"
_ASIDE = "aside"


def wire(name: str | None = None, *, repr: bool = True) -> Any:
    """Declare a field with an irregular name on the wire, or a secret.

    For example ``nano_cpus: int | None = wire("NanoCPUs")``.

    Args:
        name: The name on the wire; the regular one if not given.
        repr: ``False`` for secrets: they never appear in a repr.
    """
    if name is None:
        return Field(default=None, repr=repr)
    return Field(default=None, validation_alias=name, serialization_alias=name, repr=repr)


if TYPE_CHECKING:
    _Request = BaseModel
else:

    class _Refusing(type(BaseModel)):  # pydantic has no public name for its metaclass
        """Raises what does not fit a constructor as `InvalidArgument`."""

        def __call__(cls, *args: Any, **fields: Any) -> Any:
            of_fields = cls.__init__ is BaseModel.__init__  # what else a constructor takes, it reads by itself
            if args and of_fields:
                hint = f"; {cls.__name__}.made() takes a mapping" if is_object(args[0]) else ""
                raise TypeError(f"{cls.__name__}() takes keywords only: the names of its fields{hint}")
            try:
                return super().__call__(*args, **(plain_fields(cls, fields) if of_fields else fields))
            except ValidationError as error:
                problem = unfit(error, cls)
            except Unfit as found:
                problem = found
            raise problem.error(cls.__name__)

    class _Request(BaseModel, metaclass=_Refusing):
        model_config = ConfigDict(defer_build=True)  # a schema of its own would never be used


_DUMPED = core_schema.dict_schema(core_schema.str_schema(), core_schema.any_schema())


class Model(_Request):  # noqa: PLW1641 - it has no hash, since it can be changed
    """A JSON object of the Engine API.

    Every field is optional and ``None`` if it was not given. Fields can also be read by their name on the wire, as in a
    dict: ``result["StatusCode"]``, ``result.get("Error")``, ``"Error" in result``, ``dict(result)``. It is equal to
    every model, and to every mapping by wire names, of the same content. ``json.dumps`` takes ``result.to_dict()``.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_pascal,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        extra="forbid",
        hide_input_in_errors=True,
        defer_build=True,
        coerce_numbers_to_str=True,
        protected_namespaces=(),
    )

    # ---- in

    @classmethod
    def build_reader(cls, *, many: bool = False) -> None:
        """Build what reads an answer, which otherwise happens with the first one.

        Args:
            many: An answer that is a list of such objects.
        """
        cls.model_rebuild()
        if many:
            _adapter(list[cls])  # type: ignore[valid-type]  # a list of whatever class it is

    @classmethod
    def build_all(cls) -> None:
        """Build everything that otherwise is built when it is first used."""
        cls.model_rebuild()

    @classmethod
    def made(cls, fields: Mapping[str, Any]) -> Self:
        """Create a request from a mapping of its fields, named as in the model or as on the wire.

        Raises:
            Unfit: A field does not exist, or a value does not fit.
        """
        try:
            return cast("Self", cls.__pydantic_validator__.validate_python(plain_fields(cls, fields)))
        except ValidationError as error:
            problem = unfit(error, cls)
        raise problem

    if not TYPE_CHECKING:

        @classmethod
        def model_validate(cls, obj, **options):  # noqa: ANN001, ANN003, ANN206
            """Create a model from a mapping or another model; raises `InvalidArgument` if it does not fit."""
            try:
                return super().model_validate(plain_fields(cls, obj) if is_object(obj) else obj, **options)
            except ValidationError as error:
                problem = unfit(error, cls)
            except Unfit as found:
                problem = found
            raise problem.error(cls.__name__)

    @classmethod
    def from_wire(cls, body: bytes | str, *, operation: str = "") -> Self:
        """Read an answer of the engine.

        Args:
            body: The JSON.
            operation: Named in the exception.

        Raises:
            UnexpectedResponse: The body is not a JSON object.
        """
        if not _has_constants(body):
            try:
                return cast("Self", cls.__pydantic_validator__.validate_json(body, **AS_SENT))
            except ValidationError:
                pass  # read again outside of the exception, so that it has no context
        return cast("Self", _read(cls, load(body, operation), operation))

    @classmethod
    def many_from_wire(cls, body: bytes | str) -> Sequence[Self] | None:
        """Read an answer that is a list of such objects; ``None`` if something in it does not fit."""
        return fitting_list(cls, body)

    @classmethod
    def from_value(cls, value: object, *, operation: str = "") -> Self:
        """Read a JSON value that is loaded already, as `from_wire` does.

        Raises:
            UnexpectedResponse: The value is not a JSON object.
        """
        return cast("Self", _read(cls, value, operation))

    @property
    def drift(self) -> tuple[str, ...]:
        """Where the answer did not fit the model, for example ``("Mounts.0.Type",)``; there the raw value stands.

        In place of an object, a list or a mapping the attribute is ``None``; ``model["Mounts"]`` returns the raw value.
        Only the model that was read has it, not the models inside it.
        """
        return tuple((self.__pydantic_private__ or {}).get(_DRIFT, ()))

    @property
    def unknown(self) -> Mapping[str, JsonValue]:
        """What the engine sent beyond the model's fields, by wire name."""
        return self.__pydantic_extra__ or {}

    # ---- out

    def copy(self) -> Self:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return a shallow copy, as ``copy.copy`` does; pydantic has deprecated its method of this name."""
        return self.model_copy()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name in DICT_METHODS:
                raise missing_attribute(self, name)
            return super().__getattr__(name)

    def to_dict(self) -> dict[str, JsonValue]:
        """Return the JSON object as it was received: nulls, unknown fields and values that did not fit included."""
        return cast("dict[str, JsonValue]", plain(self))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let `_serialize` make what is dumped; pydantic would copy a decorator of it for every class."""
        found = handler(source)
        schema = cast("core_schema.ModelSchema", handler.resolve_ref_schema(found))
        schema["serialization"] = core_schema.wrap_serializer_function_ser_schema(
            cls._serialize, info_arg=True, return_schema=_DUMPED
        )
        return found

    def _serialize(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> dict[str, Any]:
        raw = {name: plain(_raw(self, name, self.__dict__[name])) for name in _misfits(self)}
        fields = handler(_without(self, raw))
        names = wire_names(type(self))
        for field in type(self).model_fields.keys() - _given(self):
            fields.pop(field if info.by_alias is False else names[field], None)
        for name, value in raw.items():
            fields[name if info.by_alias is False else names[name]] = value
        return {**fields, **self.unknown}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the fields of what is dumped, which pydantic does not see behind `_serialize`, and allow others."""
        found = handler(cast("CoreSchema", {key: part for key, part in schema.items() if key != "serialization"}))
        if handler.mode == "serialization":
            handler.resolve_ref_schema(found)["additionalProperties"] = True
        return found

    # ---- by the name on the wire

    def __getitem__(self, name: str) -> Any:
        """Read a field by its name on the wire; a time is given as its text.

        Raises:
            KeyError: It was not in the answer.
        """
        field = fields_by_wire(type(self)).get(name)
        if field is None:
            return self.unknown[name]
        if not self._was_given(field, name):
            raise KeyError(name)
        value = _raw(self, field, getattr(self, field))
        return value.text if isinstance(value, Timestamp) else value

    def _was_given(self, field: str, name: str) -> bool:
        """Return whether a field was in the answer; ``name`` is its name on the wire."""
        del name
        return field in _given(self)

    def __contains__(self, name: object) -> bool:
        return name in set(self.keys())

    def __len__(self) -> int:
        """Count the names on the wire of what was given, as ``len`` of a dict does."""
        return len(self.keys())

    def __bool__(self) -> bool:
        """Return ``True``: an object that is there is not the same as none, even if it is empty."""
        return True

    def __eq__(self, other: object) -> bool:
        """Compare by content: with any model, or with a mapping by the names on the wire.

        A field that was not given, and one that is ``None``, are equal.
        """
        if self is other:
            return True
        if isinstance(other, Model):
            return to_wire(self) == to_wire(other)
        if isinstance(other, Mapping):
            theirs = dict(cast("Mapping[str, object]", other))
            return theirs in (self.to_dict(), to_wire(self))
        return NotImplemented

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        """Iterate the names on the wire, as a dict does."""
        return iter(self.keys())

    def get(self, name: str, default: Any = None) -> Any:
        """Read a field by its name on the wire, or the default if it was not in the answer."""
        try:
            return self[name]
        except KeyError:
            return default

    def keys(self) -> Sequence[str]:
        """List the names on the wire of what was given."""
        names = wire_names(type(self))
        given = _given(self)
        return [*(names[field] for field in self.__dict__ if field in given), *self.unknown]

    def values(self) -> Sequence[Any]:
        """List what was given."""
        return [self[name] for name in self.keys()]

    def items(self) -> Sequence[tuple[str, Any]]:
        """List names on the wire with their values."""
        return [(name, self[name]) for name in self.keys()]

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name, info in type(self).model_fields.items():
            if info.repr and self.__dict__.get(name) is not None:
                yield name, self.__dict__[name]


class LowerModel(Model):
    """A model of the families whose wire names are the attributes' own names, such as statistics."""

    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=None)


# ---- names


@cache
def wire_names(model: type[Model]) -> Mapping[str, str]:
    """Map each field of a model to its name on the wire."""
    generate = model.model_config.get("alias_generator")
    return {
        name: info.serialization_alias or (generate(name) if callable(generate) else name)
        for name, info in model.model_fields.items()
    }


@cache
def fields_by_wire(model: type[Model]) -> Mapping[str, str]:
    """Map each name on the wire to the model's field."""
    return {name: field for field, name in wire_names(model).items()}


# ---- tolerant in


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def fitting_list(kind: type[T], body: bytes | str) -> list[T] | None:
    """Read a list in one pass; ``None`` if something in it does not fit."""
    if _has_constants(body):
        return None
    adapter = _adapter(list[kind])  # type: ignore[valid-type]  # a list of whatever kind is
    try:
        return cast("list[T]", adapter.validate_json(body, **AS_SENT))
    except ValidationError:
        return None  # read again outside of the exception, as in Model.from_wire


def _has_constants(body: bytes | str) -> bool:
    """Return whether a body may hold ``NaN`` or ``Infinity``, which pydantic's parser would take for numbers."""
    if isinstance(body, str):
        return "NaN" in body or "Infinity" in body
    return b"NaN" in body or b"Infinity" in body


def load(body: bytes | str, operation: str) -> JsonValue:
    """Parse the body of an answer."""
    try:
        return read_json(body)
    except JsonError as error:
        problem = f"is not JSON (at character {error.position})" if error.line else f"cannot be read: {error}"
    raise unexpected(operation, problem, body)


def _read(kind: type[Model], value: object, operation: str) -> Model:
    if not is_object(value):
        raise unexpected(operation, f"is not an object but {kind_name(value)}", json.dumps(value, default=repr))
    aside: set[Path] = set()
    while True:
        try:
            model = _validate(kind, prune(value, aside))
            break
        except ValidationError as error:
            found = {locate(value, problem["loc"]) for problem in _problems(error)}
        # Steps of unions can look like keys of the value: then the whole field is set aside, in a second round.
        aside = {path[:1] for path in aside | found} if aside else found
    if aside:
        _put_back(model, value, sorted(aside, key=order))
    return model


def _validate(kind: type[Model], value: object) -> Model:
    return cast("Model", kind.__pydantic_validator__.validate_python(value, **AS_SENT))


def _problems(error: ValidationError) -> Sequence[Any]:
    return error.errors(include_url=False, include_context=False, include_input=False)


def _put_back(model: Model, value: object, aside: Sequence[Path]) -> None:
    """Put the raw values where the typed ones would stand; indices rise, so each fits when its turn comes."""
    done: list[Path] = []
    for path in aside:
        if any(path[: len(outer)] == outer for outer in done):
            continue
        done.append(path)
        _put_one(model, cast("Any", value), path)
    _private(model)[_DRIFT] = tuple(".".join(map(str, path)) for path in done)


def _put_one(model: Model, raw: Any, path: Path) -> None:
    owner, field = model, ""
    target: Any = model
    for step in path[:-1]:
        raw = raw[step]
        if isinstance(target, Model):
            owner, field = target, fields_by_wire(type(target))[str(step)]
            target = owner.__dict__[field]
        else:
            target = target[step]
    step = path[-1]
    if isinstance(target, Model):
        owner, field = target, fields_by_wire(type(target))[str(step)]
        if _has_parts(type(owner), field):
            _private(owner).setdefault(_ASIDE, {})[field] = raw[step]
        else:
            vars(owner)[field] = raw[step]
        owner.model_fields_set.add(field)
    elif is_list(target):
        target.insert(cast("int", step), raw[step])
    else:
        target[step] = raw[step]
    _private(owner).setdefault(_MISFITS, set()).add(field)


@cache
def _has_parts(model: type[Model], field: str) -> bool:
    """Return whether a field is an object, a list or a mapping."""
    annotation = model.model_fields[field].annotation
    parts = [part for part in get_args(annotation) or (annotation,) if part is not type(None)]
    kinds = [get_origin(part) or part for part in ([annotation] if get_origin(annotation) in _PARTS else parts)]
    return all(isinstance(kind, type) and issubclass(kind, (Model, list, dict)) for kind in kinds)


_PARTS = frozenset({list, dict})


def _raw(model: Model, field: str, value: Any) -> Any:
    """Return what the engine sent for a field: its value, unless that was set aside."""
    if value is not None or not model.__pydantic_private__:
        return value
    return model.__pydantic_private__.get(_ASIDE, {}).get(field)


def _private(model: Model) -> dict[str, Any]:
    """Return what a model keeps about an answer that did not fit; models that fit have none, and cost nothing."""
    if model.__pydantic_private__ is None:
        object.__setattr__(model, "__pydantic_private__", {})
    return cast("dict[str, Any]", model.__pydantic_private__)


# ---- out


_COMPACT: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def to_wire(value: object) -> JsonValue:
    """Return the JSON value to send for a request model (or a list of them).

    What was never set is left out, and so is a field that is ``None``. Nulls inside maps and lists stay, since there
    they mean something; so do ``0``, ``""``, ``[]`` and ``False``.
    """
    return plain(value, drop_none=True)


def to_json(value: object) -> bytes:
    """Encode a request model (or a list of them) for sending; see `to_wire`.

    Raises:
        InvalidArgument: An attribute was set to a value that is not of JSON.
    """
    try:
        sent = to_wire(value)
        text = _COMPACT.encode(sent)
        if "\\ud" in text:  # half of a character beyond the basic plane, or both halves
            json.dumps(sent, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise errors.InvalidValue(f"{shown(value)} cannot be sent as JSON: {error}") from None
    return text.encode()


def _object(model: Model, *, drop_none: bool) -> dict[str, JsonValue]:
    names, given, aside = wire_names(type(model)), _given(model), (model.__pydantic_private__ or {}).get(_ASIDE, {})
    fields = {
        names[field]: sent if type(sent) in _SCALARS else plain(sent, drop_none=drop_none)
        for field, value in model.__dict__.items()
        if field in given and ((sent := value if value is not None else aside.get(field)) is not None or not drop_none)
    }
    return {**fields, **model.unknown}


_SCALARS = frozenset({str, int, float, bool, type(None)})


def plain(value: Any, *, drop_none: bool = False) -> JsonValue:
    """Return a JSON value that shares nothing with its source."""
    if type(value) in _SCALARS:
        scalar: JsonValue = value
        return scalar
    if type(value) is not dict:  # which most are that come here
        if isinstance(value, Model):
            return _object(value, drop_none=drop_none)
        if isinstance(value, (str, int, float)):  # of a kind of their own
            return value
        if isinstance(value, Timestamp):
            return value.text
        if isinstance(value, bytes | bytearray):
            raise TypeError(f"{shown(value)} is not text")
        if not is_object(value):
            return [item if type(item) in _SCALARS else plain(item, drop_none=drop_none) for item in value]
    items = cast("Mapping[str, Any]", value).items()
    return {key: item if type(item) in _SCALARS else plain(item, drop_none=drop_none) for key, item in items}


# ---- helpers of the model


def _misfits(model: Model) -> frozenset[str]:
    return frozenset((model.__pydantic_private__ or {}).get(_MISFITS, ()))


def _given(model: Model) -> set[str]:
    """Return which fields were given; pydantic also counts an unknown name of the wire that reads like one of ours."""
    given, unknown = model.model_fields_set, model.__pydantic_extra__
    if not unknown:
        return given
    return {field for field in given if field not in unknown or model.__dict__.get(field) is not None}


def _without(model: Model, misfits: Mapping[str, object]) -> Model:
    """Copy a model without the fields that hold raw values, so that what remains fits its types."""
    given = _given(model)
    if not misfits and len(given) == len(model.model_fields_set):
        return model
    copy = model.model_copy()
    object.__setattr__(copy, "__pydantic_fields_set__", given - misfits.keys())
    for field in misfits:
        vars(copy)[field] = None
    return copy


def kind_name(value: object) -> str:
    """Return what a value of JSON is, for messages."""
    kinds: dict[type, str] = {dict: "an object", list: "a list", str: "a text", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")


def unexpected(operation: str, problem: str, body: bytes | str) -> errors.UnexpectedResponse:
    """Create the error for a body of another shape."""
    raw = body.encode(errors="surrogatepass") if isinstance(body, str) else body
    return errors.UnexpectedResponse(f"the answer of {operation or 'the engine'} {problem}", body=raw)
