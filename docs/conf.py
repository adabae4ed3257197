"""Sphinx configuration."""

from __future__ import annotations

import ast
import functools
import gc
import importlib
import operator
import pkgutil
import re
import sys
import types
import typing
from contextlib import suppress
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TypeVar

from sphinx.domains.python import PythonDomain

import aiodockerpy

sys.path.insert(0, str(Path(__file__).parent / "reference"))
import generate

gc.disable()  # a build keeps most of what it makes: looking for garbage takes a fifth of the time, and frees 300 MB

project = "aiodockerpy"
author = "The aiodockerpy developers"
copyright = "the aiodockerpy developers"
release = installed_version("aiodockerpy")
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
templates_path: list[str] = []

html_theme = "furo"
html_title = "aiodockerpy"
html_static_path = ["style"]
html_css_files = ["wide.css"]
html_show_sourcelink = False
html_copy_source = False
html_use_index = False  # a page of all names is larger than any other; the search finds them
html_domain_indices = False
toc_object_entries = False  # every page would carry the names of all

default_role = "any"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_class_signature = "separated"
autodoc_default_options = {"members": True, "undoc-members": False}
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

nitpicky = True
# Names of other projects cannot be looked up without a network.
nitpick_ignore_regex = [
    (
        r"py:.*",
        r"(aiohttp|asyncio|asyncssh|collections|contextlib|datetime|io|logging|opentelemetry|os|pathlib|pydantic|re|rich|ssl|typing|yarl)\..*",
    ),
    (
        r"py:.*",
        r"(Any|Awaitable|Callable|Coroutine|Iterable|Literal|Mapping|Path|Self|Sequence|TypeVar|Unpack|builtins\..*)",
    ),
]

nitpick_ignore_regex += [
    (r"py:.*", r"(aiodockerpy\.[\w.]+\.)?(C|I_co|M|N|O|P|R|R_co|S|T|T_co)"),  # type variables
    (r"py:class", r"JsonValue|_NoneToo|tuple\[.*"),  # pydantic's; a part of a type that napoleon has cut at a comma
    (r"py:class", r"aiodockerpy\.[\w.]+\.(Annotated|_NoneToo|_TimeSchema)"),  # what pydantic reads
    (r"py:class", r"aiodockerpy\.testing\._.*"),  # what the fake engine is made of
    (r"any", r"(os\..*|pathlib\..*|stat\..*)"),
]

# A model and an object share some names, and a docstring that names one does not say which of them it means.
suppress_warnings = ["ref.python"]


@functools.cache
def found_at(path):
    """Return what a dotted path names, or ``None``."""
    names = path.split(".")
    for length in range(len(names), 0, -1):
        with suppress(ImportError, AttributeError):
            found = importlib.import_module(".".join(names[:length]))
            for name in names[length:]:
                found = getattr(found, name)
            return found
    return None


DOCUMENTED = {id(found_at(path)): path for path in [*generate.documented(), "aiodockerpy.models.Time"]}
"""The path under which an object is documented, by its identity: it can have several."""


def placeholder(path):
    """Make a class with the name of a type alias: in a signature the alias is shown, and not what it stands for."""
    module, _, name = path.rpartition(".")
    return type(name, (), {"__module__": module})


ALIASES = {
    id(found): placeholder(path) for path in DOCUMENTED.values() if not isinstance(found := found_at(path), type)
}


def shown(annotation):
    """Replace aliases in an annotation by their placeholders, and leave out what pydantic reads of it."""
    if id(annotation) in ALIASES:
        return ALIASES[id(annotation)]
    inner = typing.get_args(annotation)
    if typing.get_origin(annotation) is typing.Annotated:
        return shown(inner[0])
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return functools.reduce(operator.or_, map(shown, inner))
    return annotation


def modules():
    """Import every module of the library."""
    for found in pkgutil.walk_packages(aiodockerpy.__path__, "aiodockerpy."):
        if not found.name.endswith("__main__"):
            with suppress(ImportError):  # of an optional library
                yield importlib.import_module(found.name)


def import_for_type_checkers(module):
    """Give a module the names that it imports for type checkers only, so that annotations have full names."""
    for node in ast.parse(Path(module.__file__).read_text()).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and not hasattr(module, "__path__"):
            for line in node.body:
                exec(ast.unparse(line), module.__dict__)


def name_aliases(module):
    """Replace the type aliases of a module, so that annotations show their names."""
    if not hasattr(module, "__path__"):
        aliases = {name: ALIASES[id(found)] for name, found in vars(module).items() if id(found) in ALIASES}
        module.__dict__.update(aliases)


def show_annotations(model):
    """Change the annotations of a model, which are evaluated already."""
    for name, annotation in vars(model).get("__annotations__", {}).items():
        model.__annotations__[name] = shown(annotation)


for each in list(modules()):
    import_for_type_checkers(each)
    name_aliases(each)
    if each.__name__.startswith("aiodockerpy.models."):
        for model in vars(each).values():
            if isinstance(model, type) and model.__module__ == each.__name__:
                show_annotations(model)


def resolve(app, env, node, contnode):
    """Resolve a reference to something that is documented under another of its paths."""
    found = found_at(node.get("reftarget", "").lstrip("~"))
    path = DOCUMENTED.get(id(found)) or (
        f"{found.__module__}.{found.__qualname__}" if isinstance(found, type) else None
    )
    if path is None:
        return None
    domain = env.get_domain("py")
    return domain.resolve_xref(env, node.get("refdoc", env.docname), app.builder, "obj", path, node, contnode)


class IndexedPythonDomain(PythonDomain):
    """Sphinx's own, which compares each reference with the end of every documented name; here those with its last part.

    There are thousands of both, and the comparisons took a third of a build.
    """

    def __init__(self, env):
        super().__init__(env)
        self._index = {}
        self._candidates = None

    @property
    def objects(self):
        """The documented objects; while one is looked for, those that its name can mean."""
        return super().objects if self._candidates is None else self._candidates

    def find_obj(self, env, modname, classname, name, type, searchmode=0):
        """Find an object, as Sphinx does."""
        self._candidates = self._by_last_part().get(_last_part(name.removesuffix("()")), {})
        try:
            return super().find_obj(env, modname, classname, name, type, searchmode)
        finally:
            self._candidates = None

    def _by_last_part(self):
        if sum(map(len, self._index.values())) != len(self.objects):
            self._index.clear()
            for name, found in self.objects.items():
                self._index.setdefault(_last_part(name), {})[name] = found
        return self._index


def _last_part(name):
    return name.rpartition(".")[2]


def setup(app):
    """Adapt what autodoc finds to how the library is written."""
    app.add_domain(IndexedPythonDomain, override=True)
    app.connect("autodoc-process-docstring", _keep_colons, priority=400)  # before napoleon
    app.connect("autodoc-process-docstring", _constructor, priority=400)
    app.connect("autodoc-process-docstring", _short_references, priority=400)
    app.connect("autodoc-process-docstring", _short_types, priority=600)  # after napoleon
    app.connect("autodoc-skip-member", _skip)
    app.connect("missing-reference", resolve)


def _keep_colons(_app, what, _name, _obj, _options, lines):
    """Keep napoleon from taking "One of these: a or b" under a field for a type and its description."""
    if what in {"attribute", "data", "property"} and lines:
        lines[0] = f": {lines[0]}"


def _constructor(_app, what, name, _obj, _options, lines):
    """Replace pydantic's docstring of the constructors of docker-py's types; the class documents the arguments."""
    if what == "method" and name.startswith("aiodockerpy.types.") and name.endswith(".__init__"):
        lines[:] = ["The arguments of docker-py."]


def _short_references(_app, _what, _name, _obj, _options, lines):
    """Let references of the default role leave out the path too: `~aiodockerpy.errors.NotFound`."""
    lines[:] = [re.sub(r"(?<![`:])`~(?=[\w.]+`)", ":py:obj:`~", line) for line in lines]


def _short_types(_app, _what, _name, _obj, _options, lines):
    """Show the public name of each type in the list of attributes, without its module."""
    for number, line in enumerate(lines):
        if line.startswith(":vartype"):
            lines[number] = re.sub(r"\baiodockerpy(\.\w+)+", _short, line)


def _short(path):
    found = found_at(path[0])
    return found.__name__ if isinstance(found, TypeVar) else f"~{DOCUMENTED.get(id(found), path[0])}"


def _skip(_app, _what, name, obj, skip, _options):
    """Leave out pydantic's additions to every model, filters that are not Python names, and internal constructors."""
    return True if name.startswith("model_") or not name.isidentifier() or _is_internal(name, obj) else skip


def _is_internal(name, obj):
    """Whether this constructs what programs get from methods: the class does not describe its arguments then."""
    if name not in {"__init__", "__new__"}:
        return False
    kind = found_at(f"{getattr(obj, '__module__', '')}.{getattr(obj, '__qualname__', '').rpartition('.')[0]}")
    if not isinstance(kind, type) or not kind.__module__.startswith("aiodockerpy."):
        return True
    return "Args:" not in (kind.__doc__ or "") and not kind.__module__.startswith("aiodockerpy.types.")
