"""Sphinx configuration."""

from __future__ import annotations

from importlib.metadata import version as installed_version

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
html_static_path: list[str] = []

default_role = "any"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_class_signature = "separated"
autodoc_default_options = {"members": True, "undoc-members": False, "show-inheritance": False}
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
        r"(aiohttp|asyncio|asyncssh|collections|contextlib|datetime|io|os|pathlib|pydantic|rich|ssl|typing|yarl)\..*",
    ),
    (
        r"py:.*",
        r"(Any|Awaitable|Callable|Coroutine|Iterable|Literal|Mapping|Path|Self|Sequence|TypeVar|Unpack|builtins\..*)",
    ),
]

# Names inside the library that its pages do not show, and type variables.
_PLAIN = (
    "Api|ByteStream|Call|CredentialResolver|DataUsageType|DemuxedOutput|Given|Host|JsonValue|PathLike|PortValue|"
    "RegistryAuthFrom|Source|SshWay|StreamName|Time|Transport|VolumeValue|WaitCondition|VolumeInfo|WatchedKind|"
    "BuildResult|Cache|Output|ProgressStream|SecretSource|BuildContext|Credentials|OutputTarget|StepState|RegistryLogin|"
    "Timestamp|datetime|timedelta|tuple\\[\\w+|BuildLog|BuildProgress|BuildStep|BuildTransfer|BuildWarning|"
    "EngineFeatures|StatusResponse|ClientArguments|Published|RunStream|TextIO|BinaryIO|I_co|\\w+Info|models\\.\\w+"
)
nitpick_ignore_regex += [
    (r"py:.*", r"aiodockerpy(\.\w+)*\._\w+(\.\w+)*"),
    (r"py:.*", r"(aiodockerpy\.[\w.]+\.)?(I_co|M|O|R|R_co|T|T_co)"),
    (r"py:.*", rf"({_PLAIN}|Mapping\[str)"),
    (r"any", r"(~.*|os\..*|stat\..*|ClassicBuildOptions)"),
]

# A model and an object share some names, and a type in a signature does not say which of them it means.
suppress_warnings = ["ref.python"]


def setup(app):
    """Adapt what autodoc finds to how the library is written."""
    app.connect("autodoc-process-docstring", _keep_colons, priority=400)  # before napoleon
    app.connect("autodoc-process-docstring", _constructor, priority=400)
    app.connect("autodoc-skip-member", _skip)


def _keep_colons(_app, what, _name, _obj, _options, lines):
    """Keep napoleon from taking "One of these: a or b" under a field for a type and its description."""
    if what in {"attribute", "data", "property"} and lines:
        lines[0] = f": {lines[0]}"


def _constructor(_app, what, name, _obj, _options, lines):
    """Keep pydantic's own words from the constructors of docker-py's types: the class tells of the arguments."""
    if what == "method" and name.startswith("aiodockerpy.types.") and name.endswith(".__init__"):
        lines[:] = ["The arguments of docker-py."]


def _skip(_app, _what, name, _obj, skip, _options):
    """Leave out what pydantic adds to every model, and filters that are no Python names: a list tells of them."""
    return True if name.startswith("model_") or not name.isidentifier() else skip
