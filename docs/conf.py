"""Sphinx configuration."""

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
